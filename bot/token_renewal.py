"""Renewal of tokens that expire (Slack's token rotation), by one process at a time and never on the way of a request.

A token is renewed two hours before it expires; until then everybody goes on with the one that still works. Slack takes each
refresh token once: a crash between its answer and our commit loses the next one, and the app has to be installed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy import ColumnElement, select, update
from sqlmodel import col

from bot.installations import ENDED, Installations
from bot.oauth import SlackApp, lifetime
from handlers.permissions import SLACK_ERRORS
from handlers.slack_codes import code_of
from tmon.leases import NOBODY
from tmon.models.workspaces import Installation, Workspace
from tmon.outbox import OPERATOR, enqueue, new_message
from tmon.sealing import CannotOpen, Place
from tmon.workspaces.messages import ReinstallNeeded

log = structlog.stdlib.get_logger(__name__)

BEFORE = timedelta(hours=2)
"""So long before it expires a token is renewed."""
_LASTS = timedelta(minutes=5)
"""A claim; one call to Slack takes seconds."""
_PAUSE = timedelta(minutes=1)
"""Until a failure that may pass is tried again."""
_REFUSED = "invalid_refresh_token"


@dataclass(frozen=True)
class _Claimed:
    team_id: str
    installation_id: str
    claim_token: str
    sealed: str = field(repr=False)
    """The refresh token, as it is stored."""


class TokenRenewal:
    """Renews tokens. Called by a chore."""

    def __init__(self, installations: Installations, app: SlackApp) -> None:
        self._installations, self._app = installations, app
        core = installations.core
        self._db, self._sealer, self._claims, self._clock = core.db, core.sealer, core.claims, core.clock

    async def __call__(self) -> int:
        """Renew every token that is due and that nobody else renews now; return how many were renewed."""
        renewed = 0
        while (claimed := await self._claim()) is not None:
            renewed += await self._renew(claimed)
        return renewed

    async def _claim(self) -> _Claimed | None:
        due = (
            select(col(Installation.team_id))
            .where(
                col(Installation.refresh_token).is_not(None),
                col(Installation.refused_at).is_(None),
                col(Installation.expires_at) <= self._db.now(BEFORE),
                self._claims.is_free(Installation),
            )
            .order_by(col(Installation.expires_at))
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        async with self._db.write() as session:
            rows = await session.execute(
                update(Installation)
                .where(col(Installation.team_id) == due, self._claims.is_free(Installation))
                .values(**self._claims.new(_LASTS))
                .returning(
                    col(Installation.team_id),
                    col(Installation.id),
                    col(Installation.claim_token),
                    col(Installation.refresh_token),
                ),
                execution_options={"synchronize_session": False},
            )
            row = rows.one_or_none()
        return None if row is None else _Claimed(row[0], row[1], str(row[2]), str(row[3]))

    async def _renew(self, claimed: _Claimed) -> bool:
        place = Place.at(Installation, "refresh_token", {"team_id": claimed.team_id})
        try:
            answer = await self._installations.client(None).oauth_v2_access(
                client_id=self._app.client_id,
                client_secret=self._app.client_secret,
                grant_type="refresh_token",
                refresh_token=str(self._sealer.open(claimed.sealed, place)),
            )
        except SlackApiError as error:
            await self._on_refusal(claimed, code_of(error))
            return False
        except (*SLACK_ERRORS, CannotOpen) as error:
            await self._later(claimed, type(error).__name__)
            return False
        data: Mapping[str, Any] = answer.data if isinstance(answer.data, dict) else {}
        if not data.get("access_token") or not data.get("refresh_token"):
            await self._later(claimed, "malformed")
            return False
        return await self._store(claimed, data)

    async def _store(self, claimed: _Claimed, answer: Mapping[str, Any]) -> bool:
        """Store what Slack gave, also if the claim was over meanwhile: nobody else has got anything newer."""
        sealed, lasts = self._installations.sealed, lifetime(answer)
        changed = await self._update(
            claimed,
            bot_token=sealed(claimed.team_id, "bot_token", str(answer["access_token"])),
            refresh_token=sealed(claimed.team_id, "refresh_token", str(answer["refresh_token"])),
            expires_at=None if lasts is None else self._db.now(lasts),
            refused_at=None,
            **NOBODY,
        )
        if not changed:
            log.warning("a renewed token is not needed any more", team=claimed.team_id)
        return changed

    async def _on_refusal(self, claimed: _Claimed, code: str) -> None:
        if code in ENDED and await self._installations.check(claimed.team_id):
            return
        if code != _REFUSED:
            await self._later(claimed, code)
            return
        log.error(
            "Slack does not renew the token of a workspace: the app has to be installed again", team=claimed.team_id
        )
        now = self._clock()
        async with self._db.write() as session:
            refused = await session.scalar(
                update(Installation)
                .where(*_same(claimed), col(Installation.claim_token) == claimed.claim_token)
                .values(refused_at=now, **NOBODY)
                .returning(col(Installation.team_id)),
                execution_options={"synchronize_session": False},
            )
            workspace = await session.get(Workspace, claimed.team_id)
            if refused is None or workspace is None:
                return
            message = ReinstallNeeded(workspace=workspace.name, link=self._app.install_url)
            key = f"{ReinstallNeeded.kind}/{claimed.installation_id}"
            await enqueue(session, [new_message(message, team_id=claimed.team_id, key=key, to=OPERATOR, now=now)])

    async def _later(self, claimed: _Claimed, code: str) -> None:
        """Keep the claim for a minute: until then nobody tries again."""
        log.warning("a token was not renewed", team=claimed.team_id, error=code)
        await self._update(
            claimed, col(Installation.claim_token) == claimed.claim_token, claimed_until=self._db.now(_PAUSE)
        )

    async def _update(self, claimed: _Claimed, *where: ColumnElement[bool], **values: Any) -> bool:
        async with self._db.write() as session:
            changed = await session.scalar(
                update(Installation)
                .where(*_same(claimed), *where)
                .values(**values)
                .returning(col(Installation.team_id)),
                execution_options={"synchronize_session": False},
            )
        return changed is not None


def _same(claimed: _Claimed) -> tuple[Any, ...]:
    """Return the conditions that it is still the same installation; its values may have been sealed with another key."""
    return (
        col(Installation.team_id) == claimed.team_id,
        col(Installation.id) == claimed.installation_id,
        col(Installation.refresh_token).is_not(None),
    )
