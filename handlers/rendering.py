"""What a renderer makes of an outbox row: a Slack message or a mail."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from handlers.blocks import Block, actions, section
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import MessageArgs, OutboxMessage


@dataclass(frozen=True)
class RenderedMessage:
    """A Slack message. `text` is what notifications and screen readers use, as Slack markup."""

    text: str
    blocks: list[Block]

    @classmethod
    def of_text(cls, text: str, *buttons: Block) -> "RenderedMessage":
        """A message that consists of `text`, and of buttons where there are any."""
        return cls(text, [section(text), *([actions(*buttons)] if buttons else [])])


@dataclass(frozen=True)
class RenderedMail:
    """A mail. `to` is empty for mails to the operator, whose address only the process knows."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str


class NotYet(Exception):
    """What a message refers to is about to be posted: it is rendered again a second later."""


Rendered = RenderedMessage | RenderedMail | None
"""None: there is nothing left to send."""

A = TypeVar("A", bound=MessageArgs)


@dataclass(frozen=True)
class Renderer:
    """Draws one kind of message from the facts of the moment."""

    args: type[MessageArgs]
    """The kind of message, as its sender fills it."""
    render: Callable[[Services, OutboxMessage, Any, Texts], Awaitable[Rendered]]

    async def __call__(self, services: Services, row: OutboxMessage, t: Texts) -> Rendered:
        """Render a row. Raises AppError if what it is about is gone."""
        return await self.render(services, row, self.args.model_validate(row.args), t)


def renders(args: type[A]) -> Callable[[Callable[[Services, OutboxMessage, A, Texts], Awaitable[Rendered]]], Renderer]:
    """Declare that the decorated function renders messages of the kind `args`."""
    return lambda render: Renderer(args, render)
