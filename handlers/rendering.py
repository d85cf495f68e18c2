"""What a renderer makes of an outbox row: a Slack message or a mail."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers.blocks import Block, section
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage


@dataclass(frozen=True)
class RenderedMessage:
    """A Slack message. `text` is what notifications and screen readers use, as Slack markup."""

    text: str
    blocks: list[Block]

    @classmethod
    def of_text(cls, text: str) -> "RenderedMessage":
        """A message that consists of `text` only."""
        return cls(text, [section(text)])


@dataclass(frozen=True)
class RenderedMail:
    """A mail. `to` is empty for mails to the operator, whose address only the process knows."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str


Renderer = Callable[[Services, OutboxMessage, Texts], Awaitable[RenderedMessage | RenderedMail | None]]
"""Reads the current facts and renders them; None if there is nothing left to send."""
