"""Recognising the claims that our own immediate cancels (품절 취소) created at TMON."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.models.stores import Store
from tmon.models.writes import WriteRecord

SOLD_OUT_WRITE = "order.sold_out"
"""`CancelSoldOut.kind`"""
CLOCKS_APART = timedelta(minutes=10)
"""How far TMON's clock may be behind ours."""
_LONGEST = timedelta(hours=1)
"""How much later than it was sent a cancel may take effect."""


async def own_cancels(session: AsyncSession, store: Store, items: Sequence[api.Claim]) -> dict[int, str]:
    """Return who made those of `items` that are immediate cancels of ours, by claim number.

    A claim carries no mark of that: the goods and the time are compared with what was sent. One that we gave up on counts
    too, if it turns up after all.
    """
    orders = {item.order_no for item in items if item.status is api.ClaimStatus.C3}
    if not orders:
        return {}
    rows = await session.scalars(
        select(WriteRecord).where(
            col(WriteRecord.team_id) == store.team_id,
            col(WriteRecord.store_id) == store.id,
            col(WriteRecord.kind) == SOLD_OUT_WRITE,
            col(WriteRecord.sent_at).is_not(None),
        )
    )
    sent = [row for row in rows if row.args.get("order_no") in orders and row.sent_at is not None]
    return {
        item.claim_no: row.actor
        for item in items
        for row in sent
        if row.sent_at is not None and is_made_by(row.args, row.sent_at, item)
    }


def is_made_by(write: Mapping[str, Any], sent_at: datetime, claim: api.Claim) -> bool:
    """Return whether a completed cancel was created by a write with these arguments, sent at that time."""
    if claim.status is not api.ClaimStatus.C3 or claim.order_no != write["order_no"]:
        return False
    if claim.claim_no in write["before"]:
        return False
    in_time = claim.requested_at is None or sent_at - CLOCKS_APART <= claim.requested_at <= sent_at + _LONGEST
    goods = {(line["deal_no"], line["option_no"]): line["quantity"] for line in write["lines"]}
    return in_time and goods_of(claim) == goods


def goods_of(claim: api.Claim) -> dict[tuple[int, int], int]:
    """Return the pieces that a claim names, by deal and option."""
    return {(deal.deal_no, one.option_no): one.quantity for deal in claim.deals or () for one in deal.options}
