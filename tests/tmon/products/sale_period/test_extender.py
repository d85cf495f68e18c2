"""The rule and the timetable of sale periods, and that nothing is extended twice whatever crashes and is done again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.db import create_database
from bot.playground.tmon import LoggedCall, Sandbox
from bot.playground.tmon import serve as serve_sandbox
from bot.playground.tmon.call_log import CallPhase
from bot.playground.tmon.deal_listings import Listing
from bot.playground.tmon.demo import DEMO_PARTNERS, DEMO_VENDOR
from bot.playground.tmon.seed_shop import open_shop
from tests.clock import MovableClock
from tests.core import make_core
from tests.databases import SqliteDatabases
from tests.tmon.products.sale_period.moments import START
from tmon.api import TmonApi, VendorCredentials
from tmon.api.errors import AuthError
from tmon.clock import KST
from tmon.database import Database
from tmon.models.stores import Credentials, Store, StoreState
from tmon.presence import Presence
from tmon.products.catalog import CatalogService
from tmon.products.repository import insert_seen
from tmon.products.sale_period.planning import is_due
from tmon.products.sale_period.schedule import ExtensionSchedule
from tmon.products.sale_period.service import SalePeriodService
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients

LENGTH = timedelta(days=1)
"""Shorter than any that people can choose: what was extended is due again at once, so a second time would show."""


TIMETABLE = ExtensionSchedule(time(3), KST)


class Shop:
    """A store with its deals at a sandbox, and the part of the bot that extends; no Slack."""

    def __init__(self, db: Database, sandbox: Sandbox, clock: MovableClock, connections: ApiClients) -> None:
        self.db = db
        self.sandbox = sandbox
        self.clock = clock
        self.connections = connections
        self.extended: list[tuple[Listing, datetime, datetime, datetime]] = []
        """Deal, moment, end before and end after of each change that TMON took."""
        self._seen: dict[int, int] = {}

    async def start(self) -> None:
        """A store that chose a length, whose deals are known and read."""
        partner = DEMO_PARTNERS[0]
        sealer = Sealer([KEY])
        self.store = Store(
            team_id="T1",
            id="st_1",
            seller_id=partner.partner_id,
            name=partner.name,
            name_key=partner.name,
            credentials=sealer.seal(Credentials(api_key=partner.token)),
            channel_id="C1",
            registered_by="U1",
            extend_days=LENGTH.days,
            state=StoreState.APPROVED,
            created_at=self.clock(),
            updated_at=self.clock(),
        )
        async with self.db.write() as session:
            session.add(self.store)
            seen = [{"deal_no": deal.deal_no, "title": deal.title} for deal in self.sandbox.deals.values()]
            await insert_seen(session, self.store, seen, self.clock())
        await self.read()

    def periods(self) -> SalePeriodService:
        """As after a start of the bot."""
        return SalePeriodService(make_core(self.db, self.clock, clients=self.connections))

    async def read(self) -> None:
        """The known deals are read."""
        await CatalogService(make_core(self.db, self.clock, clients=self.connections)).read_due()

    async def tick(self, die_at: tuple[str, CallPhase, int] | None = None) -> None:
        """One run of the job; `die_at`: it dies at the n-th such moment, and a new bot will go on."""
        task = asyncio.create_task(self.periods().tick())
        count = 0

        async def kill(call: LoggedCall, phase: CallPhase) -> None:
            nonlocal count
            if die_at is not None and (call.name, phase) == die_at[:2]:
                count += 1
                if count == die_at[2]:
                    task.cancel()

        self.sandbox.on_call = kill
        with suppress(asyncio.CancelledError):
            await task
        self.sandbox.on_call = None
        self._look()

    def _look(self) -> None:
        for listing in self.sandbox.deals.values():
            for change in listing.changes[self._seen.get(listing.deal_no, 0) :]:
                assert isinstance(change.before, tuple)
                assert isinstance(change.after, tuple)
                self.extended.append((listing, change.at, change.before[1], change.after[1]))
            self._seen[listing.deal_no] = len(listing.changes)


async def _nobody(store: Store, error: AuthError) -> None:
    """Nobody is told."""


KEY = Fernet.generate_key().decode()


@asynccontextmanager
async def shop_on(url: str) -> AsyncIterator[Shop]:
    """A shop with a sandbox of its own, at `START`."""
    clock = MovableClock(START.astimezone(UTC))
    sandbox = Sandbox(clock)
    sandbox.vendors[DEMO_VENDOR.client_id] = replace(DEMO_VENDOR)
    open_shop(sandbox, DEMO_PARTNERS[0])
    server = await serve_sandbox(sandbox)
    db = create_database(url)
    try:
        async with TmonApi(server.url, sleep=_at_once) as api:
            vendor = VendorCredentials(
                client_id=DEMO_VENDOR.client_id,
                client_secret=DEMO_VENDOR.client_secret,
                vendor_id=None,
                personal_data_key=DEMO_VENDOR.personal_data_key,
            )
            shop = Shop(db, sandbox, clock, ApiClients(api, Sealer([KEY]), vendor, Presence(db, clock)))
            await shop.start()
            yield shop
    finally:
        await db.engine.dispose()
        await server.stop()


async def _at_once(_: float) -> None:
    """Waits between two attempts without waiting."""


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.sampled_from([1, 5, 6, 10, 30, 421, 1020, 1440])),
        st.tuples(
            st.just("die"),
            st.tuples(
                st.sampled_from(["deals.get", "deals.sales_period"]),
                st.sampled_from(list(CallPhase)),
                st.integers(1, 3),
            ),
        ),
        st.tuples(
            st.just("fault"), st.sampled_from(["empty", "truncated", "down", "throttled", "error_500_json", None])
        ),
        st.tuples(st.just("read"), st.none()),
        st.tuples(st.just("end"), st.integers(0, 6)),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_end_is_extended_twice_and_no_ended_deal_at_all(sqlite_databases: SqliteDatabases, steps: Any) -> None:
    """Whatever crashes, is lost, is done again, and whenever somebody ends a sale."""

    async def play() -> None:
        with TemporaryDirectory() as folder:
            url = await sqlite_databases.create(Path(folder), migrated=True)
            async with shop_on(url) as shop:
                await shop.tick()
                shop.clock.set(datetime(2026, 12, 29, 3, tzinfo=KST))  # the run is due
                for step, value in steps:
                    if step == "wait":
                        shop.clock.advance(timedelta(minutes=value))
                        await shop.tick()
                    elif step == "die":
                        await shop.tick(value)
                    elif step == "read":
                        await shop.read()
                    elif step == "end":
                        listing = list(shop.sandbox.deals.values())[value]
                        if listing.sales_end > shop.clock():
                            listing.sales_end = shop.clock() - timedelta(seconds=1)
                    else:
                        shop.sandbox.faults.mode, shop.sandbox.faults.only = value, {"deals.sales_period"}
                shop.sandbox.faults.clear()
                for _ in range(3):
                    shop.clock.advance(timedelta(minutes=6))
                    await shop.tick()
                _hold(shop)

    asyncio.run(play())


def _hold(shop: Shop) -> None:
    for _, at, before, after in shop.extended:
        assert before > at, "ended deals are never extended"
        assert after in (before, before + LENGTH), "by one length, or said once more"
    for deal_no in shop.sandbox.deals:
        moved = [entry for entry in shop.extended if entry[0].deal_no == deal_no and entry[2] != entry[3]]
        assert len({entry[2] for entry in moved}) == len(moved), "no old end is extended twice"
        days = [TIMETABLE.day_of(entry[1] - timedelta(hours=3)) for entry in moved]
        assert len(set(days)) == len(days), "once a day at most"
        times = [entry[1] for entry in shop.extended if entry[0].deal_no == deal_no]
        assert all(late - early > timedelta(minutes=20) for early, late in zip(times, times[10:], strict=False))


@pytest.mark.parametrize("call", ["deals.get", "deals.sales_period"])
@pytest.mark.parametrize("phase", list(CallPhase))
@pytest.mark.parametrize("count", [1, 2])
async def test_dying_at_every_call_of_the_run(database_url: str, call: str, phase: CallPhase, count: int) -> None:
    """On both databases: whatever was cut is brought to its end, and each deal is extended by one length."""
    async with shop_on(database_url) as shop:
        await shop.tick()
        before = {no: deal.sales_end for no, deal in shop.sandbox.deals.items()}
        shop.clock.set(datetime(2026, 12, 29, 20, tzinfo=KST) - timedelta(days=1))
        await shop.tick()
        shop.clock.set(datetime(2026, 12, 29, 3, tzinfo=KST))
        await shop.tick((call, phase, count))
        for _ in range(2):
            shop.clock.advance(timedelta(minutes=6))
            await shop.tick()
        dawn = datetime(2026, 12, 29, 3, tzinfo=KST)
        for no, deal in shop.sandbox.deals.items():
            expected = before[no] + LENGTH if is_due(before[no], dawn) and not deal.paused else before[no]
            assert deal.sales_end == expected
        _hold(shop)
