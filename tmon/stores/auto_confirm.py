"""Start of automatic confirmation, which requires that a person has seen how many orders are pending."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import StoreHook
from tmon.errors import AppError
from tmon.models.collection import ORDERS, SyncState
from tmon.models.orders import Order, OrderState, is_unsettled
from tmon.models.stores import ConfirmMode, Store, StoreState
from tmon.outbox import enqueue_update, post
from tmon.permissions import Person
from tmon.scope import scope
from tmon.stores import approval
from tmon.stores.messages import AutoConfirmOffer


def offer_key(store_id: str) -> str:
    """Return the outbox key of the offer."""
    return f"store/{store_id}/auto"


async def offer(session: AsyncSession, now: datetime) -> None:
    """Start automatic confirmation of every store that chose it and was collected once, or offer it where orders wait."""
    stores = await session.scalars(
        select(Store)
        .join(
            SyncState,
            (col(SyncState.team_id) == col(Store.team_id)) & (col(SyncState.store_id) == col(Store.id)),
        )
        .where(
            col(Store.removed_at).is_(None),
            col(Store.state) == StoreState.APPROVED,
            col(Store.confirm_mode) != ConfirmMode.MANUAL,
            col(Store.auto_from).is_(None),
            col(SyncState.kind) == ORDERS,
            col(SyncState.last_success_at).is_not(None),
        )
        .order_by(col(Store.team_id), col(Store.id))
        .with_for_update(of=Store, skip_locked=True)  # what somebody is changing is looked at a minute later
    )
    for store in stores:
        if await begin_if_nothing_waits(session, store, now):
            await approval.update_results(session, store, now)
        # the same message says that it runs, once it does
        message = AutoConfirmOffer(store=store.id)
        await post(session, store, message, key=offer_key(store.id), to=store.registered_by, now=now)


async def begin_if_nothing_waits(session: AsyncSession, store: Store, now: datetime) -> bool:
    """Start automatic confirmation that was chosen, if no order waits that a person would have to see first.

    Returns whether it has begun now. Before the first collection the orders are not known, so nothing begins.
    """
    if store.confirm_mode is ConfirmMode.MANUAL or store.auto_from is not None:
        return False
    if not await was_collected(session, store) or (await waiting(session, store))[0]:
        return False
    store.auto_from = now
    audit.record(session, store, "system", "store.start_auto", now, waiting=0, taken=0)
    await enqueue_update(session, store.team_id, [offer_key(store.id)], now=now)
    return True


async def waiting(session: AsyncSession, store: Store) -> tuple[int, datetime | None]:
    """Return how many orders are pending and not on hold, and when the first of them was seen."""
    count, first = (
        await session.execute(
            select(func.count(), func.min(col(Order.first_seen_at))).where(
                *scope(Order, store),
                is_unsettled(OrderState.NEW),
                col(Order.held_at).is_(None),
            )
        )
    ).one()
    return count, first


async def was_collected(session: AsyncSession, store: Store) -> bool:
    """Return whether the orders of `store` were collected at least once, so that the pending ones are known."""
    row = await session.get(SyncState, (store.team_id, store.id, ORDERS))
    return row is not None and row.last_success_at is not None


async def start(
    session: AsyncSession,
    store: Store,
    person: Person,
    now: datetime,
    *,
    include_waiting: bool,
    hooks: Sequence[StoreHook],
) -> int:
    """Start automatic confirmation of `store` from `now`, or from the first pending order; return how many it includes.

    Raises AppError if the store's mode is manual. Calling it again changes nothing. `hooks`: called when pending
    orders are included.
    """
    if store.confirm_mode is ConfirmMode.MANUAL:
        raise AppError("stores.not_automatic")
    if store.auto_from is not None:
        return 0
    count, first = await waiting(session, store)
    included = count if include_waiting else 0
    if include_waiting:
        for on_begun in hooks:
            await on_begun(session, store, now)
    store.auto_from = first if include_waiting and first is not None else now
    audit.record(session, store, person.user_id, "store.start_auto", now, waiting=count, taken=included)
    await enqueue_update(session, store.team_id, [offer_key(store.id)], now=now)
    return included
