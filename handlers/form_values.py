"""What a person typed into a modal's fields, by field name."""

from collections.abc import Mapping
from typing import Any


def read_form(view: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the inputs by field name: text, or a list of ids; an emptied field is empty text.

    A field that Slack left out is missing here too: it is unchanged, never emptied. Block ids may carry `~n`.
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


def block_id_of(view: Mapping[str, Any], field: str | None) -> str | None:
    """The id of the input that shows `field`, or of the first input if it is not in this view: where an error goes."""
    inputs = [str(block["block_id"]) for block in view.get("blocks") or [] if block.get("type") == "input"]
    return next((block for block in inputs if block.partition("~")[0] == field), inputs[0] if inputs else None)
