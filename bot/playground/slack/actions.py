"""User actions in a workspace, and the envelopes that Slack sends to the app for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.playground.slack import envelopes, payloads
from bot.playground.slack.acks import take_submission_ack
from bot.playground.slack.errors import WebApiError
from bot.playground.slack.model import (
    Block,
    Channel,
    File,
    FileRejected,
    InteractionResult,
    Message,
    NotVisible,
    State,
    View,
    new_id,
)
from bot.playground.slack.rules.blocks import check_suggestions, elements_of, options_of, takes_file
from bot.playground.slack.rules.inputs import (
    EXTERNAL,
    STATE_KEYS,
    chosen_option,
    file_violation,
    fill,
    find_element,
    initial_state,
    state_value,
    violations,
)
from bot.playground.slack.socket_mode import Delivery
from bot.playground.slack.state.workspace import WorkspaceState
from bot.playground.slack.web_api.responses import answer_in_channel
from tmon.clock import Clock, system_clock


class Workspace(WorkspaceState):
    """A workspace with user actions; ``serve`` serves it over HTTP.

    User actions raise NotVisible when the target is not on the person's screen.
    """

    def __init__(self, clock: Clock = system_clock, *, manifest: Mapping[str, Any] | None = None) -> None:
        super().__init__(clock, manifest=manifest)
        self._message_states: dict[tuple[str, str, str], State] = {}
        self._suggested: dict[tuple[str, str], dict[str, Block]] = {}
        """Options that the app has answered for an external select, by view and block, then by value."""

    def post(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Post a message as a person."""
        conversation = self._visible_channel(user, channel)
        if (
            user not in conversation.members
            or conversation.archived
            or (conversation.is_im and self.messages_read_only)
        ):
            raise NotVisible(f"{user} cannot write in {channel}")
        return self.conversations.add_message(channel, user, text, thread_ts=thread_ts)

    async def slash(self, user: str, channel: str, command: str, text: str) -> InteractionResult:
        """Run a slash command. A message in the ack is posted to the channel."""
        conversation = self._visible_channel(user, channel)
        if self._commands is not None and command not in self._commands:
            return InteractionResult(False, "unknown_command")
        payload = envelopes.slash_command(self, self.people[user], conversation, command, text)
        delivery = await self.sockets.send("slash_commands", payload)
        if delivery.ack:
            try:
                answer_in_channel(self, user, channel, None, delivery.ack)
            except WebApiError:
                return _result(delivery, "invalid_ack")
        return _result(delivery)

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
    ) -> InteractionResult:
        """Press a button, or choose ``value`` in a menu, of a message or a view.

        ``values`` are the current values of the view's other inputs, as in ``submit``.
        """
        if view_id is not None:
            view = self._view_in_front(user, view_id)
            fill(view, self._with_suggested(view_id, values or {}), self._file_of(user))
            if block_id is not None:
                value = self._with_suggested(view_id, {block_id: value})[block_id]
            action = self._use(view.blocks, view.state, action_id, block_id, value)
            payload = envelopes.view_actions(self, self.people[user], view, action)
        else:
            conversation = self._visible_channel(user, channel or "")
            message = next((m for m in self.messages(conversation.id, user) if m.ts == ts), None)
            if message is None:
                raise NotVisible(f"no message {ts} in {channel}")
            key = (conversation.id, message.ts, user)
            state = self._message_states[key] = initial_state(message.blocks, self._message_states.get(key))
            action = self._use(message.blocks, state, action_id, block_id, value)
            payload = envelopes.message_actions(self, self.people[user], conversation, message, state, action)
        return _result(await self.sockets.send("interactive", payload))

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any]) -> InteractionResult:
        """Enter ``values`` (block id or ``block_id/action_id`` → text, option value, file id, list …) and submit the view.

        Inputs that are not named keep their values. Input that Slack's client rejects results in ``invalid_input``.
        """
        view = self._view_in_front(user, view_id)
        if view.submit is None:
            raise NotVisible(f"view {view_id} cannot be submitted")
        fill(view, self._with_suggested(view_id, values), self._file_of(user))
        missing = violations(view, self.people[user].locale)
        if missing:
            return InteractionResult(False, "invalid_input", errors=missing)
        delivery = await self.sockets.send("interactive", envelopes.view_submission(self, self.people[user], view))
        if delivery.ack is None:
            return _result(delivery)
        error, errors = take_submission_ack(self.views, view, delivery.ack)
        return _result(delivery, error, errors)

    async def suggest(self, user: str, view_id: str, block_id: str, typed: str) -> list[Block]:
        """Type into an external select; returns the options that the app answers, none if it fails.

        Raises NotVisible, also if Slack would not ask for so few characters.
        """
        view = self._view_in_front(user, view_id)
        block = next((block for block in view.blocks if block["block_id"] == block_id), None)
        element = next((one for one in elements_of(block) if one["type"] in EXTERNAL), None) if block else None
        if element is None or len(typed) < element.get("min_query_length", 3):
            raise NotVisible(f"no options for {typed!r} in {block_id!r}")
        payload = envelopes.suggestion(self, self.people[user], view, block_id, element["action_id"], typed)
        answer = (await self.sockets.send("interactive", payload)).ack
        if not answer or check_suggestions(answer):
            return []
        found = options_of(dict(answer))
        self._suggested.setdefault((view_id, block_id), {}).update({option["value"]: option for option in found})
        return found

    def upload(self, user: str, view_id: str, block_id: str, name: str, content: bytes) -> File:
        """Choose a file in a form. It is uploaded at once; ``submit`` with its id sends it.

        Raises FileRejected if Slack's client rejects it.
        """
        view = self._view_in_front(user, view_id)
        block = next((block for block in view.blocks if takes_file(block) and block["block_id"] == block_id), None)
        if block is None:
            raise NotVisible(f"no file input {block_id!r}")
        message = file_violation(block["element"], name, len(content), self.people[user].locale)
        if message is not None:
            raise FileRejected(message)
        file = File(new_id("F"), name, user, self.clock(), content)
        self.files[file.id] = file
        return file

    async def close(self, user: str, view_id: str) -> InteractionResult:
        """Close the top view. The app is notified only with ``notify_on_close``."""
        view = self._view_in_front(user, view_id)
        self.views.close(view, everything=view.clear_on_close)
        if not view.notify_on_close:
            return InteractionResult(True)
        payload = envelopes.view_closed(self, self.people[user], view, cleared=view.clear_on_close)
        return _result(await self.sockets.send("interactive", payload))

    async def open_home(self, user: str, tab: str = "home") -> InteractionResult:
        """Open the app's ``home`` or ``messages`` tab."""
        direct = self.conversations.direct(self.people[user])
        if self._events is not None and "app_home_opened" not in self._events:
            return InteractionResult(True)
        payload = envelopes.home_opened(self, self.people[user], direct, tab)
        return _result(await self.sockets.send("events_api", payload))

    async def send_event(self, payload: Mapping[str, Any]) -> InteractionResult:
        """Send an event that is not about what a person does."""
        return _result(await self.sockets.send("events_api", payload))

    async def redeliver(self, envelope_id: str | None = None) -> InteractionResult:
        """Send an envelope (by default the last one) again, as after a lost ack. The new ack has no effect."""
        return _result(await self.sockets.redeliver(envelope_id))

    def _with_suggested(self, view_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``values`` with the options in place of their values that the app has answered for external selects."""
        found = dict(values)
        for name, value in values.items():
            known = self._suggested.get((view_id, name.partition("/")[0]), {})
            if isinstance(value, str):
                found[name] = known.get(value, value)
            elif isinstance(value, list):
                found[name] = [known.get(one, one) for one in value]
        return found

    def _use(
        self, blocks: Sequence[Block], state: State, action_id: str, block_id: str | None, value: Any
    ) -> dict[str, Any]:
        block, element = find_element(blocks, action_id, block_id)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise NotVisible(f"{action_id!r} sends nothing until the form is submitted")
        chosen: dict[str, Any] = {}
        if element["type"] in STATE_KEYS:
            chosen = state[block["block_id"]][element["action_id"]] = state_value(element, value)
        elif element["type"] == "overflow":
            chosen = {"selected_option": chosen_option(element, value)}
        return payloads.action(block, element, chosen, self.conversations.next_ts())

    def _file_of(self, user: str) -> Callable[[str], Block]:
        """A function from file id to file object, for files that this person uploaded."""

        def find(file_id: str) -> Block:
            file = self.files.get(file_id)
            if file is None or file.user != user:
                raise NotVisible(f"{user} did not upload {file_id!r}")
            return payloads.file(self.base_url, self.team_id, file)

        return find

    def _visible_channel(self, user: str, channel_id: str) -> Channel:
        if user not in self.people:
            raise NotVisible(f"nobody is {user}")
        channel = self.channels.get(channel_id)
        if channel is None or (channel.is_private and user not in channel.members):
            raise NotVisible(f"{user} does not see {channel_id}")
        return channel

    def _view_in_front(self, user: str, view_id: str) -> View:
        in_front = [*self.views.stack(user)[-1:], self.views.home(user)]
        for view in in_front:
            if view is not None and view.id == view_id:
                return view
        raise NotVisible(f"{user} has no view {view_id} in front")


def _result(delivery: Delivery, error: str | None = None, errors: Mapping[str, str] | None = None) -> InteractionResult:
    found = delivery.error or error
    return InteractionResult(found is None, found, delivery.ack, delivery.envelope.id, errors or {}, delivery.elapsed)
