"""The same product with either engine: what a feature asks for is done, and orders are collected, shown and confirmed."""

from collections.abc import AsyncIterator

import pytest

from handlers.features import FEATURES as SLACK_FEATURES
from tests.clock import MovableClock
from tests.flows.world import World, world_on
from tmon.core import Services
from tmon.feature import DomainFeature
from tmon.features import FEATURES as DOMAIN_FEATURES
from tmon.work import Queue, Task

done: list[dict[str, str]] = []


async def look(services: Services, **ids: str) -> None:
    done.append(ids)
    if "then" in ids:
        async with services.core.db.write() as session:
            await services.core.work.ask(session, "probe look", ids["then"], store_id=ids["then"])


PROBE = DomainFeature("probe", tasks=(Task("probe look", look, Queue.PRESS),))


@pytest.fixture(params=["embedded", "queue"])
async def probed(
    database_url: str, encryption_key: str, clock: MovableClock, on_postgres: bool, request: pytest.FixtureRequest
) -> AsyncIterator[World]:
    """A world with a feature that asks for tasks, with each engine that works on the database."""
    engine = request.param if on_postgres else "embedded"
    done.clear()
    async with world_on(
        database_url, encryption_key, clock, ((*DOMAIN_FEATURES, PROBE), SLACK_FEATURES), engine=engine
    ) as made:
        yield made


async def ask(world: World, key: str, **ids: str) -> None:
    async with world.db.write() as session:
        await world.bot.services.core.work.ask(session, "probe look", key, **ids)


async def test_what_is_asked_for_is_done_before_the_world_comes_to_rest(probed: World) -> None:
    await ask(probed, "st_1", store_id="st_1", then="st_2")
    await probed.settle()
    assert done == [{"store_id": "st_1", "then": "st_2"}, {"store_id": "st_2"}]


async def test_ids_reach_the_task_alike_with_both_engines(probed: World) -> None:
    await ask(probed, "st_1", store_id="st_1", queue=Queue.COLLECT)
    await probed.settle()
    (ids,) = done
    assert type(ids["queue"]) is str
    with pytest.raises(TypeError):
        await ask(probed, "st_1", store_id=object())  # type: ignore[arg-type]
