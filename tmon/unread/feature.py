"""Manifest of records that could not be read. They are set aside by `tmon.collection.unread`, for every feature."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.core import Core
from tmon.feature import DomainFeature
from tmon.models.collection import UnreadRecord
from tmon.models.stores import Store
from tmon.scope import scope
from tmon.unread.service import UnreadService


def _services(core: Core) -> Iterable[object]:
    return (UnreadService(core),)


async def _on_store_removed(session: AsyncSession, store: Store, now: datetime) -> None:
    await session.execute(delete(UnreadRecord).where(*scope(UnreadRecord, store)))


FEATURE = DomainFeature(name="unread", services=_services, on_store_removed=_on_store_removed)
