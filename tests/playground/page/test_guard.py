"""What keeps other sites out of the playground's page, asked over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from bot.playground.mail import MailCatcher
from bot.playground.page import PlaygroundGuide, add_page
from bot.playground.slack import demo_workspace
from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.tmon import demo_sandbox


@pytest.fixture
async def runner() -> AsyncIterator[web.AppRunner]:
    """The page, served."""
    app = web.Application()
    add_page(app, demo_workspace(), demo_sandbox(), MailCatcher(), guide=PlaygroundGuide(stores=[]))
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


def say(url: str) -> dict[str, dict[str, str]]:
    return {
        "headers": {"Origin": url, "X-Playground": "1"},
        "json": {"as": MINJI, "channel": ORDERS, "text": "안녕하세요"},
    }


async def test_the_page_loads_and_runs_only_its_own_files(http: ClientSession, url: str) -> None:
    answer = await http.get(url)
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    page = await answer.text()
    assert "style=" not in page
    assert "<script>" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    for name in ("page.css", "page.js", "icon.svg"):
        assert (await http.get(f"{url}/static/{name}")).status == 200


@pytest.mark.parametrize("host", ["playground.evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"])
async def test_a_name_that_was_rebound_is_refused(http: ClientSession, url: str, host: str) -> None:
    assert (await http.get(url, headers={"Host": host})).status == 403


async def test_localhost_is_a_good_name(http: ClientSession, url: str) -> None:
    assert (await http.get(url.replace("127.0.0.1", "localhost"))).status == 200


@pytest.mark.parametrize(
    ("header", "value"),
    [("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", None), ("X-Playground", None)],
)
async def test_another_site_cannot_act(http: ClientSession, url: str, header: str, value: str | None) -> None:
    request = say(url)
    if value is None:
        del request["headers"][header]
    else:
        request["headers"][header] = value
    assert (await http.post(f"{url}/act/say", **request)).status == 403  # type: ignore[arg-type]
    assert (await http.post(f"{url}/act/say", **say(url))).status == 200  # type: ignore[arg-type]


async def test_nobody_reads_what_is_not_on_their_screen(http: ClientSession, url: str) -> None:
    unknown = await http.get(f"{url}/fragments/messages", params={"as": "U0NOBODY00", "in": ORDERS})
    assert unknown.status == 404
    answer = await http.post(f"{url}/act/close", **say(url) | {"json": {"as": MINJI, "view_id": "V0"}})  # type: ignore[arg-type]
    assert (await answer.json())["ok"] is False


async def test_a_stop_does_not_wait_for_open_pages(http: ClientSession, url: str, runner: web.AppRunner) -> None:
    stream = await http.get(f"{url}/events", params={"as": MINJI})
    assert await stream.content.readline() == b": open\n"
    async with asyncio.timeout(5):
        await runner.cleanup()
        await stream.content.read()


async def test_a_change_is_told(http: ClientSession, url: str) -> None:
    stream = await http.get(f"{url}/events", params={"as": MINJI})
    await stream.content.readline()
    await http.post(f"{url}/act/say", **say(url))  # type: ignore[arg-type]
    async with asyncio.timeout(5):
        await stream.content.readline()
        assert b'"message"' in await stream.content.readline()
    stream.close()
