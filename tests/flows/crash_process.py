"""The bot in a process of its own, for tests that kill it: `python -m tests.flows.child FILE`.

Settings come from the environment, as for `tmon-bot run`; the time is what FILE says, which the test writes.
"""

import asyncio
import sys
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


if __name__ == "__main__":
    shown = Path(sys.argv[1])
    settings = read(Settings)
    configure(settings.log_level, settings.log_format)
    sys.exit(asyncio.run(run(settings, lambda: datetime.fromisoformat(shown.read_text()))))
