"""Socket Mode with a real Bolt app: envelopes, acks, modals, response URLs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import NotVisible
from bot.playground.slack.demo import DANIEL, GENERAL, JUNHO, MINJI, ORDERS, OUTSIDER, OWNERS_ONLY
from tests.clock import MovableClock
from tests.playground.slack_workspace import ConnectedWorkspace, button, field, modal, open_workspace, plain, section

Body = Mapping[str, Any]


@pytest.fixture
async def slack(clock: MovableClock) -> AsyncIterator[ConnectedWorkspace]:
    async with open_workspace(clock) as opened:
        await opened.connect()
        yield opened


def opens(slack: ConnectedWorkspace, view: dict[str, Any]) -> list[Body]:
    """Makes `/tmon` open this view; returns the list of the bodies that come in."""
    bodies: list[Body] = []

    @slack.app.command("/tmon")
    async def setup(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        bodies.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    return bodies


async def opened(slack: ConnectedWorkspace, user: str = MINJI) -> str:
    """Types `/tmon setup` and waits for the modal; returns its id."""
    assert (await slack.workspace.slash(user, ORDERS, "/tmon", "setup")).ok
    await slack.workspace.wait_until(lambda: bool(slack.workspace.open_modal(user)))
    return slack.workspace.open_modal(user)[-1].id


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_form_from_the_command_to_its_last_step(slack: ConnectedWorkspace) -> None:
    workspace = slack.workspace
    bodies = opens(slack, modal(field("key", max_length=40), callback_id="setup.api"))
    submitted: list[Body] = []

    @slack.app.view("setup.api")
    async def first_step(ack: AsyncAck, body: Body) -> None:
        submitted.append(body)
        if body["view"]["state"]["values"]["key"]["value"]["value"] == "wrong":
            await ack(response_action="errors", errors={"key": "키를 확인해 주세요."})
        else:
            await ack(response_action="update", view=modal(field("name"), callback_id="setup.contact"))

    @slack.app.view("setup.contact")
    async def second_step(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        submitted.append(body)
        await ack()

    view_id = await opened(slack)
    assert (bodies[0]["command"], bodies[0]["text"], bodies[0]["channel_name"]) == ("/tmon", "setup", "주문-알림")
    refused = await workspace.submit(MINJI, view_id, {"key": "wrong"})
    assert (refused.ok, refused.error, refused.errors) == (False, "field_errors", {"key": "키를 확인해 주세요."})
    accepted = await workspace.submit(MINJI, view_id, {"key": "right"})
    assert accepted.ok
    [second] = workspace.open_modal(MINJI)
    assert (second.id, second.callback_id) == (view_id, "setup.contact")
    assert (await workspace.submit(MINJI, view_id, {"name/value": "김민지"})).ok
    assert workspace.open_modal(MINJI) == []
    assert submitted[-1]["user"] == {"id": MINJI, "username": "minji", "name": "minji", "team_id": workspace.team_id}


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


async def test_what_was_sent_stays_as_it_was(slack: ConnectedWorkspace) -> None:
    @slack.app.view("setup")
    async def keep(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"key": "다시 확인해 주세요."})

    opens(slack, modal(field("key"), callback_id="setup"))
    view_id = await opened(slack)
    for key in ("처음", "다음"):
        await slack.workspace.submit(MINJI, view_id, {"key": key})
    first, second = (envelope.payload["view"]["state"]["values"] for envelope in slack.workspace.sockets.envelopes[-2:])
    assert (first["key"]["value"]["value"], second["key"]["value"]["value"]) == ("처음", "다음")


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


async def test_a_trigger_works_once_and_for_three_seconds(slack: ConnectedWorkspace, clock: MovableClock) -> None:
    workspace, client = slack.workspace, slack.client
    view = modal(section("가"))
    trigger = workspace.triggers.issue(MINJI)
    assert await error_of(client.views_open(trigger_id=trigger, view={"type": "modal"})) == "invalid_arguments"
    await client.views_open(trigger_id=trigger, view=view)
    assert await error_of(client.views_open(trigger_id=trigger, view=view)) == "exchanged_trigger_id"
    late = workspace.triggers.issue(MINJI)
    clock.advance(timedelta(seconds=3, microseconds=1))
    assert await error_of(client.views_open(trigger_id=late, view=view)) == "expired_trigger_id"
    assert await error_of(client.views_open(trigger_id="1.2.3", view=view)) == "invalid_trigger_id"


async def test_the_stack_holds_three(slack: ConnectedWorkspace) -> None:
    workspace, client = slack.workspace, slack.client
    opens(slack, modal(section("1"), callback_id="one"))

    @slack.app.view("one")
    async def again(ack: AsyncAck) -> None:
        await ack(response_action="push", view=modal(section("2"), callback_id="one", notify_on_close=True))

    first = await opened(slack)
    assert (await workspace.submit(MINJI, first, {})).ok
    second = workspace.open_modal(MINJI)[-1].id
    with pytest.raises(NotVisible):
        await workspace.submit(MINJI, first, {})
    assert (await workspace.submit(MINJI, second, {})).ok
    third = workspace.open_modal(MINJI)[-1]
    assert (third.root_view_id, third.previous_view_id) == (first, second)
    assert (await workspace.submit(MINJI, third.id, {})).error == "push_limit_reached"
    push = client.views_push(trigger_id=workspace.triggers.issue(MINJI), view=modal(section("4")))
    assert await error_of(push) == "push_limit_reached"
    elsewhere = client.views_push(trigger_id=workspace.triggers.issue(JUNHO), view=modal(section("4")))
    assert await error_of(elsewhere) == "invalid_trigger_id"


async def test_a_closed_view_is_told_only_if_it_asks_for_it(slack: ConnectedWorkspace) -> None:
    workspace = slack.workspace
    closed: list[Body] = []

    @slack.app.view_closed("setup")
    async def on_close(ack: AsyncAck, body: Body) -> None:
        await ack()
        closed.append(body)

    opens(slack, modal(field("key"), callback_id="setup", notify_on_close=True, clear_on_close=True))
    view_id = await opened(slack)
    assert (await workspace.close(MINJI, view_id)).envelope_id is not None
    assert [body["is_cleared"] for body in closed] == [True]
    assert workspace.open_modal(MINJI) == []
    late = slack.client.views_update(view_id=view_id, view=modal(section("가")))
    assert await error_of(late) == "not_found"


async def test_an_updated_view_keeps_what_was_typed_and_guards_its_hash(slack: ConnectedWorkspace) -> None:
    workspace, client = slack.workspace, slack.client
    opens(slack, modal(field("name"), field("key"), external_id="ours"))
    view_id = await opened(slack)
    old = workspace.open_modal(MINJI)[0].hash
    await workspace.submit(MINJI, view_id, {"name": "두리"})
    answer = await client.views_update(view_id=view_id, view=modal(field("name"), field("key~1")), hash=old)
    assert answer["view"]["state"]["values"]["name"]["value"]["value"] == "두리"
    assert await error_of(client.views_update(view_id=view_id, view=modal(section("가")), hash=old)) == "hash_conflict"
    trigger = workspace.triggers.issue(JUNHO)
    await client.views_open(trigger_id=trigger, view=modal(section("가"), external_id="theirs"))
    await client.views_update(external_id="theirs", view=modal(section("나"), external_id="theirs"))
    twice = client.views_open(
        trigger_id=workspace.triggers.issue(DANIEL), view=modal(section("가"), external_id="theirs")
    )
    assert await error_of(twice) == "duplicate_external_id"


@pytest.mark.parametrize(
    "ack_body",
    [
        {"response_action": "errors", "errors": {"nothing": "없는 칸입니다."}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "dance"},
        {"text": "saved"},
    ],
)
async def test_an_ack_that_slack_cannot_use_leaves_the_form(
    slack: ConnectedWorkspace, ack_body: dict[str, Any]
) -> None:
    opens(slack, modal(field("key"), callback_id="setup"))

    @slack.app.view("setup")
    async def bad(ack: AsyncAck) -> Any:
        return await ack(**ack_body)

    view_id = await opened(slack)
    acted = await slack.workspace.submit(MINJI, view_id, {"key": "가"})
    assert (acted.ok, acted.error) == (False, "invalid_ack")
    assert slack.workspace.open_modal(MINJI)[0].id == view_id


async def test_a_press_carries_the_real_element(slack: ConnectedWorkspace) -> None:
    presses: list[Body] = []

    @slack.app.action("order.confirm")
    async def press(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        presses.append(body)
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="확인", blocks=[section("확인")]
        )

    blocks = [{"type": "actions", "block_id": "b", "elements": [button("order.confirm", "42", style="primary")]}]
    ts = (await slack.client.chat_postMessage(channel=ORDERS, text="주문", blocks=blocks))["ts"]
    acted = await slack.workspace.click(OUTSIDER, channel=ORDERS, ts=ts, action_id="order.confirm")
    assert acted.ok
    await slack.workspace.wait_until(lambda: any(call.ok for call in slack.workspace.calls_of("chat.update")))
    assert presses[0]["actions"][0] | {"action_ts": ""} == {
        "type": "button",
        "action_id": "order.confirm",
        "block_id": "b",
        "text": plain("발주확인"),
        "value": "42",
        "style": "primary",
        "action_ts": "",
    }
    assert presses[0]["user"]["team_id"] != slack.workspace.team_id
    with pytest.raises(NotVisible):
        await slack.workspace.click(MINJI, channel=ORDERS, ts=ts, action_id="order.confirm")


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


async def test_people_act_only_on_what_they_see(slack: ConnectedWorkspace) -> None:
    workspace = slack.workspace
    with pytest.raises(NotVisible):
        await workspace.slash(JUNHO, OWNERS_ONLY, "/tmon", "")
    with pytest.raises(NotVisible):
        workspace.post(OUTSIDER, GENERAL, "안녕하세요")
    opens(slack, modal(section("가"), submit=plain("확인")))
    view_id = await opened(slack)
    with pytest.raises(NotVisible):
        await workspace.close(JUNHO, view_id)


async def test_a_command_answered_in_its_ack(slack: ConnectedWorkspace) -> None:
    @slack.app.command("/tmon")
    async def helped(ack: AsyncAck) -> None:
        await ack(text="도움말", blocks=[section("도움말")])

    await slack.workspace.slash(JUNHO, ORDERS, "/tmon", "help")
    assert slack.workspace.messages(ORDERS, JUNHO)[-1].text == "도움말"
    assert slack.workspace.messages(ORDERS, MINJI)[-1].text != "도움말"


async def test_a_response_url_works_five_times_in_thirty_minutes(
    slack: ConnectedWorkspace, clock: MovableClock
) -> None:
    workspace = slack.workspace
    workspace.faults.kick_bot(ORDERS)

    async def send(url: str, **body: Any) -> tuple[int, str]:
        async with aiohttp.ClientSession() as http, http.post(url, json=body) as response:
            return response.status, await response.text()

    url = workspace.response_url(JUNHO, ORDERS)
    assert await send(url, text="나만") == (200, "ok")
    assert await send(url, text="모두", response_type="in_channel") == (200, "ok")
    assert [m.text for m in workspace.messages(ORDERS, JUNHO)[-2:]] == ["나만", "모두"]
    assert [m.text for m in workspace.messages(ORDERS, MINJI)[-1:]] == ["모두"]
    assert await send(url, text="") == (400, "no_text")
    assert await send(url, text="가", blocks=[{"type": "card"}]) == (400, "invalid_blocks")
    card = workspace.messages(ORDERS, MINJI)[-1]
    on_card = workspace.response_url(JUNHO, ORDERS, card.ts)
    assert await send(on_card, text="바뀜", replace_original=True) == (200, "ok")
    assert workspace.messages(ORDERS, MINJI)[-1].text == "바뀜"
    assert await send(on_card, delete_original=True) == (200, "ok")
    assert card.ts not in [m.ts for m in workspace.messages(ORDERS, MINJI)]
    assert await send(url, text="다섯째") == (200, "ok")
    assert await send(url, text="여섯째") == (404, "used_url")
    clock.advance(timedelta(minutes=30, seconds=1))
    assert await send(on_card, text="늦음") == (404, "expired_url")
    assert await send(url + "x", text="가") == (404, "invalid_url")


async def test_a_duplicate_arrives_as_a_retry(slack: ConnectedWorkspace) -> None:
    seen: list[str] = []

    @slack.app.command("/tmon")
    async def command(ack: AsyncAck, body: Body) -> None:
        await ack()
        seen.append(body["trigger_id"])

    first = await slack.workspace.slash(MINJI, ORDERS, "/tmon", "status")
    again = await slack.workspace.redeliver()
    assert again.ok
    assert again.envelope_id == first.envelope_id
    assert len(seen) == 2
    assert seen[0] == seen[1]
    with pytest.raises(LookupError):
        await slack.workspace.redeliver("unknown")


async def test_without_an_ack_the_person_sees_a_timeout(slack: ConnectedWorkspace) -> None:
    slack.workspace.sockets.ack_seconds = 0.1

    @slack.app.command("/tmon")
    async def deaf(body: Body) -> None:
        await asyncio.sleep(0)

    acted = await slack.workspace.slash(MINJI, ORDERS, "/tmon", "")
    assert (acted.ok, acted.error) == (False, "timeout")
    assert slack.workspace.sockets.envelopes[-1].deliveries == 1


async def test_an_unanswered_event_is_sent_once_more(slack: ConnectedWorkspace) -> None:
    slack.workspace.sockets.ack_seconds = 0.1
    acted = await slack.workspace.open_home(MINJI)
    assert acted.error == "timeout"
    assert slack.workspace.sockets.envelopes[-1].deliveries == 2


async def test_the_home_tab(slack: ConnectedWorkspace) -> None:
    homes: list[Body] = []

    @slack.app.event("app_home_opened")
    async def home(event: Body, client: AsyncWebClient) -> None:
        homes.append(event)
        blocks = [{"type": "actions", "elements": [button("go")]}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @slack.app.action("go")
    async def go(ack: AsyncAck, body: Body) -> None:
        await ack()
        homes.append(body)

    assert (await slack.workspace.open_home(MINJI)).ok
    await slack.workspace.wait_until(lambda: slack.workspace.home(MINJI) is not None)
    published = slack.workspace.home(MINJI)
    assert published is not None
    assert (await slack.workspace.click(MINJI, view_id=published.id, action_id="go")).ok
    assert (homes[0]["tab"], homes[1]["view"]["type"]) == ("home", "home")
    assert slack.workspace.home(JUNHO) is None


async def test_a_manifest_closes_tabs_and_unknown_commands(clock: MovableClock) -> None:
    manifest = {
        "features": {"slash_commands": [{"command": "/tmon"}], "bot_user": {"display_name": "티몬"}},
        "oauth_config": {"scopes": {"bot": ["chat:write"]}},
    }
    async with open_workspace(clock, manifest=manifest) as slack:
        workspace, client = slack.workspace, slack.client
        assert (await workspace.slash(MINJI, ORDERS, "/other", "")).error == "unknown_command"
        assert (await workspace.slash(MINJI, ORDERS, "/tmon", "")).error == "no_bot"
        assert await error_of(client.chat_postMessage(channel=MINJI, text="가")) == "messages_tab_disabled"
        view = {"type": "home", "blocks": []}
        assert await error_of(client.views_publish(user_id=MINJI, view=view)) == "not_enabled"
        assert (await workspace.open_home(MINJI)).envelope_id is None


async def test_the_app_connects_anew_when_slack_asks(slack: ConnectedWorkspace) -> None:
    @slack.app.command("/tmon")
    async def command(ack: AsyncAck) -> None:
        await ack()

    workspace = slack.workspace
    before = len(workspace.calls_of("apps.connections.open"))
    changes = workspace.subscribe()
    await workspace.disconnect_sockets("warning")
    assert workspace.connected
    await workspace.disconnect_sockets("refresh_requested")
    await workspace.wait_until(
        lambda: workspace.connected and len(workspace.calls_of("apps.connections.open")) > before
    )
    assert (await anext(changes)).kind == "presence"
    changes.close()
    assert (await slack.workspace.slash(MINJI, ORDERS, "/tmon", "")).ok


async def test_several_connections_share_the_envelopes(slack: ConnectedWorkspace) -> None:
    seen: list[str] = []

    @slack.app.command("/tmon")
    async def command(ack: AsyncAck) -> None:
        await ack()
        seen.append("first")

    answer = await AsyncWebClient(slack.workspace.app_token, base_url=slack.server.api_url).apps_connections_open(
        app_token=slack.workspace.app_token
    )
    async with aiohttp.ClientSession() as http, http.ws_connect(answer["url"]) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 2)
        for _ in range(2):
            acting = asyncio.create_task(slack.workspace.slash(MINJI, ORDERS, "/tmon", ""))
            received = asyncio.create_task(socket.receive_json())
            await asyncio.wait({acting, received}, return_when=asyncio.FIRST_COMPLETED)
            if received.done():
                await socket.send_json({"envelope_id": received.result()["envelope_id"]})
                seen.append("second")
            else:
                received.cancel()
            assert (await acting).ok
        assert sorted(seen) == ["first", "second"]
        async with http.get(answer["url"].replace("ws", "http", 1)) as again:
            assert again.status == 408
