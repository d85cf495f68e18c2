"""What a painter makes of an outbox row."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage


@dataclass(frozen=True)
class RenderedMessage:
    """A Slack message: `text` is what notifications and screen readers get."""

    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True)
class RenderedMail:
    """A mail. `to` is empty for mails to the operator, whose address only the process knows."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str


Renderer = Callable[[Services, OutboxMessage, Texts], Awaitable[RenderedMessage | RenderedMail | None]]
"""Reads the facts of this moment and draws them; None when there is nothing to show any more."""
