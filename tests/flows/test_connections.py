"""Nothing holds a connection of the pool while it waits for another one: runs that do wait for each other, as many as there are."""

import asyncio
from collections import Counter

from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

from bot.playground.tmon import new_cs_inquiry, new_question
from tests.flows.world import World


async def test_no_run_and_no_job_holds_two_connections(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 2)
    new_question(world.tmon, store.seller_id)
    new_cs_inquiry(world.tmon, store.seller_id)
    held: Counter[object] = Counter()
    twice: list[str] = []
    work = "before"

    def taken(_: object, record: ConnectionPoolEntry, __: object) -> None:
        task = record.info["task"] = asyncio.current_task()
        held[task] += 1
        if held[task] > 1:
            twice.append(work)

    def given_back(
        _: object, record: ConnectionPoolEntry
    ) -> None:  # by another task: a session closes in one of its own
        held[record.info.pop("task", None)] -= 1

    pool = world.db.engine.sync_engine.pool
    event.listen(pool, "checkout", taken)
    event.listen(pool, "checkin", given_back)
    kinds = [collector.kind for feature in world.features[0] for collector in feature.collectors]
    for work in kinds:
        await world.collect(work)
    for job in world.bot.jobs:
        work = job.name
        await job.run()
    await world.settle()
    assert held
    assert twice == []
