"""Storage of deals: numbers and titles come from orders, everything else from TMON's deal calls."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import ProductType
from tmon.collection.unread import could_read
from tmon.database import upsert
from tmon.models.collection import Unread
from tmon.models.products import Deal, DealOption
from tmon.models.stores import Store
from tmon.scope import scope


def search_key(text: str) -> str:
    """Return `text` normalised for searching titles."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


async def insert_seen(session: AsyncSession, store: Store, deals: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Insert deals that occur in orders (rows of `OrderDeal`); already known ones are left unchanged."""
    titles = {deal["deal_no"]: str(deal["title"]) for deal in deals}
    rows = [
        {
            "team_id": store.team_id,
            "store_id": store.id,
            "deal_no": deal_no,
            "title": title,
            "title_key": search_key(title),
            "runple": False,
            "paused_by_us": False,
            "known_since": now,
        }
        for deal_no, title in sorted(
            titles.items()
        )  # the same order everywhere, so that concurrent writers never deadlock
    ]
    await upsert(session, Deal.__table__, rows, update=[])  # type: ignore[attr-defined]


async def upsert_deal(session: AsyncSession, store: Store, deal: api.Deal, now: datetime) -> None:
    """Insert or update a deal and its options as read at TMON, and drop the note that it could not be read."""
    key = {"team_id": store.team_id, "store_id": store.id, "deal_no": deal.deal_no}
    title = deal.title or f"#{deal.deal_no}"
    values = {
        "title": title,
        "title_key": search_key(title),
        "vendor_deal_no": deal.vendor_deal_no,
        "sales_status": str(deal.sales_status),
        "sales_start": deal.sales_start,
        "sales_end": deal.sales_end,
        "product_type": None if deal.product_type is ProductType.UNKNOWN else deal.product_type.value,
        "read_at": now,
        "tried_at": now,
        "deleted_at": None,
    }
    row = key | values | {"runple": False, "paused_by_us": False, "known_since": now}
    await upsert(session, Deal.__table__, [row], update=list(values))  # type: ignore[attr-defined]
    options = [
        key
        | {
            "option_no": option.option_no,
            "vendor_option_no": option.vendor_option_no,
            "title": option.title or f"#{option.option_no}",
            "price": option.price,
            "stock": option.stock,
            "display": option.display,
            "hidden_by_us": False,
            "position": position,
        }
        # the same order everywhere, as above
        for position, option in sorted(enumerate(deal.options), key=lambda item: item[1].option_no)
    ]
    updated_columns = ["vendor_option_no", "title", "price", "stock", "display", "position"]
    await upsert(session, DealOption.__table__, options, update=updated_columns)  # type: ignore[attr-defined]
    await could_read(session, store, Unread.DEAL, [str(deal.deal_no)], now)


async def mark_deleted(session: AsyncSession, store: Store, deal_no: int, now: datetime) -> None:
    """Mark a deal as deleted at TMON, and drop the note that it could not be read."""
    await session.execute(
        update(Deal)
        .where(
            *scope(Deal, store),
            col(Deal.deal_no) == deal_no,
            col(Deal.deleted_at).is_(None),
        )
        .values(deleted_at=now)
    )
    await could_read(session, store, Unread.DEAL, [str(deal_no)], now)


async def deleted_since(session: AsyncSession, store: Store, deal_nos: Iterable[int]) -> dict[int, datetime]:
    """Return which of `deal_nos` are deleted at TMON, and since when."""
    rows = await session.execute(
        select(col(Deal.deal_no), col(Deal.deleted_at)).where(
            *scope(Deal, store),
            col(Deal.deal_no).in_(deal_nos),
            col(Deal.deleted_at).is_not(None),
        )
    )
    return {deal_no: deleted_at for deal_no, deleted_at in rows if deleted_at is not None}
