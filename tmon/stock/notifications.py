"""What a store's channel is told about stock: rows of the outbox, written with the fact that they tell."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.models.outbox import OutboxMessage
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store
from tmon.outbox import enqueue_update, post
from tmon.stock.messages import ChangeRefused, Gathered, StockCallNotOffered, StockMismatch, StockShortage

SHOWN = 10
"""SKUs or options that one message names."""
LOW = "low"
OUT = "out"
_WORSE = {None: 0, LOW: 1, OUT: 2}


class RefusedPush(StrEnum):
    """What TMON refused to change."""

    STOCK = "stock"
    DISPLAY = "display"
    """Options that were to be hidden or shown."""
    SALE = "sale"
    """The deal, which was to be paused or resumed."""


def shortage(sku: Sku) -> str | None:
    """What is to be told of a SKU: nothing can be sold any more, little is left, or None."""
    if sku.stock - sku.safety <= 0:
        return OUT
    return LOW if sku.low_at and sku.stock <= sku.low_at else None


async def notify_shortage(session: AsyncSession, store: Store, sku: Sku, now: datetime) -> None:
    """Tells once that a SKU runs out, and once that it has; again only after there was more in between.

    What is found within a minute is one message: a list of SKUs without stock is no flood.
    """
    found = shortage(sku)
    if found == sku.told:
        return
    worse = _WORSE[found] > _WORSE[sku.told]
    sku.told = found
    if worse:
        await _gather(session, store, StockShortage, found or "", [sku.id], now)


def mismatch_key(mismatch_id: str) -> str:
    """The outbox key of the report of a mismatch."""
    return f"stock/{mismatch_id}"


async def notify_mismatch(session: AsyncSession, store: Store, link: OptionLink, now: datetime) -> None:
    """Reports a mismatch, or draws its report anew when it is over."""
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
    """Tells what TMON refused to change of a deal; `options` are those concerned, by number, none for the deal itself.

    What is refused within a minute is one message: where TMON refuses everything, that is no flood.
    """
    await _gather(session, store, ChangeRefused, what, [[deal_no, option_no] for option_no in options or [0]], now)


async def _gather(
    session: AsyncSession, store: Store, kind: type[Gathered], what: str, found: Sequence[Any], now: datetime
) -> None:
    """Adds `found` to the message of this minute, which names the first of them and says how many there are."""
    key = f"stock/{store.id}/{what}/{now:%Y%m%d%H%M}"
    await session.flush()
    told = await session.get(OutboxMessage, (store.team_id, key), with_for_update=True)
    if told is not None:
        args = told.args
        told.args = args | {"found": [*args["found"], *found][:SHOWN], "n": args["n"] + len(found)}
        await session.flush()
        await enqueue_update(session, store.team_id, [key], now=now)
        return
    message = kind(store=store.id, what=what, found=list(found[:SHOWN]), n=len(found))
    await post(session, store, message, key=key, now=now)


async def notify_not_offered(session: AsyncSession, store: Store, call: str, now: datetime) -> None:
    """TMON has no such call for display or sale status; told once and never again."""
    message = StockCallNotOffered(store=store.id, call=call)
    await post(session, store, message, key=f"stock/{store.id}/{call}", now=now)
