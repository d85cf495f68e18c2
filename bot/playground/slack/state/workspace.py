"""State of a workspace: its data, the app's configuration, and change subscriptions."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.playground.slack.http_requests import HttpRequests
from bot.playground.slack.model import (
    Channel,
    File,
    Message,
    SlackCall,
    SlackCallPhase,
    SlackUser,
    Upload,
    View,
    WorkspaceChange,
    new_id,
)
from bot.playground.slack.payloads import Identity
from bot.playground.slack.rules.rates import Rates
from bot.playground.slack.socket_mode import DisconnectReason, Sockets
from bot.playground.slack.state.conversations import Conversations
from bot.playground.slack.state.faults import SlackFaults
from bot.playground.slack.state.modals import Views
from bot.playground.slack.state.triggers import ResponseUrls, Triggers
from tmon.clock import Clock, system_clock

DEFAULT_SCOPES = frozenset({"chat:write", "commands", "users:read", "users:read.email"})


class WorkspaceState:
    """A workspace with one app, for one event loop.

    Scopes, commands, events and tabs come from the app's manifest; without one, the app has the default scopes, every
    command and both tabs.
    """

    def __init__(self, clock: Clock = system_clock, *, manifest: Mapping[str, Any] | None = None) -> None:
        self.clock = clock
        self.team_id = new_id("T")
        self.team_name = "두리상회"
        self.app_id = new_id("A")
        self.bot_user_id = new_id("U")
        self.bot_token = f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_urlsafe(18)}"
        self._tokens: dict[str, datetime | None] = {self.bot_token: None}
        """When each token of the bot expires."""
        self._ended_tokens: dict[str, str] = {}
        """What Slack answers to tokens that do not work any more."""
        self.on_revoked: Callable[[str], None] | None = None
        """Called with the team once the app has revoked its own token."""
        self.app_token = f"xapp-1-{self.app_id}-{secrets.token_hex(16)}"
        self.verification_token = secrets.token_urlsafe(18)
        self.base_url = ""
        """Base URL; set by ``serve``."""
        self.client_url = "https://duri.slack.com/"
        """Where links to messages lead; the playground sets its own page."""
        self._read_manifest(manifest)
        self.identity = Identity(
            self.team_id, self.team_name, "duri", self.app_id, self._app_name, self.bot_user_id, new_id("B")
        )
        self.people: dict[str, SlackUser] = {
            self.bot_user_id: SlackUser(self.bot_user_id, self._app_name, self._app_name, "", self.team_id, is_bot=True)
        }
        self.files: dict[str, File] = {}
        """Uploaded files by id."""
        self.uploads: dict[str, Upload] = {}
        """Uploads that the app has begun, by file id."""
        self.calls: list[SlackCall] = []
        """All Web API calls, oldest first."""
        self.on_call: Callable[[SlackCall, SlackCallPhase], Awaitable[None]] | None = None
        """Awaited when a request was read, and again when its response was written."""
        self.conversations = Conversations(clock, self.bot_user_id, self._changed)
        self.views = Views(clock, self._changed)
        self.http = HttpRequests(clock, self.verification_token)
        self.sockets = Sockets(clock, self.app_id, self.http, lambda: self._changed(WorkspaceChange("presence")))
        self.triggers = Triggers(clock)
        self.response_urls = ResponseUrls(clock)
        self.rates = Rates(clock)
        self.faults = SlackFaults(self.conversations)
        self._subscriptions: set[Subscription] = set()
        self._waiters = asyncio.Event()

    def _read_manifest(self, manifest: Mapping[str, Any] | None) -> None:
        given = manifest or {}
        features, settings = given.get("features", {}), given.get("settings", {})
        tabs = features.get("app_home", {}) if manifest else {"home_tab_enabled": True, "messages_tab_enabled": True}
        self.scopes = frozenset(given["oauth_config"]["scopes"]["bot"]) if manifest else DEFAULT_SCOPES
        self.home_tab = bool(tabs.get("home_tab_enabled"))
        self.messages_tab = bool(tabs.get("messages_tab_enabled"))
        self.messages_read_only = bool(tabs.get("messages_tab_read_only_enabled"))
        self._app_name = str(features.get("bot_user", {}).get("display_name", "티몬 봇"))
        self._commands = {entry["command"] for entry in features.get("slash_commands", [])} if manifest else None
        self._events = set(settings.get("event_subscriptions", {}).get("bot_events", [])) if manifest else None

    # --- Visible state ---
    @property
    def channels(self) -> dict[str, Channel]:
        """Channels and direct messages by id."""
        return self.conversations.channels

    @property
    def connected(self) -> bool:
        """Whether the app has an open WebSocket or a request URL."""
        return self.sockets.connected > 0 or bool(self.http.urls)

    def messages(self, channel_id: str, viewer: str) -> list[Message]:
        """Messages visible to this person, oldest first, including thread replies."""
        return self.conversations.visible_to(channel_id, viewer)

    def open_modal(self, user: str) -> list[View]:
        """The person's modal stack, top view last."""
        return self.views.stack(user)

    def home(self, user: str) -> View | None:
        """The person's home tab, or None before it is published."""
        return self.views.home(user)

    def calls_of(self, method: str) -> Sequence[SlackCall]:
        """Calls of one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def subscribe(self) -> Subscription:
        """Subscribe to all changes from now on."""
        subscription = Subscription(self._subscriptions.discard)
        self._subscriptions.add(subscription)
        return subscription

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until ``holds`` is true; it is checked after each change and each completed call."""
        while not holds():
            self._waiters.clear()
            await self._waiters.wait()

    def notify_waiters(self) -> None:
        """Make waiters check their condition again."""
        self._waiters.set()

    def _changed(self, change: WorkspaceChange) -> None:
        for subscription in self._subscriptions:
            subscription.put(change)
        self.notify_waiters()

    # --- The bot's tokens ---
    def token_error(self, token: str) -> str | None:
        """Slack's error for a token; None if it works."""
        if token == self.app_token:
            return None
        if token not in self._tokens:
            return self._ended_tokens.get(token, "invalid_auth")
        expires_at = self._tokens[token]
        return "token_expired" if expires_at is not None and self.clock() >= expires_at else None

    def knows_token(self, token: str) -> bool:
        """Whether a token belongs to this workspace, or once did."""
        return token in self._tokens or token in self._ended_tokens

    def give_token(self, token: str, expires_at: datetime | None) -> None:
        """Give out a token; earlier ones work until they expire or are ended."""
        self.bot_token = token
        self._tokens[token] = expires_at

    def end_tokens(self, error: str) -> None:
        """Let no token of the bot work any more."""
        self._ended_tokens |= dict.fromkeys(self._tokens, error)
        self._tokens.clear()

    # --- Actions of Slack ---
    async def disconnect_sockets(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Ask the app to reconnect, as Slack does every few hours."""
        await self.sockets.disconnect(reason)

    def response_url(self, user: str, channel: str, message_ts: str | None = None) -> str:
        """Issue a response URL."""
        return f"{self.base_url}/response/{self.response_urls.issue(user, channel, message_ts)}"


class Subscription:
    """A stream of changes: iterate with ``async for``, then ``close`` it."""

    def __init__(self, forget: Callable[[Subscription], None]) -> None:
        self._queue: asyncio.Queue[WorkspaceChange | None] = asyncio.Queue()
        self._forget = forget

    def put(self, change: WorkspaceChange) -> None:
        """Enqueue a change."""
        self._queue.put_nowait(change)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> WorkspaceChange:
        change = await self._queue.get()
        if change is None:
            raise StopAsyncIteration
        return change

    def close(self) -> None:
        """End the stream."""
        self._forget(self)
        self._queue.put_nowait(None)
