"""A process that dies at a chosen moment, without a process of its own.

After its death nothing of it is written, TMON and Slack hear nothing of it any more, and its open transactions are rolled
back: what a SIGKILL leaves. Killing real processes (`tests.flows.process`) takes seconds, which hundreds of runs do not have.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import create_database
from bot.playground.slack import Workspace
from bot.playground.slack.state.faults import ANY
from bot.playground.tmon import Sandbox
from tmon.database import Database


@contextmanager
def silence() -> Iterator[None]:
    """Nothing is logged: what dying processes log, thousands of times, takes longer than all the rest."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**before)


class Died(Exception):
    """The process does not exist any more."""


class Life:
    """Counts what the process does, and ends it at the chosen event."""

    def __init__(self, tmon: Sandbox, slack: Workspace | None = None) -> None:
        self._tmon, self._slack = tmon, slack
        self._left: int | None = None
        self.died = asyncio.Event()

    @property
    def dead(self) -> bool:
        """Whether the process does not exist any more."""
        return self.died.is_set()

    def ends_in(self, events: int) -> None:
        """Let it die at the event with that number from now on, counted from 1."""
        self._left = events

    def revive(self) -> None:
        """Begin anew, without a fatal event."""
        self._left = None
        self.died.clear()
        self._tmon.faults.clear()
        if self._slack is not None:
            self._slack.faults.clear()

    def passed(self) -> bool:
        """Count an event. Returns whether the process lives on."""
        if self._left is not None and not self.dead:
            self._left -= 1
            if self._left <= 0:
                self.died.set()
        if self.dead:
            self._tmon.faults.mode, self._tmon.faults.times = "down", None
            self._tmon.faults.only = self._tmon.faults.partners = None
            if self._slack is not None:
                self._slack.faults.clear()
                self._slack.faults.drop(ANY, times=1000)
        return not self.dead


class MortalDatabase(Database):
    """The database as one process sees it: each transaction may be its last, before or after it is committed."""

    def __init__(self, url: str, life: Life) -> None:
        super().__init__(create_database(url).engine)
        self._life = life

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """As in `Database`."""
        self._live()
        async with super().read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """As in `Database`."""
        self._live()
        async with super().write() as session:
            yield session
            self._event()
        self._event()

    def _event(self) -> None:
        if not self._life.passed():
            raise Died

    def _live(self) -> None:
        if self._life.dead:
            raise Died
