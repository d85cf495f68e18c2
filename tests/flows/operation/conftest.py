"""A deployment on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import PostgresDatabases
from tests.flows.operation.deployment import Deployment, add_stores, deployment_on


@pytest.fixture
def databases(postgres_databases: PostgresDatabases) -> PostgresDatabases:
    """Several processes share PostgreSQL only."""
    return postgres_databases


@pytest.fixture
async def deployment(database_url: str, encryption_key: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """Two stores, and no process yet."""
    async with deployment_on(database_url, encryption_key, tmp_path) as made:
        await add_stores(made)
        yield made
