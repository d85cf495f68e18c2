"""The values of a modal's fields, by field name."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any


def read_form(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a view's inputs by field name: text, or a list of ids; an emptied field is empty text.

    A field that Slack leaves out is missing here too: it is unchanged, not emptied. The field name is the block id up
    to `~`.
    """
    values = (view.get("state") or {}).get("values") or {}
    return {
        block_id.partition("~")[0]: _value(element)
        for block_id, elements in values.items()
        for element in elements.values()
    }


def _value(element: Mapping[str, Any]) -> Any:
    if "selected_option" in element:
        return (element["selected_option"] or {}).get("value") or ""
    if "selected_options" in element:
        return [option["value"] for option in element["selected_options"] or []]
    for name in ("selected_users", "selected_user", "selected_conversation", "selected_date", "selected_time", "value"):
        if name in element:
            return element[name] or ([] if name == "selected_users" else "")
    return ""


def typed_date(value: object) -> date | None:
    """Return the day that a field holds, as `read_form` gives it; None if there is none."""
    try:
        return date.fromisoformat(str(value or ""))
    except ValueError:
        return None


def typed_time(value: object) -> time | None:
    """Return the time of day that a field holds, as `read_form` gives it; None if there is none."""
    try:
        return time.fromisoformat(str(value or ""))
    except ValueError:
        return None


def block_id_of(view: Mapping[str, Any], field: str | None) -> str | None:
    """Return the id of the input block for `field`, or of the first input if the view lacks it: the place of an error."""
    inputs = [str(block["block_id"]) for block in view.get("blocks") or [] if block.get("type") == "input"]
    return next((block for block in inputs if block.partition("~")[0] == field), inputs[0] if inputs else None)
