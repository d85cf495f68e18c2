"""Work that is asked for in a transaction and begins once it is committed, in whatever process the engine chooses.

The rows stay the truth: a task says only where to look. One that is lost, doubled or late costs time and nothing else, because
it looks for what is to be done and claims it. `bot/engine` has the engines.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession


class Queue(StrEnum):
    """Queues, so that some workers can be kept for some kinds of work. Stored in settings; never renamed."""

    PRESS = "press"
    """What a person waits for."""
    COLLECT = "collect"
    STOCK = "stock"
    CHORES = "chores"


@dataclass(frozen=True)
class Task:
    """A kind of work, as a feature's manifest declares it."""

    name: str
    """Stored with what waits; never renamed. Arguments are only added, with a default."""
    run: Callable[..., Awaitable[object]]
    """Called with the services and the ids that it was asked for with. May be called twice, also at the same time."""
    queue: Queue = Queue.CHORES


class Work(Protocol):
    """Asks for tasks."""

    async def ask(self, session: AsyncSession, task: str, key: str, **ids: Any) -> None:
        """Ask for a task, once the transaction of `session` is committed; nothing is asked for if it is not.

        `key`: what it is about; of a task and a key at most one runs at a time. `ids`: its arguments, of which none is
        personal or secret: they are readable for whoever operates the database.
        """
