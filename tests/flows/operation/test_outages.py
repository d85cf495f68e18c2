"""PostgreSQL goes away: every process works again within a minute, by itself or by its supervisor, and nothing is doubled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.db import migrate
from tests.databases import OwnServer
from tests.flows.operation.deployment import Deployment, add_stores, deployment_on
from tests.flows.operation.wire import wire_to

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
async def restarted(encryption_key: str, tmp_path: Path) -> AsyncIterator[tuple[Deployment, Callable[[], None]]]:
    """A deployment on a server of its own, and what restarts the server."""
    server = await asyncio.to_thread(OwnServer)
    await migrate(server.url)
    async with deployment_on(server.url, encryption_key, tmp_path) as made:
        await add_stores(made)
        yield made, server.restart
    await asyncio.to_thread(server.close)


async def test_postgresql_is_restarted_under_load(restarted: tuple[Deployment, Callable[[], None]]) -> None:
    deployment, restart = restarted
    deployment.start("worker")
    deployment.start("worker")
    deployment.start("web")
    await deployment.ready()
    async with deployment.under_load():
        await deployment.collected(4)
        await asyncio.to_thread(restart)
        await deployment.started_anew()
        await deployment.collected(4)
    await deployment.at_rest()
    assert await deployment.is_doubled() == []


async def test_connections_that_are_cut_without_a_word(deployment: Deployment) -> None:
    async with wire_to(deployment.settings.database_url) as (wire, over):
        deployment.start("worker", DATABASE_URL=over)
        deployment.start("web", DATABASE_URL=over)
        await deployment.ready()
        async with deployment.under_load():
            await deployment.collected(4)
            wire.cut()
            await deployment.started_anew()
            await deployment.collected(4)
        await deployment.at_rest()
    assert await deployment.is_doubled() == []
