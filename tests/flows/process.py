"""The far sides in this process, the bot in one of its own that can be killed at any call that it makes."""

import asyncio
import multiprocessing
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import func, select
from sqlmodel import col

from bot.playground.slack import SlackCall
from bot.playground.tmon import LoggedCall
from bot.settings import BotSettings, Settings
from tests.flows.crash_process import SharedClock, run_bot
from tests.flows.world import Scene, scene_on, until
from tmon.models.orders import Order, OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.writes import OPEN_STEPS, WriteRecord, WriteStep

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
"""Real seconds that a process may take to start on a busy machine."""
STILL_SECONDS = 0.4
"""Real seconds without any call after which a bot with nothing left to do is taken to rest; it delivers every 0.25 s."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["__main__", "tests.flows.crash_process"])


class ForkedBot:
    """A bot that was forked instead of started, seen like a process of asyncio."""

    def __init__(self, folder: Path, environment: dict[str, str], role: str = "run") -> None:
        self._process = FORKS.Process(target=run_bot, args=(folder, environment, role), daemon=True)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        self._process.kill()

    def terminate(self) -> None:
        """Asks it to end, with SIGTERM."""
        self._process.terminate()

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        await until(lambda: self.returncode is not None, START_SECONDS)
        return self._process.exitcode or 0


@dataclass(frozen=True)
class Moment:
    """The `number`th call named `call` from a certain time on: when it is received, or when it was answered."""

    call: str
    number: int
    phase: str

    def __str__(self) -> str:
        return f"{self.call} {self.number} {self.phase}"


@dataclass
class Outside(Scene):
    """The bot runs as a child process."""

    folder: Path
    child: Process | ForkedBot | None = None
    calls: list[str] = field(default_factory=list)
    """Names of the calls to TMON and Slack since `watch`, in order."""
    _fatal: Moment | None = None
    _hold_for: tuple[str, str] | None = None

    async def start(self, *command: str, role: str = "run") -> Process | ForkedBot:
        """Starts a bot and waits until it listens to Slack or has ended. `command`: what Python runs instead."""
        before = self.slack.sockets.connected
        started = await self._start(*command) if command else ForkedBot(self.folder, self.environment(), role)
        await until(lambda: self.slack.sockets.connected > before or started.returncode is not None, START_SECONDS)
        return started

    async def _start(self, *command: str) -> Process:
        with (self.folder / "child.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, *command, cwd=self.folder, env=self.environment(), stdout=log, stderr=log
            )

    async def restart(self, after: timedelta = timedelta(seconds=10)) -> None:
        """Starts the child anew, `after` that much time."""
        await until(lambda: not self.slack.connected)
        self.clock.advance(after)
        self.child = await self.start()
        assert self.child.returncode is None, self.log()

    async def kill(self) -> None:
        """Ends the child with SIGKILL. Slack does not wait for its acks any more, which would take most of the time."""
        assert self.child is not None
        if self.child.returncode is None:
            self.child.kill()
            await self.child.wait()
            self.slack.sockets.abandon()

    async def terminate(self) -> int:
        """Ends the child with SIGTERM; its exit code."""
        assert self.child is not None
        self.child.terminate()
        return await self.child.wait()

    def log(self) -> str:
        """What children have logged."""
        return (self.folder / "child.log").read_text()

    def watch(self, fatal: Moment | None = None, *, hold: tuple[str, str] | None = None) -> None:
        """Counts calls anew, and kills the child at `fatal`. `hold`: the first call of that name waits for the other."""
        self.calls.clear()
        self._fatal, self._hold_for = fatal, hold

    async def heard(self, call: LoggedCall | SlackCall, phase: str) -> None:
        """A far side was called, or has answered."""
        name = call.method if isinstance(call, SlackCall) else call.name
        if phase == "received":
            self.calls.append(name)
            if self._hold_for is not None and name == self._hold_for[0] and self.calls.count(name) == 1:
                second = self._hold_for[1]
                await until(lambda: second in self.calls or self._died(), 10)
        if self._fatal is not None and self._fatal == Moment(name, self.calls.count(name), phase):
            self._fatal = None
            await self.kill()

    async def dies(self) -> None:
        """Waits until the child was killed. The clock moves on: what kills it may be due only with the next run."""
        async with asyncio.timeout(START_SECONDS):
            while self.child is None or self.child.returncode != -9:
                self.clock.advance(timedelta(seconds=1))
                await asyncio.sleep(0.1)

    def _died(self) -> bool:
        return self.child is None or self.child.returncode is not None

    async def writes_settled(self, steps: Sequence[WriteStep] = OPEN_STEPS) -> None:
        """Waits until no write to TMON is in one of these steps any more."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                async with self.db.read() as session:
                    found = await session.scalar(
                        select(col(WriteRecord.id)).where(col(WriteRecord.state).in_(steps)).limit(1)
                    )
                if found is None:
                    break
                await asyncio.sleep(0.1)
        await self.rest()

    async def rest(
        self, within: timedelta = timedelta(minutes=1), *, after: Callable[[], object] = lambda: True
    ) -> None:
        """Waits until the child has ended, or has done what `after` looks for and has nothing left to do.

        The clock moves on by at most `within`.
        """
        end = self.clock() + within
        still = asyncio.get_running_loop().time()
        seen = -1
        while not self._died():
            now = asyncio.get_running_loop().time()
            if len(self.calls) != seen:
                seen, still = len(self.calls), now
            busy = not after() or await self._busy()
            if not busy and now - still > STILL_SECONDS:
                return
            if busy and self.clock() < end:
                self.clock.advance(timedelta(seconds=0.25))
            assert now - still < START_SECONDS, f"no rest within {within}: {self.log()[-3000:]}"
            await asyncio.sleep(0.05)

    async def _busy(self) -> bool:
        """Whether a message is due or an order is neither waiting nor settled."""
        async with self.db.read() as session:
            messages = await session.scalar(
                select(func.count()).select_from(Row).where(col(Row.version) > col(Row.delivered_version))
            )
            orders = await session.scalar(
                select(func.count())
                .select_from(Order)
                .where(col(Order.state).in_((OrderState.CONFIRMING, OrderState.UNKNOWN)))
            )
        return bool(messages or orders)

    def environment(self) -> dict[str, str]:
        """What the settings are for a child."""
        return environment_of(self.settings)


def environment_of(settings: BotSettings) -> dict[str, str]:
    """The environment of a process that has these settings and nothing else."""
    given = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if name == "encryption_keys":
            value = ",".join(settings.fernet_keys())
        elif isinstance(value, tuple):
            value = ",".join(value)
        elif isinstance(value, time):
            value = f"{value:%H:%M}"
        if value is not None:
            given[name.upper()] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return given


@asynccontextmanager
async def outside_on(database_url: str, encryption_key: str, folder: Path) -> AsyncIterator[Outside]:
    """The far sides on a migrated database; the child is started by the test, and killed at its end."""
    async with scene_on(database_url, encryption_key, SharedClock(folder / "clock")) as scene:
        scene.settings = scene.settings.model_copy(update={"http_port": 0})
        outside = Outside(**vars(scene), folder=folder)
        scene.tmon.on_call = lambda call, phase: outside.heard(call, phase.value)
        scene.slack.on_call = lambda call, phase: outside.heard(call, phase.value)
        try:
            yield outside
        finally:
            outside.watch()
            if outside.child is not None:
                await outside.kill()
