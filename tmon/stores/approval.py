"""Approval: TMON is asked with the store's own credentials, and what it says becomes the store's state.

The bearer token proves only the vendor, so the question is a list of orders (`GET /orders`), which needs the seller's
headers as well.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import DeliveryStatus, PartnerRejected, Rejected, TmonError, VendorRejected
from tmon.api.windows import MIN_AGE
from tmon.core import StoreClients
from tmon.models.collection import SyncState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import PendingReason, Store, StoreState
from tmon.outbox import enqueue_update, post
from tmon.scope import scope
from tmon.stores.messages import StoreApproved, StoreResult

ASK_AGAIN = timedelta(minutes=10)
"""When TMON did not answer."""
ASK_REJECTED_AGAIN = timedelta(hours=1)
"""When TMON refuses a key that it accepted once."""
PATIENCE = 60.0
"""Seconds in which TMON has to answer, repeats included."""
_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class ApprovalResult:
    """What TMON said: no reason means that it accepts the key."""

    reason: PendingReason | None = None
    message: str | None = None
    """TMON's own sentence."""


async def check_key(connections: StoreClients, store: Store, now: datetime) -> ApprovalResult:
    """Asks TMON whether it knows the store. Raises CannotOpen when the credentials do not open."""
    api = connections.for_store(store)
    end = now - MIN_AGE
    try:
        async with asyncio.timeout(PATIENCE):
            await api.orders.list(end - _WINDOW, end, DeliveryStatus.D1)
    except (PartnerRejected, Rejected) as error:  # a refusal in other words than we know is about the seller, too
        return ApprovalResult(PendingReason.KEY_REFUSED, error.message)
    except VendorRejected as error:
        return ApprovalResult(PendingReason.VENDOR_REFUSED, error.message)
    except (TmonError, TimeoutError):
        return ApprovalResult(PendingReason.TMON_DOWN)
    return ApprovalResult()


def result_key(store_id: str, user_id: str) -> str:
    """The outbox key of the message that tells `user_id` where the approval stands."""
    return f"store/{store_id}/result/{user_id}"


async def apply(
    session: AsyncSession, store: Store, verdict: ApprovalResult, now: datetime, *, saved_by: str | None = None
) -> None:
    """Makes `verdict` the state of `store`, and tells its people if that changed or somebody waits for it.

    `saved_by`: the person who saved the store just now; None when it was asked again by itself.
    """
    before = (store.state, store.pending_reason, store.pending_message)
    refused = verdict.reason is PendingReason.KEY_REFUSED
    if verdict.reason is None:
        await _approve(session, store, now)
    elif store.state is StoreState.PENDING:
        store.pending_reason, store.pending_message = verdict.reason, verdict.message
        store.check_due_at = None if refused else now + ASK_AGAIN
    elif refused:
        store.state = StoreState.KEY_REJECTED
        store.pending_message = verdict.message
        store.check_due_at = now + ASK_REJECTED_AGAIN
    elif store.state is StoreState.KEY_REJECTED:
        store.check_due_at = now + ASK_AGAIN
    # approved with these very credentials before: that TMON is silent now is no reason to doubt them
    changed = before != (store.state, store.pending_reason, store.pending_message)
    if not changed and (saved_by is None or store.state is StoreState.APPROVED):
        return
    await _enqueue(session, store, {store.registered_by, saved_by or store.registered_by}, now)
    if saved_by is None and store.state is StoreState.APPROVED:
        await post(
            session,
            store,
            StoreApproved(store=store.id),
            key=f"store/{store.id}/approved/{now:%Y%m%d%H%M%S}",
            to=store.registered_by,
            thread_key=result_key(store.id, store.registered_by),
            now=now,
        )


async def _approve(session: AsyncSession, store: Store, now: datetime) -> None:
    store.pending_reason = store.pending_message = store.check_due_at = None
    if store.state is StoreState.APPROVED:
        return
    store.state = StoreState.APPROVED
    store.approved_at = store.approved_at or now
    await collect_now(session, store, now)


async def collect_now(session: AsyncSession, store: Store, now: datetime) -> None:
    """Makes every collection of `store` due at once; one that never ran is due anyway."""
    await session.execute(update(SyncState).where(*scope(SyncState, store)).values(due_at=now))


async def update_results(session: AsyncSession, store: Store, now: datetime) -> None:
    """What the messages on the approval of `store` show beside it has changed: its channel, its automatic confirmation."""
    keys = await session.scalars(
        select(col(OutboxMessage.key)).where(
            *scope(OutboxMessage, store),
            col(OutboxMessage.kind) == StoreResult.kind,
        )
    )
    await enqueue_update(session, store.team_id, keys, now=now)


async def _enqueue(session: AsyncSession, store: Store, people: Iterable[str], now: datetime) -> None:
    keys = {user_id: result_key(store.id, user_id) for user_id in people}
    for user_id, key in keys.items():
        await post(session, store, StoreResult(store=store.id), key=key, to=user_id, now=now)
    await enqueue_update(session, store.team_id, keys.values(), now=now)
