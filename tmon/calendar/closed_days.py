"""The closed days of a store (휴무일), as the clocks of its orders need them."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.calendar import ClosedDay
from tmon.scope import OfStore, scope


async def closed_days(session: AsyncSession, of: OfStore) -> frozenset[date]:
    """Return the closed days of a store, past ones too; dates of Korea."""
    return frozenset(await session.scalars(select(col(ClosedDay.day)).where(*scope(ClosedDay, of))))
