"""The difference between the clocks of this machine and of the database's server.

Several processes go by the times that others have stored. So one whose machine is wrong goes by the server's clock.
"""

from datetime import timedelta

import structlog
from sqlalchemy import func, select

from tmon.clock import Clock, system_clock
from tmon.database import Database, utc

log = structlog.stdlib.get_logger(__name__)

TOLERANCE = timedelta(seconds=30)
"""A machine that differs by no more than this goes by its own clock."""
MEASURE_SECONDS = 60.0
_SLOW = timedelta(seconds=10)
"""An answer that took longer than this does not say what time it is."""


class DatabaseClock:
    """Measures how far the machine's clock is behind the database's, and corrects clocks that go by it."""

    def __init__(self, db: Database, machine: Clock = system_clock) -> None:
        self._db = db
        self._machine = machine
        self.behind = timedelta()
        """The difference when it was last measured; negative if the machine's clock is ahead."""

    @property
    def correction(self) -> timedelta:
        """What is added to the machine's time."""
        return self.behind if abs(self.behind) > TOLERANCE else timedelta()

    async def measure(self) -> None:
        """Compare the clocks. An SQLite file has none but the machine's."""
        if self._db.engine.dialect.name == "sqlite":
            return
        async with self._db.read() as session:
            await session.connection()  # connecting takes time that would be counted
            asked = self._machine()
            moment = await session.scalar(select(func.clock_timestamp()))
            answered = self._machine()
        if moment is None or answered - asked > _SLOW:
            return
        before = self.correction
        self.behind = utc(moment) - (asked + (answered - asked) / 2)
        if self.correction and not before:
            log.warning(
                "the clock differs from the database's and is corrected", behind=round(self.behind.total_seconds())
            )

    def correct(self, clock: Clock) -> Clock:
        """Return a clock that is `clock`, which goes by the machine's, corrected by what was last measured."""
        return lambda: clock() + self.correction
