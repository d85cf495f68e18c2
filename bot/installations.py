"""The installations of the app: their tokens, sealed in the database, and how one begins and ends.

Every process reads a token at most `KEEP_SECONDS` late, and nobody asks Slack about it on the way of a request.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from cachetools import LRUCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select, update
from sqlmodel import col

from bot.slack_client import slack_client
from handlers.permissions import SLACK_ERRORS
from handlers.slack_codes import code_of
from tmon.core import Core
from tmon.ids import new_id
from tmon.leases import NOBODY
from tmon.models.workspaces import GoneWhy, Installation, Workspace
from tmon.sealing import CannotOpen, Place
from tmon.workspaces.service import Arrival, arrive, depart, end_runs

log = structlog.stdlib.get_logger(__name__)

KEEP_SECONDS = 5.0
"""How long at most a process goes on with a token that another has destroyed or renewed, also while the database hangs."""
_FRESH_SECONDS = 3.0
"""Then an installation is read again, while a database that is slow for a moment holds up nobody."""
ENDED = frozenset({"account_inactive", "invalid_auth", "token_revoked"})
"""What Slack answers to the token of an installation that there is no more (docs.slack.dev, "auth.test", errors)."""
_CHECK_SECONDS = 10
_READ_SECONDS = 0.3
"""How long an installation that is known waits for the database; then it is as it was, unless that is too long ago."""
_MOST = 5000


@dataclass(frozen=True)
class Grant:
    """What Slack gives for an installation."""

    arrival: Arrival
    bot_user_id: str
    bot_token: str = field(repr=False)
    bot_id: str | None = None
    app_id: str = ""
    scopes: str = ""
    refresh_token: str | None = field(default=None, repr=False)
    expires_in: timedelta | None = None
    """None: the token does not expire."""


@dataclass(frozen=True)
class Installed:
    """An installation that can be used."""

    id: str
    team_id: str
    enterprise_id: str | None
    name: str
    token: str = field(repr=False)
    installed_at: datetime
    by_operator: bool
    """Its token stands in the settings."""


class Installations:
    """Stores, reads and ends installations."""

    def __init__(self, core: Core, slack_api_url: str) -> None:
        """`slack_api_url`: without a trailing slash."""
        self.core = core
        self._db, self._sealer = core.db, core.sealer
        self.api_url = f"{slack_api_url}/"
        self._known: LRUCache[str, tuple[Installed, float]] = LRUCache(maxsize=_MOST)
        """With when their reading began, by the clock of the loop."""

    async def store(self, grant: Grant) -> None:
        """Store an installation: one row per workspace, however often it installs the app."""
        team_id, now = grant.arrival.team_id, self.core.clock()
        async with self._db.write() as session:
            await arrive(session, grant.arrival, now)
            row = await session.get(Installation, team_id, with_for_update=True)
            row = row or Installation(team_id=team_id, id="", bot_user_id="")
            row.id = new_id("in")
            row.app_id, row.bot_user_id, row.bot_id = grant.app_id, grant.bot_user_id, grant.bot_id
            row.scopes, row.installed_by = grant.scopes[:500], grant.arrival.installed_by
            row.refused_at = row.claim_token = row.claim_owner = row.claimed_until = None
            row.bot_token = self.sealed(row.team_id, "bot_token", grant.bot_token)
            row.refresh_token = self.sealed(row.team_id, "refresh_token", grant.refresh_token)
            row.expires_at = None
            session.add(row)
            if grant.expires_in is not None:
                await session.flush()
                await session.execute(
                    update(Installation)
                    .where(col(Installation.team_id) == team_id)
                    .values(expires_at=self._db.now(grant.expires_in)),
                    execution_options={"synchronize_session": False},
                )
        self._forget(team_id)
        log.info("installed", team=team_id)

    async def adopt(self, grant: Grant) -> None:
        """Store the installation that a token in the settings belongs to, unless it is known already."""
        known = await self._read(grant.arrival.team_id)
        if known is None or known.token != grant.bot_token:
            await self.store(grant)

    async def of(self, team_id: str) -> Installed | None:
        """Return the installation of a workspace; None if there is none, or none any more.

        A process without others goes on with what it knows while the database does not answer: nobody but itself hears of
        an uninstallation. Others fail then as every reading does.
        """
        now = asyncio.get_running_loop().time()
        known = self._known.get(team_id)
        if known is not None and now - known[1] < _FRESH_SECONDS:
            return known[0]
        reading = asyncio.ensure_future(self._look_up(team_id))
        reading.add_done_callback(lambda task: task.cancelled() or task.exception())  # not an error nobody looks at
        if known is not None and (self.core.process.alone or now + _READ_SECONDS - known[1] < KEEP_SECONDS):
            await asyncio.wait({reading}, timeout=_READ_SECONDS)
            if not reading.done() or reading.exception() is not None:
                log.warning("an installation was not read again", team=team_id)
                return known[0]
        return await asyncio.shield(reading)

    async def _look_up(self, team_id: str) -> Installed | None:
        began = asyncio.get_running_loop().time()
        if (found := await self._read(team_id)) is None:
            self._known.pop(team_id, None)
        else:
            self._known[team_id] = found, began
        return found

    async def all(self) -> list[Installed]:
        """Return all installations that can be used, as they are stored now."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(Workspace, Installation)
                .join(Installation, col(Installation.team_id) == col(Workspace.team_id))
                .where(col(Workspace.gone_at).is_(None), col(Installation.bot_token).is_not(None))
                .order_by(col(Workspace.team_id))
            )
            found = [self._opened(workspace, row) for workspace, row in rows]
        return [one for one in found if one is not None]

    def client(self, token: str | None) -> AsyncWebClient:
        """Return a client that retries nothing: for calls that are made once, or again by a chore."""
        return slack_client(token, self.api_url, timeout=_CHECK_SECONDS)

    async def uninstalled(self, team_id: str, event_at: datetime) -> None:
        """End an installation: Slack says that the app was uninstalled at that second.

        Slack sends an event again, for minutes and in any order: one of before the installation that there is now says
        nothing about it.
        """
        if (rows := await self._rows(team_id)) is None:
            return
        workspace, row = rows
        made_at = workspace.installed_at.replace(microsecond=0)
        if event_at < made_at or (event_at == made_at and await self._may_work(self._opened(workspace, row))):
            log.info("an uninstallation of before the installation was ignored", team=team_id)
            return
        await self._end(team_id, row.id, GoneWhy.UNINSTALLED)

    async def check(self, team_id: str) -> bool:
        """End an installation if Slack refuses its token; returns whether it was ended."""
        installed = await self._read(team_id)
        if installed is None or not await self._is_refused(installed):
            return False
        return await self._end(team_id, installed.id, GoneWhy.REVOKED)

    async def forget(self, team_id: str) -> None:
        """End an installation on the operator's wish; its token is revoked at Slack, if Slack can be reached."""
        installed = await self._read(team_id)
        if installed is not None and not installed.by_operator:
            await self.revoke(installed.token)
        await self._end(team_id, None, GoneWhy.FORGOTTEN)

    async def revoke(self, token: str) -> None:
        """Revoke a token at Slack; what fails is only logged."""
        try:
            await self.client(token).auth_revoke()
        except SLACK_ERRORS as error:
            log.warning("a token was not revoked", error=type(error).__name__)

    def sealed(self, team_id: str, column: str, value: str | None) -> str | None:
        """Seal a token for its column."""
        return None if value is None else self._sealer.seal(value, Place.at(Installation, column, {"team_id": team_id}))

    async def _may_work(self, installed: Installed | None) -> bool:
        """Return whether a token may still work: while Slack does not say, one that was just stored is not destroyed."""
        return installed is not None and await self._is_refused(installed) is not True

    async def _is_refused(self, installed: Installed) -> bool | None:
        """Return whether Slack refuses the token for good; None if it does not say."""
        try:
            await self.client(installed.token).auth_test()
        except SlackApiError as error:
            return True if code_of(error) in ENDED else None
        except SLACK_ERRORS as error:
            log.info("Slack does not say whether a token works", team=installed.team_id, error=type(error).__name__)
            return None
        return False

    async def _end(self, team_id: str, installation_id: str | None, why: GoneWhy) -> bool:
        """Destroy the token, and note that the workspace is gone; unless another installation was made meanwhile."""
        async with self._db.write() as session:
            workspace = await session.get(Workspace, team_id, with_for_update=True)
            row = await session.get(Installation, team_id, with_for_update=True)
            if workspace is None or row is None or installation_id not in (None, row.id):
                return False
            _destroy(row)
            await depart(session, workspace, why, self.core.clock())
        self._forget(team_id)
        async with self._db.write() as session:  # of its own: runs lock these rows, too
            await end_runs(session, team_id)
        log.warning("a workspace has no installation any more", team=team_id, why=why.value)
        return True

    def _forget(self, team_id: str) -> None:
        self._known.pop(team_id, None)

    async def _read(self, team_id: str) -> Installed | None:
        rows = await self._rows(team_id)
        return None if rows is None else self._opened(*rows)

    async def _rows(self, team_id: str) -> tuple[Workspace, Installation] | None:
        async with self._db.read() as session:
            workspace = await session.get(Workspace, team_id)
            row = await session.get(Installation, team_id)
        return None if workspace is None or row is None or workspace.gone_at is not None else (workspace, row)

    def _opened(self, workspace: Workspace, row: Installation) -> Installed | None:
        if row.bot_token is None:
            return None
        try:
            token = str(self._sealer.open(row.bot_token, Place.of(row, "bot_token")))
        except CannotOpen:
            log.error("a token cannot be opened with the encryption keys", team=row.team_id)
            return None
        return Installed(
            id=row.id,
            team_id=row.team_id,
            enterprise_id=workspace.enterprise_id,
            name=workspace.name,
            token=token,
            installed_at=workspace.installed_at,
            by_operator=row.installed_by is None,
        )


def _destroy(row: Installation) -> None:
    row.bot_token = row.refresh_token = row.expires_at = row.refused_at = None
    for column, nothing in NOBODY.items():
        setattr(row, column, nothing)
