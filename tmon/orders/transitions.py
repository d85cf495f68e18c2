"""The one place where an order changes its state: by what TMON says of it, or by how its confirmation ended.

Every writer loads the order, applies with `apply_remote` what TMON says, and then calls `finish`; who writes many orders in
one transaction calls `move` for each and `publish` for all. All of it belongs to the transaction of the caller.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api, audit
from tmon.api import DeliveryStatus
from tmon.models.orders import OPEN_STATES, TMON, BuyerRecord, DealState, Order, OrderBatch, OrderDeal, OrderState
from tmon.orders import mapping
from tmon.orders.cancel_requests import CancelledQuantities
from tmon.orders.cards import redraw_cards
from tmon.orders.customs import needs_customs_id
from tmon.orders.recipients import recipient_hash
from tmon.scope import OfStore, StoreKey, scope
from tmon.sealing import CannotOpen, Place, Sealer
from tmon.stock import allocations

CANCELLED_NOTE = "orders.note_cancelled"

Deals = dict[int, OrderDeal]
"""Deals of one order by number, in TMON's order."""


@dataclass(frozen=True)
class Change:
    """What TMON's word changed in the rows of one order. Its state is not moved yet."""

    state: OrderState
    """The state that follows from its deals."""
    goods: bool
    """Its deals, options or quantities differ from what was shown."""
    cancelled: bool
    """Completed cancels took something out that was there before."""
    address: bool
    """The recipient or the address differs."""
    shown: bool
    """Its card looks different: one of the above, or a deal's status, or a sum."""


@dataclass(frozen=True)
class ConfirmationResult:
    """How the confirmation of one order ended."""

    order_no: int
    state: OrderState
    note: str | None = None
    """Text key of the reason when it was not confirmed."""
    detail: str | None = None
    """TMON's own sentence for that reason."""


async def lock(session: AsyncSession, team_id: str, store_id: str, order_nos: Sequence[int]) -> None:
    """Lock orders on PostgreSQL, before one statement changes several of them.

    Rows are locked by ascending number everywhere, or two transactions deadlock. SQLite has one writer at a time.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    store = StoreKey(team_id, store_id)
    mine = select(col(Order.order_no)).where(*scope(Order, store), col(Order.order_no).in_(order_nos))
    await session.execute(mine.order_by(col(Order.order_no)).with_for_update())


async def load(
    session: AsyncSession, team_id: str, store_id: str, order_nos: Sequence[int], *, lock: bool = False
) -> dict[int, tuple[Order, Deals]]:
    """Load orders by number, each with its deals. Unknown numbers are left out.

    `lock`: for whoever changes them by what was loaded; PostgreSQL then keeps others from doing so meanwhile. What the
    session had loaded before it had the lock is read again.
    """
    if not order_nos:
        return {}
    store = StoreKey(team_id, store_id)
    again = {"populate_existing": lock}
    chosen = select(Order).where(*scope(Order, store), col(Order.order_no).in_(order_nos))
    if lock:
        chosen = chosen.order_by(col(Order.order_no)).with_for_update()
    orders = await session.scalars(chosen, execution_options=again)
    found: dict[int, tuple[Order, Deals]] = {order.order_no: (order, {}) for order in orders}
    deals = await session.scalars(
        select(OrderDeal)
        .where(*scope(OrderDeal, store), col(OrderDeal.order_no).in_(order_nos))
        .order_by(col(OrderDeal.position)),
        execution_options=again,
    )
    for deal in deals:
        if deal.order_no in found:
            found[deal.order_no][1][deal.deal_no] = deal
    return found


async def load_one(session: AsyncSession, team_id: str, store_id: str, order_no: int) -> tuple[Order, Deals]:
    """Load one order that is known to exist, locked: whoever calls it changes it."""
    return (await load(session, team_id, store_id, [order_no], lock=True))[order_no]


def order_state(deals: Iterable[OrderDeal]) -> OrderState:
    """Return the state that follows from the deals of an order: cancelled ones count only if there are no others."""
    live = [deal for deal in deals if deal.state is not DealState.CANCELLED]
    if not live:
        return OrderState.CANCELLED
    return OrderState.CONFIRMED if all(deal.state is DealState.CONFIRMED for deal in live) else OrderState.NEW


def apply_remote(
    session: AsyncSession,
    sealer: Sealer,
    order: Order,
    deals: Deals,
    remote: api.Order | None,
    cancels: CancelledQuantities | None,
    now: datetime,
) -> Change:
    """Update the rows of an order from what TMON says, all but the order's state.

    `remote`: the order as it was just read; None: it was not read. `cancels`: what completed cancels took out of it.
    """
    before = {number: _shown(deal) for number, deal in deals.items()}
    goods = address = totals = False
    if remote is not None:
        goods = apply_remote_deals(session, order, deals, remote, now)
        address = apply_remote_buyer(sealer, order, remote, now)
        totals = apply_remote_totals(order, remote)
    cancelled = mark_cancelled(deals, cancels or {})
    if remote is not None:
        follow_order(order, deals.values(), now)
    moved = before != {number: _shown(deal) for number, deal in deals.items()}
    shown = goods or cancelled or address or totals or moved
    if shown:
        order.updated_at = now
    return Change(order_state(deals.values()), goods, cancelled, address, shown)


def _shown(deal: OrderDeal) -> tuple[DealState, str, bool, bool]:
    """Return what a card shows of a deal besides its goods."""
    return deal.state, deal.delivery_status, needs_customs_id(deal), mapping.came_back(deal)


def apply_remote_deals(session: AsyncSession, order: Order, deals: Deals, remote: api.Order, now: datetime) -> bool:
    """Update states and goods. Returns whether goods changed.

    A deal that TMON does not list any more is cancelled, unless it was shipped: then all of it came back, and a person
    decides whether its goods are for sale again. One that is new is added. What a completed cancel took out stays
    out even if TMON still lists it as new; a refusal stays until TMON moves the deal.
    """
    changed = not mapping.same_goods(deals.values(), remote)
    listed = {deal.deal_no: deal for deal in remote.deals}
    for number, deal in deals.items():
        theirs = listed.get(number)
        if theirs is None:
            if deal.delivery_status in mapping.SHIPPED:
                mapping.mark_returned(deal, {option["no"]: option["ordered"] for option in deal.options})
            else:
                deal.state = DealState.CANCELLED
            continue
        deal.delivery_no = theirs.delivery_no
        follow_delivery(deal, mapping.status_of(theirs), min(theirs.updated_at or now, now))
        deal.options = mapping.options_of(theirs, deal.options)
        deal.customs_valid = mapping.customs_valid(theirs)
        state = mapping.deal_state(theirs)
        struck = bool(deal.options) and all(option.get("cancelled") for option in deal.options)
        if state is not DealState.OPEN or not (struck or deal.state is DealState.REFUSED):
            deal.state, deal.refusal = state, None
    for number in listed.keys() - deals.keys():
        row = mapping.deal_row(order.team_id, order.store_id, order.order_no, listed[number], len(deals))
        deals[number] = OrderDeal(**row)
        follow_delivery(deals[number], row["delivery_status"], min(listed[number].updated_at or now, now))
        session.add(deals[number])
    return changed


def follow_delivery(deal: OrderDeal, status: str, at: datetime) -> None:
    """Give a deal its state at TMON, and write down since when it is shipped and delivered. `at`: when it came to that state."""
    deal.delivery_status = status
    if status in mapping.SHIPPED and deal.shipped_at is None:
        deal.shipped_at = at
    if status == DeliveryStatus.D5 and deal.delivered_at is None:
        deal.delivered_at = at


def follow_order(order: Order, deals: Iterable[OrderDeal], now: datetime) -> None:
    """Write down when the last of its deliveries was shipped, and close the order with the last delivered or returned."""
    live = [deal for deal in deals if deal.state is not DealState.CANCELLED]
    shipped = [deal.shipped_at for deal in live if deal.delivery_status in mapping.SHIPPED]
    over = [deal.delivered_at for deal in live if deal.delivery_status == DeliveryStatus.D5 or mapping.came_back(deal)]
    whole = len(shipped) == len(live) > 0
    order.shipped_at = max((at for at in shipped if at is not None), default=now) if whole else None
    if live and len(over) == len(live) and order.closed_at is None:
        order.closed_at = max(now if at is None else at for at in over)


async def adopt(
    session: AsyncSession,
    sealer: Sealer,
    of: OfStore,
    remote: api.Order,
    now: datetime,
    cancels: CancelledQuantities | None = None,
) -> Order | None:
    """Bring one stored order up to what TMON has just said of it, and let stock and its card follow.

    None: it is not stored. One that is being confirmed is left to whoever confirms it.
    """
    found = await load(session, of.team_id, of.store_id, [remote.order_no], lock=True)
    if remote.order_no not in found:
        return None
    order, deals = found[remote.order_no]
    if order.state not in (OrderState.NEW, OrderState.CONFIRMED):
        return order
    change = apply_remote(session, sealer, order, deals, remote, cancels, now)
    if change.shown:
        if change.state is OrderState.CANCELLED or order.state is OrderState.NEW:
            move(session, order, change.state, now, note=order.note, detail=order.note_detail)
        await publish(session, of, [order], now)
    return order


def stored_buyer(sealer: Sealer, order: Order) -> BuyerRecord | None:
    """Return the stored personal data of an order; None if it was destroyed or cannot be opened."""
    if order.buyer is None:
        return None
    try:
        return sealer.open_as(BuyerRecord, order.buyer, Place.of(order, "buyer"))
    except CannotOpen:
        return None


def apply_remote_buyer(sealer: Sealer, order: Order, remote: api.Order, now: datetime) -> bool:
    """Store changed personal data. Returns whether the recipient or the address changed.

    Stored data that cannot be opened is replaced; whether it differed is not known, and not claimed.
    """
    if order.buyer is None or remote.buyer.unreadable:
        return False
    ours, theirs = stored_buyer(sealer, order), mapping.buyer_of(remote)
    if ours == theirs:
        return False
    order.buyer, order.buyer_unreadable = sealer.seal(theirs, Place.of(order, "buyer")), False
    order.recipient_hash = recipient_hash(sealer, order, theirs)
    if ours is None or mapping.same_address(ours, theirs):
        return False
    order.address_changed_at = now
    return True


def apply_remote_totals(order: Order, remote: api.Order) -> bool:
    """Update sums and title. Returns whether they changed. An order without deals left keeps its last ones."""
    if not remote.deals:
        return False
    totals = mapping.totals(remote)
    changed = any(getattr(order, name) != value for name, value in totals.items())
    for name, value in totals.items():
        setattr(order, name, value)
    return changed


def mark_cancelled(deals: Deals, cancels: CancelledQuantities) -> bool:
    """Take out of the deals what completed cancels name: options as a whole, or some pieces of them. Returns whether
    anything that was there before is gone.

    Whether TMON still lists what was cancelled is not known. So neither its quantity nor ours is reduced twice: of an option
    no more is left than TMON lists, and no more than was ordered less what was cancelled.
    """
    marked = False
    for deal in deals.values():
        options = [
            _less(option, cancels.get((deal.deal_no, option["no"]), 0)) if not option.get("cancelled") else option
            for option in deal.options
        ]
        if options == deal.options:
            continue
        marked = marked or any(
            one.get("cancelled") != before.get("cancelled") or one["quantity"] != before["quantity"]
            for one, before in zip(options, deal.options, strict=True)
        )
        deal.options = options
        if all(option.get("cancelled") for option in deal.options):
            deal.state = DealState.CANCELLED
    return marked


def _less(option: dict[str, Any], cancelled: int) -> dict[str, Any]:
    """Return an option less the pieces that completed cancels took out of it."""
    if cancelled <= option.get("taken", 0):
        return option
    if cancelled >= option["ordered"]:
        return {**option, "cancelled": True}
    left = min(option["quantity"], option["ordered"] - cancelled)
    return {**option, "taken": cancelled, "quantity": left, "amount": option["price"] * left}


def retotal(order: Order, deals: Deals) -> None:
    """Let the sums of an order follow what is left of it. One of which nothing is left keeps its last ones."""
    left = [
        option
        for deal in deals.values()
        if deal.state is not DealState.CANCELLED
        for option in deal.options
        if not option.get("cancelled")
    ]
    if left:
        order.amount = sum(option["amount"] for option in left)
        order.quantity = sum(option["quantity"] for option in left)


async def finish(
    session: AsyncSession,
    order: Order,
    state: OrderState,
    now: datetime,
    *,
    actor: str | None = None,
    note: str | None = None,
    detail: str | None = None,
    settled: bool = False,
    batch_id: str | None = None,
) -> ConfirmationResult:
    """Move one order to `state` and let stock and its card follow: `move` and `publish`."""
    result = move(session, order, state, now, actor=actor, note=note, detail=detail, settled=settled)
    await publish(session, order, [order], now, batch_id=batch_id)
    return result


def move(
    session: AsyncSession,
    order: Order,
    state: OrderState,
    now: datetime,
    *,
    actor: str | None = None,
    note: str | None = None,
    detail: str | None = None,
    settled: bool = False,
) -> ConfirmationResult:
    """Move an order to `state`, with the audit row of the attempt. Nobody holds its claim from then on.

    `actor`: who tried to confirm it (a user id or `auto`); None: TMON's own doing, or nothing was tried, which leaves no audit
    row. `note`, `detail`: why it was not confirmed; a confirmed order has none, a cancelled one always the same. `settled`:
    found out afterwards by asking TMON.
    """
    if state is OrderState.CONFIRMED:
        order.confirmed_by, order.confirmed_at = actor or TMON, now
        note = detail = None
        if actor is not None:
            audit.record(session, order, actor, "order.confirm", now, subject=order.order_no, settled=settled)
    elif state is OrderState.CANCELLED:
        order.closed_at = order.closed_at or now
        note, detail = CANCELLED_NOTE, None
    elif state is OrderState.NEW and actor is not None:
        audit.record(session, order, actor, "order.confirm_failed", now, subject=order.order_no, reason=note)
    if state in OPEN_STATES:
        order.confirmed_at = order.closed_at = None  # see `is_unsettled`
    if state is not OrderState.UNKNOWN:
        order.pending_by = order.pending_since = None
    if order.state is not OrderState.UNKNOWN or state is not OrderState.UNKNOWN:
        order.asked_in_vain, order.ask_at = 0, None
    order.claim_token = order.claim_owner = order.claimed_until = None
    order.state, order.note, order.note_detail, order.updated_at = state, note, detail, now
    return ConfirmationResult(order.order_no, state, note, detail)


async def publish(
    session: AsyncSession,
    of: OfStore,
    changed: Sequence[Order],
    now: datetime,
    *,
    stored: Sequence[int] = (),
    batch_id: str | None = None,
) -> None:
    """Let stock and cards follow `changed` orders of one store.

    `stored`: numbers of further orders that only stock follows. `batch_id`: the bulk confirmation whose progress they are.
    The order of locks is the same everywhere, or two transactions deadlock: option links, SKUs, batch, messages.
    """
    numbers = [*stored, *(order.order_no for order in changed if order.order_no not in set(stored))]
    await allocations.sync(session, of.team_id, of.store_id, numbers)
    if batch_id is not None:
        await session.execute(
            update(OrderBatch)
            .where(col(OrderBatch.team_id) == of.team_id, col(OrderBatch.id) == batch_id)
            .values(done=col(OrderBatch.done) + len(changed))
        )
    await redraw_cards(session, changed, now)
