"""Faults on demand: answers that a method gives next, and what people do to channels and messages behind the bot's back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.playground.slack.state.conversations import Conversations

ANY = "*"
"""In place of a method's name: whichever is called next."""


@dataclass(frozen=True)
class Fault:
    """What happens to one call. With ``after_effect`` the call does its work first, and only the answer is lost."""

    kind: Literal["error", "throttle", "status", "hang", "drop"]
    error: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int = 0
    status: int = 200
    html: bool = False
    after_effect: bool = False


class SlackFaults:
    """Each fault hits the next ``times`` calls of the method and is then over."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._queued: list[tuple[str, Fault]] = []

    def refuse(self, method: str, error: str, *, times: int = 1, **more: Any) -> None:
        """``{"ok": false, "error": error, …more}``."""
        self._queue(method, Fault("error", error=error, more=more), times)

    def throttle(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """HTTP 429 with ``Retry-After`` in seconds."""
        self._queue(method, Fault("throttle", retry_after=retry_after), times)

    def break_down(self, method: str, *, status: int = 500, html: bool = False, times: int = 1) -> None:
        """An answer of a server in trouble: JSON ``internal_error``, or an HTML page."""
        self._queue(method, Fault("status", status=status, html=html), times)

    def hang(self, method: str, *, times: int = 1, after_effect: bool = False) -> None:
        """No answer until the caller gives up."""
        self._queue(method, Fault("hang", after_effect=after_effect), times)

    def drop(self, method: str, *, times: int = 1, after_effect: bool = False) -> None:
        """The connection ends without an answer."""
        self._queue(method, Fault("drop", after_effect=after_effect), times)

    def clear(self) -> None:
        """All is well again."""
        self._queued.clear()

    def next_for(self, method: str) -> Fault | None:
        """The fault of this call, which is used up with it."""
        for position, (name, fault) in enumerate(self._queued):
            if name in (ANY, method):
                del self._queued[position]
                return fault
        return None

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Somebody archives a channel, or takes it out of the archive."""
        self._conversations.channels[channel].archived = archived
        self._conversations.notify_changed(channel)

    def kick_bot(self, channel: str) -> None:
        """Somebody removes the bot from a channel."""
        self._conversations.set_bot(channel, member=False)

    def invite_bot(self, channel: str) -> None:
        """Somebody types ``/invite`` and the bot's name."""
        self._conversations.set_bot(channel, member=True)

    def delete_message(self, channel: str, ts: str) -> None:
        """Somebody deletes a message. Raises LookupError."""
        message = self._conversations.find(channel, ts)
        if message is None:
            raise LookupError(f"no message {ts} in {channel}")
        self._conversations.delete(message)

    def _queue(self, method: str, fault: Fault, times: int) -> None:
        self._queued += [(method, fault)] * times
