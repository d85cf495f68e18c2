"""Two processes on one database do the work of every minute as one would: TMON and Slack are asked once, people told once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.tmon import LoggedCall, PlacedOrder, new_cs_inquiry, new_question, new_review
from bot.playground.tmon.call_log import CallPhase
from tests.flows.cards import posted
from tests.flows.inquiries.collecting import cards, inquiries
from tests.flows.reviews.reviewing import rows as reviews
from tests.flows.stores.registering import private
from tests.flows.waybills.shipping import files_of, left_at_slack, make_file, to_ship
from tests.flows.world import World, at
from tmon.inquiries.collector import InquiryCollector
from tmon.models.audit import Audit
from tmon.models.orders import Order, OrderDeal, OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.stock import Sku
from tmon.models.stores import PendingReason, Store, StoreState
from tmon.permissions import Permission, Person
from tmon.privacy import chain
from tmon.reviews.collector import ReviewCollector
from tmon.stock.notifications import notify_shortage
from tmon.stores.service import StoreService

pytestmark = pytest.mark.storage

DELIVERIES = "look for deliveries"


async def both(world: World, other: World, job: str) -> None:
    """The job in both processes at once, and what it tells."""
    await asyncio.gather(world.run_job(job), other.run_job(job))
    await world.settle()


def meet_at(world: World, name: str, parties: int = 2) -> None:
    """Lets nobody have the answer to this call before so many have asked."""
    barrier = asyncio.Barrier(parties)

    async def wait(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == name and phase is CallPhase.RECEIVED:
            async with asyncio.timeout(5):
                await barrier.wait()

    world.tmon.on_call = wait


async def test_store_that_is_due_is_checked_once_and_its_approval_told_once(world: World) -> None:
    other = await world.second()
    store = await world.add_store(
        state=StoreState.PENDING,
        pending_reason=PendingReason.TMON_DOWN,
        registered_by=MINJI,
        check_due_at=world.clock(),
    )
    await both(world, other, "check stores")
    assert len(world.tmon.calls_of("orders.list")) == 1
    async with world.db.read() as session:
        assert (await session.get_one(Store, (store.team_id, store.id))).state is StoreState.APPROVED
    assert sum("승인되었습니다" in text for text in private(world, MINJI)) == 1


async def test_check_that_a_crash_cut_off_comes_again(world: World) -> None:
    await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.TMON_DOWN, check_due_at=world.clock())
    service = world.bot.services[StoreService]
    (store,) = await service.all(world.slack.team_id)
    assert await service._take_check(store)  # and then the process dies
    world.clock.advance(timedelta(minutes=10))
    await world.run_job("check stores")
    assert len(world.tmon.calls_of("orders.list")) == 1


async def test_codes_of_a_store_are_asked_for_once(world: World) -> None:
    other = await world.second()
    await world.add_store()
    await both(world, other, "read codes")
    assert len(world.tmon.calls_of("codes")) == 1


async def test_categories_of_a_workspace_are_asked_for_once(world: World) -> None:
    other = await world.second()
    await world.add_store()
    await world.add_store(partner=1)
    await both(world, other, "read categories")
    assert len(world.tmon.calls_of("categories")) == 1


async def test_file_with_recipients_is_deleted_once(world: World) -> None:
    await to_ship(world, 1)
    await make_file(world, MINJI)
    assert files_of(world, MINJI)
    other = await world.second()
    world.clock.advance(timedelta(hours=2))
    await both(world, other, "delete shipping files")
    assert left_at_slack(world) == []
    assert len(world.slack.calls_of("files.delete")) == 1


async def test_two_runs_that_read_the_same_inquiries_tell_of_them_once(world: World) -> None:
    other = await world.second()
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    new_cs_inquiry(world.tmon, store.seller_id)
    meet_at(world, "qnas.list")
    runs = [InquiryCollector(one.bot.services.core, store, None) for one in (world, other)]
    client = world.bot.services.core.clients.for_store(store)
    await asyncio.gather(*(run.collect(client, None) for run in runs))
    await world.settle()
    assert sum(run.counts.get("new", 0) for run in runs) == 2
    assert len(await inquiries(world)) == 2
    assert len(await cards(world)) == 1


async def test_two_runs_that_read_the_same_reviews_tell_of_them_once(world: World) -> None:
    other = await world.second()
    store = await world.add_store()
    new_review(world.tmon, store.seller_id, score=1)
    meet_at(world, "reviews.list")
    first = ReviewCollector(world.bot.services.core, store, None)
    world.clock.advance(timedelta(seconds=1))
    runs = [first, ReviewCollector(other.bot.services.core, store, None)]
    client = world.bot.services.core.clients.for_store(store)
    await asyncio.gather(*(run.collect(client, None) for run in runs))
    await world.settle()
    assert sum(run.counts.get("new", 0) for run in runs) == 1
    assert len(await reviews(world)) == 1
    assert len(await posted(world, "low_ratings/")) == 1


async def test_people_are_reminded_of_an_inquiry_once(world: World) -> None:
    other = await world.second()
    store = await world.add_store()
    for _ in range(3):
        new_cs_inquiry(world.tmon, store.seller_id)
    await world.collect("inquiries")
    world.clock.advance(timedelta(hours=4))
    await world.run_job("remind of inquiries")
    world.clock.advance(timedelta(seconds=1))
    await both(world, other, "remind of inquiries")
    assert sum("아직 답변하지 않은" in one.text for one in world.posts("주문")) == 1


@pytest.mark.parametrize("job", ["post reports", "report new reviews", "post monthly reports"])
async def test_reports_are_posted_once(world: World, job: str) -> None:
    other = await world.second()
    store = await world.add_store()
    new_review(world.tmon, store.seller_id, score=5)
    await world.collect("reviews")
    days = (at(8, day=11), at(9, day=11), at(9, 1, day=11))
    late = (
        at(13, day=11, month=4),
        at(13, 1, day=11, month=4),
    )  # a month of which days were not read is told a day later
    for moment in (*days, at(13, day=10, month=4), *late):
        world.clock.set(moment)
        await both(world, other, job)
    async with world.db.read() as session:
        rows = list(await session.scalars(select(OutboxMessage)))
    told = [(row.kind, row.destination, str(sorted(row.args.items()))) for row in rows]
    assert told
    assert len(told) == len(set(told))


async def test_right_is_asked_for_once_an_hour_also_where_the_hour_changes(world: World) -> None:
    other = await world.second()
    store = await world.add_store(registered_by=MINJI)
    person = Person(store.team_id, JUNHO)

    async def ask(*processes: World) -> None:
        each = [one.bot.services[StoreService].settings for one in processes]
        await asyncio.gather(*(one.ask_for_right(person, store.id, Permission.OPERATE) for one in each))
        await world.settle()

    def told() -> int:
        return len(private(world, MINJI))

    world.clock.set(at(10, 59, day=10) + timedelta(seconds=59))
    before = told()
    await ask(world, other)
    world.clock.advance(timedelta(seconds=1))
    await ask(other)
    assert told() == before + 1
    world.clock.advance(timedelta(hours=1))
    await ask(other)
    assert told() == before + 2


async def test_shortages_of_one_minute_that_two_processes_find_are_one_message(world: World) -> None:
    other = await world.second()
    store = await world.add_store()

    now = world.clock()

    async def find(one: World, name: str) -> None:
        async with one.db.write() as session:
            sku = Sku(
                team_id=store.team_id, store_id=store.id, id=name, code=name, stock=0, counted_at=now, updated_at=now
            )
            session.add(sku)
            await notify_shortage(session, store, sku, now)

    await asyncio.gather(*(find(one, f"sk{number}") for number, one in enumerate((world, other, world, other))))
    async with world.db.read() as session:
        (row,) = await session.scalars(select(OutboxMessage).where(col(OutboxMessage.kind) == "stock_shortage"))
    assert (sorted(row.args["found"]), row.args["n"]) == (["sk0", "sk1", "sk2", "sk3"], 4)


async def test_audit_chain_that_two_processes_extend_is_whole(world: World) -> None:
    other = await world.second()
    store = await world.add_store()
    person = Person(store.team_id, MINJI)
    for on in (False, True) * 5:
        await asyncio.gather(
            world.bot.services[StoreService].settings.turn(person, store.id, None, on=on),
            *(one.run_job("extend the audit chain") for one in (world, other, world, other)),
        )
    await asyncio.gather(*(one.run_job("verify the audit chain") for one in (world, other)))
    state = await chain.verify(world.db, store.team_id)
    assert state.broken_at is None
    assert state.length >= 10


async def test_data_that_are_due_are_destroyed_once_and_counted_once(world: World) -> None:
    other = await world.second()
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 12)
    await world.collect()
    async with world.db.write() as session:
        await session.execute(update(Order).values(state=OrderState.CONFIRMED, closed_at=world.clock()))
    world.clock.advance(timedelta(days=world.settings.personal_data_days + 1))
    await both(world, other, "destroy buyers' data")
    async with world.db.read() as session:
        assert (await session.scalars(select(col(Order.order_no)).where(col(Order.buyer).is_not(None)))).all() == []
        audits = await session.scalars(select(col(Audit.details)).where(col(Audit.action) == "buyer.destroy"))
        assert sum(details["orders"] for details in audits) == 12


async def confirmed_order(world: World) -> tuple[Store, PlacedOrder]:
    """An order with a card, confirmed in the partner centre."""
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    world.tmon.move_to(order.order_no, "D2")
    world.clock.advance(timedelta(hours=1))
    await world.collect()
    world.clock.advance(timedelta(days=1))
    return store, order


async def test_a_delivery_that_both_look_for_is_stored_once(world: World) -> None:
    other = await world.second()
    store, order = await confirmed_order(world)
    world.tmon.move_to(order.order_no, "D5")
    meet_at(world, "orders.search")
    before = await versions(world)
    await asyncio.gather(world.run_job(DELIVERIES), other.run_job(DELIVERIES))
    kept = await world.order(store, order.order_no)
    assert kept.closed_at is not None
    changed = {key for key, version in (await versions(world)).items() if version != before[key]}
    assert {(await versions(world))[key] - before[key] for key in changed} == {1}, "drawn anew once, not by both"


async def test_one_that_was_frozen_with_an_old_list_moves_no_delivery_back(world: World) -> None:
    other = await world.second()
    store, order = await confirmed_order(world)
    world.tmon.move_to(order.order_no, "D3")

    async def frozen(call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.RECEIVED and call.query.get("deliveryStatus") == "D5":
            world.tmon.on_call = None
            world.tmon.move_to(order.order_no, "D5")
            await other.run_job(DELIVERIES)
            # what the first process reads now was written before
            world.tmon.faults.rewrites["orders.search"] = lambda page: page | {"items": []}

    world.tmon.on_call = frozen
    await world.run_job(DELIVERIES)
    assert world.tmon.on_call is None
    kept = await world.order(store, order.order_no)
    assert kept.closed_at is not None
    async with world.db.read() as session:
        assert list(await session.scalars(select(col(OrderDeal.delivery_status)))) == ["D5"]


async def versions(world: World) -> dict[str, int]:
    """How often each message was to be drawn."""
    async with world.db.read() as session:
        return {row.key: row.version for row in await session.scalars(select(OutboxMessage))}
