"""The stack of modals in front of a person."""

from __future__ import annotations

import pytest
from slack_bolt.async_app import AsyncAck

from bot.playground.slack import NotVisible
from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from tests.playground.slack.forms import Body, error_of, opened, opens
from tests.playground.slack_workspace import ConnectedWorkspace, field, modal, section


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
