"""A real Chromium before the playground's page, with a small Bolt app behind its workspace."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.playground.mail import MailCatcher
from bot.playground.page import CommandHint, DemoStore, PlaygroundGuide, add_page
from bot.playground.run import playground as whole_playground
from bot.playground.slack import Workspace, demo_workspace, serve, socket_mode
from bot.playground.slack.state import triggers
from bot.playground.tmon import Sandbox, demo_sandbox
from bot.runtime import ShutdownSignal
from handlers import router
from tests.browser.minimal_bot import minimal_bot

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text(encoding="utf-8"))
INSTALL = "apt-get install -y chromium fonts-noto-cjk fonts-noto-color-emoji"
ARTIFACTS = Path(__file__).parents[2] / "artifacts"
PATIENCE_SECONDS = 15.0
A_WHILE = 30_000
"""Milliseconds that anything may take: a collection, sixty confirmations, or a machine with other things to do."""
DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=A_WHILE)
GUIDE = PlaygroundGuide(
    stores=[DemoStore("hanbit_living", "한빛리빙", "5f0d7a3e-2b64-4c1f-9a58-7e1c0b93d246")],
    commands=[CommandHint("/tmon setup", "스토어 등록"), CommandHint("/tmon status", "연동 상태", ("/tmon 상태",))],
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what fails in a browser be tried once more: on a busy machine it may be late. The summary names it."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@dataclass
class Playground:
    """What is behind the page."""

    url: str
    workspace: Workspace
    sandbox: Sandbox
    mail: MailCatcher
    bot: AsyncSocketModeHandler


class Screen:
    """A page of the browser that has to stay free of errors."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    async def keep(self, name: str) -> None:
        """Keeps a screenshot among the artefacts, once what moves has come to rest."""
        ARTIFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTIFACTS / f"{name}.png", animations="disabled")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium. Skips the test where there is none, unless REQUIRE_BROWSER=1 makes that a failure."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"no Chromium on this machine: {INSTALL}")
        pytest.skip(f"no Chromium on this machine: {INSTALL}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=FLAGS, env={**os.environ, "TZ": "Asia/Seoul"}
        )
        yield browser
        await browser.close()


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Workspace, sandbox, mail catcher, page and the small bot, all over real sockets."""
    workspace = demo_workspace(manifest=MANIFEST)
    slack = await serve(workspace)
    sandbox = demo_sandbox()
    mail = MailCatcher()
    await mail.start()
    app = web.Application()
    add_page(app, workspace, sandbox, mail, guide=GUIDE, pass_a_day=lambda: None, run_jobs=lambda: None)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bot = AsyncSocketModeHandler(minimal_bot(workspace.bot_token, slack.api_url), workspace.app_token)
    await bot.connect_async()  # type: ignore[no-untyped-call]
    yield Playground(f"http://127.0.0.1:{runner.addresses[0][1]}/", workspace, sandbox, mail, bot)
    await bot.close_async()  # type: ignore[no-untyped-call]
    await runner.cleanup()
    await mail.stop()
    await slack.stop()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack waits as long as a busy machine needs; that it waits three seconds has tests of its own."""
    monkeypatch.setattr(socket_mode, "ACK_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(triggers, "TRIGGER_LIFE", timedelta(seconds=PATIENCE_SECONDS))
    monkeypatch.setattr(router, "SUBMISSION_SECONDS", PATIENCE_SECONDS - 1)


@pytest.fixture
async def screen(browser: Browser, patient: None) -> AsyncIterator[Screen]:
    """The page, at 1280 by 800, of the playground that `make playground` starts, with the whole bot."""
    async with whole_playground("127.0.0.1", 0, ShutdownSignal()) as url, opened(browser, url, DESKTOP) as shown:
        yield shown


@pytest.fixture
async def desktop(browser: Browser, playground: Playground) -> AsyncIterator[Screen]:
    """The page at 1280 by 800."""
    async with opened(browser, playground.url, DESKTOP) as screen:
        yield screen


@pytest.fixture
async def phone(browser: Browser, playground: Playground) -> AsyncIterator[Screen]:
    """The page at 390 by 844, touched with fingers."""
    async with opened(browser, playground.url, PHONE, touch=True) as screen:
        yield screen


@asynccontextmanager
async def opened(browser: Browser, url: str, size: ViewportSize, *, touch: bool = False) -> AsyncIterator[Screen]:
    """The page in a window of this size."""
    context = await browser.new_context(
        viewport=size,
        has_touch=touch,
        locale="ko-KR",
        timezone_id="Asia/Seoul",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(A_WHILE)
    screen = Screen(await context.new_page())
    await screen.page.goto(url)
    yield screen
    await context.close()
    assert screen.errors == []
