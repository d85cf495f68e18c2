"""The bot, or any of its commands, in a process of its own, for tests that kill it.

It is forked from a server that has imported the bot already: a start of Python takes seconds on a busy machine.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from bot import runtime
from bot.cli import main
from bot.engine.queue import QueueEngine
from bot.logs import configure
from bot.runtime import run
from bot.settings import BotSettings, QueueSettings, Settings, WebSettings, read
from bot.webserver import serve
from bot.worker import work
from tests.clock import MovableClock
from tmon.clock import system_clock
from tmon.core import Services
from tmon.orders.confirmation import CONFIRM
from tmon.work import Task


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


@dataclass(frozen=True)
class Kind:
    """What is special about a process."""

    ahead: float = 0
    """By how many seconds its machine's clock is ahead."""
    version: Literal["", "older", "newer"] = ""
    """The older one does not know the task of a press; the newer one asks with an argument more."""


def run_command(folder: Path, environment: dict[str, str], arguments: tuple[str, ...], log: str, kind: Kind) -> None:
    """Runs `tmon-bot` in `folder` with nothing but `environment`."""
    _begin(folder, environment, log)
    if kind.ahead:
        _set_machine(kind.ahead)
    if kind.version:
        _set_version(kind.version == "newer")
    sys.exit(main(arguments))


def _set_version(newer: bool) -> None:
    """Lets this be another version of the code."""
    begin, ask = QueueEngine.begin, QueueEngine.ask

    def begin_older(self: QueueEngine, services: Services, tasks: Iterable[Task]) -> None:
        begin(self, services, [task for task in tasks if task.name != CONFIRM])

    async def ask_newer(self: QueueEngine, session: AsyncSession, task: str, key: str, **ids: Any) -> None:
        await ask(self, session, task, key, **ids, of_a_newer_version=True)

    if newer:
        QueueEngine.ask = ask_newer  # type: ignore[method-assign]
    else:
        QueueEngine.begin = begin_older  # type: ignore[method-assign]
    runtime.version = lambda distribution_name: "9.0.0" if newer else "0.0.1"  # type: ignore[attr-defined]


def _set_machine(ahead: float) -> None:
    """Lets `system_clock` be ahead, whoever has imported it already."""

    def wrong() -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + AHEAD, UTC)  # type: ignore[name-defined]  # noqa: F821

    system_clock.__globals__["AHEAD"] = ahead
    system_clock.__code__ = wrong.__code__


def _begin(folder: Path, environment: dict[str, str], log: str) -> None:
    """Makes this a process in `folder` with nothing but `environment`, which writes to the file `log`."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for output in (sys.stdout, sys.stderr):
        os.dup2(file, output.fileno())


def run_bot(folder: Path, environment: dict[str, str], role: str = "run") -> None:
    """Runs in `folder` with nothing but `environment`, as `tmon-bot role` does; the time is what the test writes there."""
    _begin(folder, environment, "child.log")
    file = folder / "clock"

    def clock() -> datetime:
        return datetime.fromisoformat(file.read_text())

    kinds: dict[str, type[BotSettings]] = {"run": Settings, "web": WebSettings, "worker": QueueSettings}
    settings = read(kinds[role])
    configure(settings.log_level, settings.log_format)
    match settings:
        case WebSettings():
            code = asyncio.run(serve(settings, clock))
        case QueueSettings():
            code = asyncio.run(work(settings, clock))
        case _:
            assert isinstance(settings, Settings)
            code = asyncio.run(run(settings, clock))
    sys.exit(code)
