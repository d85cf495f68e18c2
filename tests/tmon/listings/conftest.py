"""The desk, on both databases."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.playground.tmon import DEMO_VENDOR, Sandbox, demo_sandbox, serve
from tests.clock import MovableClock
from tests.core import make_core
from tests.tmon.listings.desk import Desk, at_once, furnish
from tmon.api import TmonApi, VendorCredentials
from tmon.database import Database
from tmon.permissions import Person
from tmon.presence import Presence
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients


@pytest.fixture
async def tmon(clock: MovableClock) -> AsyncIterator[tuple[Sandbox, str]]:
    """TMON with the demo's shops, and where it is."""
    sandbox = demo_sandbox(clock)
    server = await serve(sandbox)
    yield sandbox, server.url
    await server.stop()


@pytest.fixture
async def desk(db: Database, sealer: Sealer, clock: MovableClock, tmon: tuple[Sandbox, str]) -> AsyncIterator[Desk]:
    """A store whose people upload lists of products."""
    sandbox, url = tmon
    async with TmonApi(url, timeouts=httpx.Timeout(2.0), sleep=at_once) as api:
        vendor = VendorCredentials(
            client_id=DEMO_VENDOR.client_id,
            client_secret=DEMO_VENDOR.client_secret,
            personal_data_key=DEMO_VENDOR.personal_data_key,
            policy_no=DEMO_VENDOR.policy_no,
        )
        core = make_core(db, clock, sealer, ApiClients(api, sealer, vendor, Presence(db, clock)))
        store = await furnish(db, core, clock, sandbox)
        made = Desk(core, clock, sandbox, store, Person("T1", "U1"))
        yield made
        await made.rest()
