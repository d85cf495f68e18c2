"""How long what belongs to products is kept."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Services
from tmon.models.listings import (
    OPEN_CHANGES,
    DealDocument,
    ListedOption,
    ListedProduct,
    ProductChange,
    ProductUpload,
    UploadState,
)
from tmon.models.stores import Store
from tmon.scope import scope

CHANGES_KEPT = timedelta(days=365)
"""How long the history of products goes back."""


async def forget_changes(services: Services) -> None:
    """Delete changes that ended long ago."""
    before = services.clock() - CHANGES_KEPT
    async with services.core.db.write() as session:
        await session.execute(
            delete(ProductChange).where(
                col(ProductChange.state).not_in(OPEN_CHANGES), col(ProductChange.ended_at) < before
            )
        )


async def delete_uploads(services: Services) -> None:
    """Delete lists whose time is over, but for those that are being sent."""
    async with services.core.db.write() as session:
        await session.execute(
            delete(ProductUpload).where(
                col(ProductUpload.expires_at) <= services.clock(), col(ProductUpload.state) != UploadState.SENDING
            )
        )


async def delete_of_store(session: AsyncSession, store: Store, now: datetime) -> None:
    """Delete what is stored for a removed store."""
    for table in (ProductChange, ProductUpload, ListedOption, ListedProduct, DealDocument):
        await session.execute(
            delete(table).where(*scope(table, store)), execution_options={"synchronize_session": False}
        )
