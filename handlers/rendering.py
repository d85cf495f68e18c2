"""What a painter makes of an outbox row."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import Message


@dataclass(frozen=True)
class Drawing:
    """A Slack message: `text` is what notifications and screen readers get."""

    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True)
class MailDrawing:
    """A mail. `to` is empty for mails to the operator, whose address only the process knows."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str


Painter = Callable[[Services, Message, Texts], Awaitable[Drawing | MailDrawing | None]]
"""Reads the facts of this moment and draws them; None when there is nothing to show any more."""
