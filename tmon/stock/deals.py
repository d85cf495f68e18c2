"""What the stock sync keeps of the deals that it reads."""

import unicodedata
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.database import upsert
from tmon.products.tables import Deal, DealOption
from tmon.stores.tables import Store


async def keep(session: AsyncSession, store: Store, deal: api.Deal, now: datetime) -> None:
    """Keeps what TMON has told of a deal and its options."""
    place = {"team_id": store.team_id, "store_id": store.id, "deal_no": deal.deal_no}
    facts = {
        "title": deal.title,
        "title_key": unicodedata.normalize("NFKC", deal.title).casefold(),
        "vendor_deal_no": deal.vendor_deal_no,
        "sales_status": str(deal.sales_status),
        "sales_start": deal.sales_start,
        "sales_end": deal.sales_end,
        "read_at": now,
        "gone_at": None,
    }
    row = place | facts | {"runple": False, "known_since": now}
    await upsert(session, Deal.__table__, [row], update=list(facts))  # type: ignore[attr-defined]
    options = [
        place
        | {
            "option_no": option.option_no,
            "vendor_option_no": option.vendor_option_no,
            "title": option.title,
            "price": option.price,
            "stock": option.stock,
            "display": option.display,
            "position": position,
        }
        for position, option in enumerate(deal.options)
    ]
    told = ["vendor_option_no", "title", "price", "stock", "display", "position"]
    await upsert(session, DealOption.__table__, options, update=told)  # type: ignore[attr-defined]


async def mark_gone(session: AsyncSession, store: Store, deal_no: int, now: datetime) -> None:
    """TMON has no such deal any more."""
    await session.execute(
        update(Deal)
        .where(
            col(Deal.team_id) == store.team_id,
            col(Deal.store_id) == store.id,
            col(Deal.deal_no) == deal_no,
            col(Deal.gone_at).is_(None),
        )
        .values(gone_at=now)
    )
