"""Whatever people and a failing TMON do: nothing that is off is turned on by us unless we turned it off, and it comes to rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.db import create_database
from bot.playground.tmon import Listing, Sandbox, serve
from bot.playground.tmon.deal_listings import ListedOption
from bot.playground.tmon.demo import DEMO_PARTNERS, DEMO_VENDOR
from bot.playground.tmon.faults import Mode
from bot.playground.tmon.seed_shop import open_shop
from tests.clock import MovableClock
from tests.core import make_core
from tmon.api import PartnerCredentials, StoreApi, TmonApi, TmonError, VendorCredentials
from tmon.database import Database
from tmon.models.metadata import METADATA
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.products.repository import insert_seen
from tmon.stock.collector import StockCollector
from tmon.stock.service import StockService
from tmon.stock.sku_import import SkuRow

SELLER = DEMO_PARTNERS[0]
CALLS = {"deals.display", "deals.pause", "deals.resume"}
DEAL = None
"""Stands for the deal as a whole, where options stand by their numbers."""


@dataclass
class Place:
    """One deal at TMON, a store of ours that synchronises it, and what both have done."""

    db: Database
    clock: MovableClock
    tmon: Sandbox
    client: StoreApi
    store: Store
    deal: Listing
    ours: set[int | None] = field(default_factory=set)
    """What we turned off, and no reading has seen on since."""
    doubt: set[int | None] = field(default_factory=set)
    """What was on after a call without an answer: turned off by hand before the next reading, it may pass for ours."""

    @property
    def options(self) -> list[ListedOption]:
        """The deal's options."""
        return list(self.deal.options.values())

    def is_on(self, thing: int | None) -> bool:
        """Whether an option is shown, or the deal on sale."""
        return not self.deal.paused if thing is DEAL else self.deal.options[thing].display

    async def say(self, position: int, *, selling: bool) -> None:
        """The seller's word on an option."""
        option = self.options[position % len(self.options)]
        row = SkuRow(1, option.vendor_option_no or "", stock=option.stock, selling=selling)
        await StockService(make_core(self.db, self.clock)).apply(self._person, self.store.id, [row], source="form")

    async def forget(self, position: int) -> None:
        """Somebody deletes what an option sells."""
        stock = StockService(make_core(self.db, self.clock))
        code = self.options[position % len(self.options)].vendor_option_no or ""
        for facts in (await stock.page(self.store.team_id, self.store.id, 0, code)).items:
            await stock.remove(self._person, self.store.id, facts.sku.id)

    def turn(self, position: int, *, on: bool) -> None:
        """Somebody turns an option or the deal on or off at TMON itself."""
        things = [DEAL] if len(self.options) == 1 else [DEAL, *self.deal.options]
        thing = things[position % len(things)]
        if thing is DEAL:
            self.deal.paused = not on
        else:
            self.deal.options[thing].display = on

    async def sync(self, mode: Mode | None = None, times: int = 1) -> list[str]:
        """One run, with calls that fail in this way. Returns what was changed, and holds it against what we may do."""
        self.ours -= self._on
        self.doubt -= self._on
        faults = self.tmon.faults
        faults.mode, faults.only, faults.times = mode, CALLS, times
        seen = len(self.deal.changes)
        try:
            await StockCollector(make_core(self.db, self.clock), self.store).collect(self.client, None)
        except TmonError:
            assert mode is not None
        finally:
            faults.clear()
        changes = self.deal.changes[seen:]
        for change in changes:
            assert change.call in CALLS
            assert change.before is not change.after
            if change.call == "deals.resume" or (change.call == "deals.display" and change.after):
                assert change.option_no in self.ours | self.doubt
            else:
                self.ours.add(change.option_no)
        if mode in ("down", "truncated"):
            self.doubt |= self._on
        return [change.call for change in changes]

    @property
    def _on(self) -> set[int | None]:
        return {thing for thing in (DEAL, *self.deal.options) if self.is_on(thing)}

    @property
    def _person(self) -> Person:
        return Person(self.store.team_id, "U1", is_admin=True)


@asynccontextmanager
async def place_of(options: int) -> AsyncIterator[Place]:
    """A deal with so many options, on a database and a sandbox of its own."""
    clock = MovableClock()
    now = clock()
    tmon = Sandbox(clock)
    tmon.vendors[DEMO_VENDOR.client_id] = DEMO_VENDOR
    open_shop(tmon, SELLER)
    deal = next(deal for deal in tmon.deals.values() if deal.vendor_deal_no is not None)
    deal.options = dict(list(deal.options.items())[:options])
    values: dict[str, Any] = {
        "seller_id": SELLER.partner_id,
        "name": "가게",
        "name_key": "가게",
        "channel_id": "C1",
        "stock_on": True,
    }
    store = Store(team_id="T1", id="st_1", registered_by="U1", created_at=now, updated_at=now, **values)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        db = create_database(f"sqlite+aiosqlite:///{folder}/stock.db")
        stack.push_async_callback(db.engine.dispose)
        async with db.engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        async with db.write() as session:
            session.add(store)
            await insert_seen(session, store, [{"deal_no": deal.deal_no, "title": deal.title}], now)
        server = await serve(tmon)
        stack.push_async_callback(server.stop)
        api = await stack.enter_async_context(TmonApi(server.url))
        vendor = VendorCredentials(
            DEMO_VENDOR.client_id, DEMO_VENDOR.client_secret, personal_data_key=DEMO_VENDOR.personal_data_key
        )
        client = api.store(vendor, PartnerCredentials(SELLER.partner_id, SELLER.token))
        yield Place(db, clock, tmon, client, store, deal)


POSITIONS = st.integers(0, 3)
STEP = st.one_of(
    st.tuples(st.just("say"), POSITIONS, st.booleans()),
    st.tuples(st.just("say"), POSITIONS, st.booleans()),
    st.tuples(st.just("forget"), POSITIONS, st.none()),
    st.tuples(st.just("by hand"), POSITIONS, st.booleans()),
    st.tuples(st.just("sync"), st.just(0), st.none()),
    # Refused; told to wait; not carried out, and carried out, without an answer that tells.
    st.tuples(
        st.just("sync"), st.integers(1, 2), st.sampled_from(["error_500_json", "throttled", "down", "truncated"])
    ),
)


async def play(options: int, steps: list[tuple[str, int, Mode | bool | None]]) -> None:
    async with place_of(options) as place:
        for what, number, value in steps:
            place.clock.advance(timedelta(minutes=1))
            match what, value:
                case "say", bool(selling):
                    await place.say(number, selling=selling)
                case "forget", None:
                    await place.forget(number)
                case "by hand", bool(on):
                    place.turn(number, on=on)
                case "sync", None:
                    await place.sync()
                case "sync", str(mode):
                    await place.sync(mode, number)
        await place.sync()
        await place.sync()
        assert await place.sync() == []
        # All of it is sold again: what is off now was turned off by hand.
        for position in range(options):
            await place.say(position, selling=True)
        await place.sync()
        assert all(place.is_on(thing) for thing in place.ours - place.doubt)
        # Nothing of it is sold, and then all of it is: everything stands as before.
        before = [place.is_on(thing) for thing in (DEAL, *place.deal.options)]
        for selling in (False, True):
            for position in range(options):
                await place.say(position, selling=selling)
            await place.sync()
            assert await place.sync() == []
            assert selling or place.deal.paused
        assert [place.is_on(thing) for thing in (DEAL, *place.deal.options)] == before


@settings(max_examples=25, deadline=None)
@given(options=st.integers(1, 3), steps=st.lists(STEP, max_size=12))
def test_only_what_we_turned_off_is_turned_on(options: int, steps: list[tuple[str, int, Mode | bool | None]]) -> None:
    asyncio.run(play(options, steps))
