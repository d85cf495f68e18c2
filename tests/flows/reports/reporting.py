"""What happened in a store, stored as it is, and reports as people find them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.playground.slack.model import Message
from tests.flows.cards import posted
from tests.flows.world import World
from tmon.business_days import confirm_by, ship_by
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.reports import ScheduledReport
from tmon.models.stores import Store

JOB = "post reports"


def order(store: Store, number: int, paid_at: datetime, amount: int = 10_000, **over: Any) -> Order:
    """An order that was first seen five minutes after it was paid."""
    values: dict[str, Any] = {
        "team_id": store.team_id,
        "store_id": store.id,
        "order_no": 9_100_300_000 + number,
        "state": OrderState.NEW,
        "ordered_at": paid_at,
        "paid_at": paid_at,
        "confirm_by": confirm_by(paid_at),
        "ship_by": ship_by(paid_at),
        "amount": amount,
        "delivery_fee": 2_500,
        "quantity": 1,
        "title": "귤 5kg",
        "first_seen_at": paid_at + timedelta(minutes=5),
        "updated_at": paid_at,
        **over,
    }
    return Order(**values)


def deal(of: Order, **over: Any) -> OrderDeal:
    """The deal of an order that is confirmed, and waits to be shipped."""
    values: dict[str, Any] = {
        "team_id": of.team_id,
        "store_id": of.store_id,
        "order_no": of.order_no,
        "deal_no": 7_700_100_000,
        "title": of.title,
        "delivery_no": f"D{of.order_no}",
        "delivery_status": "D2",
        "state": DealState.CONFIRMED,
        **over,
    }
    return OrderDeal(**values)


async def store_rows(world: World, *rows: Any) -> None:
    """Puts rows into the database."""
    async with world.db.write() as session:
        session.add_all(rows)


async def reports(world: World, kind: str = "channel_report") -> list[Message]:
    """The reports that were posted, oldest first."""
    return await posted(world, f"{kind}/")


async def tick(world: World) -> list[Message]:
    """One look at what is due; returns all reports so far."""
    await world.run_job(JOB)
    await world.settle()
    return await reports(world)


async def planned(world: World) -> list[ScheduledReport]:
    """The table, by day."""
    async with world.db.read() as session:
        rows = await session.scalars(select(ScheduledReport))
        return sorted(rows, key=lambda row: (row.destination, row.kind, row.day))


def words(message: Message) -> str:
    """The texts of a message's blocks, without charts and buttons."""
    return "\n".join(block["text"]["text"] for block in message.blocks if block["type"] == "section")


def chart_of(message: Message) -> dict[str, Any]:
    """The chart of a message."""
    (found,) = [block for block in message.blocks if block["type"] == "data_visualization"]
    return found
