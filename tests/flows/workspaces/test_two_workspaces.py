"""Two workspaces in which people, channels and stores have equal ids: nothing of one reaches the other."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.installations import Grant
from bot.manifest import manifest
from bot.playground.slack import demo_workspace
from bot.playground.slack.actions import Workspace
from bot.playground.slack.demo import JUNHO, MINJI, ORDERS
from bot.playground.slack.distribution import Distribution
from bot.playground.slack.distribution_server import serve_distribution
from bot.playground.slack.model import Message
from bot.playground.tmon.call_log import CallPhase
from bot.web import SlackRequests
from handlers.orders.ids import OrderAction
from tests.clock import MovableClock
from tests.flows.cards import action, press, shows, told
from tests.flows.settlement import test_monthly as monthly
from tests.flows.settlement.test_showing import books_of
from tests.flows.stores.registering import text_of
from tests.flows.world import PATIENCE_SECONDS, World, at, scene_on, world_in
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS as ORDERS_KIND
from tmon.models.orders import OrderState
from tmon.models.stores import Store
from tmon.workspaces.service import Arrival

STORE = "st_equal"
STRANGE = {"invalid_auth", "not_authed", "channel_not_found", "user_not_found", "message_not_found", "team_mismatch"}
"""What Slack says to the token of another workspace, and to ids that it does not have."""


async def install(world: World, team: Workspace, token: str) -> None:
    """The workspace has installed the app."""
    team.give_token(token, None)
    arrival = Arrival(team.team_id, team.team_name, world.clock(), installed_by=MINJI)
    await world.bot.installations.store(Grant(arrival, team.bot_user_id, token))


@pytest.fixture
async def both(database_url: str, encryption_key: str, clock: MovableClock) -> AsyncIterator[tuple[World, World]]:
    """One bot, as each of the two workspaces sees it: Slack speaks to it by the socket, and over HTTP."""
    async with scene_on(database_url, encryption_key, clock) as scene, AsyncExitStack() as stack:
        document = manifest("http://127.0.0.1")
        other = demo_workspace(clock, manifest=document)
        other.sockets.ack_seconds = PATIENCE_SECONDS
        server = await serve_distribution(Distribution(clock, [scene.slack, other], document))
        stack.push_async_callback(server.stop)
        scene.slack.give_token("xoxb-1-own", None)
        scene.settings = scene.settings.model_copy(
            update={"slack_bot_token": SecretStr("xoxb-1-own"), "slack_api_url": server.api_url.rstrip("/")}
        )
        own = await stack.enter_async_context(world_in(scene))
        app = web.Application()
        app.add_routes(SlackRequests(own.bot.app, other.http.signing_secret, 512_000, clock).routes())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await other.http.use(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        stack.push_async_callback(other.http.close)
        await install(own, other, "xoxb-2-other")
        yield own, replace(own, slack=other)


async def stores_of(both: tuple[World, World]) -> list[Store]:
    return [await world.add_store(id=STORE, partner=number) for number, world in enumerate(both)]


def cards(world: World, order_no: int) -> list[Message]:
    return [message for message in world.posts(ORDERS) if str(order_no) in shows(message)]


async def test_nothing_of_one_workspace_reaches_another_with_equal_ids(both: tuple[World, World]) -> None:
    own, other = both
    stores = await stores_of(both)
    orders = [own.tmon.new_order(store.seller_id, deals=1) for store in stores]
    await own.collect()
    shown = [cards(world, order.order_no) for world, order in zip(both, orders, strict=True)]
    assert [len(one) for one in shown] == [1, 1]

    await press(own, MINJI, shown[0][0])
    assert (await own.order(stores[0], orders[0].order_no)).state is OrderState.CONFIRMED
    assert (await other.order(stores[1], orders[1].order_no)).state is OrderState.NEW

    # a button of the other workspace's, with the same ids of store, person and channel
    copied = [block for block in shown[1][0].blocks if block["type"] == "actions"]
    client = (await own.bot.clients.of(own.slack.team_id)).client
    posted = await client.chat_postMessage(channel=ORDERS, text="…", blocks=copied)
    (button,) = [m for m in own.posts(ORDERS) if m.ts == posted["ts"]]
    await press(own, MINJI, button)
    assert (await other.order(stores[1], orders[1].order_no)).state is OrderState.NEW
    assert own.tmon.calls_of("orders.confirm") == [
        call for call in own.tmon.calls_of("orders.confirm") if str(orders[0].order_no) in call.path
    ]
    own.slack.calls[:] = [call for call in own.slack.calls if call.args.get("text") != "…"]  # the test's own

    for world in both:
        for text in ("주문", "상태", "스토어", "보고", "관리"):
            assert (await world.slack.slash(MINJI, ORDERS, "/tmon", text)).ok
            await world.bot.guard.drain()
        assert (await world.slack.open_home(MINJI)).ok
        await world.settle()
    for world, mine, order, store in zip(both, stores, reversed(orders), reversed(stores), strict=True):
        said = json.dumps([call.args for call in world.slack.calls], ensure_ascii=False)
        assert mine.name in said
        for foreign in (store.name, store.seller_id, str(order.order_no), store.team_id):
            assert foreign not in said
        assert not STRANGE & {str((call.answer or {}).get("error")) for call in world.slack.calls}


async def test_a_right_in_one_workspace_is_none_in_another(both: tuple[World, World]) -> None:
    own, other = both
    stores = await stores_of(both)
    order = own.tmon.new_order(stores[1].seller_id, deals=1)
    await own.collect()
    (card,) = cards(other, order.order_no)
    here = other.slack.people[MINJI]
    other.slack.people[MINJI] = replace(here, is_owner=False, is_admin=False, is_restricted=True)
    await own.command(MINJI, "상태")
    acted = await other.slack.click(
        MINJI, channel=ORDERS, ts=card.ts, action_id=action(card.blocks, OrderAction.CONFIRM)
    )
    assert acted.ok
    await other.settle()
    assert (await other.order(stores[1], order.order_no)).state is OrderState.NEW
    assert own.tmon.calls_of("orders.confirm") == []
    assert len(told(other, MINJI, ORDERS)) == 1


async def test_one_workspace_leaves_and_the_other_is_served_on(both: tuple[World, World]) -> None:
    own, other = both
    stores = await stores_of(both)
    await own.collect()
    other.clock.advance(timedelta(seconds=2))
    await own.bot.installations.uninstalled(other.slack.team_id, own.clock())
    said, left_at = len(other.slack.calls), own.clock()
    orders = [own.tmon.new_order(store.seller_id, deals=1) for store in stores]
    for _ in range(3):
        own.clock.advance(timedelta(minutes=10))
        await own.bot.services[Coordinator].tick(ORDERS_KIND)
        await own.settle()
    assert (await other.slack.slash(MINJI, ORDERS, "/tmon", "상태")).ok
    assert (await other.slack.open_home(MINJI)).ok
    await other.settle()
    assert len(other.slack.calls) == said, "its token is used no more"
    assert {call.partner_id for call in own.tmon.calls if call.at > left_at} == {stores[0].seller_id}
    assert len(cards(own, orders[0].order_no)) == 1


async def test_a_workspace_that_leaves_during_a_collection_gets_no_more_of_it(both: tuple[World, World]) -> None:
    own, other = both
    stores = await stores_of(both)
    for store in stores:
        own.tmon.new_order(store.seller_id, deals=1)
    asked: list[str] = []
    coordinator = own.bot.services[Coordinator]
    coordinator.extend_seconds = 0.1

    async def leaves(call: Any, phase: CallPhase) -> None:
        if call.partner_id == stores[1].seller_id and phase is CallPhase.RECEIVED and call.name == "orders.list":
            asked.append(call.name)
            if len(asked) == 1:
                own.clock.advance(timedelta(seconds=2))
                await own.bot.installations.uninstalled(other.slack.team_id, own.clock())
                await asyncio.sleep(1)  # TMON takes its time

    own.tmon.on_call = leaves
    await own.collect()
    assert len(asked) == 1, "the run is broken off, whatever it still had to ask"
    assert {order.team_id for order in await own.orders()} == {own.slack.team_id}, "nothing of it is stored either"


async def test_the_late_reports_of_a_month_come_once_to_each_and_the_operator_hears_of_them_once(
    both: tuple[World, World],
) -> None:
    own, _ = both
    own.clock.set(at(12, day=9))
    stores = [await monthly.february(world, id=STORE, partner=number) for number, world in enumerate(both)]
    await monthly.tick(own)
    for world, store in zip(both, stores, strict=True):
        await books_of(world, store).read("2026-02-01", "2026-02-28", monthly.READ)
    own.clock.set(at(14))  # two hours over the time, in which nothing ran
    for _ in range(3):
        await monthly.tick(own)
    for world, store, stranger in zip(both, stores, reversed(stores), strict=True):
        (report,), (told,) = monthly.in_channel(world, store.channel_id), monthly.direct(world, JUNHO)
        for message in (report, told):
            text = text_of(message.blocks)
            assert "늦은 리포트" in text
            assert store.name in text
            assert stranger.name not in text
    (mail,) = own.mail.messages
    assert mail.recipients == ("operator@example.com",)


@pytest.mark.parametrize("token", [None, SecretStr("xoxb-0-refused")], ids=["none", "refused"])
async def test_without_a_bot_token_that_works_the_bot_waits_for_the_first_installation(
    database_url: str, encryption_key: str, clock: MovableClock, token: SecretStr | None
) -> None:
    async with scene_on(database_url, encryption_key, clock) as scene:
        scene.settings = scene.settings.model_copy(
            update={
                "slack_bot_token": token,
                "slack_client_id": "1.2",
                "slack_client_secret": SecretStr("s"),
                "public_url": "https://bot.example.com",
            }
        )
        async with world_in(scene) as world:
            await world.collect()
            await world.run_job("watch the outbox")
            assert (await world.command(MINJI, "상태")).ok
            assert {call.method for call in world.slack.calls} <= {
                "apps.connections.open",
                "api.test",
                "auth.test",
            }
            await world.install(world.slack.team_id)
            assert (await world.command(MINJI, "상태")).ok
            assert "users.info" in {call.method for call in world.slack.calls}
