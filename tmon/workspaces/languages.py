"""The language of a workspace's channel messages and mails: the one that its admins chose, or the deployment's."""

import asyncio

import structlog
from cachetools import LRUCache, TTLCache
from sqlalchemy import select, update
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.models.workspaces import Workspace
from tmon.permissions import Person

log = structlog.get_logger(__name__)

_KEEP_SECONDS = 5.0
"""How long a process goes on with the language from before a change in another one."""
_MOST = 5000


class WorkspaceLanguages:
    """Reads and changes the languages of workspaces."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._known: TTLCache[str, str] = TTLCache(maxsize=_MOST, ttl=_KEEP_SECONDS)
        self._last: LRUCache[str, str] = LRUCache(maxsize=_MOST)

    async def of(self, team_id: str, *, within: float | None = None) -> str:
        """Return `ko` or `en`. `within`: seconds after which it is the language from before, for a person who waits."""
        if (known := self._known.get(team_id)) is not None:
            return known
        if within is None:
            return await self._read(team_id)
        reading = asyncio.ensure_future(self._read(team_id))
        reading.add_done_callback(lambda task: task.cancelled() or task.exception())  # not an error nobody looks at
        await asyncio.wait({reading}, timeout=within)
        if reading.done() and reading.exception() is None:
            return reading.result()
        log.warning("the language of a workspace was not read", team=team_id)
        return self._last.get(team_id, self._core.options.language)

    async def _read(self, team_id: str) -> str:
        async with self._core.db.read() as session:
            chosen = await session.scalar(select(col(Workspace.language)).where(col(Workspace.team_id) == team_id))
        language = self._known[team_id] = self._last[team_id] = chosen or self._core.options.language
        return language

    async def choose(self, person: Person, language: str) -> None:
        """Set the language of the workspace of `person`, an admin; what is sent or changed from now on is in it."""
        now, team_id = self._core.clock(), person.team_id
        async with self._core.db.write() as session:
            changed = await session.scalar(
                update(Workspace)
                .where(col(Workspace.team_id) == team_id, col(Workspace.language).is_distinct_from(language))
                .values(language=language)
                .returning(col(Workspace.team_id)),
                execution_options={"synchronize_session": False},
            )
            if changed is not None:
                audit.record_in_team(session, team_id, person.user_id, "workspace.language", now, subject=language)
        self._known[team_id] = self._last[team_id] = language
