"""Approval: calls TMON with the store's credentials and derives the store's state from the answer.

The bearer token proves only the vendor, so the check lists orders (`GET /orders`), which needs the seller's headers as
well.
"""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import (
    DeliveryStatus,
    NotOffered,
    PartnerRejected,
    Rejected,
    StoreApi,
    Throttled,
    TmonError,
    UnexpectedResponse,
    VendorMissing,
    VendorRejected,
)
from tmon.api.windows import MIN_AGE
from tmon.core import StoreClients
from tmon.ids import new_id
from tmon.models.collection import SyncState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import PendingReason, Store, StoreState
from tmon.outbox import enqueue_update, post
from tmon.scope import scope
from tmon.stores.messages import ChannelLost, StoreApproved, StoreResult

log = structlog.get_logger(__name__)

RETRY_AFTER = timedelta(minutes=10)
"""Delay of the next check if TMON did not answer."""
RECHECK_REJECTED_AFTER = timedelta(hours=1)
"""Delay of the next check if TMON rejects a key that it accepted before."""
TIMEOUT = 60.0
"""Timeout in seconds, retries included."""
_WINDOW = timedelta(hours=1)
_ABOUT_ADDRESS = re.compile(r"\bIP\b|아이피", re.IGNORECASE)
_ABOUT_APPROVAL = re.compile(r"미승인|승인[^.]{0,10}(대기|전|않|안|필요)|심사 ?중")
"""Parts of TMON's messages that tell these refusals from a wrong key (docs/tmon-api.md, ch. 13.2)."""
_WAITS_FOR_TMON = (PendingReason.NOT_APPROVED, PendingReason.IP_REFUSED, PendingReason.REFUSED)
"""Refusals that end without a change in the store's settings: checked again each hour."""


@dataclass(frozen=True)
class ApprovalResult:
    """Result of a check: without a reason, TMON accepts the key."""

    reason: PendingReason | None = None
    message: str | None = None
    """TMON's error message."""


async def check_key(clients: StoreClients, store: Store, now: datetime) -> ApprovalResult:
    """Check at TMON whether it accepts the store's key. Raises CannotOpen if the credentials cannot be opened."""
    return await check(clients.for_store(store), now)


async def check(api: StoreApi, now: datetime) -> ApprovalResult:
    """Check at TMON whether it accepts the credentials of `api`."""
    end = now - MIN_AGE
    try:
        async with asyncio.timeout(TIMEOUT):
            await api.orders.list(end - _WINDOW, end, DeliveryStatus.D1)
    except (TmonError, TimeoutError) as error:
        result = ApprovalResult(_reason(error), getattr(error, "message", None))
        log.info("TMON did not accept the key", reason=result.reason, error=str(error) or type(error).__name__)
        return result
    return ApprovalResult()


def _reason(error: TmonError | TimeoutError) -> PendingReason:
    """Return what is wrong; only `KEY_REFUSED` is the seller's own to mend in the form."""
    if isinstance(error, Throttled):
        return PendingReason.THROTTLED
    if isinstance(error, VendorMissing):
        return PendingReason.VENDOR_MISSING
    if isinstance(error, PartnerRejected | VendorRejected | Rejected | NotOffered):
        message = error.message or ""
        if _ABOUT_ADDRESS.search(message):
            return PendingReason.IP_REFUSED
        if _ABOUT_APPROVAL.search(message):
            return PendingReason.NOT_APPROVED
        if isinstance(error, PartnerRejected):
            return PendingReason.KEY_REFUSED
        return PendingReason.VENDOR_REFUSED if isinstance(error, VendorRejected) else PendingReason.REFUSED
    if isinstance(error, UnexpectedResponse) or (isinstance(error, TmonError) and error.status == HTTPStatus.OK):
        return PendingReason.UNREADABLE
    timed_out = isinstance(error, TimeoutError) or "Timeout" in error.reason
    return PendingReason.TMON_SLOW if timed_out else PendingReason.TMON_DOWN


def result_key(store_id: str, user_id: str) -> str:
    """Return the outbox key of the message to `user_id` about the state of the approval."""
    return f"store/{store_id}/result/{user_id}"


async def apply(
    session: AsyncSession, store: Store, result: ApprovalResult, now: datetime, *, saved_by: str | None = None
) -> None:
    """Apply `result` to the state of `store`, and notify people if it changed or somebody waits for it.

    `saved_by`: the user who has just saved the store; None for an automatic check.
    """
    before = (store.state, store.pending_reason, store.pending_message)
    refused = result.reason is PendingReason.KEY_REFUSED
    if result.reason is None:
        await _approve(session, store, now)
    elif store.state is StoreState.PENDING:
        store.pending_reason, store.pending_message = result.reason, result.message
        store.check_due_at = None if refused else now + _pause(result.reason)
    elif refused:
        store.state = StoreState.KEY_REJECTED
        store.pending_message = result.message
        store.check_due_at = now + RECHECK_REJECTED_AFTER
    elif store.state is StoreState.KEY_REJECTED:
        store.check_due_at = now + RETRY_AFTER
    # approved before with these credentials: an outage of TMON does not change that
    changed = before != (store.state, store.pending_reason, store.pending_message)
    if not changed and (saved_by is None or store.state is StoreState.APPROVED):
        return
    await _enqueue(session, store, {store.registered_by, saved_by or store.registered_by}, now)
    if saved_by is None and store.state is StoreState.APPROVED:
        await post(
            session,
            store,
            StoreApproved(store=store.id),
            key=f"store/{store.id}/approved/{new_id('ap')}",  # the change above, of a locked row, happens once
            to=store.registered_by,
            thread_key=result_key(store.id, store.registered_by),
            now=now,
        )


def _pause(reason: PendingReason) -> timedelta:
    return RECHECK_REJECTED_AFTER if reason in _WAITS_FOR_TMON else RETRY_AFTER


async def _approve(session: AsyncSession, store: Store, now: datetime) -> None:
    store.pending_reason = store.pending_message = store.check_due_at = None
    if store.state is StoreState.APPROVED:
        return
    store.state = StoreState.APPROVED
    store.approved_at = store.approved_at or now
    await collect_now(session, store, now)


async def collect_now(session: AsyncSession, store: Store, now: datetime) -> None:
    """Make every collection of `store` due now; one that never ran is due anyway."""
    await session.execute(update(SyncState).where(*scope(SyncState, store)).values(due_at=now))


async def update_results(session: AsyncSession, store: Store, now: datetime) -> None:
    """Re-render the messages that show the approval of `store`, its channel, or automatic confirmation."""
    keys = await session.scalars(
        select(col(OutboxMessage.key)).where(
            *scope(OutboxMessage, store),
            col(OutboxMessage.kind).in_((StoreResult.kind, ChannelLost.kind)),
        )
    )
    await enqueue_update(session, store.team_id, keys, now=now)


async def _enqueue(session: AsyncSession, store: Store, people: Iterable[str], now: datetime) -> None:
    keys = {user_id: result_key(store.id, user_id) for user_id in people}
    for user_id, key in keys.items():
        await post(session, store, StoreResult(store=store.id), key=key, to=user_id, now=now)
    await enqueue_update(session, store.team_id, keys.values(), now=now)
