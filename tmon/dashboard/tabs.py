"""The home tabs that were opened: which page each shows, and which of its drawings is the latest."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from tmon.core import Core
from tmon.models.slack import HomeTab

AT_ONCE = 2
"""Tabs that a process reads at a time. Each is drawn anew after whatever its person does, and however many do something at
once, the connections to the database are for what they do."""


@dataclass(frozen=True)
class Drawing:
    """A drawing of a tab that was begun: what is read for it from now on is at least as new as that of earlier ones."""

    number: int
    page: int


class OpenedTabs:
    """Home tabs, which any process may draw. Drawings are numbered, so that an older one does not stay over a newer one."""

    def __init__(self, core: Core) -> None:
        self._db = core.db
        self.turns = asyncio.Semaphore(AT_ONCE)
        """Held while a tab is read."""

    async def open(self, team_id: str, user_id: str, page: int = 0) -> None:
        """Somebody opened their tab, or turned to another page of it."""
        await self._store(team_id, user_id, page, ("page", "seen_at"))

    async def keep(self, team_id: str, user_id: str) -> None:
        """Somebody acted on their tab, which may be older than the database: it is kept up to date from now on."""
        await self._store(team_id, user_id, 0, ("seen_at",))

    async def begin(self, team_id: str, user_id: str) -> Drawing | None:
        """Begin to draw a tab; None if its person has never opened it."""
        tab = col(HomeTab.team_id) == team_id, col(HomeTab.user_id) == user_id
        async with self._db.read() as session:  # most people never look at it
            if await session.scalar(select(col(HomeTab.user_id)).where(*tab)) is None:
                return None
        async with self._db.write() as session:
            rows = await session.execute(
                update(HomeTab)
                .where(*tab)
                .values(drawing=col(HomeTab.drawing) + 1)
                .returning(col(HomeTab.drawing), col(HomeTab.page)),
                execution_options={"synchronize_session": False},
            )
            row = rows.one_or_none()
        return None if row is None else Drawing(*row)

    async def is_latest(self, team_id: str, user_id: str, drawing: Drawing) -> bool:
        """Write down that Slack has taken a drawing; False if it had taken a later one before, which is lost now."""
        async with self._db.write() as session:
            found = await session.scalar(
                update(HomeTab)
                .where(
                    col(HomeTab.team_id) == team_id,
                    col(HomeTab.user_id) == user_id,
                    col(HomeTab.shown) < drawing.number,
                )
                .values(shown=drawing.number)
                .returning(col(HomeTab.shown)),
                execution_options={"synchronize_session": False},
            )
        return found is not None

    async def _store(self, team_id: str, user_id: str, page: int, changed: Sequence[str]) -> None:
        row: dict[str, Any] = {"team_id": team_id, "user_id": user_id, "page": page, "seen_at": self._db.now()}
        async with self._db.write() as session:
            insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            await session.execute(
                insert(HomeTab)
                .values(row)
                .on_conflict_do_update(
                    index_elements=["team_id", "user_id"], set_={name: row[name] for name in changed}
                )
            )
