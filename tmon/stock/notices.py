"""What a store's channel is told about stock: rows of the outbox, written with the fact that they tell."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.ids import new_id
from tmon.notifications import Message, announce, message, redraw
from tmon.stock.tables import OptionLink, Sku
from tmon.stores.tables import Store

SHORTAGE = "stock_shortage"
MISMATCH = "stock_mismatch"
REFUSED = "stock_refused"
NOT_OFFERED = "stock_not_offered"
"""Kinds of messages."""

SHOWN_SKUS = 10
"""SKUs that one message about shortage names."""
LOW = "low"
OUT = "out"
_WORSE = {None: 0, LOW: 1, OUT: 2}


class Refused(StrEnum):
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


async def tell_shortage(session: AsyncSession, store: Store, sku: Sku, now: datetime) -> None:
    """Tells once that a SKU runs out, and once that it has; again only after there was more in between.

    What is found within a minute is one message: a list of SKUs without stock is no flood.
    """
    found = shortage(sku)
    if found == sku.told:
        return
    worse = _WORSE[found] > _WORSE[sku.told]
    sku.told = found
    if not worse:
        return
    key = f"stock/{store.id}/{found}/{now:%Y%m%d%H%M}"
    await session.flush()
    told = await session.get(Message, (store.team_id, key), with_for_update=True)
    if told is not None:
        skus, n = told.args["skus"], told.args["n"] + 1
        told.args = told.args | {"skus": [*skus, sku.id][:SHOWN_SKUS], "n": n}
        await session.flush()
        await redraw(session, store.team_id, [key], now=now)
        return
    row = message(
        team_id=store.team_id,
        key=key,
        kind=SHORTAGE,
        destination=store.channel_id,
        now=now,
        store_id=store.id,
        store=store.id,
        skus=[sku.id],
        n=1,
        what=found,
    )
    await announce(session, [row])


def mismatch_key(mismatch_id: str) -> str:
    """The outbox key of the report of a mismatch."""
    return f"stock/{mismatch_id}"


async def tell_mismatch(session: AsyncSession, store: Store, link: OptionLink, now: datetime) -> None:
    """Reports a mismatch, or draws its report anew when it is over."""
    assert link.mismatch_id is not None
    key = mismatch_key(link.mismatch_id)
    if link.mismatch is not None:
        row = message(
            team_id=store.team_id,
            key=key,
            kind=MISMATCH,
            destination=store.channel_id,
            now=now,
            store_id=store.id,
            store=store.id,
            deal=link.deal_no,
            option=link.option_no,
            mismatch=link.mismatch_id,
        )
        await announce(session, [row])
    else:
        await redraw(session, store.team_id, [key], now=now)


async def tell_refused(
    session: AsyncSession, store: Store, deal_no: int, options: Sequence[int], what: Refused, now: datetime
) -> None:
    """Tells in one message what TMON refused to change of one deal; `options` are those concerned, by number."""
    row = message(
        team_id=store.team_id,
        key=f"stock/{new_id('sr')}",
        kind=REFUSED,
        destination=store.channel_id,
        now=now,
        store_id=store.id,
        store=store.id,
        deal=deal_no,
        options=list(options),
        what=what,
    )
    await announce(session, [row])


async def tell_not_offered(session: AsyncSession, store: Store, call: str, now: datetime) -> None:
    """TMON has no such call for display or sale status; told once and never again."""
    row = message(
        team_id=store.team_id,
        key=f"stock/{store.id}/{call}",
        kind=NOT_OFFERED,
        destination=store.channel_id,
        now=now,
        store_id=store.id,
        store=store.id,
        call=call,
    )
    await announce(session, [row])
