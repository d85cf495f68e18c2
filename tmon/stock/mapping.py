"""Mapping of options to SKUs: automatic if the codes are equal or a list of products names the SKU, otherwise manual."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.listings import ListedOption
from tmon.models.products import DealOption
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store
from tmon.scope import same_key, scope
from tmon.stock.allocations import sync_deal


async def map_equal_codes(session: AsyncSession, store: Store, deal_nos: Iterable[int] | None = None) -> int:
    """Map unmapped options to the SKU whose code equals their key, or was given with them. Return how many were mapped.

    `deal_nos`: only those deals. Units sold since the SKU was counted are deducted at once.
    """
    conditions = [
        *scope(DealOption, store),
        col(OptionLink.sku_id).is_(None),
    ]
    if deal_nos is not None:
        conditions.append(col(DealOption.deal_no).in_(list(deal_nos)))
    given = col(ListedOption.sku_code)  # the key of an option that was registered here has the store before it
    rows = await session.execute(
        select(col(DealOption.deal_no), col(DealOption.option_no), col(Sku.id))
        .outerjoin(ListedOption, same_key(ListedOption, DealOption, "option_no"))
        .join(
            Sku, same_key(Sku, DealOption) & (col(Sku.code) == func.coalesce(given, col(DealOption.vendor_option_no)))
        )
        .outerjoin(OptionLink, same_key(OptionLink, DealOption, "deal_no", "option_no"))
        .where(*conditions)
    )
    deals = set()
    mapped = 0
    for deal_no, option_no, sku_id in rows.all():
        session.add(
            OptionLink(team_id=store.team_id, store_id=store.id, deal_no=deal_no, option_no=option_no, sku_id=sku_id)
        )
        deals.add(deal_no)
        mapped += 1
    for deal_no in sorted(deals):
        await sync_deal(session, store.team_id, store.id, deal_no)
    return mapped
