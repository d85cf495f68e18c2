"""Bringing what we keep of an order up to what TMON has just told."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.models.orders import BuyerRecord, DealState, Order, OrderDeal, OrderState
from tmon.orders import mapping
from tmon.sealing import Sealer

Deals = dict[int, OrderDeal]
"""The deals of one order by number, in TMON's order."""


async def load(
    session: AsyncSession, team_id: str, store_id: str, order_nos: Sequence[int]
) -> dict[int, tuple[Order, Deals]]:
    """Orders by number, each with its deals."""
    if not order_nos:
        return {}
    orders = await session.scalars(
        select(Order).where(
            col(Order.team_id) == team_id, col(Order.store_id) == store_id, col(Order.order_no).in_(order_nos)
        )
    )
    found: dict[int, tuple[Order, Deals]] = {order.order_no: (order, {}) for order in orders}
    deals = await session.scalars(
        select(OrderDeal)
        .where(
            col(OrderDeal.team_id) == team_id,
            col(OrderDeal.store_id) == store_id,
            col(OrderDeal.order_no).in_(order_nos),
        )
        .order_by(col(OrderDeal.position))
    )
    for deal in deals:
        if deal.order_no in found:
            found[deal.order_no][1][deal.deal_no] = deal
    return found


async def load_one(session: AsyncSession, team_id: str, store_id: str, order_no: int) -> tuple[Order, Deals]:
    """One order that is known to exist."""
    return (await load(session, team_id, store_id, [order_no]))[order_no]


def order_state(deals: Iterable[OrderDeal]) -> OrderState:
    """What the states of its deals make of an order: cancelled ones do not count unless there are no others."""
    live = [deal for deal in deals if deal.state is not DealState.CANCELLED]
    if not live:
        return OrderState.CANCELLED
    return OrderState.CONFIRMED if all(deal.state is DealState.CONFIRMED for deal in live) else OrderState.NEW


def apply_remote_deals(session: AsyncSession, order: Order, deals: Deals, told: api.Order) -> bool:
    """Takes over states and goods; a deal that TMON does not name any more is cancelled, one that we did not know is
    added. Returns whether goods changed.

    What a completed cancel took out stays out, also where TMON still lists it as new; a refusal stays until it is moot.
    """
    changed = not mapping.same_goods(deals.values(), told)
    named = {deal.deal_no: deal for deal in told.deals}
    for number, deal in deals.items():
        theirs = named.get(number)
        if theirs is None:
            deal.state = DealState.CANCELLED
            continue
        deal.delivery_status = str(theirs.status)
        deal.delivery_no = theirs.delivery_no
        deal.options = mapping.options_of(theirs, deal.options)
        state = mapping.deal_state(theirs)
        struck = bool(deal.options) and all(option.get("cancelled") for option in deal.options)
        if state is not DealState.OPEN or not (struck or deal.state is DealState.REFUSED):
            deal.state, deal.refusal = state, None
    for number in named.keys() - deals.keys():
        row = mapping.deal_row(order.team_id, order.store_id, order.order_no, named[number], len(deals))
        deals[number] = OrderDeal(**row)
        session.add(deals[number])
    return changed


def apply_remote_buyer(sealer: Sealer, order: Order, told: api.Order, now: datetime) -> bool:
    """Keeps changed personal data. Returns whether the recipient or the address is another."""
    if order.buyer is None or told.buyer.unreadable:
        return False
    ours, theirs = sealer.open_as(BuyerRecord, order.buyer), mapping.buyer_of(told)
    if ours == theirs:
        return False
    order.buyer, order.buyer_unreadable = sealer.seal(theirs), False
    if mapping.same_address(ours, theirs):
        return False
    order.address_changed_at = now
    return True


def apply_remote(
    session: AsyncSession, sealer: Sealer, order: Order, deals: Deals, told: api.Order, now: datetime
) -> bool:
    """Brings an order up to date as a whole. Returns whether its card shows something else now."""
    before = {number: (deal.state, deal.delivery_status) for number, deal in deals.items()}
    changed = apply_remote_deals(session, order, deals, told) | apply_remote_buyer(sealer, order, told, now)
    changed |= before != {number: (deal.state, deal.delivery_status) for number, deal in deals.items()}
    changed |= apply_remote_totals(order, told)
    if changed:
        order.updated_at = now
    return changed


def apply_remote_totals(order: Order, told: api.Order) -> bool:
    """Takes over sums and title; an order of which nothing is left keeps telling what it was. Returns whether they differ."""
    if not told.deals:
        return False
    totals = mapping.totals(told)
    changed = any(getattr(order, name) != value for name, value in totals.items())
    for name, value in totals.items():
        setattr(order, name, value)
    return changed
