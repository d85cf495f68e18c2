"""Allocations: the units that orders take from stock. They are derived from the current state of each order line, so the
order in which sales and cancels become known does not matter, and nothing is counted twice."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.orders import DealState, Order, OrderDeal
from tmon.models.stock import OptionLink, Sku, StockMovement
from tmon.scope import same_key

_CHUNK = 500


@dataclass(frozen=True)
class AllocationLine:
    """One option of an order, with what matters for stock."""

    order_no: int
    deal_no: int
    option_no: int
    quantity: int
    """Units it takes now: 0 when cancelled."""
    ordered_at: datetime
    first_seen_at: datetime


async def sync(session: AsyncSession, team_id: str, store_id: str, order_nos: Sequence[int]) -> None:
    """Update the allocations of these orders from their stored rows, in the transaction that stored them. Idempotent."""
    for start in range(0, len(order_nos), _CHUNK):
        chunk = order_nos[start : start + _CHUNK]
        linked = select(col(OptionLink.option_no)).where(same_key(OptionLink, OrderDeal, "deal_no")).exists()
        lines = await _lines(session, team_id, store_id, col(OrderDeal.order_no).in_(chunk) & linked)
        await _apply(session, team_id, store_id, lines, whole_orders=True)


async def sync_deal(session: AsyncSession, team_id: str, store_id: str, deal_no: int) -> None:
    """Update the allocations of all orders of a deal, after one of its options was mapped."""
    await session.flush()
    lines = await _lines(session, team_id, store_id, col(OrderDeal.deal_no) == deal_no)
    for start in range(0, len(lines), _CHUNK):
        await _apply(session, team_id, store_id, lines[start : start + _CHUNK])


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
        .join(Order, same_key(Order, OrderDeal, "order_no"))
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


async def _apply(
    session: AsyncSession,
    team_id: str,
    store_id: str,
    lines: Iterable[AllocationLine],
    *,
    whole_orders: bool = False,
) -> None:
    """`whole_orders`: `lines` are all there are of their orders, so an option that is not among them takes nothing."""
    by_key = {(line.order_no, line.deal_no, line.option_no): line for line in lines}
    deal_nos = {line.deal_no for line in by_key.values()}
    if not deal_nos:
        return
    # Locked before the movements are read, so that two transactions for one order run one after the other.
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
                col(StockMovement.order_no).in_({line.order_no for line in by_key.values()}),
            )
            .execution_options(populate_existing=True)
        )
    }
    skus = await locked_skus(
        session, team_id, store_id, {link.sku_id for link in links.values()} | {row.sku_id for row in known.values()}
    )
    for key in known.keys() - by_key.keys() if whole_orders else ():
        seen_at = known[key].ordered_at
        by_key[key] = AllocationLine(*key, quantity=0, ordered_at=seen_at, first_seen_at=seen_at)
    for key, line in by_key.items():
        link = links.get((line.deal_no, line.option_no))
        row = known.get(key)
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
            # Stock counted after this order was seen already excludes it; cancelling must add it back.
            already_excluded = line.first_seen_at <= sku.counted_at
        else:
            already_excluded = False
        change = line.quantity - row.quantity
        row.quantity = line.quantity
        link.sold += change
        if not already_excluded and row.sku_id in skus:
            skus[row.sku_id].stock -= change
    await session.flush()


async def add_to_stock(
    session: AsyncSession, team_id: str, store_id: str, units: Mapping[tuple[int, int], int]
) -> None:
    """Add units by deal and option to the SKUs of the options that have one: goods that came back, or never existed (< 0).

    What orders take is not changed: a line that is cancelled gives its own units back by itself (`sync`).
    """
    links = [
        link
        for link in await session.scalars(
            select(OptionLink)
            .where(
                col(OptionLink.team_id) == team_id,
                col(OptionLink.store_id) == store_id,
                col(OptionLink.deal_no).in_({deal_no for deal_no, _ in units}),
            )
            .order_by(col(OptionLink.deal_no), col(OptionLink.option_no))
            .with_for_update()
        )
        if (link.deal_no, link.option_no) in units
    ]
    skus = await locked_skus(session, team_id, store_id, {link.sku_id for link in links})
    for link in links:
        if link.sku_id in skus:
            skus[link.sku_id].stock += units[link.deal_no, link.option_no]
    await session.flush()


async def linked_options(
    session: AsyncSession, team_id: str, store_id: str, options: Collection[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Return those of the options, by deal and option, that have a SKU."""
    rows = await session.execute(
        select(col(OptionLink.deal_no), col(OptionLink.option_no)).where(
            col(OptionLink.team_id) == team_id,
            col(OptionLink.store_id) == store_id,
            col(OptionLink.deal_no).in_({deal_no for deal_no, _ in options}),
        )
    )
    return {(deal_no, option_no) for deal_no, option_no in rows} & set(options)


async def lock_links(session: AsyncSession, team_id: str, store_id: str, *where: ColumnElement[bool]) -> None:
    """Row-lock links in the common order, before callers lock SKUs, so that lock order is always links, then SKUs."""
    await session.execute(
        select(col(OptionLink.deal_no), col(OptionLink.option_no))
        .where(col(OptionLink.team_id) == team_id, col(OptionLink.store_id) == store_id, *where)
        .order_by(col(OptionLink.deal_no), col(OptionLink.option_no))
        .with_for_update()
    )


async def locked_skus(session: AsyncSession, team_id: str, store_id: str, ids: Iterable[str]) -> dict[str, Sku]:
    """Row-lock SKUs until the transaction ends; return them by id."""
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
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
