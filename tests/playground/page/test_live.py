"""What an open page hears of changes."""

from __future__ import annotations

import asyncio

from aiohttp import ClientSession, web

from bot.playground.slack.demo import MINJI
from tests.playground.page.visits import say


async def test_a_stop_does_not_wait_for_open_pages(http: ClientSession, url: str, runner: web.AppRunner) -> None:
    stream = await http.get(f"{url}/events", params={"as": MINJI})
    assert await stream.content.readline() == b": open\n"
    async with asyncio.timeout(20):
        await runner.cleanup()
        await stream.content.read()


async def test_a_change_is_told(http: ClientSession, url: str) -> None:
    stream = await http.get(f"{url}/events", params={"as": MINJI})
    await stream.content.readline()
    await http.post(f"{url}/act/say", **say(url))  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        await stream.content.readline()
        assert b'"message"' in await stream.content.readline()
    stream.close()
