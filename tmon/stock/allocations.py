"""The ledger of what orders take. It follows what is known of each order line, so it does not matter in which order
sales and cancels become known, and nothing counts twice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.orders import DealState, Order, OrderDeal
from tmon.models.stock import OptionLink, Sku, StockMovement

_AT_A_TIME = 500


@dataclass(frozen=True)
class AllocationLine:
    """One option of an order, as far as stock goes."""

    order_no: int
    deal_no: int
    option_no: int
    quantity: int
    """What it takes now: 0 when cancelled."""
    ordered_at: datetime
    first_seen_at: datetime


async def sync(session: AsyncSession, team_id: str, store_id: str, order_nos: Sequence[int]) -> None:
    """Brings the ledger up to what is stored of these orders; called in the transaction that stored it. Idempotent."""
    for start in range(0, len(order_nos), _AT_A_TIME):
        chunk = order_nos[start : start + _AT_A_TIME]
        await _apply(
            session, team_id, store_id, await _lines(session, team_id, store_id, col(OrderDeal.order_no).in_(chunk))
        )


async def sync_deal(session: AsyncSession, team_id: str, store_id: str, deal_no: int) -> None:
    """The same for all orders of a deal: one of its options has just been mapped."""
    await session.flush()
    lines = await _lines(session, team_id, store_id, col(OrderDeal.deal_no) == deal_no)
    for start in range(0, len(lines), _AT_A_TIME):
        await _apply(session, team_id, store_id, lines[start : start + _AT_A_TIME])


async def _lines(
    session: AsyncSession, team_id: str, store_id: str, where: ColumnElement[bool]
) -> list[AllocationLine]:
    rows = await session.execute(
        select(
            col(OrderDeal.order_no),
            col(OrderDeal.deal_no),
            col(OrderDeal.state),
            col(OrderDeal.options),
            col(Order.ordered_at),
            col(Order.first_seen_at),
        )
        .join(
            Order,
            (col(Order.team_id) == col(OrderDeal.team_id))
            & (col(Order.store_id) == col(OrderDeal.store_id))
            & (col(Order.order_no) == col(OrderDeal.order_no)),
        )
        .where(col(OrderDeal.team_id) == team_id, col(OrderDeal.store_id) == store_id, where)
    )
    return [
        AllocationLine(
            order_no=order_no,
            deal_no=deal_no,
            option_no=option["no"],
            quantity=0 if state is DealState.CANCELLED or option.get("cancelled") else option["quantity"],
            ordered_at=ordered_at,
            first_seen_at=first_seen_at,
        )
        for order_no, deal_no, state, options, ordered_at, first_seen_at in rows
        for option in options
    ]


async def _apply(session: AsyncSession, team_id: str, store_id: str, lines: Iterable[AllocationLine]) -> None:
    by_place = {(line.order_no, line.deal_no, line.option_no): line for line in lines}
    deal_nos = {line.deal_no for line in by_place.values()}
    if not deal_nos:
        return
    # Locked before the ledger is read: two transactions that follow one order book one after the other.
    links = {
        (link.deal_no, link.option_no): link
        for link in await session.scalars(
            select(OptionLink)
            .where(
                col(OptionLink.team_id) == team_id,
                col(OptionLink.store_id) == store_id,
                col(OptionLink.deal_no).in_(deal_nos),
            )
            .order_by(col(OptionLink.deal_no), col(OptionLink.option_no))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if not links:
        return
    known = {
        (row.order_no, row.deal_no, row.option_no): row
        for row in await session.scalars(
            select(StockMovement)
            .where(
                col(StockMovement.team_id) == team_id,
                col(StockMovement.store_id) == store_id,
                col(StockMovement.order_no).in_({line.order_no for line in by_place.values()}),
            )
            .execution_options(populate_existing=True)
        )
    }
    skus = await locked_skus(
        session, team_id, store_id, {link.sku_id for link in links.values()} | {row.sku_id for row in known.values()}
    )
    for place, line in by_place.items():
        link = links.get((line.deal_no, line.option_no))
        row = known.get(place)
        if link is None or (row is None and line.quantity == 0):
            continue
        if row is None:
            sku = skus[link.sku_id]
            row = StockMovement(
                team_id=team_id,
                store_id=store_id,
                order_no=line.order_no,
                deal_no=line.deal_no,
                option_no=line.option_no,
                sku_id=link.sku_id,
                quantity=0,
                ordered_at=line.ordered_at,
            )
            session.add(row)
            # Whoever counted after the order was seen did not count it any more; its cancel will bring it back.
            taken_before = line.first_seen_at <= sku.counted_at
        else:
            taken_before = False
        change = line.quantity - row.quantity
        row.quantity = line.quantity
        link.sold += change
        if not taken_before and row.sku_id in skus:
            skus[row.sku_id].stock -= change
    await session.flush()


async def lock_links(session: AsyncSession, team_id: str, store_id: str, *where: ColumnElement[bool]) -> None:
    """Locks links before SKUs, in everybody's order: for whoever locks SKUs first thing and comes to their links later."""
    await session.execute(
        select(col(OptionLink.deal_no), col(OptionLink.option_no))
        .where(col(OptionLink.team_id) == team_id, col(OptionLink.store_id) == store_id, *where)
        .order_by(col(OptionLink.deal_no), col(OptionLink.option_no))
        .with_for_update()
    )


async def locked_skus(session: AsyncSession, team_id: str, store_id: str, ids: Iterable[str]) -> dict[str, Sku]:
    """SKUs by id, locked against everybody else until the transaction ends."""
    found: dict[str, Sku] = {}
    for chunk in _chunks(sorted(set(ids))):
        rows = await session.scalars(
            select(Sku)
            .where(col(Sku.team_id) == team_id, col(Sku.store_id) == store_id, col(Sku.id).in_(chunk))
            .order_by(col(Sku.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update((sku.id, sku) for sku in rows)
    return found


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_A_TIME):
        yield ids[start : start + _AT_A_TIME]
