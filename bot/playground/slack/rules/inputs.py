"""Input state, and the checks of Slack's client before it submits a view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email

from bot.playground.slack.model import Block, NotVisible, State, View, kind_of
from bot.playground.slack.rules.blocks import MAX_FILES, TYPED_INTO, elements_of, options_of

MAX_MEGABYTES = 10
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024
"""Maximum size of one file in a form (docs.slack.dev, "File input element")."""

EXTERNAL = frozenset({"external_select", "multi_external_select"})
"""Menus whose options the app answers for what was typed."""

STATE_KEYS: dict[str, str] = {
    **dict.fromkeys(TYPED_INTO, "value"),
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "file_input": "files",
}
"""Element type → key of its value in ``state.values``. Buttons and overflow menus have no value."""


def initial_state(blocks: Iterable[Block], kept: State | None = None, conversation: str | None = None) -> State:
    """Initial state of new blocks. An input with the same block id and action id as before keeps its value.

    ``conversation``: the one that the person was viewing, for ``default_to_current_conversation``.
    """
    before = kept or {}
    state: State = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] not in STATE_KEYS:
                continue
            held = before.get(block["block_id"], {}).get(element["action_id"])
            if held is None or held["type"] != element["type"]:
                held = _initial(element, conversation)
            state.setdefault(block["block_id"], {})[element["action_id"]] = held
    return state


def _initial(element: Block, conversation: str | None) -> dict[str, Any]:
    key = STATE_KEYS[element["type"]]
    value = element.get(key.replace("selected_", "initial_") if key != "value" else "initial_value")
    if value is None and element.get("default_to_current_conversation") and _may_be_chosen(element, conversation):
        value = [conversation] if key.endswith("s") else conversation
    return {"type": element["type"], key: [] if value is None and key.endswith("s") else value}


def _may_be_chosen(element: Block, conversation: str | None) -> bool:
    """Whether the menu offers the conversation: the filters of this bot leave out direct messages."""
    included = element.get("filter", {}).get("include", ["im"])
    return conversation is not None and (not conversation.startswith("D") or "im" in included)


def find_element(blocks: Iterable[Block], action_id: str, block_id: str | None = None) -> tuple[Block, Block]:
    """The element of this action id, with its block. Raises NotVisible."""
    for block in blocks:
        for element in elements_of(block):
            if element["action_id"] == action_id and block_id in (None, block["block_id"]):
                return block, element
    raise NotVisible(f"no element {action_id!r} in block {block_id!r}")


def state_value(element: Block, value: Any) -> dict[str, Any]:
    """State entry after a person chose ``value`` (an option's value, a user id, a text, …; None clears it).

    Raises NotVisible if the option does not exist.
    """
    key = STATE_KEYS[element["type"]]
    content: Any
    if key == "value":
        content = None if value in (None, "") else str(value)
    elif key == "selected_option":
        content = None if value in (None, "") else chosen_option(element, value)
    elif key == "selected_options":
        content = [chosen_option(element, one) for one in _several(value)]
    elif key.endswith("s"):
        content = _several(value)
    else:
        content = value or None
    return {"type": element["type"], key: content}


def chosen_option(element: Block, value: Any) -> Block:
    """The element's option with this value. Raises NotVisible."""
    external = element["type"] in EXTERNAL
    if external and isinstance(value, Mapping):  # one that the app has answered
        return {"text": value["text"], "value": value["value"]}
    wanted = value.get("value") if isinstance(value, Mapping) else str(value)
    first = element.get("initial_options") or [element.get("initial_option")]
    for option in [one for one in first if one] if external else options_of(element):
        if option["value"] == wanted:
            return option
    raise NotVisible(f"no option {wanted!r} in {element['action_id']!r}")


def _several(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def fill(view: View, values: Mapping[str, Any], file: Callable[[str], Block]) -> None:
    """Enter values into a view: ``block_id`` or ``block_id/action_id`` → plain value. Raises NotVisible.

    ``file`` maps a file id to its file object.
    """
    for name, value in values.items():
        block = next((b for b in view.blocks if name == b["block_id"] or name.startswith(b["block_id"] + "/")), None)
        if block is None:
            raise NotVisible(f"no block {name!r}")
        action_id = name[len(block["block_id"]) + 1 :]
        for element in elements_of(block):
            if element["type"] in STATE_KEYS and action_id in ("", element["action_id"]):
                chosen = [file(one) for one in _several(value)] if element["type"] == "file_input" else value
                view.state[block["block_id"]][element["action_id"]] = state_value(element, chosen)
                break
        else:
            raise NotVisible(f"no input {name!r}")


_MESSAGES = {
    "missing": ("필수 항목입니다. 작성해 주세요.", "Please complete this required field."),
    "long": ("{0}자 이하로 입력해 주세요.", "Please use {0} characters or fewer."),
    "short": ("{0}자 이상 입력해 주세요.", "Please use {0} characters or more."),
    "email": ("올바른 이메일 주소를 입력해 주세요.", "Please enter a valid email address."),
    "url": ("올바른 URL을 입력해 주세요.", "Please enter a valid URL."),
    "number": ("숫자를 입력해 주세요.", "Please enter a number."),
    "whole": ("정수를 입력해 주세요.", "Please enter a whole number."),
    "range": ("{0}에서 {1} 사이의 숫자를 입력해 주세요.", "Please enter a number between {0} and {1}."),
    "many": ("최대 {0}개까지 선택할 수 있습니다.", "You can select at most {0} items."),
    "kind": ("{0} 파일만 올릴 수 있습니다.", "Only these file types can be uploaded: {0}."),
    "large": ("{0}MB 이하의 파일만 올릴 수 있습니다.", "Files can be at most {0} MB."),
}
"""Korean and English messages, similar to those of Slack's client."""


def violations(view: View, locale: str) -> dict[str, str]:
    """Client-side validation errors: block id → message below the field. Empty if the view can be submitted."""
    found: dict[str, str] = {}
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        value = view.state[block["block_id"]][element["action_id"]][STATE_KEYS[element["type"]]]
        wrong = _wrong(element, value) if value else None if block.get("optional") else ("missing",)
        if wrong is not None:
            found[block["block_id"]] = _message(wrong, locale)
    return found


def file_violation(element: Block, name: str, size: int, locale: str) -> str | None:
    """The client's error message for a chosen file, or None if it is accepted."""
    kinds = element.get("filetypes")
    if kinds and kind_of(name) not in kinds:
        return _message(("kind", ", ".join(kinds)), locale)
    return _message(("large", str(MAX_MEGABYTES)), locale) if size > MAX_BYTES else None


def _message(wrong: tuple[str, ...], locale: str) -> str:
    name, *numbers = wrong
    korean, english = _MESSAGES[name]
    return (korean if locale.startswith("ko") else english).format(*numbers)


def _wrong(element: Block, value: Any) -> tuple[str, ...] | None:
    """Message key and its arguments if Slack's client rejects the value, else None."""
    match element["type"]:
        case "plain_text_input":
            return _wrong_length(value, element.get("min_length", 0), element.get("max_length", 3000))
        case "email_text_input":
            try:
                validate_email(value, check_deliverability=False, test_environment=True)
            except EmailNotValidError:
                return ("email",)
        case "url_text_input":
            return None if value.startswith(("http://", "https://")) else ("url",)
        case "number_input":
            return _wrong_number(element, value)
        case "file_input":
            most = element.get("max_files", MAX_FILES)
            return ("many", str(most)) if len(value) > most else None
        case _:
            most = element.get("max_selected_items")
            return ("many", str(most)) if most is not None and len(value) > most else None
    return None


def _wrong_length(value: str, least: int, most: int) -> tuple[str, ...] | None:
    if len(value) > most:
        return ("long", str(most))
    return ("short", str(least)) if len(value) < least else None


def _wrong_number(element: Block, value: str) -> tuple[str, ...] | None:
    try:
        typed = float(value)
    except ValueError:
        return ("number",)
    if not element["is_decimal_allowed"] and not typed.is_integer():
        return ("whole",)
    least, most = element.get("min_value", "-inf"), element.get("max_value", "inf")
    if not float(least) <= typed <= float(most):
        return ("range", least.replace("-inf", "-∞"), most.replace("inf", "∞"))
    return None
