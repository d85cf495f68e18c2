"""What people do in the workspace, and what an app makes of it, over a real socket."""

from __future__ import annotations

import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import NotVisible
from bot.playground.slack.demo import GENERAL, JUNHO, MINJI, ORDERS, OUTSIDER, OWNERS_ONLY
from tests.clock import MovableClock
from tests.playground.slack.forms import Body, error_of, opened, opens
from tests.playground.slack_workspace import ConnectedWorkspace, button, field, modal, open_workspace, plain, section


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


CARRIERS = [{"text": plain(name), "value": code} for code, name in (("10001", "CJ대한통운"), ("10099", "자체배송"))]


async def test_a_choice_among_what_the_app_found_is_sent_at_once_and_stays_when_the_form_changes(
    slack: ConnectedWorkspace,
) -> None:
    carrier = {**field("carrier", type="external_select", min_query_length=0), "dispatch_action": True}
    several = field("goods", type="multi_external_select", min_query_length=0, initial_options=CARRIERS[:1])
    number = field("number")
    acted: list[Body] = []
    submitted: list[Body] = []
    opens(slack, modal(carrier, several, number, callback_id="waybill"))

    @slack.app.options("value")
    async def offer(ack: AsyncAck) -> None:
        await ack(options=CARRIERS)

    @slack.app.action("value")
    async def change(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        acted.append(body)
        await client.views_update(view_id=body["view"]["id"], view=modal(carrier, several, callback_id="waybill"))

    @slack.app.view("waybill")
    async def done(ack: AsyncAck, body: Body) -> None:
        await ack()
        submitted.append(body)

    view_id = await opened(slack)
    for block_id in ("carrier", "goods"):
        assert await slack.workspace.suggest(MINJI, view_id, block_id, "") == CARRIERS
    values = {"carrier": "10099", "goods": ["10001", "10099"]}
    chosen = await slack.workspace.click(
        MINJI, view_id=view_id, block_id="carrier", action_id="value", value="10099", values=values
    )
    assert chosen.ok
    assert acted[0]["actions"][0]["selected_option"] == CARRIERS[1]
    (view,) = slack.workspace.open_modal(MINJI)
    assert [block["block_id"] for block in view.blocks] == ["carrier", "goods"]
    assert (await slack.workspace.submit(MINJI, view_id, values)).ok
    state = submitted[0]["view"]["state"]["values"]
    assert state["carrier"]["value"]["selected_option"] == CARRIERS[1]
    assert state["goods"]["value"]["selected_options"] == CARRIERS


async def test_an_option_that_the_app_offered_first_needs_no_search(slack: ConnectedWorkspace) -> None:
    submitted: list[Body] = []
    first = field("carrier", type="external_select", initial_option=CARRIERS[0])
    opens(slack, modal(first, callback_id="waybill"))

    @slack.app.view("waybill")
    async def done(ack: AsyncAck, body: Body) -> None:
        await ack()
        submitted.append(body)

    view_id = await opened(slack)
    with pytest.raises(NotVisible):
        await slack.workspace.submit(MINJI, view_id, {"carrier": "10099"})
    assert (await slack.workspace.submit(MINJI, view_id, {"carrier": "10001"})).ok
    assert submitted[0]["view"]["state"]["values"]["carrier"]["value"]["selected_option"] == CARRIERS[0]
