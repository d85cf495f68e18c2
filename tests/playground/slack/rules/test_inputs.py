"""What people type is checked as Slack checks it, before an app hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck

from bot.playground.slack import NotVisible
from bot.playground.slack.demo import DANIEL, JUNHO, MINJI, ORDERS
from tests.playground.slack.forms import Body, opened, opens
from tests.playground.slack_workspace import ConnectedWorkspace, field, modal, plain, section


async def test_slacks_own_checks_come_first(slack: ConnectedWorkspace) -> None:
    form = modal(
        field("name", max_length=5, min_length=2),
        field("mail", type="email_text_input"),
        field("count", type="number_input", is_decimal_allowed=False, min_value="1", max_value="9"),
        {**field("memo"), "optional": True},
    )
    opens(slack, form)
    view_id = await opened(slack)
    envelopes = len(slack.workspace.sockets.envelopes)
    for values, wrong in (
        ({}, {"name", "mail", "count"}),
        ({"name": "가나다라마바", "mail": "nobody", "count": "3.5"}, {"name", "mail", "count"}),
        ({"name": "가", "mail": "a@b", "count": "10"}, {"name", "mail", "count"}),
        ({"name": "가나", "mail": "minji@example.com", "count": "x"}, {"count"}),
    ):
        acted = await slack.workspace.submit(MINJI, view_id, values)
        assert (acted.error, set(acted.errors)) == ("invalid_input", wrong)
    assert len(slack.workspace.sockets.envelopes) == envelopes


async def test_slacks_own_sentences_follow_the_persons_language(slack: ConnectedWorkspace) -> None:
    opens(slack, modal(field("name", max_length=5)))
    for user, missing, long in (
        (MINJI, "필수 항목입니다. 작성해 주세요.", "5자 이하로 입력해 주세요."),
        (DANIEL, "Please complete this required field.", "Please use 5 characters or fewer."),
    ):
        view_id = await opened(slack, user)
        assert (await slack.workspace.submit(user, view_id, {})).errors == {"name": missing}
        assert (await slack.workspace.submit(user, view_id, {"name": "여섯 글자임"})).errors == {"name": long}


async def test_state_holds_what_was_typed_chosen_and_preset(slack: ConnectedWorkspace) -> None:
    options = [{"text": plain("사용"), "value": "on"}, {"text": plain("사용 안 함"), "value": "off"}]
    form = modal(
        field("name", initial_value="처음"),
        field("sync", type="radio_buttons", options=options, initial_option=options[0]),
        field("who", type="multi_users_select"),
        field("channel", type="conversations_select"),
        {**field("days", type="static_select", options=options), "optional": True},
        {**field("apis", type="checkboxes", options=options), "dispatch_action": True},
        {"type": "actions", "block_id": "when", "elements": [{"type": "datepicker", "action_id": "date"}]},
        callback_id="form",
    )
    opens(slack, form)
    states: list[Body] = []

    @slack.app.action({"action_id": "date"})
    @slack.app.action({"block_id": "apis", "action_id": "value"})
    async def chosen(ack: AsyncAck, body: Body) -> None:
        states.append(body["view"]["state"]["values"])
        await ack()

    @slack.app.view("form")
    async def sent(ack: AsyncAck, body: Body) -> None:
        states.append(body["view"]["state"]["values"])
        await ack()

    view_id = await opened(slack)
    workspace = slack.workspace
    await workspace.click(MINJI, view_id=view_id, action_id="date", value="2026-03-12", values={"name": "도중"})
    await workspace.click(MINJI, view_id=view_id, action_id="value", block_id="apis", value=["off"])
    assert states[0]["name"]["value"] == {"type": "plain_text_input", "value": "도중"}
    assert (await workspace.submit(MINJI, view_id, {"who": [JUNHO], "channel": ORDERS})).ok
    assert states[-1] == {
        "name": {"value": {"type": "plain_text_input", "value": "도중"}},
        "sync": {"value": {"type": "radio_buttons", "selected_option": options[0]}},
        "who": {"value": {"type": "multi_users_select", "selected_users": [JUNHO]}},
        "channel": {"value": {"type": "conversations_select", "selected_conversation": ORDERS}},
        "days": {"value": {"type": "static_select", "selected_option": None}},
        "apis": {"value": {"type": "checkboxes", "selected_options": [options[1]]}},
        "when": {"date": {"type": "datepicker", "selected_date": "2026-03-12"}},
    }


async def test_menus_send_only_what_they_offer(slack: ConnectedWorkspace) -> None:
    seen: list[Any] = []

    @slack.app.action("more")
    async def menu(ack: AsyncAck, body: Body) -> None:
        await ack()
        seen.append((body["actions"][0]["selected_option"]["value"], body["state"]["values"]))

    options = [{"text": plain("수정"), "value": "edit"}, {"text": plain("삭제"), "value": "remove"}]
    overflow = {"type": "overflow", "action_id": "more", "options": options}
    select = {"type": "static_select", "action_id": "more", "options": options}
    blocks = [
        {**section("가"), "accessory": overflow, "block_id": "a"},
        {**section("나"), "accessory": select, "block_id": "b"},
    ]
    ts = (await slack.client.chat_postMessage(channel=ORDERS, text="주문", blocks=blocks))["ts"]
    for block_id in "ab":
        await slack.workspace.click(MINJI, channel=ORDERS, ts=ts, action_id="more", block_id=block_id, value="remove")
    held = {"b": {"more": {"type": "static_select", "selected_option": options[1]}}}
    assert [value for value, _ in seen] == ["remove", "remove"]
    assert seen[1][1] == held
    with pytest.raises(NotVisible):
        await slack.workspace.click(MINJI, channel=ORDERS, ts=ts, action_id="more", block_id="a", value="burn")
