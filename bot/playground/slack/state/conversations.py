"""Channels, direct messages and their messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.playground.slack.model import Channel, Message, SlackUser, WorkspaceChange, new_id
from tmon.clock import Clock


class Conversations:
    """Channels and messages of a workspace. ``changed`` is called after each change."""

    def __init__(self, clock: Clock, bot_user_id: str, changed: Callable[[WorkspaceChange], None]) -> None:
        self.channels: dict[str, Channel] = {}
        self._clock = clock
        self._bot = bot_user_id
        self._changed = changed
        self._messages: dict[str, list[Message]] = {}
        self._last_ts = 0

    def add(self, channel: Channel) -> Channel:
        """Add a channel."""
        self.channels[channel.id] = channel
        return channel

    def direct(self, person: SlackUser) -> Channel:
        """The direct message channel of the bot and a person, opened on first use."""
        for channel in self.channels.values():
            if channel.is_im and channel.user == person.id:
                return channel
        return self.add(
            Channel(
                new_id("D"), person.name, True, person.id, {person.id, self._bot}, bot_is_member=True, is_private=True
            )
        )

    def set_bot(self, channel_id: str, *, member: bool) -> None:
        """Add the bot to a channel, or remove it."""
        channel = self.channels[channel_id]
        channel.bot_is_member = member
        (channel.members.add if member else channel.members.discard)(self._bot)
        self.notify_changed(channel_id)

    def notify_changed(self, channel_id: str) -> None:
        """Report a change of the channel itself."""
        self._changed(WorkspaceChange("message", None, channel_id))

    def next_ts(self) -> str:
        """A new ``ts``: seconds since 1970 with six decimals, greater than all before."""
        self._last_ts = max(self._last_ts + 1, int(self._clock().timestamp() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_message(self, channel: str, user: str, text: str, **more: Any) -> Message:
        """Add a message."""
        message = Message(self.next_ts(), channel, user, text, **more)
        self._messages.setdefault(channel, []).append(message)
        self._notify(message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        """The message, or None if it does not exist or was deleted."""
        return next((m for m in self._messages.get(channel, []) if m.ts == ts and not m.deleted), None)

    def edit(self, message: Message, **changes: Any) -> None:
        """Change fields of a message and mark it as edited."""
        for name, value in changes.items():
            setattr(message, name, value)
        message.edited_ts = self.next_ts()
        self._notify(message)

    def delete(self, message: Message) -> None:
        """Delete a message."""
        message.deleted = True
        self._notify(message)

    def visible_to(self, channel_id: str, viewer: str) -> list[Message]:
        """Messages visible to a person, oldest first; none in a private conversation of others."""
        channel = self.channels[channel_id]
        if channel.is_private and viewer not in channel.members:
            return []
        return [
            message
            for message in self._messages.get(channel_id, [])
            if not message.deleted and message.ephemeral_for in (None, viewer)
        ]

    def forget_ephemerals(self, user: str) -> None:
        """Delete this person's ephemeral messages, as a reload of Slack's client does."""
        for channel, messages in self._messages.items():
            kept = [message for message in messages if message.ephemeral_for != user]
            if len(kept) != len(messages):
                self._messages[channel] = kept
                self._changed(WorkspaceChange("message", user, channel))

    def _notify(self, message: Message) -> None:
        self._changed(WorkspaceChange("message", message.ephemeral_for, message.channel))
