"""What a new option starts with."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.stock import Sku
from tmon.models.stores import ApiGroup, Store
from tmon.scope import scope


async def start_stock(session: AsyncSession, store: Store, typed: int | None, sku_code: str | None) -> int | None:
    """Return the stock with which a new option is registered; None: nothing says it.

    While stock is synchronised that is what the SKU would offer, otherwise what was typed.
    """
    sku = None
    if sku_code is not None and store.group_on(ApiGroup.STOCK):
        sku = await session.scalar(select(Sku).where(*scope(Sku, store), col(Sku.code) == sku_code))
    if sku is None:
        return typed
    return max(0, sku.stock - sku.safety) if sku.selling else 0
