"""Blocks that Slack takes, and the place and reason of what it refuses."""

from typing import Any

import pytest

from bot.playground.slack.rules.blocks import check_message_blocks, completed
from bot.playground.slack.rules.views import check_view
from tests.playground.slack_workspace import button, field, modal, plain, section


def option(value: str = "a", text: str = "가") -> dict[str, Any]:
    return {"text": plain(text), "value": value}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def choice(kind: str, count: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": kind, "options": [option(f"v{n}") for n in range(count)], **more}


def chart(kind: str = "bar", **over: Any) -> dict[str, Any]:
    """A chart of two series over two categories; `over`: what of it is different."""
    series = [{"name": name, "data": [point("월", 3), point("화", -1.5)]} for name in ("가", "나")]
    return {"type": kind, "series": series, "axis_config": {"categories": ["월", "화"]}, **over}


def point(label: str, value: Any) -> dict[str, Any]:
    return {"label": label, "value": value}


def drawn(made: dict[str, Any], title: str = "주문") -> dict[str, Any]:
    return {"type": "data_visualization", "title": title, "chart": made}


def row(*points: dict[str, Any], name: str = "가") -> list[dict[str, Any]]:
    return [{"name": name, "data": list(points)}]


MANY = [f"{n}" for n in range(21)]
UPLOAD = field("f", type="file_input", filetypes=["csv", "xlsx"], max_files=1)


CONFIRM = {"title": plain("정말요?"), "text": plain("확인"), "confirm": plain("예"), "deny": plain("아니요")}


# fmt: off
BAD: list[tuple[str, list[Any], str]] = [
    ("header too long", [{"type": "header", "text": plain("가" * 151)}], "must be less than 151 characters [json-pointer:/blocks/0/text/text]"),
    ("header with markup", [{"type": "header", "text": {"type": "mrkdwn", "text": "가"}}], "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    ("section too long", [section("가" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ("empty text", [section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ("section of nothing", [{"type": "section"}], "must define either `text` or `fields` [json-pointer:/blocks/0]"),
    ("eleven fields", [{"type": "section", "fields": [plain("가")] * 11}], "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    ("field too long", [{"type": "section", "fields": [plain("가" * 2001)]}], "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
    ("eleven in context", [{"type": "context", "elements": [plain("가")] * 11}], "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
    ("no element", [actions()], "must provide at least 1 items [json-pointer:/blocks/0/elements]"),
    ("26 buttons", [actions(*[button(f"b{n}") for n in range(26)])], "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
    ("button text", [actions(button("b", text=plain("가" * 76)))], "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"),
    ("button value", [actions(button("b", "v" * 2001))], "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"),
    ("button style", [actions(button("b", style="default"))], "must be a valid enum value: primary, danger [json-pointer:/blocks/0/elements/0/style]"),
    ("action id", [actions(button("b" * 256))], "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"),
    ("same action id", [actions(button("b"), button("b"))], '`action_id` "b" already exists [json-pointer:/blocks/0/elements/1/action_id]'),
    ("block id", [{"type": "divider", "block_id": "d" * 256}], "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    ("same block id", [{"type": "divider", "block_id": "d"}] * 2, '`block_id` "d" already exists [json-pointer:/blocks/1/block_id]'),
    ("option text", [actions({**choice("static_select", 1), "options": [option("a", "가" * 76)]})], "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]"),
    ("option value", [actions({**choice("static_select", 1), "options": [option("a" * 151)]})], "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]"),
    ("101 options", [actions(choice("static_select", 101))], "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    ("11 radio buttons", [actions(choice("radio_buttons", 11))], "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    ("11 checkboxes", [actions(choice("checkboxes", 11))], "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    ("6 in overflow", [actions(choice("overflow", 6))], "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    ("select of nothing", [actions({"type": "static_select"})], "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]"),
    ("initial option", [actions(choice("static_select", 2, initial_option=option("v9")))], "`initial_option` must exactly match one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]"),
    ("initial options", [field("f", **choice("checkboxes", 2, initial_options=[option("v9")]))], "`initial_options` must exactly match one of the provided options [json-pointer:/blocks/0/element/initial_options]"),
    ("placeholder", [actions(choice("static_select", 1, placeholder=plain("가" * 151)))], "must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]"),
    ("confirm title", [actions(button("b", confirm={**CONFIRM, "title": plain("가" * 101)}))], "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]"),
    ("confirm text", [actions(button("b", confirm={**CONFIRM, "text": plain("가" * 301)}))], "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]"),
    ("confirm button", [actions(button("b", confirm={**CONFIRM, "confirm": plain("가" * 31)}))], "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]"),
    ("max length", [field("f", max_length=3001)], "must be less than 3001 [json-pointer:/blocks/0/element/max_length]"),
    ("initial value", [field("f", max_length=3, initial_value="네글자임")], "must be less than 4 characters [json-pointer:/blocks/0/element/initial_value]"),
    ("label", [{**field("f"), "label": plain("가" * 2001)}], "must be less than 2001 characters [json-pointer:/blocks/0/label/text]"),
    ("hint", [{**field("f"), "hint": plain("가" * 2001)}], "must be less than 2001 characters [json-pointer:/blocks/0/hint/text]"),
    ("button as input", [{**field("f"), "element": button("b")}], "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    ("input among actions", [actions(field("f")["element"])], "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    ("file among actions", [actions(UPLOAD["element"])], "unsupported type: file_input [json-pointer:/blocks/0/elements/0/type]"),
    ("file in a message", [UPLOAD], "unsupported type: file_input [json-pointer:/blocks/0/element/type]"),
    ("file that dispatches", [{**UPLOAD, "dispatch_action": True}], "unsupported type: file_input [json-pointer:/blocks/0/element/type]"),
    ("eleven files", [field("f", type="file_input", max_files=11)], "must be less than 11 [json-pointer:/blocks/0/element/max_files]"),
    ("no file type", [field("f", type="file_input", filetypes=[])], "must provide at least 1 items [json-pointer:/blocks/0/element/filetypes]"),
    ("file with a placeholder", [field("f", type="file_input", placeholder=plain("가"))], "invalid additional property: placeholder [json-pointer:/blocks/0/element]"),
    ("date", [actions({"type": "datepicker", "initial_date": "2026-2-30"})], "must be a date in the format YYYY-MM-DD [json-pointer:/blocks/0/elements/0/initial_date]"),
    ("unknown block", [{"type": "card"}], "unsupported type: card [json-pointer:/blocks/0/type]"),
    ("no type", [{}], "missing required field: type [json-pointer:/blocks/0]"),
    ("unknown property", [{"type": "divider", "color": "red"}], "invalid additional property: color [json-pointer:/blocks/0]"),
    ("null", [{"type": "divider", "block_id": None}], "must provide a string [json-pointer:/blocks/0/block_id]"),
    ("a string for a block", ["divider"], "must provide an object [json-pointer:/blocks/0]"),
    ("51 blocks", [{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ("chart title", [drawn(chart(), "가" * 51)], "must be less than 51 characters [json-pointer:/blocks/0/title]"),
    ("chart of no kind", [drawn({"type": "donut"})], "unsupported type: donut [json-pointer:/blocks/0/chart/type]"),
    ("chart without axes", [drawn({"type": "line", "series": row(point("월", 1))})], "missing required field: axis_config [json-pointer:/blocks/0/chart]"),
    ("seven series", [drawn(chart(series=[{"name": str(n), "data": [point("월", 1), point("화", 1)]} for n in range(7)]))], "no more than 6 items allowed [json-pointer:/blocks/0/chart/series]"),
    ("21 categories", [drawn(chart(axis_config={"categories": MANY}))], "no more than 20 items allowed [json-pointer:/blocks/0/chart/axis_config/categories]"),
    ("long category", [drawn(chart(axis_config={"categories": ["가" * 21]}))], "must be less than 21 characters [json-pointer:/blocks/0/chart/axis_config/categories/0]"),
    ("series of one name", [drawn(chart(series=row(point("월", 1), point("화", 1)) * 2))], "`name` of a series must be unique [json-pointer:/blocks/0/chart/series/1/name]"),
    ("same category", [drawn(chart(axis_config={"categories": ["월", "월"]}))], "`categories` must be unique [json-pointer:/blocks/0/chart/axis_config/categories]"),
    ("a point is missing", [drawn(chart(series=row(point("월", 1))))], "`data` must have one point for every category [json-pointer:/blocks/0/chart/series/0/data]"),
    ("value as text", [drawn(chart(series=row(point("월", "3"), point("화", 1))))], "must provide a number [json-pointer:/blocks/0/chart/series/0/data/0/value]"),
    ("value without end", [drawn(chart(series=row(point("월", float("inf")), point("화", 1))))], "must provide a number [json-pointer:/blocks/0/chart/series/0/data/0/value]"),
    ("empty slice", [drawn({"type": "pie", "segments": [point("월", 0)]})], "must be more than 0 [json-pointer:/blocks/0/chart/segments/0/value]"),
    ("three charts", [drawn(chart())] * 3, "no more than 2 data_visualization blocks allowed [json-pointer:/blocks]"),
    ("image without words", [{"type": "image", "image_url": "https://example.com/a.png"}], "missing required field: alt_text [json-pointer:/blocks/0]"),
]


@pytest.mark.parametrize(("blocks", "complaint"), [pytest.param(b, c, id=name) for name, b, c in BAD])
def test_bad_blocks_are_refused_with_the_place_and_the_reason(blocks: list[Any], complaint: str) -> None:
    assert complaint in map(str, check_message_blocks(blocks))


GOOD: list[dict[str, Any]] = [
    {"type": "header", "text": plain("가" * 150)},
    {**section("가" * 3000), "accessory": choice("overflow", 1), "expand": True},
    {"type": "section", "fields": [plain("가" * 2000)] * 10},
    {
        "type": "context",
        "elements": [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "그림"}, plain("가")],
    },
    actions(
        *[button(f"b{n}", "v" * 2000, text=plain("가" * 75), confirm=CONFIRM, style="danger") for n in range(10)],
        choice("static_select", 100, initial_option=option("v99")),
        choice("radio_buttons", 10, initial_option=option("v0")),
        choice("checkboxes", 10, initial_options=[option("v0"), option("v1")]),
        {"type": "users_select", "initial_user": "U0MINJI001"},
        {"type": "datepicker", "initial_date": "2026-03-10"},
        {"type": "timepicker", "initial_time": "18:00"},
        {"type": "conversations_select", "filter": {"include": ["public"], "exclude_bot_users": True}},
    ),
    field("memo", multiline=True, max_length=3000, initial_value="가" * 3000),
    field("count", type="number_input", is_decimal_allowed=False, min_value="1"),
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "가"}]}]},
    {"type": "markdown", "text": "**굵게**"},
    {"type": "divider"},
]


def test_charts_are_taken_in_messages_and_in_no_view() -> None:
    pie = {"type": "pie", "segments": [point("가" * 20, 0.5), point("나", 12)]}
    labels = MANY[:20]
    long = chart("area", series=row(*(point(label, 1) for label in labels)), axis_config={"categories": labels, "x_label": "가" * 50})
    for made in (chart(), chart("line"), long, pie):
        assert check_message_blocks([drawn(made, "가" * 50), {"type": "divider"}]) == []
        complaint = "unsupported type: data_visualization [json-pointer:/view/blocks/0/type]"
        assert complaint in map(str, check_view(modal(drawn(made)), "modal"))


def test_blocks_at_their_limits_are_taken() -> None:
    assert check_message_blocks(GOOD) == []
    assert check_view(modal(*GOOD), "modal") == []


def test_files_are_taken_in_modals_only() -> None:
    assert check_view(modal(UPLOAD, field("g", type="file_input")), "modal") == []
    complaints = [str(found) for found in check_view({"type": "home", "blocks": [UPLOAD]}, "home")]
    assert "unsupported type: file_input [json-pointer:/view/blocks/0/element/type]" in complaints


def test_blocks_get_the_ids_that_they_lack() -> None:
    first, second = completed([section("가"), actions({"type": "button", "text": plain("나")})])
    assert first["block_id"] != second["block_id"]
    assert second["elements"][0]["action_id"]
