"""The processes of the product: started, killed, frozen and stopped."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

from tests.drill.plan import Plan

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.drill.roles", "tests.drill.slack_side"])
STOP_SECONDS = 25
"""What a process may take to stop that was asked to."""
PAUSES = (3.0, 8.0)
"""Seconds between two blows."""


@dataclass
class Life:
    """A process from its start to its end. Times are seconds since 1970."""

    slot: str
    role: str
    host: str
    """The address at which only this one calls the far sides."""
    process: BaseProcess = field(repr=False)
    began: float
    ended: float | None = None
    how: str | None = None
    """`killed`, `stopped`, or `by itself`."""
    asked_at: float | None = None
    """When it was asked to stop."""
    frozen: list[tuple[float, float]] = field(default_factory=list)
    is_frozen: bool = False

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal, unless it has ended."""
        if self.process.pid is not None and self.process.exitcode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    def was_hurt(self, since: float, until: float) -> bool:
        """Whether it was frozen at some time of these, or ended then."""
        if self.ended is not None and since <= self.ended <= until:
            return True
        if self.asked_at is not None and since <= self.asked_at <= until:
            return True
        return any(began <= until and ended >= since for began, ended in self.frozen)


class Stall:
    """How long this machine lets a process wait that wants to run."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def measure(self) -> None:
        """Look, until it is cancelled."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.1)
            self.longest = max(self.longest, time.monotonic() - began - 0.1)


class Fleet:
    """Slots with a process each: one that ends is followed by another."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        rng: Random,
        environment: Callable[[str, str, int | None], Mapping[str, str]],
        web_ports: tuple[int, ...],
    ) -> None:
        """`environment`: of a role at an address, with the port that it serves."""
        self.lives: list[Life] = []
        self.blows: dict[str, int] = {"killed": 0, "frozen": 0, "stopped": 0}
        self.slowest_stop = 0.0
        self._folder, self._plan, self._rng, self._environment = folder, plan, rng, environment
        self._slots: dict[str, tuple[str, int | None]] = {
            **{f"worker {n}": ("worker", None) for n in range(plan.workers)},
            **{f"web {n}": ("web", port) for n, port in enumerate(web_ports)},
        }
        self._now: dict[str, Life] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[str] = set()
        """Slots whose process is frozen, stopping or starting."""

    def start(self) -> None:
        """Start a process in each slot."""
        for slot in self._slots:
            self._start(slot)

    def _start(self, slot: str) -> None:
        role, port = self._slots[slot]
        number = len(self.lives) + 1
        host = f"127.0.{1 + number // 250}.{1 + number % 250}"
        environment = dict(self._environment(role, host, port))
        process = FORKS.Process(target=_run_role, args=(role, self._folder, environment), daemon=True)
        process.start()
        life = Life(slot, role, host, process, time.time())
        self.lives.append(life)
        self._now[slot] = life

    async def strike(self, seconds: float) -> None:
        """Kill, freeze or stop one process after the other for so long, and start others in their place."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, self._rng.uniform(*PAUSES)))
            self._look_for_dead()
            slots = [slot for slot in self._slots if slot not in self._in_hand]
            if slots:
                slot = self._rng.choice(slots)
                how = self._rng.choice(("killed", "frozen", "stopped"))
                self.blows[how] += 1
                with (self._folder / "blows.log").open("a") as log:
                    log.write(f"{time.time():.2f} {slot} {self._now[slot].host} {how}\n")
                blow = {"killed": self._kill, "frozen": self._freeze, "stopped": self._stop}[how]
                self._in_hand.add(slot)
                task = asyncio.create_task(self._hit(slot, blow))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def recover(self) -> None:
        """Let all go on, and have a process in each slot."""
        await asyncio.gather(*self._tasks)
        self._look_for_dead()

    def end(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
        for life in self._now.values():
            life.signal(signal.SIGCONT)
            life.signal(signal.SIGKILL)

    def _look_for_dead(self) -> None:
        for slot, life in list(self._now.items()):
            if slot not in self._in_hand and life.process.exitcode is not None:
                life.ended, life.how = time.time(), "by itself"
                self._start(slot)

    async def _hit(self, slot: str, blow: Callable[[Life], Awaitable[None]]) -> None:
        try:
            life = self._now[slot]
            await blow(life)
            if life.process.exitcode is not None:
                await asyncio.sleep(self._rng.uniform(0, 2))
                self._start(slot)
        finally:
            self._in_hand.discard(slot)

    async def _kill(self, life: Life) -> None:
        life.signal(signal.SIGKILL)
        await self._ends(life, "killed")

    async def _freeze(self, life: Life) -> None:
        began = time.time()
        life.is_frozen = True
        life.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(self._plan.frozen.total_seconds())
        finally:
            life.signal(signal.SIGCONT)
            life.frozen.append((began, time.time()))
            life.is_frozen = False

    async def _stop(self, life: Life) -> None:
        life.asked_at = time.time()
        life.signal(signal.SIGTERM)
        await self._ends(life, "stopped")
        self.slowest_stop = max(self.slowest_stop, time.time() - life.asked_at)

    async def _ends(self, life: Life, how: str) -> None:
        async with asyncio.timeout(4 * STOP_SECONDS):
            while life.process.exitcode is None:  # noqa: ASYNC110 - nothing tells when another process ends
                await asyncio.sleep(0.05)
        life.ended, life.how = time.time(), how


def _run_role(role: str, folder: Path, environment: dict[str, str]) -> None:
    from tests.drill.roles import run_role

    run_role(role, folder, environment)


@contextlib.asynccontextmanager
async def far_side(target: Callable[..., None], folder: Path, *arguments: Any) -> Any:
    """A far side in a process of its own: what it says at its start, and how it is asked."""
    here, there = multiprocessing.Pipe()
    process = FORKS.Process(target=target, args=(folder, there, *arguments), daemon=True)
    process.start()
    there.close()

    async def ask(word: str) -> Any:
        here.send(word)
        return await asyncio.to_thread(here.recv)

    try:
        yield await asyncio.to_thread(here.recv), ask
    finally:
        process.kill()
