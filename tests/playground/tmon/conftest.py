"""A sandbox with two partners and no orders, behind HTTP, and somebody who calls it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bot.playground.tmon import (
    DEMO_PARTNERS,
    DEMO_VENDOR,
    Listing,
    PlacedOrder,
    Sandbox,
    demo_sandbox,
    open_shop,
    serve,
)
from tests.clock import MovableClock
from tests.playground.tmon.caller import Caller
from tests.playground.tmon.deal_calls import deal_where


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


@pytest.fixture
def deal(sandbox: Sandbox) -> Listing:
    """On sale, of several options, each with its key and plenty of stock."""
    return deal_where(sandbox, lambda _: True)


@pytest.fixture
def many(clock: MovableClock) -> list[PlacedOrder]:
    sandbox = demo_sandbox(clock)
    return [order for partner_id in sandbox.partners for order in sandbox.new_orders(partner_id, 300)]
