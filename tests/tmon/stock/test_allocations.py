"""What orders take of stock, and give back."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from tests.clock import MovableClock
from tmon.database import Database
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.stock import OptionLink, Sku
from tmon.stock.allocations import sync, sync_deal

PLACE: dict[str, Any] = {"team_id": "T1", "store_id": "st_1"}
ORDER, DEAL, OTHER = 9100, 7701, 7702


async def store_order(db: Database, clock: MovableClock, deals: dict[int, dict[int, int]]) -> None:
    """Store one order with these quantities by deal and option, and take them from stock."""
    now = clock()
    async with db.write() as session:
        await session.execute(delete(OrderDeal))
        if await session.get(Order, (*PLACE.values(), ORDER)) is None:
            moments: dict[str, Any] = dict.fromkeys(
                ("ordered_at", "paid_at", "confirm_by", "ship_by", "first_seen_at", "updated_at"), now
            )
            facts: dict[str, Any] = {"amount": 0, "delivery_fee": 0, "quantity": 0, "title": ""}
            session.add(Order(**PLACE, order_no=ORDER, state=OrderState.NEW, **facts, **moments))
        for deal_no, options in deals.items():
            facts = {"title": "", "delivery_no": "1", "delivery_status": "D1", "state": DealState.OPEN}
            lines = [{"no": no, "quantity": quantity} for no, quantity in options.items()]
            session.add(OrderDeal(**PLACE, order_no=ORDER, deal_no=deal_no, options=lines, **facts))
        await session.flush()
        await sync(session, "T1", "st_1", [ORDER])


async def link(db: Database, clock: MovableClock, *options: tuple[int, int]) -> None:
    """A SKU with 10 units for each deal and option."""
    before = clock() - timedelta(days=1)
    async with db.write() as session:
        for deal_no, option_no in options:
            code = f"{deal_no}-{option_no}"
            session.add(Sku(**PLACE, id=code, code=code, stock=10, counted_at=before, updated_at=before))
            session.add(OptionLink(**PLACE, deal_no=deal_no, option_no=option_no, sku_id=code))


async def left(db: Database, *options: tuple[int, int]) -> list[tuple[int, int]]:
    """Stock and sold units of each option."""
    found = []
    async with db.read() as session:
        for deal_no, option_no in options:
            sku = await session.get_one(Sku, (*PLACE.values(), f"{deal_no}-{option_no}"))
            sold = (await session.get_one(OptionLink, (*PLACE.values(), deal_no, option_no))).sold
            found.append((sku.stock, sold))
    return found


async def test_option_missing_from_its_deal_returns_to_stock_once(db: Database, clock: MovableClock) -> None:
    options = ((DEAL, 1), (DEAL, 2), (OTHER, 1))
    await link(db, clock, *options)
    await store_order(db, clock, {DEAL: {1: 3, 2: 4}, OTHER: {1: 5}})
    assert await left(db, *options) == [(7, 3), (6, 4), (5, 5)]
    for _ in range(2):
        await store_order(db, clock, {DEAL: {2: 4}, OTHER: {1: 5}})
        assert await left(db, *options) == [(10, 0), (6, 4), (5, 5)]
    await store_order(db, clock, {DEAL: {1: 2, 2: 4}, OTHER: {1: 5}})
    assert await left(db, *options) == [(8, 2), (6, 4), (5, 5)]


async def test_mapping_one_deal_leaves_other_deals_of_an_order(db: Database, clock: MovableClock) -> None:
    options = ((DEAL, 1), (OTHER, 1))
    await link(db, clock, *options)
    await store_order(db, clock, {DEAL: {1: 3}, OTHER: {1: 5}})
    async with db.write() as session:
        await sync_deal(session, "T1", "st_1", DEAL)
    assert await left(db, *options) == [(7, 3), (5, 5)]
