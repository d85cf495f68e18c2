"""The page, served."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from bot.playground.mail import MailCatcher
from bot.playground.page import PlaygroundGuide, add_page
from bot.playground.slack import demo_workspace
from bot.playground.tmon import Sandbox, demo_sandbox


@pytest.fixture
def sandbox() -> Sandbox:
    """What is behind the page."""
    return demo_sandbox()


@pytest.fixture
async def runner(sandbox: Sandbox) -> AsyncIterator[web.AppRunner]:
    """The page, served."""
    app = web.Application()
    add_page(
        app,
        demo_workspace(),
        sandbox,
        MailCatcher(),
        guide=PlaygroundGuide(stores=[]),
        pass_a_day=lambda: None,
        run_jobs=lambda: None,
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=30)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner
    await runner.cleanup()


@pytest.fixture
def url(runner: web.AppRunner) -> str:
    """Where the page is."""
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """A client that is no browser."""
    async with ClientSession() as session:
        yield session
