"""The state of a workspace: what is in it, what the app may do, and who is told of changes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.playground.slack.model import (
    Channel,
    File,
    Message,
    SlackCall,
    SlackCallPhase,
    SlackUser,
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
    """One workspace with one app in it, for one event loop.

    What the app may do is read from its manifest (scopes, commands, events, tabs); without one it has the default scopes,
    any command, and both tabs.
    """

    def __init__(self, clock: Clock = system_clock, *, manifest: Mapping[str, Any] | None = None) -> None:
        self.clock = clock
        self.team_id = new_id("T")
        self.team_name = "두리상회"
        self.app_id = new_id("A")
        self.bot_user_id = new_id("U")
        self.bot_token = f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_urlsafe(18)}"
        self.app_token = f"xapp-1-{self.app_id}-{secrets.token_hex(16)}"
        self.verification_token = secrets.token_urlsafe(18)
        self.base_url = ""
        """Where the workspace is served; set by ``serve``."""
        self._read_manifest(manifest)
        self.identity = Identity(
            self.team_id, self.team_name, "duri", self.app_id, self._app_name, self.bot_user_id, new_id("B")
        )
        self.people: dict[str, SlackUser] = {
            self.bot_user_id: SlackUser(self.bot_user_id, self._app_name, self._app_name, "", self.team_id, is_bot=True)
        }
        self.files: dict[str, File] = {}
        """What people uploaded, by id."""
        self.calls: list[SlackCall] = []
        """Every call of the Web API, oldest first."""
        self.on_call: Callable[[SlackCall, SlackCallPhase], Awaitable[None]] | None = None
        """Awaited when a call was read, and again when its answer was written."""
        self.conversations = Conversations(clock, self.bot_user_id, self._changed)
        self.views = Views(clock, self._changed)
        self.sockets = Sockets(clock, self.app_id, lambda: self._changed(WorkspaceChange("presence")))
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

    # --- What a screen shows ---
    @property
    def channels(self) -> dict[str, Channel]:
        """Channels and direct messages by id."""
        return self.conversations.channels

    @property
    def connected(self) -> bool:
        """Whether the app holds a WebSocket."""
        return self.sockets.connected > 0

    def messages(self, channel_id: str, viewer: str) -> list[Message]:
        """What this person sees there, oldest first, replies in threads included."""
        return self.conversations.visible_to(channel_id, viewer)

    def open_modal(self, user: str) -> list[View]:
        """The person's modals, the one in front last."""
        return self.views.stack(user)

    def home(self, user: str) -> View | None:
        """The person's home tab, once it was published."""
        return self.views.home(user)

    def calls_of(self, method: str) -> Sequence[SlackCall]:
        """The calls of one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def subscribe(self) -> Subscription:
        """Every change from now on."""
        subscription = Subscription(self._subscriptions.discard)
        self._subscriptions.add(subscription)
        return subscription

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Waits for the moment at which this holds; it is looked at after each change and each answered call."""
        while not holds():
            self._waiters.clear()
            await self._waiters.wait()

    def notify_waiters(self) -> None:
        """Lets those who wait look again."""
        self._waiters.set()

    def _changed(self, change: WorkspaceChange) -> None:
        for subscription in self._subscriptions:
            subscription.put(change)
        self.notify_waiters()

    # --- What Slack does ---
    async def disconnect_sockets(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Asks the app to connect anew, as Slack does every few hours."""
        await self.sockets.disconnect(reason)

    def response_url(self, user: str, channel: str, message_ts: str | None = None) -> str:
        """A new response URL."""
        return f"{self.base_url}/response/{self.response_urls.issue(user, channel, message_ts)}"


class Subscription:
    """Changes as they happen; ``async for`` over it, and ``close`` it at the end."""

    def __init__(self, forget: Callable[[Subscription], None]) -> None:
        self._queue: asyncio.Queue[WorkspaceChange | None] = asyncio.Queue()
        self._forget = forget

    def put(self, change: WorkspaceChange) -> None:
        """Puts a change in the line."""
        self._queue.put_nowait(change)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> WorkspaceChange:
        change = await self._queue.get()
        if change is None:
            raise StopAsyncIteration
        return change

    def close(self) -> None:
        """No more changes."""
        self._forget(self)
        self._queue.put_nowait(None)
