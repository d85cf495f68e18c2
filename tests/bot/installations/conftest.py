"""An app that two workspaces may install, a bot's side that stores installations, and a browser."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, web
from sqlalchemy import select
from yarl import URL

from bot.installations import Installations
from bot.manifest import manifest
from bot.oauth import OAuth, SlackApp, routes
from bot.playground.slack import demo_workspace
from bot.playground.slack.actions import Workspace
from bot.playground.slack.demo import MINJI
from bot.playground.slack.distribution import Distribution
from bot.playground.slack.distribution_server import serve_distribution
from bot.settings import BotSettings
from handlers.texts import Texts
from tests.clock import MovableClock
from tests.core import make_core
from tmon.clock import KST
from tmon.clock_check import ClockCheck
from tmon.core import Core
from tmon.database import Database
from tmon.models.workspaces import Installation
from tmon.models.workspaces import Workspace as WorkspaceRow
from tmon.sealing import Sealer


@dataclass
class Installing:
    """The app at Slack, and the bot's side."""

    slack: Distribution
    app: SlackApp
    core: Core
    installations: Installations
    oauth: OAuth
    url: str
    """Of the bot's pages."""
    settings: BotSettings | None = None
    """Those of a bot that runs."""
    browsers: list[ClientSession] = field(default_factory=list)

    @property
    def teams(self) -> list[Workspace]:
        """The workspaces."""
        return list(self.slack.workspaces.values())

    def browser(self) -> ClientSession:
        """A browser without cookies."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True), headers={"Accept-Language": "ko-KR,ko;q=0.9"})
        self.browsers.append(session)
        return session

    async def begin(self, browser: ClientSession) -> URL:
        """Open the install page; returns Slack's page that it leads to."""
        async with browser.get(f"{self.url}/slack/install", allow_redirects=False) as answer:
            assert answer.status == 302
            return URL(answer.headers["Location"])

    async def decide(self, browser: ClientSession, page: URL, team: Workspace, **more: str) -> URL:
        """Decide on Slack's page; returns where it leads back to."""
        async with browser.get(page) as asked:
            assert asked.status == 200, await asked.text()
        form = {**page.query, "team": team.team_id, "user": MINJI, "allow": "1", **more}
        async with browser.post(page.with_query(None), data=form, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return URL(answer.headers["Location"])

    async def open(self, browser: ClientSession, page: URL) -> tuple[int, str]:
        """Open a page of the bot; its status and text."""
        async with browser.get(page) as answer:
            return answer.status, await answer.text()

    async def install(self, team: Workspace) -> str:
        """Install the app in a workspace; returns the page at the end."""
        browser = self.browser()
        status, text = await self.open(browser, await self.decide(browser, await self.begin(browser), team))
        assert status == 200, text
        return text

    async def rows(self, model: type[Any]) -> list[Any]:
        """All rows of a table."""
        async with self.core.db.read() as session:
            return list(await session.scalars(select(model)))

    async def workspace(self, team: Workspace) -> WorkspaceRow:
        """The row of a workspace."""
        async with self.core.db.read() as session:
            return await session.get_one(WorkspaceRow, team.team_id)

    async def installation(self, team: Workspace) -> Installation:
        """The row of an installation."""
        async with self.core.db.read() as session:
            return await session.get_one(Installation, team.team_id)


def manifest_of(url: str, *, rotation: bool = False) -> dict[str, Any]:
    """The manifest of an app that workspaces install."""
    document = manifest(url)
    document["settings"]["token_rotation_enabled"] = rotation
    return document


async def start_installing(db: Database, clock: MovableClock, sealer: Sealer, *, rotation: bool = False) -> Any:
    """Yields the two sides, running."""
    served = web.Application()
    runner = web.AppRunner(served, access_log=None)
    pages: list[OAuth] = []

    async def begin(request: web.Request) -> web.StreamResponse:
        return await pages[0].begin(request)

    async def finish(request: web.Request) -> web.StreamResponse:
        return await pages[0].finish(request)

    for route in routes(_Late(begin, finish)):  # type: ignore[arg-type]
        route.register(served.router)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    document = manifest_of(url, rotation=rotation)
    teams = [demo_workspace(clock, manifest=document) for _ in range(2)]
    distribution = Distribution(clock, teams, document)
    server = await serve_distribution(distribution)
    core = replace(make_core(db, clock, sealer), clock_check=ClockCheck(clock))
    await core.process.begin(alone=False)
    app = SlackApp(distribution.client_id, distribution.client_secret, server.api_url.rstrip("/"), url)
    installations = Installations(core, app.api_url)
    oauth = OAuth(installations, app, lambda language: Texts(language, clock, KST), "ko")
    pages.append(oauth)
    made = Installing(distribution, app, core, installations, oauth, url)
    try:
        yield made
    finally:
        for browser in made.browsers:
            await browser.close()
        await runner.cleanup()
        await server.stop()


@dataclass
class _Late:
    """Handlers that are known before the address of the server."""

    begin: Any
    finish: Any


@pytest.fixture
async def installing(db: Database, clock: MovableClock, sealer: Sealer) -> AsyncIterator[Installing]:
    """Tokens that do not expire."""
    async for made in start_installing(db, clock, sealer):
        yield made


@pytest.fixture
async def rotating(db: Database, clock: MovableClock, sealer: Sealer) -> AsyncIterator[Installing]:
    """Tokens that expire after twelve hours."""
    async for made in start_installing(db, clock, sealer, rotation=True):
        yield made
