"""Storing what TMON says of claims: the one place that turns a claim of TMON into our row, whoever has read it. Idempotent.

Cards and orders follow in the same transaction. A newer reading wins; how a claim ended is decided in `conclude`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import ClaimStatus
from tmon.claims import deadlines
from tmon.claims.cards import redraw_cards
from tmon.claims.own_cancels import own_cancels
from tmon.models.claims import Claim, ClaimantRecord, ClaimEnd, ClaimKind
from tmon.models.stores import Store
from tmon.orders.cancels import follow_cancels
from tmon.orders.returns import follow_returns
from tmon.scope import StoreKey, scope
from tmon.sealing import CannotOpen, Place, Sealer

log = structlog.get_logger(__name__)

CHUNK = 200
"""Claims stored in one transaction."""
OPEN = (ClaimStatus.C1.value, ClaimStatus.C2.value)
"""States of a claim that is not over."""
_OVER: Mapping[str, ClaimEnd] = {
    ClaimStatus.C4.value: ClaimEnd.UNPAID,
    ClaimStatus.C8.value: ClaimEnd.WITHDRAWN,
    ClaimStatus.C9.value: ClaimEnd.ELSEWHERE,
}
_LATE_LISTS = timedelta(minutes=10)
"""For so long after its end, a list that still shows a claim as open is taken for an old one."""


async def store_claims(
    session: AsyncSession,
    sealer: Sealer,
    store: Store,
    kind: ClaimKind,
    items: Iterable[api.Claim],
    now: datetime,
) -> list[Claim]:
    """Store claims of one kind as TMON tells them, and let cards and orders follow. Returns the rows that changed or are new.

    `now`: when TMON was asked; of what was read later, nothing is overwritten. The caller has locked the store's row.
    """
    listed = {item.claim_no: item for item in items}
    rows = {
        row.claim_no: row
        for row in await session.scalars(
            select(Claim)
            .where(*scope(Claim, store), col(Claim.kind) == kind, col(Claim.claim_no).in_(listed))
            .order_by(col(Claim.claim_no))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    ours = await own_cancels(session, store, list(listed.values())) if kind is ClaimKind.CANCEL else {}
    changed: list[Claim] = []
    for number, item in sorted(listed.items()):
        row = rows.get(number)
        if row is None:
            changed.append(_new_row(session, sealer, store, kind, item, now, ours.get(number)))
        elif row.read_at <= now and _update(sealer, row, item, now, ours.get(number)):
            changed.append(row)
    await redraw(session, changed, now)
    return changed


async def redraw(session: AsyncSession, rows: Sequence[Claim], now: datetime) -> None:
    """Let orders and cards follow changed claims of one store. Orders come first: the order of locks is the same everywhere."""
    for kind, follow in ((ClaimKind.CANCEL, follow_cancels), (ClaimKind.RETURN, follow_returns)):
        if orders := {row.order_no for row in rows if row.kind is kind}:
            await follow(session, StoreKey(rows[0].team_id, rows[0].store_id), orders, now)
    await redraw_cards(session, rows, now)


def conclude(row: Claim, now: datetime) -> None:
    """Decide whether a claim has ended, and how, from its state at TMON, and set its clocks. No act of ours is under way.

    What we decided stays ours. Without an act of ours, what was decided at or after TMON's deadline was decided by TMON
    itself; everything else was decided in the partner centre, or taken back by the buyer. It was decided when it was approved:
    TMON may complete later what was approved in time.
    """
    row.deadline = deadlines.deadline_of(row.kind, row.requested_at, row.return_waybill_at)
    if row.status in OPEN or (row.status == ClaimStatus.UNKNOWN.value and row.end is None):
        row.remind_at = deadlines.next_reminder(row, now)
        return
    row.remind_at = None
    if row.act is not None:
        return  # whose it was is known when the act has ended
    row.ended_at = row.ended_at or now
    if not _is_ours(row):
        row.end, row.decided_by, row.decided_at = _end_of(row, now), None, None


def _is_ours(row: Claim) -> bool:
    expected = {
        ClaimEnd.APPROVED: ClaimStatus.C3.value,
        ClaimEnd.SOLD_OUT: ClaimStatus.C3.value,
        ClaimEnd.REFUSED: ClaimStatus.C9.value,
    }
    return row.end is not None and expected.get(row.end) == row.status and row.decided_by is not None


def _end_of(row: Claim, now: datetime) -> ClaimEnd:
    if row.status in _OVER:
        return _OVER[row.status]
    decided_at = row.approved_at or row.completed_at or now
    assert row.deadline is not None
    tmons = deadlines.is_tmons_own_decision(row.kind, decided_at, row.deadline)
    return ClaimEnd.AUTO_REFUNDED if tmons else ClaimEnd.ELSEWHERE


def give_up(row: Claim, end: ClaimEnd, now: datetime) -> None:
    """End a claim of which TMON tells nothing any more (`GONE`), or that is open for too long (`GIVEN_UP`)."""
    row.end, row.ended_at, row.remind_at, row.updated_at = end, now, None, now


def _new_row(
    session: AsyncSession,
    sealer: Sealer,
    store: Store,
    kind: ClaimKind,
    item: api.Claim,
    now: datetime,
    cancelled_by: str | None,
) -> Claim:
    requested_at = item.requested_at or now  # without its day: from when we know of it
    row = Claim(
        team_id=store.team_id,
        store_id=store.id,
        kind=kind,
        claim_no=item.claim_no,
        order_no=item.order_no,
        status=item.status.value,
        requested_at=requested_at,
        first_seen_at=now,
        read_at=now,
        updated_at=now,
    )
    _take_facts(row, item, now)
    _take_claimant(sealer, row, item)
    if cancelled_by is not None:
        row.end, row.decided_by, row.decided_at = ClaimEnd.SOLD_OUT, cancelled_by, requested_at
    conclude(row, now)
    session.add(row)
    return row


def _update(sealer: Sealer, row: Claim, item: api.Claim, now: datetime, cancelled_by: str | None) -> bool:
    """Update a known row. Returns whether anything of it is different."""
    before = _state(row)
    row.read_at = now
    if item.requested_at is not None:
        row.requested_at = item.requested_at
    if row.ended_at is not None and item.status.value in OPEN and not _reopen(row, item.status.value, now):
        return False
    if item.status is not ClaimStatus.UNKNOWN or row.ended_at is None:
        row.status = item.status.value
    _take_facts(row, item, now)
    _take_claimant(sealer, row, item)
    if cancelled_by is not None and row.end is not ClaimEnd.SOLD_OUT:
        row.end, row.decided_by, row.decided_at = ClaimEnd.SOLD_OUT, cancelled_by, row.requested_at
    conclude(row, now)
    if before == _state(row):
        return False
    row.updated_at = now
    return True


def _reopen(row: Claim, status: str, now: datetime) -> bool:
    """Open a claim again that has ended by what we know, if TMON goes on saying that it is open. Returns whether it did."""
    if row.end is ClaimEnd.GIVEN_UP or (status == ClaimStatus.C2.value and row.end is ClaimEnd.APPROVED):
        return False  # not followed any more; or approved by us, and completing it is TMON's
    assert row.ended_at is not None
    if row.end is not ClaimEnd.GONE and now - row.ended_at < _LATE_LISTS:
        return False
    log.info("claim open again", store=row.store_id, claim=row.claim_no, ended=row.end)
    row.end = row.decided_by = row.decided_at = row.ended_at = None
    return True


def _state(row: Claim) -> dict[str, Any]:
    ignored = {"read_at", "updated_at", "remind_at"}
    return {name: value for name, value in row.model_dump().items() if name not in ignored}


def _take_facts(row: Claim, item: api.Claim, now: datetime) -> None:
    """Take what is no personal data. What only a single reading tells stays when a list leaves it out."""
    row.approved_at = item.approved_at or row.approved_at
    row.completed_at = item.completed_at or row.completed_at
    row.holding = item.holding
    row.held_at = (item.held_at or row.held_at or now) if item.holding else None
    if item.deals is not None:
        row.goods = _goods(item.deals)
    row.original_waybill = _waybill(item.original_waybill) or row.original_waybill
    row.return_waybill = _waybill(item.return_waybill) or row.return_waybill
    if row.return_waybill_at is None and row.return_waybill and row.return_waybill.get("number"):
        row.return_waybill_at = now
    row.redelivery_waybill = _waybill(item.redelivery_waybill) or row.redelivery_waybill
    row.return_status = item.return_status or row.return_status
    row.returned_at = item.returned_at or row.returned_at
    row.has_pictures = item.has_pictures or bool(item.claimant.pictures) or row.has_pictures
    for name in ("refund_amount", "deduction", "return_fee"):
        value = getattr(item, name)
        if value is not None:
            setattr(row, name, value)


def _goods(deals: Sequence[api.ClaimDeal]) -> list[dict[str, Any]]:
    return [
        {
            "deal": deal.deal_no,
            "title": deal.title or f"#{deal.deal_no}",
            "reason": deal.reason,
            "options": [
                {
                    "no": option.option_no,
                    "title": option.title or f"#{option.option_no}",
                    "quantity": option.quantity,
                }
                for option in deal.options
            ],
        }
        for deal in deals
    ]


def _waybill(waybill: api.ClaimWaybill | None) -> dict[str, Any] | None:
    if waybill is None or not (waybill.carrier or waybill.number):
        return None
    return {"carrier": waybill.carrier, "number": waybill.number or None, "more": list(waybill.more_numbers)}


def _take_claimant(sealer: Sealer, row: Claim, item: api.Claim) -> None:
    """Seal the claimant's data, if they are new or changed. Once destroyed, they are not stored again."""
    if row.claimant_destroyed_at is not None:
        return
    who = item.claimant
    stored = claimant_of(sealer, row)
    read = {
        "user_name": who.user_name,
        "confirmer": who.confirmer,
        "pickup_name": who.pickup_name,
        "pickup_mobile": who.pickup_mobile,
        "pickup_zip_code": who.pickup_zip_code,
        "pickup_address": who.pickup_address,
        "pickup_address_detail": who.pickup_address_detail,
        "pickup_street_address": who.pickup_street_address,
        "reasons": {str(deal.deal_no): deal.reason_detail for deal in item.deals or () if deal.reason_detail},
        "pictures": {str(deal_no): list(addresses) for deal_no, addresses in who.pictures},
    }
    # what could not be decrypted, or is told in a single reading only, stays as it was
    merged = ClaimantRecord.model_validate(
        (stored or ClaimantRecord()).model_dump() | {name: value for name, value in read.items() if value}
    )
    row.claimant_unreadable = bool(who.unreadable) and (stored is None or row.claimant_unreadable)
    if merged != (stored or ClaimantRecord()) or (stored is None and row.claimant is not None):
        row.claimant = sealer.seal(merged, Place.of(row, "claimant"))


def claimant_of(sealer: Sealer, row: Claim) -> ClaimantRecord | None:
    """Return the stored personal data of a claim; None if there are none, they were destroyed, or cannot be opened."""
    if row.claimant is None:
        return None
    try:
        return sealer.open_as(ClaimantRecord, row.claimant, Place.of(row, "claimant"))
    except CannotOpen:
        return None
