"""What one process had begun is done by the next one: workers among each other, and when the engine is changed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from tests.flows.operation.deployment import PATIENCE_SECONDS, STOP_SECONDS, Deployment, Member, eventually
from tmon.models.collection import ORDERS, SyncState

pytestmark = pytest.mark.timeout(300)


class Held:
    """Lets the next call for orders wait at TMON."""

    def __init__(self, deployment: Deployment) -> None:
        self.begun, self.released = asyncio.Event(), asyncio.Event()
        deployment.tmon.on_call = self

    async def __call__(self, call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.list" and phase is CallPhase.RECEIVED and not self.begun.is_set():
            self.begun.set()
            await self.released.wait()

    async def cut_off(self, end: Callable[[], Awaitable[object]]) -> None:
        """Once the call has come, ends who has made it; nobody waits for the answer then."""
        await asyncio.wait_for(self.begun.wait(), PATIENCE_SECONDS)
        await end()
        self.released.set()


async def collected(deployment: Deployment) -> None:
    """Waits until the orders of both stores have been collected once more than now."""

    async def when() -> dict[str, datetime]:
        query = select(col(SyncState.store_id), col(SyncState.last_success_at))
        async with deployment.db.read() as session:
            rows = await session.execute(
                query.where(col(SyncState.kind) == ORDERS, col(SyncState.last_success_at).is_not(None))
            )
            return {row.store_id: row.last_success_at for row in rows}

    before = await when()

    async def again() -> bool:
        found = await when()
        return len(found) == 2 and all(before.get(store_id) != at for store_id, at in found.items())

    await eventually(again, PATIENCE_SECONDS, deployment.logs)


async def jobs(deployment: Deployment, status: str) -> int:
    """How many jobs have it."""
    async with deployment.db.read() as session:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE status::text = :status")
        count: int = await session.scalar(query, {"status": status}) or 0
        return count


def run(deployment: Deployment) -> Member:
    """Starts the one process that does everything."""
    return deployment.add(("run",), {"ENGINE": "embedded"}, supervised=False)


async def test_each_process_takes_up_what_another_had_begun_whatever_its_engine(deployment: Deployment) -> None:
    deployment.settings = deployment.settings.model_copy(update={"stalled_seconds": 3})
    held = Held(deployment)
    alone = run(deployment)
    await held.cut_off(alone.kill)

    first = deployment.start("worker")
    await collected(deployment)
    held = Held(deployment)
    await held.cut_off(first.kill)
    assert await jobs(deployment, "doing"), "the queue keeps what nobody carries out"

    alone = run(deployment)
    await collected(deployment)
    assert await alone.stop() == 0, alone.log

    second = deployment.start("worker")
    await collected(deployment)

    async def revived() -> bool:
        return "job revived" in second.log

    await eventually(revived, PATIENCE_SECONDS, deployment.logs)
    held = Held(deployment)
    await asyncio.wait_for(held.begun.wait(), PATIENCE_SECONDS)
    third = deployment.start("worker")
    await deployment.ready(third)
    await held.cut_off(second.stop)
    assert second.codes == [0], second.log
    assert second.stop_seconds < STOP_SECONDS, "although what it had begun does not end"
    await collected(deployment)
    assert await third.stop() == 0, third.log
    assert await jobs(deployment, "doing") == 0
