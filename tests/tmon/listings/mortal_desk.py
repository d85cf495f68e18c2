"""A desk whose process dies at a chosen moment and starts again: what a SIGKILL leaves, without a process of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.playground.tmon import CallPhase, LoggedCall
from tests.mortal import Died, Life
from tests.tmon.listings.desk import SETTLED, Desk
from tmon.core import Core
from tmon.database import Database
from tmon.models.listings import OPEN_CHANGES

_OURS = str(Path(__file__).parents[3] / "tmon")
_ROUNDS = 60


@dataclass
class MortalDesk(Desk):
    """`core` is that of the process that lives."""

    life: Life
    made: Callable[[], Core]
    seen: Database
    """The database as whoever looks from outside sees it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.tmon.on_call = self._heard

    @property
    def db(self) -> Database:
        return self.seen

    async def survives(self, act: Coroutine[Any, Any, Any]) -> bool:
        """Let somebody act, and what follows at once. Returns whether the process has survived it; if not, it starts again."""
        try:
            await act
            await self.rest()
        except (Died, httpx.HTTPError):
            pass
        if not self.life.dead:
            return True
        while ours := [one for one in asyncio.all_tasks() if _code_of(one).startswith(_OURS)]:
            await asyncio.wait(ours)  # none of them finds a database or TMON
        self.life.revive()
        self.core = self.made()
        self.__post_init__()
        return False

    async def settle(self) -> None:
        """Everything works, and the clock moves on until every change has ended."""
        self.tmon.faults.clear()
        self.life.revive()
        for _ in range(_ROUNDS):
            await self.later(SETTLED)
            if not any(one.state in OPEN_CHANGES for one in await self.rows()):
                return
        raise AssertionError([(one.state, one.wait, one.note) for one in await self.rows()])

    async def _heard(self, call: LoggedCall, phase: CallPhase) -> None:
        self.life.passed()


def _code_of(task: "asyncio.Task[Any]") -> str:
    return getattr(getattr(task.get_coro(), "cr_code", None), "co_filename", "")
