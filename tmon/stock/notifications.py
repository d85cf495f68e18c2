"""Notifications about stock in a store's channel, enqueued in the transaction of the change that they report."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.models.outbox import OutboxMessage
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store
from tmon.outbox import enqueue_update, post
from tmon.stock.messages import ChangeRefused, MinuteDigest, StockCallNotOffered, StockMismatch, StockShortage

SHOWN = 10
"""Maximum number of SKUs or options listed in a message."""
LOW = "low"
OUT = "out"
_WORSE = {None: 0, LOW: 1, OUT: 2}


class RefusedPush(StrEnum):
    """What kind of change TMON refused."""

    STOCK = "stock"
    DISPLAY = "display"
    """Hiding or showing options."""
    SALE = "sale"
    """Pausing or resuming the deal."""


def shortage(sku: Sku) -> str | None:
    """Return the shortage of a SKU: `OUT` (nothing left to sell), `LOW`, or None."""
    if sku.stock - sku.safety <= 0:
        return OUT
    return LOW if sku.low_at and sku.stock <= sku.low_at else None


async def notify_shortage(session: AsyncSession, store: Store, sku: Sku, now: datetime) -> None:
    """Notify once that a SKU is low, and once that it is out of stock; again only after it recovered in between.

    Findings of one minute are one message, so that many SKUs without stock do not flood the channel.
    """
    found = shortage(sku)
    if found == sku.shortage_notice:
        return
    worse = _WORSE[found] > _WORSE[sku.shortage_notice]
    sku.shortage_notice = found
    if worse:
        await _add_to_digest(session, store, StockShortage, found or "", [sku.id], now)


def mismatch_key(mismatch_id: str) -> str:
    """Return the outbox key of a mismatch report."""
    return f"stock/{mismatch_id}"


async def notify_mismatch(session: AsyncSession, store: Store, link: OptionLink, now: datetime) -> None:
    """Report a mismatch, or re-render its report once it is resolved."""
    assert link.mismatch_id is not None
    key = mismatch_key(link.mismatch_id)
    if link.mismatch is not None:
        message = StockMismatch(store=store.id, deal=link.deal_no, option=link.option_no, mismatch=link.mismatch_id)
        await post(session, store, message, key=key, now=now)
    else:
        await enqueue_update(session, store.team_id, [key], now=now)


async def notify_refused(
    session: AsyncSession, store: Store, deal_no: int, options: Sequence[int], what: RefusedPush, now: datetime
) -> None:
    """Notify that TMON refused to change a deal. `options`: the option numbers concerned, empty for the deal itself.

    Refusals of one minute are one message, so that many refusals do not flood the channel.
    """
    await _add_to_digest(
        session, store, ChangeRefused, what, [[deal_no, option_no] for option_no in options or [0]], now
    )


async def _add_to_digest(
    session: AsyncSession, store: Store, kind: type[MinuteDigest], what: str, found: Sequence[Any], now: datetime
) -> None:
    """Add `found` to the message of this minute, which lists the first of them and their number."""
    key = f"stock/{store.id}/{what}/{now:%Y%m%d%H%M}"
    await session.flush()
    await post(session, store, kind(store=store.id, what=what, found=[], n=0), key=key, now=now)
    message = await session.get_one(
        OutboxMessage, (store.team_id, key), with_for_update=True, populate_existing=True
    )  # two that begin it at the same time add to the same one
    args, is_new = message.args, message.args["n"] == 0
    message.args = args | {"found": [*args["found"], *found][:SHOWN], "n": args["n"] + len(found)}
    await session.flush()
    if not is_new:
        await enqueue_update(session, store.team_id, [key], now=now)


async def notify_not_offered(session: AsyncSession, store: Store, call: str, now: datetime) -> None:
    """Notify once, and never again, that TMON does not offer a call for display or sale status."""
    message = StockCallNotOffered(store=store.id, call=call)
    await post(session, store, message, key=f"stock/{store.id}/{call}", now=now)
