"""The world, on both databases."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.app import authorize
from bot.clients import Clients
from bot.services import build_bot
from handlers.permissions import SlackUsers
from handlers.router import Router
from tests.clock import MovableClock
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.flows.office import Listeners, Office
from tests.flows.process import Outside, outside_on
from tests.flows.world import QUICK, World, scene_on, world_on
from tmon.api import TmonApi

HERE = Path(__file__).parent
WITH_ALL_CASES = ("storage", "embedded")
"""Marks of tests that have all their cases on PostgreSQL, too."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out further cases of a test on PostgreSQL: most differ in what is typed or answered, not in what is stored.

    All cases stay where a process is killed, too.
    """
    seen = set[tuple[Path, str]]()
    further = set[pytest.Item]()
    for item in items:
        if not isinstance(item, pytest.Function) or HERE not in item.path.parents or not _is_on_postgres(item):
            continue
        test = item.path, item.originalname
        if (
            test in seen
            and "outside" not in item.fixturenames
            and not any(map(item.get_closest_marker, WITH_ALL_CASES))
        ):
            further.add(item)
        seen.add(test)
    if further:
        items[:] = [item for item in items if item not in further]
        config.hook.pytest_deselected(items=list(further))


def _is_on_postgres(item: pytest.Function) -> bool:
    return hasattr(item, "callspec") and item.callspec.params.get("databases") == "postgresql"


@pytest.fixture
def engine(on_postgres: bool, request: pytest.FixtureRequest) -> str:
    """Which engine the bot has: the queue on PostgreSQL, except for tests that are marked `embedded`."""
    return "queue" if on_postgres and request.node.get_closest_marker("embedded") is None else "embedded"


@pytest.fixture
async def world(database_url: str, encryption_key: str, clock: MovableClock, engine: str) -> AsyncIterator[World]:
    """Slack, TMON, mail and the bot."""
    async with world_on(database_url, encryption_key, clock, engine=engine) as made:
        yield made


@pytest.fixture
async def outside(database_url: str, encryption_key: str, tmp_path: Path) -> AsyncIterator[Outside]:
    """Slack, TMON and mail, for a bot in a process of its own."""
    async with outside_on(database_url, encryption_key, tmp_path) as made:
        yield made


@pytest.fixture
def on_postgres(databases: SqliteDatabases | PostgresDatabases) -> bool:
    """Whether this is the run on PostgreSQL."""
    return isinstance(databases, PostgresDatabases)


@pytest.fixture
async def office(
    sqlite_databases: SqliteDatabases, tmp_path: Path, encryption_key: str, clock: MovableClock
) -> AsyncIterator[Office]:
    """On one kind of database: the guard asks none."""
    url = await sqlite_databases.create(tmp_path, migrated=True)
    async with scene_on(url, encryption_key, clock) as scene, AsyncExitStack() as stack:
        api = await stack.enter_async_context(TmonApi(scene.settings.tmon_api_url, timeouts=QUICK))
        bot = await build_bot(scene.settings, scene.db, clock, api)
        app = AsyncApp(client=bot.app.client, authorize=authorize, process_before_response=True)
        workspaces = Clients(bot.installations)
        directory = SlackUsers(workspaces)
        guard = Router(app, bot.services, directory, workspaces, zone=ZoneInfo("Asia/Seoul"))
        listeners = Listeners()
        guard.command("/tmon", listeners.command)
        guard.action("press", listeners.press)
        guard.submission("form", listeners.submit)
        handler = AsyncSocketModeHandler(app, scene.slack.app_token, web_client=app.client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        stack.push_async_callback(handler.close_async)
        yield Office(**vars(scene), listeners=listeners, guard=guard)
