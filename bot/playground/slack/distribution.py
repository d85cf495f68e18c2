"""An app that several workspaces install: Slack's page for it, codes, tokens and their rotation, and uninstallation.

(docs.slack.dev, "Installing with OAuth", "Using token rotation", `oauth.v2.access`, `app_uninstalled`, `tokens_revoked`)
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.playground.slack import envelopes
from bot.playground.slack.actions import Workspace
from bot.playground.slack.errors import WebApiError
from bot.playground.slack.model import InteractionResult, SlackCall, SlackCallPhase, new_id
from bot.playground.slack.web_api.arguments import string
from tmon.clock import Clock

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=12)
"""Of a token that is rotated."""


class PageError(Exception):
    """What Slack's page says instead of asking whether the app may be installed."""


@dataclass
class _Code:
    team_id: str
    user: str
    scopes: str
    redirect_uri: str | None
    """As it was sent to the page; None: the app's first."""
    at: datetime
    org_wide: bool
    used: bool = False


class Distribution:
    """An app with public distribution, and the workspaces that may install it."""

    def __init__(self, clock: Clock, workspaces: Sequence[Workspace], manifest: Mapping[str, Any]) -> None:
        """`manifest`: of the app; with `token_rotation_enabled` its tokens expire. No workspace has it installed yet."""
        settings = manifest.get("settings", {})
        self.clock = clock
        self.client_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}"
        self.client_secret = secrets.token_hex(16)
        self.app_id = new_id("A")
        self.redirect_urls: tuple[str, ...] = tuple(manifest.get("oauth_config", {}).get("redirect_urls", ()))
        self.rotation = bool(settings.get("token_rotation_enabled"))
        self.workspaces = {workspace.team_id: workspace for workspace in workspaces}
        self.url = ""
        """Base URL; set by `serve_distribution`."""
        self.calls: list[SlackCall] = []
        """Calls of `oauth.v2.access`; those of other methods stand in the workspaces."""
        self.on_call: Callable[[SlackCall, SlackCallPhase], Awaitable[None]] | None = None
        """Awaited when a call of `oauth.v2.access` was read, and again when its response was written."""
        self._events = frozenset(settings.get("event_subscriptions", {}).get("bot_events", ()))
        self._codes: dict[str, _Code] = {}
        self._refreshable: dict[str, str] = {}
        """Team by refresh token that was not used yet."""
        self._background: set[asyncio.Task[Any]] = set()
        for workspace in workspaces:
            workspace.app_id = self.app_id
            workspace.identity = replace(workspace.identity, app_id=self.app_id)
            workspace.end_tokens("invalid_auth")
            workspace.on_revoked = self._on_revoked

    # --- Slack's page ---
    def check_request(self, query: Mapping[str, str]) -> None:
        """Check what the app asks for on Slack's page. Raises PageError."""
        if query.get("client_id") != self.client_id:
            raise PageError("invalid_client_id")
        if not query.get("scope"):
            raise PageError("invalid_scope")
        uri = query.get("redirect_uri")
        if not self.redirect_urls or (uri and not any(uri.startswith(known) for known in self.redirect_urls)):
            raise PageError("bad_redirect_uri")

    def allow(self, query: Mapping[str, str], team_id: str, user: str, *, org_wide: bool = False) -> dict[str, str]:
        """Allow the installation as a person. Returns what the redirect URL gets. Raises PageError."""
        self.check_request(query)
        person = self.workspaces[team_id].people[user]
        if person.is_restricted or person.is_ultra_restricted or person.deleted or person.team_id != team_id:
            raise PageError("not_allowed")
        code = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(32)}"
        self._codes[code] = _Code(
            team_id, user, query["scope"], query.get("redirect_uri") or None, self.clock(), org_wide
        )
        return {"code": code, "state": query.get("state", "")}

    # --- oauth.v2.access ---
    def access(self, arguments: Mapping[str, Any], credentials: tuple[str, str] | None) -> dict[str, Any]:
        """`oauth.v2.access`: a code or a refresh token against a token. Raises WebApiError."""
        client_id, secret = credentials or (string(arguments, "client_id"), string(arguments, "client_secret"))
        if client_id != self.client_id:
            raise WebApiError("invalid_client_id")
        if secret != self.client_secret:
            raise WebApiError("bad_client_secret")
        match string(arguments, "grant_type"):
            case "" | "authorization_code":
                return self._exchange(string(arguments, "code"), string(arguments, "redirect_uri"))
            case "refresh_token":
                return self._refresh(string(arguments, "refresh_token"))
        raise WebApiError("invalid_grant_type")

    def _exchange(self, value: str, redirect_uri: str) -> dict[str, Any]:
        code = self._codes.get(value)
        if code is None or self.clock() - code.at >= CODE_LIFE:
            raise WebApiError("invalid_code")
        if code.used:
            raise WebApiError("code_already_used")
        if code.redirect_uri is not None and redirect_uri != code.redirect_uri:
            raise WebApiError("bad_redirect_uri")
        code.used = True
        answer = self._granted(code.team_id, anew=False)
        answer |= {"scope": code.scopes, "authed_user": {"id": code.user}}
        if code.org_wide:
            answer |= {
                "team": None,
                "enterprise": {"id": new_id("E"), "name": "두리그룹"},
                "is_enterprise_install": True,
            }
        return answer

    def _refresh(self, refresh_token: str) -> dict[str, Any]:
        team_id = self._refreshable.pop(refresh_token, None)
        if team_id is None:
            raise WebApiError("invalid_refresh_token")
        return self._granted(team_id, anew=True)

    def _granted(self, team_id: str, *, anew: bool) -> dict[str, Any]:
        """Give out a token: without rotation the one that the workspace has already, if it is installed there."""
        workspace = self.workspaces[team_id]
        answer: dict[str, Any] = {
            "app_id": self.app_id,
            "token_type": "bot",
            "scope": ",".join(sorted(workspace.scopes)),
            "bot_user_id": workspace.bot_user_id,
            "team": {"id": team_id, "name": workspace.team_name},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        if self.rotation:
            workspace.give_token(f"xoxe.xoxb-1-{secrets.token_urlsafe(96)}", self.clock() + TOKEN_LIFE)
            refresh_token = f"xoxe-1-{secrets.token_urlsafe(96)}"
            self._refreshable[refresh_token] = team_id
            answer |= {"refresh_token": refresh_token, "expires_in": int(TOKEN_LIFE.total_seconds())}
        elif anew or workspace.token_error(workspace.bot_token) is not None:
            workspace.give_token(f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_urlsafe(18)}", None)
        return {"access_token": workspace.bot_token, **answer}

    # --- the end of an installation ---
    async def uninstall(
        self, team_id: str, *, events: Sequence[str] = ("tokens_revoked", "app_uninstalled")
    ) -> list[InteractionResult]:
        """Uninstall the app in a workspace; its events are sent in this order. Returns how they were answered."""
        self._end(team_id, "account_inactive")
        return [await self.send(team_id, name) for name in events]

    async def revoke(self, team_id: str) -> InteractionResult:
        """Revoke the tokens in a workspace, as its admin can."""
        self._end(team_id, "token_revoked")
        return await self.send(team_id, "tokens_revoked")

    async def send(self, team_id: str, event: str) -> InteractionResult:
        """Send the event that an installation has ended, if the app has subscribed to it."""
        workspace = self.workspaces[team_id]
        if event not in self._events:
            return InteractionResult(True)
        return await workspace.send_event(envelopes.installation_ended(workspace, event))

    async def close(self) -> None:
        """Wait for the events that are under way."""
        await asyncio.gather(*self._background, return_exceptions=True)

    def _end(self, team_id: str, error: str) -> None:
        self.workspaces[team_id].end_tokens(error)
        self._refreshable = {token: team for token, team in self._refreshable.items() if team != team_id}

    def _on_revoked(self, team_id: str) -> None:
        """The app itself has revoked its token."""
        self._end(team_id, "token_revoked")
        task = asyncio.create_task(self.send(team_id, "tokens_revoked"))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
