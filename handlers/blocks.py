"""Builders for the Block Kit elements in use, which keep Slack's limits (docs.slack.dev, "Blocks")."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from handlers.payloads import Payload, encode
from handlers.texts import Texts
from tmon.pages import Page

Block = dict[str, Any]

TEXT_LIMIT = 3000
HEADER_LIMIT = 150
BUTTON_LIMIT = 75
OPTION_LIMIT = 75
TITLE_LIMIT = 24
CHART = "data_visualization"
SERIES_LIMIT = 6
"""Rows of bars of a chart."""
_LABEL_LIMIT = 20
_WIDE = str.maketrans("*_~`", "＊＿～｀")


def clip(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` characters, the last one an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def escape_title(text: str, limit: int) -> str:
    """Flatten a title from TMON to one line and replace markup characters by wide ones, for use inside markup."""
    return clip(" ".join(text.split()), limit).translate(_WIDE) or "-"


def plain(text: str, limit: int = TEXT_LIMIT) -> Block:
    """A plain text object."""
    return {"type": "plain_text", "text": clip(text, limit) or " ", "emoji": True}


def mrkdwn(text: str, limit: int = TEXT_LIMIT) -> Block:
    """A text object with markup; the values in it must be escaped already (`Texts.md`)."""
    return {"type": "mrkdwn", "text": clip(text, limit) or " ", "verbatim": True}


def header(text: str) -> Block:
    """A header block."""
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def section(text: str, *, accessory: Block | None = None, block_id: str | None = None) -> Block:
    """A section block, with an optional button or menu beside it."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory is not None:
        block["accessory"] = accessory
    return with_block_id(block, block_id)


def fields(texts: Sequence[str]) -> Block:
    """A section block with up to ten short texts in two columns."""
    return {"type": "section", "fields": [mrkdwn(text, 2000) for text in texts[:10]]}


def context(*texts: str) -> Block:
    """A context block: small grey text."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:10]]}


def image(url: str, alternative: str) -> Block:
    """A picture, with the text for those who do not see it. Slack fetches it, and refuses the whole view if it cannot."""
    return {"type": "image", "image_url": url, "alt_text": clip(alternative, 2000) or " "}


def divider() -> Block:
    """A divider block."""
    return {"type": "divider"}


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """An actions block: a row of buttons and menus."""
    return with_block_id({"type": "actions", "elements": list(elements)}, block_id)


def bar_chart(title: str, categories: Sequence[str], series: Mapping[str, Sequence[int]]) -> Block:
    """A chart with a bar for each of the named `series` in each of the `categories`.

    Not every Slack draws charts: the message says the numbers in its text as well (`without_charts`).
    """
    labels = _different(categories)
    return {
        "type": CHART,
        "title": clip(title, 50),
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": name,
                    "data": [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)],
                }
                for name, values in zip(_different(series), series.values(), strict=True)
            ],
            "axis_config": {"categories": labels},
        },
    }


def _different(labels: Iterable[str]) -> list[str]:
    """Return labels within Slack's limit that differ from each other."""
    found: list[str] = []
    for label in labels:
        short, number = clip(label, _LABEL_LIMIT), 1
        while short in found:
            number += 1
            short = f"{clip(label, _LABEL_LIMIT - len(str(number)) - 1)} {number}"
        found.append(short)
    return found


def without_charts(blocks: Sequence[Block]) -> list[Block]:
    """Return `blocks` without charts: for a Slack that does not draw them."""
    return [block for block in blocks if block["type"] != CHART]


def with_block_id(block: Block, block_id: str | None) -> Block:
    """Return `block` with a block id, unless it is None."""
    return block if block_id is None else {**block, "block_id": block_id}


def confirm(t: Texts, *, title: str, text: str, yes: str, danger: bool = False) -> Block:
    """The confirmation dialog of a button."""
    return {
        "title": plain(title, 100),
        "text": mrkdwn(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(t("common.cancel"), 30),
        "style": "danger" if danger else "primary",
    }


def button(
    text: str,
    action_id: str,
    value: str = "",
    *,
    style: str | None = None,
    confirm: Block | None = None,
    label: str | None = None,
    url: str | None = None,
) -> Block:
    """A button. `style`: `primary` or `danger`; `label`: the text for screen readers; `url`: a page that it opens."""
    element: Block = {"type": "button", "text": plain(text, BUTTON_LIMIT), "action_id": action_id}
    if value:
        element["value"] = value
    if style is not None:
        element["style"] = style
    if confirm is not None:
        element["confirm"] = confirm
    if label is not None:
        element["accessibility_label"] = clip(label, BUTTON_LIMIT)
    if url is not None:
        element["url"] = url
    return element


def overflow(action_id: str, *options: Block) -> Block:
    """A menu behind three dots, of up to five options."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)[:5]}


def button_beside(
    t: Texts,
    text: str,
    what: str,
    action_id: str,
    value: str = "",
    *,
    style: str | None = None,
    confirm: Block | None = None,
) -> Block:
    """A button that stands beside `what` in a list: its label names it, since screen readers read no rows."""
    label = t("common.spoken", text=text, what=clip(" ".join(what.split()), 40))
    return button(text, action_id, value, style=style, confirm=confirm, label=label)


def pager(
    t: Texts, action_id: str, ref: Payload, page: Page[Any], *buttons: Block, in_heading: bool = False
) -> list[Block]:
    """Buttons to the previous and the next page, with `buttons` in the same row; empty if there are none at all.

    Their value is `ref` with the number of their page. The line above says which page this is. With `in_heading` the
    view's heading says so: a divider takes that place, and action ids end in the number, not in `before` and `after`.
    """
    turns = []
    for text, suffix, number in (
        (t("stores.page_before"), "before", page.number - 1),
        (t("stores.page_after"), "after", page.number + 1),
    ):
        if 0 <= number < page.pages:
            value = encode(ref.model_copy(update={"page": number}))
            turns.append(button(text, f"{action_id}#{number if in_heading else suffix}", value))
    blocks: list[Block] = []
    if turns and in_heading:
        blocks.append(divider())
    elif turns:
        blocks.append(context(t("stores.page", page=page.number + 1, pages=page.pages)))
    return [*blocks, actions(*turns, *buttons)] if turns or buttons else blocks


def option(text: str, value: str, description: str | None = None) -> Block:
    """An option of a menu or of radio buttons."""
    made: Block = {"text": plain(text, OPTION_LIMIT), "value": value}
    if description:
        made["description"] = plain(description, OPTION_LIMIT)
    return made


def menu(action_id: str, placeholder: str, options: Sequence[Block], chosen: str) -> Block:
    """A menu among buttons, with the option whose value is `chosen`, else with the first one."""
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder),
        "options": list(options),
        "initial_option": next((one for one in options if one["value"] == chosen), options[0]),
    }


def input_block(
    block_id: str,
    label: str,
    element: Block,
    *,
    optional: bool = False,
    hint: str | None = None,
    dispatch: bool = False,
) -> Block:
    """An input block. `block_id`: the name of the field; the element's action id is `value`."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": {"action_id": "value", **element},
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, 2000)
    if dispatch:
        block["dispatch_action"] = True
    return block


def text_input(
    *,
    max_length: int,
    initial: str | None = None,
    placeholder: str | None = None,
    multiline: bool = False,
    min_length: int = 0,
) -> Block:
    """The element of a text field. Never pass a secret as `initial`."""
    element: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": max_length}
    if min_length:
        element["min_length"] = min_length
    if initial:
        element["initial_value"] = clip(initial, max_length)
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return element


def home(blocks: Sequence[Block]) -> Block:
    """A home tab view, cut to 100 blocks."""
    return {"type": "home", "blocks": list(blocks)[:100]}


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str,
    close: str,
    submit: str | None = None,
    metadata: str = "",
) -> Block:
    """A modal view, cut to 100 blocks."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, TITLE_LIMIT),
        "close": plain(close, TITLE_LIMIT),
        "blocks": list(blocks)[:100],
        "private_metadata": metadata,
    }
    if submit is not None:
        view["submit"] = plain(submit, TITLE_LIMIT)
    return view
