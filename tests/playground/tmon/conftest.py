"""A sandbox with two partners and no orders, behind HTTP, and somebody who calls it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bot.playground.tmon import DEMO_PARTNERS, DEMO_VENDOR, Sandbox, open_shop, serve
from tests.clock import MovableClock
from tests.playground.tmon.caller import Caller


@pytest.fixture
def sandbox(clock: MovableClock) -> Sandbox:
    """The demo vendor and partners with their address books, templates and deals, no orders yet."""
    sandbox = Sandbox(clock)
    sandbox.vendors[DEMO_VENDOR.client_id] = replace(DEMO_VENDOR)
    for partner in DEMO_PARTNERS:
        open_shop(sandbox, partner)
    return sandbox


@pytest.fixture
async def caller(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """Has a token."""
    server = await serve(sandbox)
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=5) as http:
        caller = Caller(sandbox, http)
        await caller.fetch_token()
        yield caller
    await server.stop()
