"""Block Kit validation: blocks, elements and their limits (docs.slack.dev, reference, "Block Kit").

Of the newer blocks only ``data_visualization`` is known, and only in messages. The others (``alert``, ``card``, ``data_table``)
are rejected as unsupported, as in a workspace where they are not available yet.
"""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from bot.playground.slack.model import Block
from bot.playground.slack.rules.schema import (
    Rule,
    Violations,
    alternatives,
    anything,
    both,
    decimal,
    flag,
    form,
    listing,
    number,
    one_of,
    quantity,
    shape,
    text,
    typed,
)

MESSAGE_BLOCKS = 50
MARKDOWN_TOTAL = 12_000
MESSAGE_CHARTS = 2
MAX_FILES = 10
"""Default and maximum of a file input's ``max_files``."""
TYPED_INTO = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})


# --- Rules that look at two properties together ---
def _one_list_of_options(value: Block, at: str, violations: Violations) -> None:
    if ("options" in value) == ("option_groups" in value):
        violations.add("must define either `options` or `option_groups`", at)


def options_of(element: Block) -> list[Block]:
    """All options of an element, including those in option groups."""
    in_groups = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *in_groups]


def _initial_is_offered(value: Block, at: str, violations: Violations) -> None:
    offered = [(option["value"], option["text"]["text"]) for option in options_of(value)]
    for name in ("initial_option", "initial_options"):
        initial = value.get(name, [])
        for option in initial if isinstance(initial, list) else [initial]:
            if (option["value"], option["text"]["text"]) not in offered:
                violations.add(f"`{name}` must exactly match one of the provided options", f"{at}/{name}")


def _initial_text_fits(value: Block, at: str, violations: Violations) -> None:
    most, least = value.get("max_length", 3000), value.get("min_length", 0)
    if len(value.get("initial_value", "")) > most:
        violations.add(f"must be less than {most + 1} characters", f"{at}/initial_value")
    if least > most:
        violations.add("`min_length` must not be greater than `max_length`", f"{at}/min_length")


def _one_picture(value: Block, at: str, violations: Violations) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        violations.add("must define either `image_url` or `slack_file`", at)


def _text_or_fields(value: Block, at: str, violations: Violations) -> None:
    if "text" not in value and "fields" not in value:
        violations.add("must define either `text` or `fields`", at)


def _action_ids_differ(value: Block, at: str, violations: Violations) -> None:
    seen: set[str] = set()
    for position, element in enumerate(value["elements"]):
        action_id = element.get("action_id")
        if action_id in seen:
            violations.add(f'`action_id` "{action_id}" already exists', f"{at}/elements/{position}/action_id")
        elif action_id is not None:
            seen.add(action_id)


def takes_file(block: Block) -> bool:
    """Whether the block is a file input."""
    return bool(block["type"] == "input" and block["element"]["type"] == "file_input")


def _files_dispatch_nothing(value: Block, at: str, violations: Violations) -> None:
    """``dispatch_action`` is incompatible with a file input (docs.slack.dev, "Input block")."""
    if takes_file(value) and value.get("dispatch_action"):
        violations.add("unsupported type: file_input", f"{at}/element/type")


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _like(pattern: str, wanted: str) -> Rule:
    return form(lambda value: re.fullmatch(pattern, value) is not None, wanted)


# --- Composition objects: text, options, confirmation dialogs ---
_KIND: dict[str, Rule] = {"type": anything}


def plain(most: int) -> Rule:
    """Rule: plain text of at most ``most`` characters."""
    return typed({"plain_text": shape({**_KIND, "text": text(most)}, {"emoji": flag})})


def any_text(most: int) -> Rule:
    """Rule: plain text or mrkdwn of at most ``most`` characters."""
    kinds = {
        "plain_text": shape({**_KIND, "text": text(most)}, {"emoji": flag}),
        "mrkdwn": shape({**_KIND, "text": text(most)}, {"verbatim": flag}),
    }
    return alternatives(typed(kinds))


_URL = both(text(3000), _like(r"(https?|slack|mailto|tel):\S+", "a valid url"))
_USER = _like(r"[UW][A-Z0-9]{2,}", "a valid user id")
_CHANNEL = _like(r"[CG][A-Z0-9]{2,}", "a valid channel id")
_CONVERSATION = _like(r"[CGDUW][A-Z0-9]{2,}", "a valid conversation id")
_DATE = form(_is_date, "a date in the format YYYY-MM-DD")
_TIME = _like(r"([01]\d|2[0-3]):[0-5]\d", "a time in the format HH:mm")
_STYLE = one_of("primary", "danger")

_OPTION = shape({"text": plain(75), "value": text(150)}, {"description": plain(75)})
_OPTION_WITH_URL = shape({"text": plain(75), "value": text(150)}, {"description": plain(75), "url": _URL})
_OPTION_WITH_MARKUP = shape({"text": any_text(75), "value": text(150)}, {"description": any_text(75)})
_GROUP = shape({"label": plain(75), "options": listing(_OPTION, 100)})
_CONFIRM = shape(
    {"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)}, {"style": _STYLE}
)
_DISPATCH = shape({}, {"trigger_actions_on": listing(one_of("on_enter_pressed", "on_character_entered"), 2)})
_CONVERSATIONS = shape(
    {},
    {
        "include": listing(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)

# --- Elements ---
_ACTION: dict[str, Rule] = {"action_id": text(255)}
_SURE: dict[str, Rule] = {"confirm": _CONFIRM}
_ASKS: dict[str, Rule] = {**_ACTION, "placeholder": plain(150), "focus_on_load": flag}
_MENU: dict[str, Rule] = {**_ASKS, **_SURE}
_MANY: dict[str, Rule] = {"max_selected_items": number(1, 100)}
_TYPED: dict[str, Rule] = {**_ASKS, "dispatch_action_config": _DISPATCH}
_STATIC: dict[str, Rule] = {**_MENU, "options": listing(_OPTION, 100), "option_groups": listing(_GROUP, 100)}
_TEN = listing(_OPTION_WITH_MARKUP, 10)
_PICTURE: dict[str, Rule] = {"image_url": _URL, "slack_file": anything}

ELEMENTS: dict[str, Rule] = {
    "button": shape(
        {**_KIND, "text": plain(75)},
        {**_ACTION, **_SURE, "url": _URL, "value": text(2000, 0), "style": _STYLE, "accessibility_label": text(75)},
    ),
    "overflow": shape({**_KIND, "options": listing(_OPTION_WITH_URL, 5)}, {**_ACTION, **_SURE}),
    "static_select": both(
        shape(_KIND, {**_STATIC, "initial_option": _OPTION}), both(_one_list_of_options, _initial_is_offered)
    ),
    "multi_static_select": both(
        shape(_KIND, {**_STATIC, **_MANY, "initial_options": listing(_OPTION, 100)}),
        both(_one_list_of_options, _initial_is_offered),
    ),
    "radio_buttons": both(
        shape(
            {**_KIND, "options": _TEN},
            {**_ACTION, **_SURE, "focus_on_load": flag, "initial_option": _OPTION_WITH_MARKUP},
        ),
        _initial_is_offered,
    ),
    "checkboxes": both(
        shape({**_KIND, "options": _TEN}, {**_ACTION, **_SURE, "focus_on_load": flag, "initial_options": _TEN}),
        _initial_is_offered,
    ),
    "external_select": shape(_KIND, {**_MENU, "initial_option": _OPTION, "min_query_length": number(0, 3000)}),
    "multi_external_select": shape(
        _KIND, {**_MENU, **_MANY, "initial_options": listing(_OPTION, 100), "min_query_length": number(0, 3000)}
    ),
    "users_select": shape(_KIND, {**_MENU, "initial_user": _USER}),
    "multi_users_select": shape(_KIND, {**_MENU, **_MANY, "initial_users": listing(_USER, 100)}),
    "channels_select": shape(_KIND, {**_MENU, "initial_channel": _CHANNEL, "response_url_enabled": flag}),
    "multi_channels_select": shape(_KIND, {**_MENU, **_MANY, "initial_channels": listing(_CHANNEL, 100)}),
    "conversations_select": shape(
        _KIND,
        {
            **_MENU,
            "initial_conversation": _CONVERSATION,
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": _CONVERSATIONS,
        },
    ),
    "multi_conversations_select": shape(
        _KIND,
        {
            **_MENU,
            **_MANY,
            "initial_conversations": listing(_CONVERSATION, 100),
            "default_to_current_conversation": flag,
            "filter": _CONVERSATIONS,
        },
    ),
    "datepicker": shape(_KIND, {**_MENU, "initial_date": _DATE}),
    "timepicker": shape(_KIND, {**_MENU, "initial_time": _TIME, "timezone": text(100)}),
    "plain_text_input": both(
        shape(
            _KIND,
            {
                **_TYPED,
                "initial_value": text(3000, 0),
                "multiline": flag,
                "min_length": number(0, 3000),
                "max_length": number(1, 3000),
            },
        ),
        _initial_text_fits,
    ),
    "email_text_input": shape(_KIND, {**_TYPED, "initial_value": text(3000, 0)}),
    "url_text_input": shape(_KIND, {**_TYPED, "initial_value": text(3000, 0)}),
    "number_input": shape(
        {**_KIND, "is_decimal_allowed": flag},
        {**_TYPED, "initial_value": decimal, "min_value": decimal, "max_value": decimal},
    ),
    "file_input": shape(_KIND, {**_ACTION, "filetypes": listing(text(255), 100), "max_files": number(1, MAX_FILES)}),
    "image": both(shape({**_KIND, "alt_text": text(2000)}, _PICTURE), _one_picture),
}
_IN_SECTION = ELEMENTS.keys() - TYPED_INTO - {"file_input"}
IN_ACTIONS = _IN_SECTION - {"image", *(name for name in ELEMENTS if name.startswith("multi_"))}
_IN_INPUT = ELEMENTS.keys() - {"button", "overflow", "image"}

_ANSWERED = both(
    shape({}, {"options": listing(_OPTION, 100, 0), "option_groups": listing(_GROUP, 100, 0)}), _one_list_of_options
)


def check_suggestions(answer: Any) -> Violations:
    """Violations in the options that an app answers for an external select; empty if Slack accepts them."""
    violations = Violations()
    _ANSWERED(answer, "", violations)
    return violations


# --- Rich text ---
_LEAVES: dict[str, Rule] = dict.fromkeys(
    ("text", "link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color", "team"), anything
)
_LINE = shape({**_KIND, "elements": listing(typed(_LEAVES), 1000, 0)}, {"border": anything})
_RICH: dict[str, Rule] = {
    "rich_text_section": _LINE,
    "rich_text_preformatted": _LINE,
    "rich_text_quote": _LINE,
    "rich_text_list": shape(
        {
            **_KIND,
            "style": one_of("bullet", "ordered"),
            "elements": listing(typed({"rich_text_section": _LINE}), 1000, 0),
        },
        {"indent": number(0, 8), "offset": number(0, 100_000), "border": anything},
    ),
}


# --- Charts (docs.slack.dev, "Data visualization block") ---
def _points_cover_the_axis(value: Block, at: str, violations: Violations) -> None:
    """Series have different names, and each exactly one point for every category."""
    categories = value["axis_config"]["categories"]
    if len(set(categories)) < len(categories):
        violations.add("`categories` must be unique", f"{at}/axis_config/categories")
    names: set[str] = set()
    for position, series in enumerate(value["series"]):
        if series["name"] in names:
            violations.add("`name` of a series must be unique", f"{at}/series/{position}/name")
        names.add(series["name"])
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            violations.add("`data` must have one point for every category", f"{at}/series/{position}/data")


_LABEL = text(20)
_AXES = shape({"categories": listing(_LABEL, 20)}, {"x_label": text(50), "y_label": text(50)})
_SERIES = shape({"name": _LABEL, "data": listing(shape({"label": _LABEL, "value": quantity()}), 20)})
_BY_CATEGORY = both(shape({**_KIND, "series": listing(_SERIES, 6), "axis_config": _AXES}), _points_cover_the_axis)
_SLICE = shape({"label": _LABEL, "value": quantity(above_zero=True)})
_CHARTS: dict[str, Rule] = {
    "pie": shape({**_KIND, "segments": listing(_SLICE, 6)}),
    **dict.fromkeys(("bar", "area", "line"), _BY_CATEGORY),
}

# --- Blocks ---
_ID: dict[str, Rule] = {"block_id": text(255)}
_SMALL: dict[str, Rule] = {"image": ELEMENTS["image"], "plain_text": any_text(3000), "mrkdwn": any_text(3000)}

BLOCKS: dict[str, Rule] = {
    "section": both(
        shape(
            _KIND,
            {
                **_ID,
                "text": any_text(3000),
                "fields": listing(any_text(2000), 10),
                "accessory": typed(ELEMENTS, _IN_SECTION),
                "expand": flag,
            },
        ),
        _text_or_fields,
    ),
    "header": shape({**_KIND, "text": plain(150)}, _ID),
    "divider": shape(_KIND, _ID),
    "context": shape({**_KIND, "elements": listing(typed(_SMALL), 10)}, _ID),
    "actions": both(shape({**_KIND, "elements": listing(typed(ELEMENTS, IN_ACTIONS), 25)}, _ID), _action_ids_differ),
    "input": both(
        shape(
            {**_KIND, "label": plain(2000), "element": typed(ELEMENTS, _IN_INPUT)},
            {**_ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
        ),
        _files_dispatch_nothing,
    ),
    "image": both(shape({**_KIND, "alt_text": text(2000)}, {**_ID, **_PICTURE, "title": plain(2000)}), _one_picture),
    "rich_text": shape({**_KIND, "elements": listing(typed(_RICH), 1000, 0)}, _ID),
    "markdown": shape({**_KIND, "text": text(MARKDOWN_TOTAL)}, _ID),
    "data_visualization": shape({**_KIND, "title": text(50), "chart": typed(_CHARTS)}, _ID),
}
_NOT_IN_VIEWS = frozenset({"data_visualization"})


def check_blocks(blocks: Any, at: str, violations: Violations, *, most: int, in_modal: bool = False) -> None:
    """Collect what Slack rejects in the blocks of a view. File inputs are valid in modals only."""
    _check(blocks, at, violations, most, BLOCKS.keys() - _NOT_IN_VIEWS, in_modal=in_modal)


def _check(
    blocks: Any, at: str, violations: Violations, most: int, allowed: Iterable[str], *, in_modal: bool = False
) -> None:
    listing(typed(BLOCKS, allowed), most, least=0)(blocks, at, violations)
    if violations:
        return
    seen: set[str] = set()
    for position, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            violations.add(f'`block_id` "{block_id}" already exists', f"{at}/{position}/block_id")
        elif block_id is not None:
            seen.add(block_id)
        if takes_file(block) and not in_modal:
            violations.add("unsupported type: file_input", f"{at}/{position}/element/type")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_TOTAL:
        violations.add(f"must be less than {MARKDOWN_TOTAL + 1} characters in all markdown blocks", at)


def check_message_blocks(blocks: Any) -> Violations:
    """Violations in a message's blocks; empty if Slack accepts them."""
    violations = Violations()
    _check(blocks, "/blocks", violations, MESSAGE_BLOCKS, BLOCKS)
    if not violations and sum(block["type"] == "data_visualization" for block in blocks) > MESSAGE_CHARTS:
        violations.add(f"no more than {MESSAGE_CHARTS} data_visualization blocks allowed", "/blocks")
    return violations


def elements_of(block: Block) -> Iterator[Block]:
    """Interactive elements of a block."""
    inside = [block.get("accessory"), block.get("element")]
    if block["type"] == "actions":
        inside += block["elements"]
    for element in inside:
        if element is not None and element["type"] != "image":
            yield element


def completed(blocks: Iterable[Block]) -> list[Block]:
    """A copy of validated blocks with generated ``block_id`` and ``action_id`` where missing, as Slack does."""
    finished = copy.deepcopy(list(blocks))
    for block in finished:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in elements_of(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return finished
