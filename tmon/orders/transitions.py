"""Writing down how the confirmation of an order ended: always in the transaction of the fact, with its card redrawn."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.models.orders import Order, OrderBatch, OrderState
from tmon.orders.cards import redraw_cards
from tmon.stock import allocations


@dataclass(frozen=True)
class ConfirmationResult:
    """How the confirmation of one order ended."""

    order_no: int
    state: OrderState
    note: str | None = None
    """Text key of why it was not confirmed."""
    detail: str | None = None
    """TMON's own sentence that goes with it."""


async def finish(
    session: AsyncSession,
    order: Order,
    state: OrderState,
    now: datetime,
    *,
    note: str | None = None,
    detail: str | None = None,
    batch_id: str | None = None,
) -> ConfirmationResult:
    """Leaves `order` in `state`. `batch_id`: the bulk confirmation whose progress this counts for."""
    order.state, order.note, order.note_detail, order.updated_at = state, note, detail, now
    if state is not OrderState.UNKNOWN:
        order.pending_by = order.pending_since = None
    if state is OrderState.CANCELLED:
        order.closed_at = order.closed_at or now
    await allocations.sync(session, order.team_id, order.store_id, [order.order_no])
    if batch_id is not None:  # the batch before its messages, as everywhere: two orders of locking meet in a deadlock
        await session.execute(
            update(OrderBatch)
            .where(col(OrderBatch.team_id) == order.team_id, col(OrderBatch.id) == batch_id)
            .values(done=col(OrderBatch.done) + 1)
        )
    await redraw_cards(session, [order], now)
    return ConfirmationResult(order.order_no, state, note, detail)


async def finish_confirmed(
    session: AsyncSession,
    order: Order,
    actor: str,
    now: datetime,
    *,
    batch_id: str | None = None,
    settled: bool = False,
) -> ConfirmationResult:
    """Leaves `order` confirmed by `actor`, with its audit row. `settled`: found out afterwards, by asking TMON."""
    order.confirmed_by, order.confirmed_at = actor, now
    audit.record(session, order, actor, "order.confirm", now, subject=order.order_no, settled=settled)
    return await finish(session, order, OrderState.CONFIRMED, now, batch_id=batch_id)


async def finish_unconfirmed(
    session: AsyncSession,
    order: Order,
    actor: str,
    now: datetime,
    *,
    note: str,
    detail: str | None = None,
    batch_id: str | None = None,
) -> ConfirmationResult:
    """Lets `order` wait again, saying why, with an audit row of the attempt."""
    audit.record(session, order, actor, "order.confirm_failed", now, subject=order.order_no, reason=note)
    return await finish(session, order, OrderState.NEW, now, note=note, detail=detail, batch_id=batch_id)
