"""A Slack workspace: its state, and what people do in it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.playground.slack import envelopes, files, payloads
from bot.playground.slack.acks import take_submission_ack
from bot.playground.slack.answers import answer_in_channel
from bot.playground.slack.blocks import takes_file
from bot.playground.slack.conversations import Conversations
from bot.playground.slack.faults import SlackFaults
from bot.playground.slack.inputs import (
    HOLDS,
    chosen_option,
    complaints,
    file_complaint,
    fill,
    find_element,
    held,
    initial_state,
)
from bot.playground.slack.modals import Views
from bot.playground.slack.model import Acted, Block, Change, Channel, Message, NotThere, Person, State, View, new_id
from bot.playground.slack.payloads import Identity
from bot.playground.slack.rates import Rates
from bot.playground.slack.sockets import Delivery, DisconnectReason, Sockets
from bot.playground.slack.tickets import ResponseUrls, Triggers
from bot.playground.slack.web_api import Phase, SlackCall
from bot.playground.slack.web_api.refusals import Refused
from tmon.clock import Clock, system_clock

DEFAULT_SCOPES = frozenset({"chat:write", "commands", "users:read", "users:read.email"})


class Workspace:
    """One workspace with one app in it. Lives in one event loop; ``serve`` puts it on a socket.

    What the app may do is read from its manifest (scopes, commands, events, tabs); without one it has the default scopes,
    any command, and both tabs. Methods named after what a person does raise NotThere when it is not on their screen.
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
        self.people: dict[str, Person] = {
            self.bot_user_id: Person(self.bot_user_id, self._app_name, self._app_name, "", self.team_id, is_bot=True)
        }
        self.files: dict[str, files.File] = {}
        """What people uploaded, by id."""
        self.calls: list[SlackCall] = []
        """Every call of the Web API, oldest first."""
        self.on_call: Callable[[SlackCall, Phase], Awaitable[None]] | None = None
        """Awaited when a call was read, and again when its answer was written."""
        self.conversations = Conversations(clock, self.bot_user_id, self._changed)
        self.views = Views(clock, self._changed)
        self.sockets = Sockets(clock, self.app_id, lambda: self._changed(Change("presence")))
        self.triggers = Triggers(clock)
        self.response_urls = ResponseUrls(clock)
        self.rates = Rates(clock)
        self.faults = SlackFaults(self.conversations)
        self._subscriptions: set[Subscription] = set()
        self._stirred = asyncio.Event()
        self._message_states: dict[tuple[str, str, str], State] = {}

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
        return self.conversations.seen_by(channel_id, viewer)

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

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for the moment at which this holds; it is looked at after each change and each answered call."""
        while not holds():
            self._stirred.clear()
            await self._stirred.wait()

    def stir(self) -> None:
        """Lets those who wait look again."""
        self._stirred.set()

    def _changed(self, change: Change) -> None:
        for subscription in self._subscriptions:
            subscription.tell(change)
        self.stir()

    # --- What people do ---
    def post(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Writes a message."""
        place = self._place(user, channel)
        if user not in place.members or place.archived or (place.is_im and self.messages_read_only):
            raise NotThere(f"{user} cannot write in {channel}")
        return self.conversations.say(channel, user, text, thread_ts=thread_ts)

    async def slash(self, user: str, channel: str, command: str, text: str) -> Acted:
        """Types a slash command. What the ack says appears in the channel."""
        place = self._place(user, channel)
        if self._commands is not None and command not in self._commands:
            return Acted(False, "unknown_command")
        payload = envelopes.slash_command(self, self.people[user], place, command, text)
        delivery = await self.sockets.send("slash_commands", payload)
        if delivery.ack:
            try:
                answer_in_channel(self, user, channel, None, delivery.ack)
            except Refused:
                return _acted(delivery, "invalid_ack")
        return _acted(delivery)

    async def click(
        self,
        user: str,
        *,
        channel: str | None = None,
        ts: str | None = None,
        view_id: str | None = None,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
        values: Mapping[str, Any] | None = None,
    ) -> Acted:
        """Presses a button, or chooses ``value`` in a menu, of a message or a view.

        ``values`` is what is typed in the other inputs of the view at this moment, in the form of ``submit``.
        """
        if view_id is not None:
            view = self._view_in_front(user, view_id)
            fill(view, values or {}, self._file_of(user))
            action = self._use(view.blocks, view.state, action_id, block_id, value)
            payload = envelopes.view_actions(self, self.people[user], view, action)
        else:
            place = self._place(user, channel or "")
            message = next((m for m in self.messages(place.id, user) if m.ts == ts), None)
            if message is None:
                raise NotThere(f"no message {ts} in {channel}")
            key = (place.id, message.ts, user)
            state = self._message_states[key] = initial_state(message.blocks, self._message_states.get(key))
            action = self._use(message.blocks, state, action_id, block_id, value)
            payload = envelopes.message_actions(self, self.people[user], place, message, state, action)
        return _acted(await self.sockets.send("interactive", payload))

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any]) -> Acted:
        """Types ``values`` (block id or ``block_id/action_id`` → text, option value, file id, list …) and sends the form.

        What is not named stays as it is. What Slack's client would not send comes back as ``invalid_input``.
        """
        view = self._view_in_front(user, view_id)
        if view.submit is None:
            raise NotThere(f"view {view_id} cannot be submitted")
        fill(view, values, self._file_of(user))
        missing = complaints(view, self.people[user].locale)
        if missing:
            return Acted(False, "invalid_input", errors=missing)
        delivery = await self.sockets.send("interactive", envelopes.view_submission(self, self.people[user], view))
        if delivery.ack is None:
            return _acted(delivery)
        error, errors = take_submission_ack(self.views, view, delivery.ack)
        return _acted(delivery, error, errors)

    def upload(self, user: str, view_id: str, block_id: str, name: str, content: bytes) -> files.File:
        """Chooses a file in a form: Slack takes it at once; ``submit`` with its id sends it.

        Raises FileRefused where Slack's client would not take it.
        """
        view = self._view_in_front(user, view_id)
        block = next((block for block in view.blocks if takes_file(block) and block["block_id"] == block_id), None)
        if block is None:
            raise NotThere(f"no file input {block_id!r}")
        sentence = file_complaint(block["element"], name, len(content), self.people[user].locale)
        if sentence is not None:
            raise files.FileRefused(sentence)
        file = files.File(new_id("F"), name, user, self.clock(), content)
        self.files[file.id] = file
        return file

    async def close(self, user: str, view_id: str) -> Acted:
        """Closes the view in front. The app hears of it only if the view asks for it."""
        view = self._view_in_front(user, view_id)
        self.views.close(view, everything=view.clear_on_close)
        if not view.notify_on_close:
            return Acted(True)
        payload = envelopes.view_closed(self, self.people[user], view, cleared=view.clear_on_close)
        return _acted(await self.sockets.send("interactive", payload))

    async def open_home(self, user: str, tab: str = "home") -> Acted:
        """Looks at the app's ``home`` or ``messages`` tab."""
        direct = self.conversations.direct(self.people[user])
        if self._events is not None and "app_home_opened" not in self._events:
            return Acted(True)
        payload = envelopes.home_opened(self, self.people[user], direct, tab)
        return _acted(await self.sockets.send("events_api", payload))

    # --- What Slack does ---
    async def redeliver(self, envelope_id: str | None = None) -> Acted:
        """Sends an envelope (the last one, unless named) a second time, as after a lost ack. The new ack changes nothing."""
        return _acted(await self.sockets.redeliver(envelope_id))

    async def disconnect_sockets(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Asks the app to connect anew, as Slack does every few hours."""
        await self.sockets.disconnect(reason)

    def response_url(self, user: str, channel: str, message_ts: str | None = None) -> str:
        """A new response URL."""
        return f"{self.base_url}/response/{self.response_urls.issue(user, channel, message_ts)}"

    def _use(
        self, blocks: Sequence[Block], state: State, action_id: str, block_id: str | None, value: Any
    ) -> dict[str, Any]:
        block, element = find_element(blocks, action_id, block_id)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise NotThere(f"{action_id!r} sends nothing until the form is submitted")
        chosen: dict[str, Any] = {}
        if element["type"] in HOLDS:
            chosen = state[block["block_id"]][element["action_id"]] = held(element, value)
        elif element["type"] == "overflow":
            chosen = {"selected_option": chosen_option(element, value)}
        return payloads.action(block, element, chosen, self.conversations.next_ts())

    def _file_of(self, user: str) -> Callable[[str], Block]:
        """The file object of an id, if that person uploaded it."""

        def find(file_id: str) -> Block:
            file = self.files.get(file_id)
            if file is None or file.user != user:
                raise NotThere(f"{user} did not upload {file_id!r}")
            return files.payload(self, file)

        return find

    def _place(self, user: str, channel_id: str) -> Channel:
        if user not in self.people:
            raise NotThere(f"nobody is {user}")
        channel = self.channels.get(channel_id)
        if channel is None or (channel.is_private and user not in channel.members):
            raise NotThere(f"{user} does not see {channel_id}")
        return channel

    def _view_in_front(self, user: str, view_id: str) -> View:
        in_front = [*self.views.stack(user)[-1:], self.views.home(user)]
        for view in in_front:
            if view is not None and view.id == view_id:
                return view
        raise NotThere(f"{user} has no view {view_id} in front")


class Subscription:
    """Changes as they happen; ``async for`` over it, and ``close`` it at the end."""

    def __init__(self, forget: Callable[[Subscription], None]) -> None:
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._forget = forget

    def tell(self, change: Change) -> None:
        """Puts a change in the line."""
        self._queue.put_nowait(change)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Change:
        change = await self._queue.get()
        if change is None:
            raise StopAsyncIteration
        return change

    def close(self) -> None:
        """No more changes."""
        self._forget(self)
        self._queue.put_nowait(None)


def _acted(delivery: Delivery, error: str | None = None, errors: Mapping[str, str] | None = None) -> Acted:
    found = delivery.error or error
    return Acted(found is None, found, delivery.ack, delivery.envelope.id, errors or {}, delivery.elapsed)
