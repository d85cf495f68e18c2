"""A workspace that uninstalls the app and comes back: nothing is collected, written or sent meanwhile."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col

from bot.playground.tmon import CallPhase, LoggedCall
from tests.flows.claims.claiming import add_claim
from tests.flows.orders.test_turns_of_recovery import interrupt
from tests.flows.world import World
from tmon.collection.messages import KindNotOffered
from tmon.errors import AppError
from tmon.models.claims import ClaimKind
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Incident
from tmon.models.orders import OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.models.workspaces import Installation, Workspace
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.confirmation_run import SWITCHED_OFF_NOTE
from tmon.outbox import post
from tmon.permissions import Person
from tmon.stores.service import StoreService


async def leave(world: World) -> None:
    """Slack refuses the token, and the bot notices it."""
    world.slack.end_tokens("account_inactive")
    assert await world.bot.installations.check(world.slack.team_id)


async def come_back(world: World) -> None:
    """The app is installed again with another token."""
    world.slack.give_token("xoxb-2-again", None)
    world.settings = world.settings.model_copy(update={"slack_bot_token": SecretStr("xoxb-2-again")})
    await world.restart()


async def store_of(world: World, store: Store) -> Store:
    async with world.db.read() as session:
        return await session.get_one(Store, (store.team_id, store.id))


async def test_the_start_makes_the_one_installation(world: World) -> None:
    async with world.db.read() as session:
        workspace = await session.get_one(Workspace, world.slack.team_id)
        installation = await session.get_one(Installation, world.slack.team_id)
    assert (workspace.name, workspace.gone_at) == (world.slack.team_name, None)
    assert installation.installed_by is None
    installed = await world.bot.installations.of(world.slack.team_id)
    assert installed is not None
    assert installed.token == world.slack.bot_token


async def test_a_departed_workspace_is_not_served_and_taken_up_again_when_it_comes_back(world: World) -> None:
    on, off = await world.add_store(), await world.add_store(partner=1, sync_on=False)
    await world.collect()
    await leave(world)
    assert not (await store_of(world, on)).sync_on
    async with world.db.write() as session:
        await post(session, on, KindNotOffered(store=on.id, what=ORDERS), key="waits", now=world.clock())
    tmon, slack = len(world.tmon.calls), len(world.slack.calls)
    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        await world.collect()
        await world.sweep()
    assert len(world.tmon.calls) == tmon
    await world.run_job("watch the outbox")
    assert len(world.slack.calls) == slack
    assert await world.bot.outbox.turns.oldest_due(world.db) is None
    assert world.mail.messages == []
    await come_back(world)
    assert (await store_of(world, on)).sync_on
    assert not (await store_of(world, off)).sync_on
    await world.collect()
    assert len(world.tmon.calls) > tmon
    async with world.db.read() as session:
        assert (await session.get_one(OutboxMessage, (on.team_id, "waits"))).ts is not None


async def test_nobody_switches_a_store_on_that_was_left(world: World) -> None:
    store = await world.add_store()
    await leave(world)
    late = Person(team_id=store.team_id, user_id=world.owner, is_full_member=True)
    with pytest.raises(AppError, match="store_gone"):  # its press came before, and is late
        await world.bot.services[StoreService].settings.turn(late, store.id, None, on=True)
    assert not (await store_of(world, store)).sync_on


async def test_nobody_is_reminded_while_the_workspace_is_gone(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    await world.collect()
    await world.settle()
    await add_claim(world, store, ClaimKind.CANCEL, 1, world.clock(), first_seen_at=world.clock())
    await leave(world)
    for _ in range(72):
        world.clock.advance(timedelta(minutes=30))
        await world.run_job("remind")
        await world.run_job("remind of claims")
    async with world.db.read() as session:
        keys = await session.scalars(select(col(OutboxMessage.key)).where(col(OutboxMessage.key).contains("reminder")))
        assert list(keys) == []


async def leaves_at_the_first_call(world: World, name: str) -> list[str]:
    """The app is uninstalled before TMON answers the first call of that name; returns what TMON is asked from 10 s later on."""
    later: list[str] = []
    asked, gone = asyncio.Event(), asyncio.Event()

    async def called(call: LoggedCall, phase: CallPhase) -> None:
        if phase is not CallPhase.RECEIVED:
            return
        if gone.is_set():
            later.append(call.name)
        elif asked.is_set():
            await gone.wait()  # it had left before
        elif call.name == name:
            asked.set()
            await leave(world)
            await asyncio.sleep(0.3)  # what others had begun to ask arrives
            world.clock.advance(timedelta(seconds=10))
            gone.set()

    world.tmon.on_call = called
    return later


async def orders_of(world: World, *, each: int) -> list[Store]:
    """Two stores with so many new orders each, of yesterday."""
    stores = [await world.add_store(), await world.add_store(partner=1)]
    for store in stores:
        world.tmon.new_orders(store.seller_id, each)
    await world.collect()
    await world.settle()
    return stores


async def test_a_collection_during_which_the_app_is_uninstalled_asks_nothing_more_and_has_not_failed(
    world: World,
) -> None:
    await world.add_store()
    later = await leaves_at_the_first_call(world, "orders.list")
    await world.collect()
    assert later == []
    async with world.db.read() as session:
        assert [state.failures for state in await session.scalars(select(SyncState))] == [0]
        assert (await session.scalars(select(Incident))).all() == []


async def test_who_looks_for_deliveries_stops_when_the_app_is_uninstalled(world: World) -> None:
    await orders_of(world, each=2)
    for order in await world.orders():
        world.tmon.move_to(order.order_no, "D2")
    world.clock.advance(timedelta(hours=1))
    await world.collect()
    world.clock.advance(timedelta(days=1))
    later = await leaves_at_the_first_call(world, "orders.search")
    await world.run_job("look for deliveries")
    searched = [call.partner_id for call in world.tmon.calls_of("orders.search")]
    assert len(searched) == len(set(searched)), "once for each store that was at it"
    assert later == []


async def test_who_asks_what_became_of_confirmations_stops_when_the_app_is_uninstalled(world: World) -> None:
    stores = await orders_of(world, each=3)
    for store in stores:
        await interrupt(world, store)
    world.clock.advance(timedelta(seconds=6))
    later = await leaves_at_the_first_call(world, "orders.get")
    await world.run_job("settle confirmations")
    assert later == []
    assert {order.state for order in await world.orders()} <= {OrderState.UNKNOWN, OrderState.NEW}


async def test_a_press_over_many_orders_asks_nothing_more_when_the_app_is_uninstalled(world: World) -> None:
    await orders_of(world, each=12)
    wanted = [(order.store_id, order.order_no) for order in await world.orders()]
    later = await leaves_at_the_first_call(world, "orders.get")
    await world.bot.services[ConfirmationService].confirm_selected(world.slack.team_id, wanted, world.owner)
    assert later == []
    assert world.tmon.calls_of("orders.confirm") == []
    left = await world.orders()
    assert {order.state for order in left} == {OrderState.NEW}
    assert {order.note for order in left} <= {SWITCHED_OFF_NOTE, "orders.note_down"}


async def test_a_switch_that_is_turned_off_ends_what_many_orders_wait_for(world: World) -> None:
    """Not only an uninstallation: who works on one order after the other looks at the switch before each."""
    stores = await orders_of(world, each=12)
    asked: list[str | None] = []

    async def called(call: LoggedCall, phase: CallPhase) -> None:
        if call.name != "orders.get" or phase is not CallPhase.RECEIVED:
            return
        asked.append(call.partner_id)
        if len(asked) == 1:
            async with world.db.write() as session:
                for store in stores:
                    (await session.get_one(Store, (store.team_id, store.id))).order_on = False

    for store in stores:
        await interrupt(world, store)
    world.clock.advance(timedelta(seconds=6))
    world.tmon.on_call = called
    await world.run_job("settle confirmations")
    assert len(asked) <= 2, "one for each store that was at it"
