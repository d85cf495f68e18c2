"""A process that dies at a chosen moment, without a process of its own.

After its death nothing of it is written, TMON and Slack hear nothing of it any more, and its open transactions are rolled
back: what a SIGKILL leaves. Killing real processes (`tests.flows.process`) takes seconds, which hundreds of runs do not have.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import create_database
from bot.playground.slack.state.faults import ANY
from tests.flows.world import Scene
from tmon.database import Database


class Died(Exception):
    """The process does not exist any more."""


class Life:
    """Counts what the process does, and ends it at the chosen event."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
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
        self._scene.tmon.faults.clear()
        self._scene.slack.faults.clear()

    def passed(self) -> bool:
        """Count an event. Returns whether the process lives on."""
        if self._left is not None and not self.dead:
            self._left -= 1
            if self._left <= 0:
                self.died.set()
        if self.dead:
            self._scene.tmon.faults.mode, self._scene.tmon.faults.times = "down", None
            self._scene.tmon.faults.only = self._scene.tmon.faults.partners = None
            self._scene.slack.faults.clear()
            self._scene.slack.faults.drop(ANY, times=1000)
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
