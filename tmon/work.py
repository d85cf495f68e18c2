"""Work that is asked for in a transaction and begins once it is committed, in whatever process the engine chooses.

The rows stay the truth: a task says only where to look. One that is lost, doubled or late costs time and nothing else, because
it looks for what is to be done and claims it. `bot/engine` has the engines.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.errors import AppError


class Queue(StrEnum):
    """Queues, so that some workers can be kept for some kinds of work. Stored in settings; never renamed."""

    PRESS = "press"
    """What a person waits for."""
    COLLECT = "collect"
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


class Press:
    """What a person has pressed or sent in a process that others share the work with, which may end at any moment.

    Whoever acts on it stores what is wanted and asks for the task that does it in one transaction. Only then is it
    acknowledged, and whichever process lives carries it out; or nothing is stored and the person is told so.
    """

    def __init__(self, seconds: float) -> None:
        """`seconds`: how long the person waits until it is stored; then it comes to nothing."""
        self.seconds = seconds
        self.stored = asyncio.Event()
        """What is wanted is committed."""
        self.begun = False
        """It changes something: it has to be stored before it is acknowledged."""
        self.storing = False
        """It is being committed, and cannot be taken back any more."""
        self._given_up = False

    def begin(self) -> None:
        """Say that it changes something. Raises AppError when the person was told that it comes to nothing."""
        self.begun = True
        self._require_open()

    def store(self, session: AsyncSession) -> None:
        """Say, as the last thing in the transaction of `session`, that it is about to be committed.

        Raises AppError like `begin`.
        """
        self._require_open()
        self.storing = True
        event.listen(session.sync_session, "after_commit", lambda _: self.stored.set(), once=True)

    def give_up(self) -> bool:
        """Let nothing be stored from now on. Returns False if it is being stored already, or has not begun to change anything.

        What begins only later is refused then.
        """
        self._given_up = not self.storing and not self.stored.is_set()
        return self._given_up and self.begun

    def _require_open(self) -> None:
        if self._given_up:
            raise AppError("common.database_busy")


pressed: ContextVar[Press | None] = ContextVar("pressed", default=None)
"""What is acted on, for whoever would hand it over to a task; None where this process does it all by itself."""


def begin_press() -> Press | None:
    """Say of what is acted on that it changes something, and return it. Raises AppError like `Press.begin`."""
    press = pressed.get()
    if press is not None:
        press.begin()
    return press
