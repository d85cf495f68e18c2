"""What happens at TMON and here, from a buyer's request to the counter: across weekends, holidays and the year's end."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.playground.slack.demo import MINJI
from bot.playground.tmon import (
    BuyerClaim,
    Sandbox,
    buyer_claims,
    complete_claim,
    reject_claim,
    settle_overdue_claims,
    withdraw_claim,
)
from tests.flows.world import World
from tmon.api import Parcel
from tmon.claims.collector import CLAIMS
from tmon.clock import KST
from tmon.counters.definitions import Counter
from tmon.counters.service import LateCases
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.orders import OrderDeal
from tmon.models.stores import ConfirmMode, Store
from tmon.permissions import Person
from tmon.scope import scope
from tmon.waybills.results import Result, Shipment
from tmon.waybills.service import WaybillService

pytestmark = pytest.mark.storage

HALF_HOUR = timedelta(minutes=31)
NOVEMBER = date(2026, 11, 1)


def kst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


async def counted(world: World, store: Store, month: date) -> dict[Counter, tuple[int, int]]:
    found = await world.bot.services[LateCases].tally(store.team_id, store.id, month)
    return {counter: (tally.late, tally.overdue) for counter, tally in found.items() if tally.total}


async def ordered(world: World, ordered_at: str, status: str = "D2", **over: Any) -> tuple[Store, int]:
    """A store with an order that was confirmed by the bot, and shipped at TMON if `status` says so."""
    world.clock.set(kst(ordered_at))
    store = await world.add_store(confirm_mode=ConfirmMode.AUTO, auto_from=world.clock(), **over)
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(HALF_HOUR)
    await world.collect()
    if status != "D2":
        world.tmon.move_to(order.order_no, status)
    return store, order.order_no


async def requested(world: World, kind: Any, order_no: int, at: str) -> BuyerClaim:
    world.clock.set(kst(at))
    claim = buyer_claims(world.tmon, kind, order_no)
    assert claim is not None
    world.clock.advance(timedelta(minutes=5))
    await world.collect(CLAIMS)
    return claim


async def pass_until(world: World, at: str) -> None:
    """Time passes at TMON, and a run follows that asks for completed claims."""
    world.clock.set(kst(at))
    settle_overdue_claims(world.tmon)
    await world.collect(CLAIMS)


async def stored(world: World, store: Store, claim: BuyerClaim) -> Claim:
    async with world.db.read() as session:
        return await session.get_one(Claim, (store.team_id, store.id, ClaimKind(claim.kind), claim.claim_no))


@pytest.mark.parametrize(
    ("at", "deadline", "month"),
    [
        ("2026-11-27 23:50", "2026-11-28 23:00", NOVEMBER),  # a Friday
        ("2026-09-24 10:00", "2026-09-25 23:00", date(2026, 9, 1)),  # Chuseok
        ("2027-02-06 10:00", "2027-02-07 23:00", date(2027, 2, 1)),  # Seollal
        ("2026-12-31 10:00", "2027-01-01 23:00", date(2027, 1, 1)),  # the year's end
        ("2026-11-29 10:00", "2026-11-30 23:00", NOVEMBER),
        ("2026-11-30 10:00", "2026-12-01 23:00", date(2026, 12, 1)),
    ],
)
async def test_a_cancel_that_nobody_decides_is_refunded_by_tmon_and_counts(
    world: World, at: str, deadline: str, month: date
) -> None:
    day = kst(at).date()
    store, order_no = await ordered(world, f"{day - timedelta(days=1)} 10:00")
    claim = await requested(world, "C", order_no, at)
    world.clock.set(kst(deadline) - timedelta(seconds=1))
    assert Counter.CANCEL not in await counted(world, store, month)
    world.clock.set(kst(deadline) + timedelta(minutes=1))
    assert (await counted(world, store, month))[Counter.CANCEL] == (0, 1)
    await pass_until(world, f"{(kst(deadline) + timedelta(minutes=35)):%Y-%m-%d %H:%M}")
    row = await stored(world, store, claim)
    assert (row.end, row.completed_at) == (ClaimEnd.AUTO_REFUNDED, kst(deadline))
    assert (await counted(world, store, month))[Counter.CANCEL] == (1, 0)


@pytest.mark.parametrize("decide", [complete_claim, withdraw_claim, reject_claim])
async def test_what_is_decided_before_the_deadline_does_not_count_however_late_it_is_read(
    world: World, decide: Callable[[Sandbox, int], None]
) -> None:
    store, order_no = await ordered(world, "2026-11-24 10:00")
    claim = await requested(world, "C", order_no, "2026-11-25 10:00")
    world.clock.set(kst("2026-11-26 22:59:59"))
    decide(world.tmon, claim.claim_no)
    await pass_until(world, "2026-11-28 09:00")
    row = await stored(world, store, claim)
    assert row.end is not ClaimEnd.AUTO_REFUNDED
    assert row.ended_at is not None
    assert Counter.CANCEL not in await counted(world, store, NOVEMBER)


@pytest.mark.parametrize(
    ("kind", "counter", "at", "deadline", "month"),
    [
        ("R", Counter.RETURN, "2026-11-20 10:00", "2026-11-27 10:00", NOVEMBER),
        ("R", Counter.RETURN, "2026-12-28 10:00", "2027-01-04 10:00", date(2027, 1, 1)),
        ("R", Counter.RETURN, "2026-09-20 10:00", "2026-09-27 10:00", date(2026, 9, 1)),
        ("X", Counter.EXCHANGE, "2026-11-20 10:00", "2026-11-25 22:00", NOVEMBER),
        ("X", Counter.EXCHANGE, "2026-12-28 10:00", "2027-01-02 22:00", date(2027, 1, 1)),
    ],
)
async def test_a_return_or_exchange_that_nobody_decides_counts(
    world: World, kind: str, counter: Counter, at: str, deadline: str, month: date
) -> None:
    store, order_no = await ordered(world, f"{kst(at).date() - timedelta(days=5)} 10:00", "D5")
    claim = await requested(world, kind, order_no, at)
    world.clock.set(kst(deadline) + timedelta(minutes=1))
    assert (await counted(world, store, month))[counter] == (0, 1)
    await pass_until(world, f"{(kst(deadline) + timedelta(minutes=35)):%Y-%m-%d %H:%M}")
    assert (await stored(world, store, claim)).end is ClaimEnd.AUTO_REFUNDED
    assert (await counted(world, store, month))[counter] == (1, 0)


async def ship(world: World, store: Store, order_no: int) -> None:
    where, parcel = await delivery(world, store, order_no), Parcel(carrier="10001", number="123456789012")
    person = Person(store.team_id, MINJI)
    results = await world.bot.services[WaybillService].register_many(
        person, store.id, [Shipment(order_no, where, parcel)]
    )
    assert [one.result for one in results] == [Result.SUCCESS]


async def delivery(world: World, store: Store, order_no: int) -> str:
    async with world.db.read() as session:
        deals = await session.scalars(select(OrderDeal).where(*scope(OrderDeal, store)))
        return next(deal.delivery_no for deal in deals if deal.order_no == order_no)


@pytest.mark.parametrize(
    ("ordered_at", "ship_by", "month"),
    [
        ("2026-11-24 10:00", "2026-11-27 23:59:59", NOVEMBER),
        ("2026-11-27 23:10", "2026-12-02 23:59:59", date(2026, 12, 1)),  # a Friday night
        ("2026-09-23 10:00", "2026-09-30 23:59:59", date(2026, 9, 1)),  # before Chuseok
        ("2027-02-05 10:00", "2027-02-12 23:59:59", date(2027, 2, 1)),  # before Seollal
        ("2026-12-30 10:00", "2027-01-05 23:59:59", date(2027, 1, 1)),
    ],
)
async def test_an_order_shipped_too_late_counts_in_the_month_of_its_ship_by_day(
    world: World, ordered_at: str, ship_by: str, month: date
) -> None:
    store, order_no = await ordered(world, ordered_at)
    world.clock.set(kst(ship_by))
    assert Counter.SHIP not in await counted(world, store, month)
    world.clock.advance(timedelta(hours=1))
    assert (await counted(world, store, month))[Counter.SHIP] == (0, 1)
    await ship(world, store, order_no)
    assert (await counted(world, store, month))[Counter.SHIP] == (1, 0)


async def test_a_delay_notice_moves_the_day_and_does_not_count(world: World) -> None:
    store, order_no = await ordered(world, "2026-11-23 10:00")  # ship-by: 26 November
    person, where = Person(store.team_id, MINJI), await delivery(world, store, order_no)
    world.clock.set(kst("2026-11-25 10:00"))
    results = await world.bot.services[WaybillService].notify_delay(
        person, store.id, order_no, where, reason="DLD1", detail="입고가 늦어졌습니다.", ship_on=date(2026, 12, 1)
    )
    assert len(results) == 1
    world.clock.set(kst("2026-12-01 20:00"))
    assert await counted(world, store, NOVEMBER) == {}
    world.clock.set(kst("2026-12-02 00:30"))
    assert await counted(world, store, NOVEMBER) == {}
    assert await counted(world, store, date(2026, 12, 1)) == {Counter.SHIP: (0, 1)}
    await ship(world, store, order_no)
    assert await counted(world, store, date(2026, 12, 1)) == {Counter.SHIP: (1, 0)}
