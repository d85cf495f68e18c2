"""The closed days of stores (휴무일), as the clocks of orders need them."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.calendar import ClosedDay


async def closed_days(session: AsyncSession, team_id: str, store_ids: Iterable[str]) -> dict[str, frozenset[date]]:
    """Return the closed days of each store of `store_ids`, past ones too; dates of Korea."""
    found: dict[str, set[date]] = {store_id: set() for store_id in store_ids}
    rows = await session.execute(
        select(col(ClosedDay.store_id), col(ClosedDay.day)).where(
            col(ClosedDay.team_id) == team_id, col(ClosedDay.store_id).in_(found)
        )
    )
    for store_id, day in rows:
        found[store_id].add(day)
    return {store_id: frozenset(days) for store_id, days in found.items()}
