"""The desk, on both databases."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.playground.tmon import DEMO_VENDOR, Sandbox, demo_sandbox, serve
from tests.clock import MovableClock
from tests.core import make_core
from tests.mortal import Life, MortalDatabase, silence
from tests.tmon.listings.desk import Desk, at_once, furnish
from tests.tmon.listings.mortal_desk import MortalDesk
from tmon.api import TmonApi, VendorCredentials
from tmon.core import Core
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


def clients_of(api: TmonApi, sealer: Sealer, db: Database, clock: MovableClock) -> ApiClients:
    """Clients with the demo vendor's credentials."""
    vendor = VendorCredentials(
        client_id=DEMO_VENDOR.client_id,
        client_secret=DEMO_VENDOR.client_secret,
        personal_data_key=DEMO_VENDOR.personal_data_key,
        policy_no=DEMO_VENDOR.policy_no,
    )
    return ApiClients(api, sealer, vendor, Presence(db, clock))


@pytest.fixture
async def desk(db: Database, sealer: Sealer, clock: MovableClock, tmon: tuple[Sandbox, str]) -> AsyncIterator[Desk]:
    """A store whose people upload lists of products."""
    sandbox, url = tmon
    async with TmonApi(url, timeouts=httpx.Timeout(2.0), sleep=at_once) as api:
        core = make_core(db, clock, sealer, clients_of(api, sealer, db, clock))
        store = await furnish(db, core, clock, sandbox)
        made = Desk(core, clock, sandbox, store, Person("T1", "U1"))
        yield made
        await made.rest()


@pytest.fixture
async def mortal(
    db: Database, database_url: str, sealer: Sealer, clock: MovableClock, tmon: tuple[Sandbox, str]
) -> AsyncIterator[MortalDesk]:
    """The same with a process that may die."""
    sandbox, url = tmon
    life = Life(sandbox)
    within = MortalDatabase(database_url, life)
    async with TmonApi(url, timeouts=httpx.Timeout(2.0), sleep=at_once) as api:

        def core() -> Core:
            return make_core(within, clock, sealer, clients_of(api, sealer, within, clock))

        store = await furnish(db, core(), clock, sandbox)
        made = MortalDesk(core(), clock, sandbox, store, Person("T1", "U1"), life, core, db)
        with silence():
            yield made
            await made.rest()
    await within.engine.dispose()
