"""Processes say that they are alive, and are forgotten when they have been gone for long."""

from collections.abc import AsyncIterator

import pytest

from tests.processes import DatabaseTime, OneOfSeveral, one_of_several
from tmon.processes import forget_gone, known


@pytest.fixture
def time() -> DatabaseTime:
    return DatabaseTime()


@pytest.fixture
async def one(database_url: str, time: DatabaseTime) -> AsyncIterator[OneOfSeveral]:
    async with one_of_several(database_url, time, "web") as made:
        yield made


@pytest.fixture
async def other(database_url: str, time: DatabaseTime) -> AsyncIterator[OneOfSeveral]:
    async with one_of_several(database_url, time, "worker") as made:
        yield made


async def roles(of: OneOfSeveral) -> list[tuple[str, int]]:
    """The known processes, and for how long they have been silent."""
    return [(one.record.role, round(one.silent.total_seconds())) for one in await known(of.db)]


async def test_a_process_is_known_from_its_start_to_its_end(one: OneOfSeveral, other: OneOfSeveral) -> None:
    assert await roles(one) == [("web", 0), ("worker", 0)]
    await one.process.end()
    assert await roles(other) == [("worker", 0)]


async def test_a_heartbeat_says_that_a_process_is_alive_and_what_it_has_to_say(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    time.pass_by(20)
    await one.process.beat(clock_behind=40)
    await one.process.beat(queues="all")
    assert await roles(one) == [("web", 0), ("worker", 20)]
    heard = (await known(other.db))[0].record
    assert heard.facts == {"clock_behind": 40, "queues": "all"}
    assert (heard.heartbeat_at - heard.started_at).seconds == 20
    assert one.process.silent_seconds() < 5


async def test_a_process_that_beats_after_its_record_was_forgotten_is_known_again(
    one: OneOfSeveral, other: OneOfSeveral
) -> None:
    await other.process.begin(alone=True)
    assert await roles(other) == [("worker", 0)]
    await one.process.beat()
    assert sorted(await roles(other)) == [("web", 0), ("worker", 0)]


async def test_processes_that_have_been_gone_for_a_day_are_forgotten(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    time.pass_by(86_000)
    await other.process.beat()
    await forget_gone(one.db)
    assert await roles(one) == [("web", 86_000), ("worker", 0)], "the operator can still see it"
    time.pass_by(500)
    await forget_gone(one.db)
    assert await roles(one) == [("worker", 500)]
