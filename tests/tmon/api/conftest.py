"""A stub server for the client, and the client."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.tmon.api.examples import KEY
from tests.tmon.api.stub_server import StubServer
from tmon.api import PartnerCredentials, StoreApi, TmonApi, VendorCredentials

VENDOR = VendorCredentials("client-sample", "vendor-secret-1", personal_data_key=KEY, policy_no=999)
PARTNER = PartnerCredentials("seller01", "aaaaaaaa-0000-4000-8000-partnertoken")


class Waits:
    """Moves a monotonic clock instead of waiting."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Notes the wait and lets it be over."""
        self.slept.append(seconds)
        self.now += seconds

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
async def stub_server() -> AsyncIterator[StubServer]:
    """A server that answers what a test tells it to."""
    server = StubServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def waits() -> Waits:
    """What the client waited, without waiting."""
    return Waits()


@pytest.fixture
async def api(stub_server: StubServer, waits: Waits) -> AsyncIterator[TmonApi]:
    """A client of that server."""
    async with TmonApi(stub_server.url, sleep=waits.sleep, monotonic=waits.monotonic) as client:
        yield client


@pytest.fixture
def store(api: TmonApi) -> StoreApi:
    """One store's client."""
    return api.store(VENDOR, PARTNER)


@pytest.fixture
async def impatient(stub_server: StubServer, waits: Waits) -> AsyncIterator[StoreApi]:
    """A store's client that waits a quarter of a second for an answer."""
    timeouts = httpx.Timeout(5.0, read=0.25)
    async with TmonApi(stub_server.url, timeouts=timeouts, sleep=waits.sleep, monotonic=waits.monotonic) as client:
        yield client.store(VENDOR, PARTNER)
