"""Settlement as it is collected."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus

from sqlalchemy import select
from sqlmodel import col

from bot.playground.tmon import Sandbox, SettledRow
from tests.flows.world import World
from tmon.clock import KST
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.models.stores import Store
from tmon.settlement.collector import SETTLEMENT

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
CALL = "settlement.day"


def korea(day: date, hour: int = 12, minute: int = 10) -> datetime:
    """A moment in Korea."""
    return datetime.combine(day, time(hour, minute), KST)


def settled(world: World, store: Store, tx_no: str, day: date, sold: int = 10_000) -> SettledRow:
    """A row that TMON lists from now on."""
    return listed(world.tmon, store, tx_no, day, sold)


def listed(tmon: Sandbox, store: Store, tx_no: str, day: date, sold: int = 10_000) -> SettledRow:
    """The same, of a sandbox."""
    row = SettledRow(
        tx_no=tx_no,
        partner_id=store.seller_id,
        partner_no=40077,
        day=day,
        kind="SALE",
        sold_at=korea(day),
        pay_due=date(2026, 4, 10),
        sell_amount=sold,
        base_amount=sold,
        rate=88.5,
    )
    tmon.settlement[tx_no] = row
    return row


def asked(world: World) -> list[date]:
    """The days that TMON was asked for since the last look, in order; not those of calls with a token that had expired."""
    calls = [call for call in world.tmon.calls_of(CALL) if call.status != HTTPStatus.UNAUTHORIZED]
    days = [date.fromisoformat(call.query["searchDate"]) for call in calls]
    world.tmon.calls.clear()
    return days


async def rows(world: World) -> dict[str, SettlementRow]:
    """What is kept, by number."""
    async with world.db.read() as session:
        return {row.tx_no: row for row in await session.scalars(select(SettlementRow))}


async def days(world: World) -> dict[date, SettlementDay]:
    """Which days are planned or read."""
    async with world.db.read() as session:
        found = await session.scalars(select(SettlementDay).order_by(col(SettlementDay.day)))
        return {row.day: row for row in found}


async def collect_all(world: World, limit: int = 30) -> list[date]:
    """Run after run until no day is due; return the days that were asked for."""
    for _ in range(limit):
        await world.collect(SETTLEMENT)
        now = world.clock()
        if not any(row.due_at is not None and row.due_at <= now for row in (await days(world)).values()):
            return asked(world)
        world.clock.advance(MINUTE)
    raise AssertionError("days are due for ever")
