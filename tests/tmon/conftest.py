"""Stores that are asked about at a sandbox."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.playground.tmon import DEMO_VENDOR, Sandbox, demo_sandbox, serve
from tests.clock import MovableClock
from tests.core import make_core
from tmon.api import TmonApi, VendorCredentials
from tmon.database import Database
from tmon.presence import Presence
from tmon.sealing import Sealer
from tmon.stores import drafts
from tmon.stores.api_clients import ApiClients
from tmon.stores.service import StoreService


@pytest.fixture
async def sandbox(clock: MovableClock) -> Sandbox:
    """TMON with the demo's shops."""
    return demo_sandbox(clock)


@pytest.fixture
async def stores(
    db: Database, sealer: Sealer, clock: MovableClock, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[StoreService]:
    """The service, speaking to the sandbox. On a loaded machine storing may take longer than a person waits."""
    monkeypatch.setattr(drafts, "TIMEOUT", 20.0)
    server = await serve(sandbox)

    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    async with TmonApi(server.url, timeouts=httpx.Timeout(2.0), sleep=no_wait) as api:
        vendor = VendorCredentials(
            client_id=DEMO_VENDOR.client_id,
            client_secret=DEMO_VENDOR.client_secret,
            personal_data_key=DEMO_VENDOR.personal_data_key,
        )
        yield StoreService(make_core(db, clock, sealer, ApiClients(api, sealer, vendor, Presence(db, clock))))
    await server.stop()
