"""The embedded engine: tasks begin with the commit, and of a key one at a time."""

import asyncio
from typing import Any

import pytest

from bot.engine.embedded import EmbeddedEngine
from tests.clock import MovableClock
from tests.core import make_core
from tests.flows.world import until
from tmon.core import Services
from tmon.database import Database
from tmon.work import Task


class Office:
    """Work that waits until it is let go."""

    def __init__(self) -> None:
        self.begun: list[Any] = []
        self.ended: list[Any] = []
        self.go_on = asyncio.Event()
        self.fails = False

    async def work(self, services: Services, number: int) -> None:
        self.begun.append(number)
        await self.go_on.wait()
        if self.fails:
            raise LookupError(number)
        self.ended.append(number)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def engine(office: Office, db: Database, clock: MovableClock) -> EmbeddedEngine:
    made = EmbeddedEngine()
    services = Services(make_core(db, clock))
    made.begin(services, [Task("work", office.work), Task("other", office.work)])
    return made


async def ask(engine: EmbeddedEngine, db: Database, number: int, key: str = "st_1", task: str = "work") -> None:
    async with db.write() as session:
        await engine.ask(session, task, key, number=number)


async def test_a_task_begins_once_its_transaction_is_committed(
    engine: EmbeddedEngine, office: Office, db: Database
) -> None:
    async with db.write() as session:
        await engine.ask(session, "work", "st_1", number=1)
        await asyncio.sleep(0.05)
        assert office.begun == []
    await until(lambda: office.begun == [1])
    office.go_on.set()
    await engine.drain()
    assert office.ended == [1]


async def test_what_was_asked_for_in_a_transaction_that_fails_never_begins(
    engine: EmbeddedEngine, office: Office, db: Database
) -> None:
    async def fail() -> None:
        async with db.write() as session:
            await engine.ask(session, "work", "st_1", number=1)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await ask(engine, db, 2)
    await until(lambda: office.begun)
    office.go_on.set()
    await engine.drain()
    assert office.begun == [2]


async def test_of_a_task_and_a_key_one_runs_at_a_time_and_the_last_wish_follows(
    engine: EmbeddedEngine, office: Office, db: Database
) -> None:
    for number in (1, 2, 3):
        await ask(engine, db, number)
    await ask(engine, db, 4, key="st_2")
    await ask(engine, db, 5, task="other")
    await until(lambda: len(office.begun) == 3)
    await asyncio.sleep(0.05)
    assert sorted(office.begun) == [1, 4, 5], "other keys and other tasks do not wait"
    office.go_on.set()
    await engine.drain()
    assert sorted(office.ended) == [1, 3, 4, 5], "what was wished for twice meanwhile is done once"


async def test_a_task_that_fails_keeps_nothing_from_beginning(
    engine: EmbeddedEngine, office: Office, db: Database
) -> None:
    office.fails = True
    await ask(engine, db, 1)
    await ask(engine, db, 2)
    office.go_on.set()
    await engine.drain()
    assert office.begun == [1, 2]
    office.fails = False
    await ask(engine, db, 3)
    await engine.drain()
    assert office.ended == [3]


async def test_a_task_that_no_feature_has_fails_in_the_transaction(engine: EmbeddedEngine, db: Database) -> None:
    with pytest.raises(KeyError):
        await ask(engine, db, 1, task="unknown")


def test_two_tasks_of_one_name_are_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="work"):
        EmbeddedEngine().begin(None, [Task("work", office.work), Task("work", office.work)])  # type: ignore[arg-type]
