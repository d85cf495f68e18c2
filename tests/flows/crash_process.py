"""The bot in a process of its own, for tests that kill it.

It is forked from a server that has imported the bot already: a start of Python takes seconds on a busy machine.
"""

import asyncio
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from bot.logs import configure
from bot.runtime import run
from bot.settings import Settings, read
from tests.clock import MovableClock


class SharedClock(MovableClock):
    """A clock that the test moves and its children read from a file."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self.advance(timedelta())

    def advance(self, by: timedelta) -> None:
        """Moves on."""
        self.set(self.now + by)

    def set(self, moment: datetime) -> None:
        """Moves to an aware `moment`."""
        super().set(moment)
        new = self._file.with_suffix(".new")
        new.write_text(self.now.isoformat())
        new.replace(self._file)  # at once: a reader never sees half of a moment


def run_bot(folder: Path, environment: dict[str, str]) -> None:
    """Runs in `folder` with nothing but `environment`, as `tmon-bot run` does; the time is what the test writes there."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    log = os.open("child.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for output in (sys.stdout, sys.stderr):
        os.dup2(log, output.fileno())
    clock = folder / "clock"
    settings = read(Settings)
    configure(settings.log_level, settings.log_format)
    sys.exit(asyncio.run(run(settings, lambda: datetime.fromisoformat(clock.read_text()))))
