"""A deployment: web and worker processes on one PostgreSQL by the machine's clock, and a supervisor that starts them anew."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from bot.doctor import run_checks
from bot.playground.slack.model import NotVisible
from bot.playground.tmon import PlacedOrder
from bot.playground.tmon.demo import DEMO_PARTNERS
from handlers.orders.ids import OrderAction
from tests.bot.test_cli import free_port
from tests.clock import MovableClock
from tests.flows.cards import action, buttons
from tests.flows.crash_process import Kind, run_command
from tests.flows.process import FORKS, environment_of
from tests.flows.world import Scene, scene_on
from tmon.clock import system_clock
from tmon.models.orders import Order, OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.stores import ConfirmMode

PATIENCE_SECONDS = 90.0
"""How long anything may take on a busy machine."""
OUTAGE_SECONDS = 60.0
"""After so long every process works again."""
STOP_SECONDS = 25.0
STALLED_SECONDS = 5
USUAL = Kind()
PLACED_BEFORE = timedelta(minutes=31)
"""TMON shows orders half an hour after they were placed."""


class RealClock(MovableClock):
    """The machine's clock."""

    def __call__(self) -> datetime:
        return system_clock()


class Member:
    """A process of a deployment. What ends with a failure is started anew, as a supervisor does."""

    def __init__(
        self,
        folder: Path,
        name: str,
        arguments: tuple[str, ...],
        environment: dict[str, str],
        *,
        kind: Kind = USUAL,
        supervised: bool = True,
    ) -> None:
        self.name = name
        self.environment = environment
        self.codes: list[int] = []
        """Exit codes of those that have ended."""
        self.stop_seconds = 0.0
        self._folder = folder
        self._arguments = arguments
        self._kind = kind
        self._supervised = supervised
        self._process = self._fork()
        self._supervisor = asyncio.create_task(self._supervise())

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.environment['HTTP_PORT']}"

    @property
    def log(self) -> str:
        """What it has logged."""
        file = self._folder / f"{self.name}.log"
        return file.read_text() if file.exists() else ""

    async def health(self) -> dict[str, Any] | None:
        """What it says of itself; None while it is unwell or not there."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            with suppress(httpx.HTTPError):
                answer = await client.get(f"{self.address}/healthz")
                if answer.status_code == 200:
                    found: dict[str, Any] = answer.json()
                    return found
        return None

    async def ended(self) -> int:
        """Its exit code, once it has ended for good."""
        await asyncio.wait_for(self._supervisor, PATIENCE_SECONDS)
        return self.codes[-1]

    async def stop(self) -> int:
        """Asks it to end, with SIGTERM; its exit code."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._supervisor.cancel()
        self._process.terminate()
        await self._exit()
        self.stop_seconds = loop.time() - began
        return self.codes[-1]

    async def restart(self, **environment: str) -> None:
        """Stops it and starts it with other settings."""
        assert await self.stop() == 0, self.log
        self.environment |= environment
        self._process = self._fork()
        self._supervisor = asyncio.create_task(self._supervise())

    async def kill(self) -> None:
        """Ends it for good."""
        self._supervisor.cancel()
        if self._process.exitcode is None:
            self._process.kill()
            await self._exit()

    def _fork(self) -> Any:
        arguments = (self._folder, self.environment, self._arguments, f"{self.name}.log", self._kind)
        process = FORKS.Process(target=run_command, args=arguments, daemon=True)
        process.start()
        return process

    async def _exit(self) -> None:
        while self._process.exitcode is None:  # noqa: ASYNC110 - it ends in another process
            await asyncio.sleep(0.05)
        self.codes.append(self._process.exitcode)

    async def _supervise(self) -> None:
        while True:
            await self._exit()
            if self.codes[-1] == 0 or not self._supervised:
                return
            await asyncio.sleep(0.5)
            self._process = self._fork()


@dataclass
class Deployment(Scene):
    """The far sides and the database, and the processes that a test starts."""

    folder: Path
    members: list[Member] = field(default_factory=list)
    placed: list[PlacedOrder] = field(default_factory=list)
    """Orders that have come."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def start(self, *arguments: str, **environment: str) -> Member:
        """Starts a command."""
        return self.add(arguments, environment)

    def add(
        self, arguments: tuple[str, ...], environment: Mapping[str, str], *, kind: Kind = USUAL, supervised: bool = True
    ) -> Member:
        """Starts a command."""
        given = {**environment_of(self.settings), "HTTP_PORT": str(free_port()), **environment}
        name = f"{next(self._numbers)}-{arguments[0]}"
        member = Member(self.folder, name, arguments, given, kind=kind, supervised=supervised)
        self.members.append(member)
        return member

    async def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Carries out a command to its end; its exit code and what it said."""
        member = self.add(arguments, environment, supervised=False)
        code = await member.ended()
        self.members.remove(member)
        return code, member.log

    async def ready(self, *members: Member, seconds: float = PATIENCE_SECONDS) -> None:
        """Waits until they (all) say that they are well."""
        waited = members or tuple(self.members)
        await eventually(lambda: _all_well(waited), seconds, lambda: "\n".join(one.log[-3000:] for one in waited))

    async def started_anew(self, *members: Member) -> None:
        """Waits until their supervisor has started them (all) anew, and they are well."""
        waited = members or tuple(self.members)

        async def well() -> bool:
            return all(one.codes for one in waited) and await _all_well(waited)

        await eventually(well, OUTAGE_SECONDS, self.logs)
        # 1: it was started anew while the database was not there yet
        assert all(one.codes[0] == 75 and set(one.codes) <= {75, 1} for one in waited), self.logs()

    async def doctor(self) -> dict[str, str]:
        """What the doctor says: a line per check."""
        said: list[str] = []
        await run_checks(self.settings, lambda line: said.append(str(line)), [])
        return {line[6:].partition(": ")[0]: line for line in said}

    def arrive(self) -> None:
        """An order comes to each store."""
        for store in DEMO_PARTNERS[:2]:
            self.placed.append(self.tmon.new_order(store.partner_id, ordered_at=self.clock() - PLACED_BEFORE))

    @asynccontextmanager
    async def under_load(self, every: float = 0.8) -> AsyncIterator[None]:
        """Lets orders arrive, and people press what waits for them, within the block."""
        tasks = [asyncio.create_task(self._arriving(every)), asyncio.create_task(self._pressing(every))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _arriving(self, every: float) -> None:
        while True:
            self.arrive()
            await asyncio.sleep(every)

    async def _pressing(self, every: float) -> None:
        """The owner presses 발주확인 wherever it stands."""
        while True:
            for message in self.posts("주문"):
                if OrderAction.CONFIRM in {name.partition("#")[0] for name in buttons(message.blocks)}:
                    wanted = action(message.blocks, OrderAction.CONFIRM)
                    with suppress(NotVisible):
                        await self.slack.click(self.owner, channel=message.channel, ts=message.ts, action_id=wanted)
            await asyncio.sleep(every)

    async def collected(self, count: int) -> None:
        """Waits until so many more orders than now are known."""
        wanted = await self._count(select(func.count()).select_from(Order)) + count

        async def known() -> bool:
            return await self._count(select(func.count()).select_from(Order)) >= wanted

        await eventually(known, PATIENCE_SECONDS, self.logs)

    async def at_rest(self) -> None:
        """Waits until every order that has come is known, none is half-way and no message is due."""

        async def resting() -> bool:
            known = await self._count(select(func.count()).select_from(Order))
            moving = (OrderState.CONFIRMING, OrderState.UNKNOWN)
            busy = await self._count(select(func.count()).select_from(Order).where(col(Order.state).in_(moving)))
            due = col(Row.version) > col(Row.delivered_version)
            waiting = await self._count(select(func.count()).select_from(Row).where(due, ~col(Row.undeliverable)))
            return known == len(self.placed) and busy == 0 and waiting == 0

        await eventually(resting, PATIENCE_SECONDS, self.logs)

    async def is_doubled(self) -> list[str]:
        """What was done twice: TMON told to confirm a deal, a message posted."""
        told = Counter((call.path, str(call.body)) for call in self.tmon.calls_of("orders.confirm"))
        async with self.db.read() as session:
            rows = await session.execute(select(col(Row.channel), col(Row.ts)).where(col(Row.ts).is_not(None)))
            stored = {(channel, ts) for channel, ts in rows}
        posted = [m for m in self.posts("주문") if m.user == self.slack.bot_user_id and m.ephemeral_for is None]
        assert posted
        orphans = [one.text for one in posted if (one.channel, one.ts) not in stored]
        return [f"{path} {body}" for (path, body), times in told.items() if times > 1] + orphans

    def logs(self) -> str:
        """The ends of all logs."""
        return "\n".join(f"--- {one.name} {one.codes}\n{one.log[-2500:]}" for one in self.members)

    async def _count(self, query: Any) -> int:
        async with self.db.read() as session:
            return await session.scalar(query) or 0


async def _all_well(members: tuple[Member, ...]) -> bool:
    return all([await one.health() is not None for one in members])


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float, otherwise: Callable[[], str]) -> None:
    """Waits until a condition holds. A database that is away does not hold it."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        with suppress(SQLAlchemyError, OSError):
            if await condition():
                return
        assert loop.time() < end, otherwise()
        await asyncio.sleep(0.1)


@asynccontextmanager
async def deployment_on(database_url: str, encryption_key: str, folder: Path) -> AsyncIterator[Deployment]:
    """A deployment on a migrated database with two stores: one whose orders are confirmed by hand, and one by itself."""
    async with scene_on(database_url, encryption_key, RealClock()) as scene:
        scene.settings = scene.settings.model_copy(
            update={"engine": "queue", "stalled_seconds": STALLED_SECONDS, "collect_orders_seconds": 2}
        )
        deployment = Deployment(**vars(scene), folder=folder)
        try:
            yield deployment
        finally:
            await asyncio.gather(*(one.kill() for one in deployment.members))
            scene.slack.sockets.abandon()


async def add_stores(deployment: Deployment) -> None:
    """The two stores."""
    await deployment.add_store()
    await deployment.add_store(partner=1, confirm_mode=ConfirmMode.AUTO, auto_from=system_clock() - timedelta(hours=1))
