"""What a store's channel is told about stock: rows of the outbox, written with the fact that they tell."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.ids import new_id
from tmon.notifications import announce, message, redraw
from tmon.stock.tables import OptionLink, Sku
from tmon.stores.tables import Store

SHORTAGE = "stock_shortage"
MISMATCH = "stock_mismatch"
REFUSED = "stock_refused"

LOW = "low"
OUT = "out"
_WORSE = {None: 0, LOW: 1, OUT: 2}


def shortage(sku: Sku) -> str | None:
    """What is to be told of a SKU: nothing can be sold any more, little is left, or None."""
    if sku.stock - sku.safety <= 0:
        return OUT
    return LOW if sku.low_at and sku.stock <= sku.low_at else None


async def tell_shortage(session: AsyncSession, store: Store, sku: Sku, now: datetime) -> None:
    """Tells once that a SKU runs out, and once that it has; again only after there was more in between."""
    found = shortage(sku)
    if found == sku.told:
        return
    worse = _WORSE[found] > _WORSE[sku.told]
    sku.told = found
    if worse:
        row = message(
            team_id=store.team_id,
            key=f"stock/{new_id('sn')}",
            kind=SHORTAGE,
            destination=store.channel_id,
            now=now,
            store_id=store.id,
            store=store.id,
            sku=sku.id,
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


async def tell_refused(session: AsyncSession, store: Store, links: Sequence[OptionLink], now: datetime) -> None:
    """Tells that TMON refused the stock of options of one deal, in one message."""
    if not links:
        return
    row = message(
        team_id=store.team_id,
        key=f"stock/{new_id('sr')}",
        kind=REFUSED,
        destination=store.channel_id,
        now=now,
        store_id=store.id,
        store=store.id,
        deal=links[0].deal_no,
        options=[link.option_no for link in links],
    )
    await announce(session, [row])
