"""Injected faults: failing API calls, and changes to channels and messages that the bot does not expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.playground.slack.state.conversations import Conversations

ANY = "*"
"""In place of a method's name: the next call of any method."""


@dataclass(frozen=True)
class Fault:
    """A fault of one call. With ``after_effect`` the call takes effect and only the response is lost."""

    kind: Literal["error", "throttle", "status", "hang", "drop"]
    error: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int = 0
    status: int = 200
    html: bool = False
    after_effect: bool = False
    about: str | None = None
    """Only calls about this channel or person are affected; None: all."""


class SlackFaults:
    """Queued faults; each affects the next ``times`` calls of its method."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._queued: list[tuple[str, Fault]] = []
        self.silent_image_hosts: set[str] = set()
        """Endings of names of hosts whose pictures Slack cannot load; "": of every host."""

    def refuse(self, method: str, error: str, *, times: int = 1, about: str | None = None, **more: Any) -> None:
        """Respond with ``{"ok": false, "error": error, …more}``; ``about``: only to calls about this channel or person."""
        self._queue(method, Fault("error", error=error, more=more, about=about), times)

    def throttle(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """Respond with HTTP 429 and ``Retry-After`` in seconds."""
        self._queue(method, Fault("throttle", retry_after=retry_after), times)

    def break_down(self, method: str, *, status: int = 500, html: bool = False, times: int = 1) -> None:
        """Respond with a server error: JSON ``internal_error``, or an HTML page."""
        self._queue(method, Fault("status", status=status, html=html), times)

    def hang(self, method: str, *, times: int = 1, after_effect: bool = False) -> None:
        """Do not respond until the caller gives up."""
        self._queue(method, Fault("hang", after_effect=after_effect), times)

    def drop(self, method: str, *, times: int = 1, after_effect: bool = False) -> None:
        """Close the connection without a response."""
        self._queue(method, Fault("drop", after_effect=after_effect), times)

    def clear(self) -> None:
        """Remove all faults."""
        self._queued.clear()
        self.silent_image_hosts.clear()

    def next_for(self, method: str, about: str | None = None) -> Fault | None:
        """Take the fault for this call from the queue. ``about``: the channel or person of the call."""
        for position, (name, fault) in enumerate(self._queued):
            if name in (ANY, method) and fault.about in (None, about):
                del self._queued[position]
                return fault
        return None

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive or unarchive a channel."""
        self._conversations.channels[channel].archived = archived
        self._conversations.notify_changed(channel)

    def kick_bot(self, channel: str) -> None:
        """Remove the bot from a channel."""
        self._conversations.set_bot(channel, member=False)

    def invite_bot(self, channel: str) -> None:
        """Invite the bot to a channel."""
        self._conversations.set_bot(channel, member=True)

    def delete_message(self, channel: str, ts: str) -> None:
        """Delete a message as an admin would. Raises LookupError."""
        message = self._conversations.find(channel, ts)
        if message is None:
            raise LookupError(f"no message {ts} in {channel}")
        self._conversations.delete(message)

    def _queue(self, method: str, fault: Fault, times: int) -> None:
        self._queued += [(method, fault)] * times
