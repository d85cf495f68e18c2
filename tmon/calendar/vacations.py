"""Whether a store is on vacation (휴가 모드), for features whose own work has to wait for its end."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.calendar import Vacation
from tmon.scope import OfStore, scope


async def on_vacation(session: AsyncSession, of: OfStore) -> bool:
    """Return whether the store is on vacation now: none of its deals may be resumed."""
    found = await session.scalar(
        select(col(Vacation.id))
        .where(*scope(Vacation, of), col(Vacation.started_at).is_not(None), col(Vacation.ended_at).is_(None))
        .limit(1)
    )
    return found is not None
