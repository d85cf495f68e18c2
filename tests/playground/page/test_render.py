"""Block Kit and mrkdwn as the playground's page draws them."""

from __future__ import annotations

from typing import Any

from tests.playground.page.drawing import Tags, draw, text

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def option(value: str, label: str) -> dict[str, Any]:
    return {"text": text(label), "value": value}


def test_no_block_lets_an_attack_through() -> None:
    elements: list[dict[str, Any]] = [
        {"type": "button", "action_id": ATTACK, "text": text(ATTACK), "value": ATTACK, "confirm": {
            "title": text(ATTACK), "text": text(ATTACK, "mrkdwn"), "confirm": text(ATTACK), "deny": text(ATTACK)}},
        {"type": "overflow", "action_id": "o", "options": [option(ATTACK, ATTACK)]},
        {"type": "static_select", "action_id": "s", "placeholder": text(ATTACK), "options": [option(ATTACK, ATTACK)]},
        {"type": "multi_users_select", "action_id": "m", "placeholder": text(ATTACK)},
        {"type": "radio_buttons", "action_id": "r", "options": [option(ATTACK, ATTACK)]},
    ]  # fmt: skip
    fields: list[dict[str, Any]] = [
        {"type": "plain_text_input", "action_id": "p", "initial_value": ATTACK, "placeholder": text(ATTACK)},
        {"type": "plain_text_input", "action_id": "q", "initial_value": "</textarea>" + ATTACK, "multiline": True},
        {"type": "checkboxes", "action_id": "c", "options": [option(ATTACK, ATTACK)]},
    ]
    drawn = Tags(
        draw(
            {"type": "header", "text": text(ATTACK)},
            {"type": "section", "text": text(ATTACK, "mrkdwn"), "fields": [text(ATTACK, "mrkdwn")]},
            {"type": "context", "elements": [text(ATTACK), {"type": "image", "alt_text": ATTACK, "image_url": ATTACK}]},
            {"type": "actions", "block_id": ATTACK, "elements": elements},
            *({"type": "input", "block_id": field["action_id"], "label": text(ATTACK), "hint": text(ATTACK), "element": field} for field in fields),
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
                {"type": "text", "text": ATTACK, "style": {"bold": True}}, {"type": "link", "url": "javascript:x", "text": ATTACK},
                {"type": "user", "user_id": ATTACK}, {"type": "emoji", "name": ATTACK}]}]},
            {"type": ATTACK},
        )
    )  # fmt: skip
    assert drawn.of("script") == drawn.of("img") == []
    assert not [
        name for _, attributes in drawn.found for name in attributes if name.startswith("on") or name == "style"
    ]


def test_an_input_is_named_described_and_marked_as_optional() -> None:
    field = {"type": "email_text_input", "action_id": "v", "initial_value": "a@b.kr"}
    drawn = Tags(
        draw({"type": "input", "block_id": "mail", "optional": True, "label": text("이메일"), "hint": text("회사 메일"), "element": field})
    )  # fmt: skip
    (label,) = drawn.of("label")
    (box,) = drawn.of("input")
    assert label["for"] == box["id"]
    assert (box["type"], box["value"]) == ("email", "a@b.kr")
    described = str(box["aria-describedby"]).split()
    assert {"x-mail-v-hint", "x-mail-v-error"} == set(described)
    assert set(described) <= {attributes.get("id") for attributes in drawn.of("p")}
    assert "선택 사항" in drawn.text


def test_selects_offer_what_they_should_and_begin_with_what_was_chosen() -> None:
    grouped = {
        "type": "static_select",
        "action_id": "a",
        "option_groups": [
            {"label": text("나"), "options": [option("1", "하나")]},
            {"label": text("가"), "options": [option("2", "둘")]},
        ],
        "initial_option": option("2", "둘"),
    }
    drawn = Tags(draw({"type": "actions", "elements": [grouped]}))
    assert [group["label"] for group in drawn.of("optgroup")] == ["나", "가"]
    assert [entry["value"] for entry in drawn.of("option") if "selected" in entry] == ["2"]

    people = {"type": "multi_users_select", "action_id": "b", "initial_users": ["U1"]}
    boxes = Tags(draw({"type": "actions", "elements": [people]})).of("input")
    assert [(box["value"], "checked" in box) for box in boxes if box["type"] == "checkbox"] == [
        ("U1", True),
        ("U2", False),
    ]

    channel = {"type": "conversations_select", "action_id": "c", "initial_conversation": "C1"}
    assert [entry["value"] for entry in Tags(draw({"type": "actions", "elements": [channel]})).of("option")] == [
        "",
        "C1",
    ]


def test_a_file_input_takes_what_it_says() -> None:
    field = {"type": "file_input", "action_id": "v", "filetypes": ["csv", "xlsx"], "max_files": 1}
    block = {
        "type": "input",
        "block_id": "b",
        "label": text("재고 파일"),
        "hint": text("첫 줄은 제목"),
        "element": field,
    }
    drawn = Tags(draw(block))
    (box,) = drawn.of("input")
    assert (box["type"], box["accept"], box["data-most"]) == ("file", ".csv,.xlsx", "1")
    assert "multiple" not in box
    assert box["id"] in [label.get("for") for label in drawn.of("label")]
    assert "CSV, XLSX · 10MB 이하" in drawn.text
    (any_ten,) = Tags(draw(block | {"element": {"type": "file_input", "action_id": "v"}})).of("input")
    assert (any_ten["data-most"], "multiple" in any_ten, "accept" in any_ten) == ("10", True, False)
    (attack,) = Tags(draw(block | {"element": field | {"filetypes": [ATTACK]}})).of("input")
    assert attack["accept"] == f".{ATTACK}"


def test_a_select_in_an_input_sends_nothing_by_itself() -> None:
    field = {"type": "static_select", "action_id": "v", "options": [option("1", "하나")]}
    block = {"type": "input", "block_id": "b", "label": text("고르기"), "element": field}
    assert "data-press" not in Tags(draw(block)).of("select")[0]
    assert "data-press" in Tags(draw(block | {"dispatch_action": True})).of("select")[0]


def test_a_block_that_cannot_be_drawn_says_so() -> None:
    assert "data_table" in Tags(draw({"type": "data_table"})).text


def test_menus_whose_options_the_app_finds_show_what_was_chosen_before() -> None:
    option = {"text": text("CJ대한통운"), "value": "10001"}
    element = {"type": "external_select", "action_id": "carrier", "initial_option": option, "min_query_length": 0}
    many = {"type": "multi_external_select", "action_id": "goods", "initial_options": [option]}
    label = text("택배사")
    tags = Tags(
        draw(
            {"type": "input", "block_id": "one", "label": label, "element": element},
            {"type": "input", "block_id": "many", "label": label, "element": many},
        )
    )
    one, several = (field for field in tags.of("input") if field["class"] == "suggest")
    assert (one["data-value"], one["value"], one["data-least"]) == ("10001", "CJ대한통운", "0")
    assert (several["data-value"], several["value"], several["data-least"]) == ("", "", "3")
    assert [(chip["data-value"], chip["aria-label"]) for chip in tags.of("button")] == [("10001", "CJ대한통운 빼기")]


def test_a_picture_comes_from_the_page_and_has_its_words() -> None:
    web = {"type": "image", "alt_text": "수건 5장", "image_url": "https://img.example.com/a.jpg?w=1&h=2"}
    drawn = Tags(
        draw(
            web | {"title": text("대표이미지")},
            {"type": "section", "text": text("수건"), "accessory": web},
            {"type": "image", "alt_text": "파일", "slack_file": {"id": "F1"}},
        )
    )
    source = "/pictures?url=https%3A%2F%2Fimg.example.com%2Fa.jpg%3Fw%3D1%26h%3D2"
    assert [(image["src"], image["alt"]) for image in drawn.of("img")] == [(source, "수건 5장")] * 2
    assert "대표이미지" in drawn.text
    assert [span.get("aria-label") for span in drawn.of("span") if span.get("role") == "img"] == ["파일"]
