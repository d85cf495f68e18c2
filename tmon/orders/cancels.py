"""Cancels as the table of claims knows them: which orders have an open one, and what completed ones took out of an order.

Here orders follow their cancels. A completed cancel ends only the options and quantities that it names; an order ends when
nothing is left of it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.claims import Claim, ClaimKind
from tmon.models.orders import Order, OrderState, is_unsettled
from tmon.orders.cancel_requests import CancelledQuantities
from tmon.orders.cards import CANCEL_REQUESTED
from tmon.orders.transitions import load, mark_cancelled, move, order_state, publish, retotal
from tmon.scope import OfStore, same_key, scope

_AT_A_TIME = 500
_COMPLETED = "C3"


def is_open() -> ColumnElement[bool]:
    """Return the condition of a cancel that is asked for, or approved, and not completed."""
    return and_(col(Claim.kind) == ClaimKind.CANCEL, col(Claim.ended_at).is_(None))


def is_being_cancelled() -> ColumnElement[bool]:
    """Return the condition of an order of which a cancel is open (`is_open`)."""
    return select(col(Claim.claim_no)).where(same_key(Claim, Order, "order_no"), is_open()).correlate(Order).exists()


async def open_cancels(session: AsyncSession, of: OfStore, order_nos: Collection[int]) -> set[int]:
    """Return those of `order_nos` whose buyers have asked to cancel them, or a part of them."""
    found: set[int] = set()
    wanted = sorted(order_nos)
    for start in range(0, len(wanted), _AT_A_TIME):
        chunk = wanted[start : start + _AT_A_TIME]
        found.update(
            await session.scalars(
                select(col(Claim.order_no)).where(*scope(Claim, of), is_open(), col(Claim.order_no).in_(chunk))
            )
        )
    return found


async def cancelled_quantities(
    session: AsyncSession, of: OfStore, first_seen: Mapping[int, datetime]
) -> dict[int, CancelledQuantities]:
    """Return what completed cancels took out of orders since each was first seen; what came before was never in our rows.

    `first_seen`: by order number. A cancel counts by its completion, never by the day of its request.
    """
    found: dict[int, CancelledQuantities] = {}
    wanted = sorted(first_seen)
    for start in range(0, len(wanted), _AT_A_TIME):
        rows = await session.execute(
            select(col(Claim.order_no), col(Claim.completed_at), col(Claim.approved_at), col(Claim.goods)).where(
                *scope(Claim, of),
                col(Claim.kind) == ClaimKind.CANCEL,
                col(Claim.status) == _COMPLETED,
                col(Claim.order_no).in_(wanted[start : start + _AT_A_TIME]),
            )
        )
        for number, completed_at, approved_at, goods in rows:
            done_at = completed_at or approved_at
            if done_at is not None and done_at < first_seen[number]:
                continue
            order = found.setdefault(number, {})
            for deal in goods:
                for option in deal["options"]:
                    pair = (deal["deal"], option["no"])
                    order[pair] = order.get(pair, 0) + option["quantity"]
    return found


async def with_cancels(session: AsyncSession, of: OfStore, order_nos: Sequence[int]) -> set[int]:
    """Return those of `order_nos` of which a cancel was stored before the order itself: it is often asked for at once."""
    if not order_nos:
        return set()
    found = await session.scalars(
        select(col(Claim.order_no)).where(
            *scope(Claim, of), col(Claim.kind) == ClaimKind.CANCEL, col(Claim.order_no).in_(order_nos)
        )
    )
    return set(found)


async def follow_cancels(session: AsyncSession, of: OfStore, order_nos: Collection[int], now: datetime) -> None:
    """Bring orders up to date with their cancels, after claims of them were stored. Unknown orders are left out."""
    wanted = sorted(order_nos)
    for start in range(0, len(wanted), _AT_A_TIME):
        await _follow(session, of, wanted[start : start + _AT_A_TIME], now)


async def _follow(session: AsyncSession, of: OfStore, order_nos: Sequence[int], now: datetime) -> None:
    await session.flush()
    loaded = await load(session, of.team_id, of.store_id, order_nos, lock=True)
    if not loaded:
        return
    first_seen = {number: order.first_seen_at for number, (order, _) in loaded.items()}
    done = await cancelled_quantities(session, of, first_seen)
    open_ones = await open_cancels(session, of, loaded)
    changed = []
    for number, (order, deals) in loaded.items():
        cancelled = mark_cancelled(deals, done.get(number, {}))
        noted = order.state is OrderState.NEW and _note(order, open_now=number in open_ones)
        if cancelled:
            order.updated_at = now
            retotal(order, deals)
        state = order_state(deals.values())
        if order.state is not state and (
            order.state is OrderState.NEW or (order.state, state) == (OrderState.CONFIRMED, OrderState.CANCELLED)
        ):
            move(session, order, state, now, note=order.note, detail=order.note_detail)
        if noted:
            order.updated_at = now
        # a confirmed order shows the way to its open cancel, too: its card is drawn again whatever happened
        changed.append(order)
    await publish(session, of, changed, now)


def _note(order: Order, *, open_now: bool) -> bool:
    """Note on a pending order that its buyer has asked to cancel it, or take that note off. Returns whether it changed."""
    if open_now == (order.note == CANCEL_REQUESTED):
        return False
    order.note, order.note_detail = CANCEL_REQUESTED if open_now else None, None
    return True


async def correct_notes(session: AsyncSession, of: OfStore, now: datetime) -> None:
    """Let the notes of all pending orders agree with the open cancels: a press may have found one that is gone again."""
    noted = col(Order.note).is_not_distinct_from(CANCEL_REQUESTED)
    numbers = await session.scalars(
        select(col(Order.order_no)).where(
            *scope(Order, of),
            is_unsettled(OrderState.NEW),
            or_(and_(is_being_cancelled(), ~noted), and_(~is_being_cancelled(), noted)),
        )
    )
    await follow_cancels(session, of, list(numbers), now)
