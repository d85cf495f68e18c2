"""Storage of deals: numbers and titles come from orders, everything else from TMON's deal calls."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import ProductType
from tmon.collection.unread import could_read
from tmon.database import upsert
from tmon.models.collection import Unread
from tmon.models.listings import CELL_LENGTH, DealDocument, detail_hash
from tmon.models.products import Deal, DealOption
from tmon.models.stores import Store
from tmon.scope import OfStore, scope


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
        "template_no": deal.delivery_template_no,
        "category_no": deal.category_no,
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
            "sections": list(option.sections),
            "price": option.price,
            "stock": option.stock,
            "display": option.display,
            "hidden_by_us": False,
            "position": position,
        }
        # the same order everywhere, as above
        for position, option in sorted(enumerate(deal.options), key=lambda item: item[1].option_no)
    ]
    updated_columns = ["vendor_option_no", "title", "sections", "price", "stock", "display", "position"]
    await upsert(session, DealOption.__table__, options, update=updated_columns)  # type: ignore[attr-defined]
    await _upsert_document(session, store, deal, now)
    await could_read(session, store, Unread.DEAL, [str(deal.deal_no)], now)


async def _upsert_document(session: AsyncSession, store: Store, deal: api.Deal, now: datetime) -> None:
    """Keep all that TMON told of a deal. A detail, which may be long, is not written again if it is the same."""
    mark = None if deal.detail is None else detail_hash(deal.detail)
    row = {
        "team_id": store.team_id,
        "store_id": store.id,
        "deal_no": deal.deal_no,
        "content": to_jsonable_python(deal.model_dump(exclude={"detail"}, exclude_defaults=True)),
        "read_at": now,
    }
    same = await session.execute(
        update(DealDocument)
        .where(
            *scope(DealDocument, store),
            col(DealDocument.deal_no) == deal.deal_no,
            col(DealDocument.detail_hash).is_not_distinct_from(mark),
        )
        .values(content=row["content"], read_at=now)
    )
    if same.rowcount:  # type: ignore[attr-defined]
        return
    row |= {
        "detail": None if deal.detail is None or len(deal.detail) > CELL_LENGTH else deal.detail,
        "detail_hash": mark,
        "detail_length": len(deal.detail or ""),
    }
    update_all = ["content", "detail", "detail_hash", "detail_length", "read_at"]
    await upsert(session, DealDocument.__table__, [row], update=update_all)  # type: ignore[attr-defined]


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


@dataclass(frozen=True)
class TemplateDeals:
    """The deals that use a delivery template."""

    count: int
    titles: tuple[str, ...]
    """Of the first of them, by title."""


async def deals_by_template(session: AsyncSession, store: OfStore, first: int = 3) -> dict[int, TemplateDeals]:
    """Return which deals use which delivery template, by TMON's number of it. Deleted deals are left out."""
    ranked = (
        select(
            col(Deal.template_no),
            col(Deal.title),
            func.count().over(partition_by=col(Deal.template_no)).label("count"),
            func.row_number()
            .over(partition_by=col(Deal.template_no), order_by=(col(Deal.title_key), col(Deal.deal_no)))
            .label("rank"),
        )
        .where(*scope(Deal, store), col(Deal.template_no).is_not(None), col(Deal.deleted_at).is_(None))
        .subquery()
    )
    rows = await session.execute(
        select(ranked.c.template_no, ranked.c.count, ranked.c.title)
        .where(ranked.c.rank <= first)
        .order_by(ranked.c.template_no, ranked.c.rank)
    )
    found: dict[int, TemplateDeals] = {}
    for number, count, title in rows:
        earlier = found.get(number, TemplateDeals(count, ()))
        found[number] = TemplateDeals(count, (*earlier.titles, title))
    return found
