"""kill -9 around a push of stock, and around what hides, shows, pauses and resumes: TMON is asked what became of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.process import Moment, Outside, outside_on
from tmon.models.collection import ORDERS, SyncState
from tmon.models.products import Deal
from tmon.models.stock import OptionLink, Sku

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def outside(database_url: str, tmp_path: Path, encryption_key: str) -> AsyncIterator[Outside]:
    """The far sides, on both databases."""
    async with outside_on(database_url, encryption_key, tmp_path) as made:
        made.settings = made.settings.model_copy(update={"stock_sync_seconds": 2})
        yield made


@pytest.mark.parametrize("phase", ["received", "answered"])
async def test_killed_at_a_push(outside: Outside, phase: str) -> None:
    open_shop(outside.tmon, DEMO_PARTNERS[0])
    deal = next(deal for deal in outside.tmon.deals.values() if deal.vendor_deal_no is not None)
    option = next(iter(deal.options.values()))
    store = await outside.add_store(stock_on=True)
    now = outside.clock()
    before = now - timedelta(hours=2)
    place = (store.team_id, store.id)
    async with outside.db.write() as session:
        session.add(Deal(team_id=place[0], store_id=place[1], deal_no=deal.deal_no, known_since=before))
        session.add(
            Sku(
                team_id=place[0],
                store_id=place[1],
                id="sk_1",
                code="A-1",
                stock=option.stock + 100,
                counted_at=before,
                updated_at=before,
            )
        )
        session.add(
            OptionLink(
                team_id=place[0],
                store_id=place[1],
                deal_no=deal.deal_no,
                option_no=option.option_no,
                sku_id="sk_1",
                last_pushed=option.stock,
                pushed_at=before,
                in_flight=0,
            )
        )
        session.add(SyncState(team_id=place[0], store_id=place[1], kind=ORDERS, watermark=now, due_at=now))
    wanted = option.stock + 100
    outside.watch(Moment("deals.stock", 1, phase))
    outside.child = await outside.start()
    await outside.dies()
    outside.watch()
    await outside.restart()
    await outside.rest(after=lambda: outside.calls.count("deals.get") >= 2)
    assert len(outside.tmon.calls_of("deals.stock")) == 1
    assert option.stock == wanted
    async with outside.db.read() as session:
        link = await session.get_one(OptionLink, (*place, deal.deal_no, option.option_no))
    assert (link.attempt, link.last_pushed) == (None, wanted)


@pytest.mark.parametrize(
    ("whole", "turns", "happened"),
    [(False, "off", False), (False, "on", True), (True, "off", True), (True, "on", False)],
    ids=["hidden, not at TMON", "shown at TMON", "paused at TMON", "resumed, not at TMON"],
)
async def test_killed_while_turning_off_or_on(outside: Outside, whole: bool, turns: str, happened: bool) -> None:
    """Killed at the hiding, the showing, the pausing, the resuming: what we turned off is turned on, and nothing else."""
    open_shop(outside.tmon, DEMO_PARTNERS[0])
    names = {"off": "deals.pause", "on": "deals.resume"} if whole else dict.fromkeys(("off", "on"), "deals.display")
    name = names[turns]
    deal = next(
        deal
        for deal in outside.tmon.deals.values()
        if deal.vendor_deal_no is not None and (len(deal.options) == 1) is whole
    )
    deal.paused = False
    option = next(iter(deal.options.values()))
    store = await outside.add_store(stock_on=True)
    now = outside.clock()
    before = now - timedelta(hours=2)
    place = (store.team_id, store.id)
    async with outside.db.write() as session:
        session.add(Deal(team_id=place[0], store_id=place[1], deal_no=deal.deal_no, known_since=before))
        session.add(
            Sku(
                team_id=place[0],
                store_id=place[1],
                id="sk_1",
                code=option.vendor_option_no or "",
                stock=option.stock,
                counted_at=before,
                selling=False,
                updated_at=before,
            )
        )
        session.add(SyncState(team_id=place[0], store_id=place[1], kind=ORDERS, watermark=now, due_at=now))

    def shown() -> bool:
        return option.display and not deal.paused

    async def say(*, selling: bool) -> None:
        async with outside.db.write() as session:
            (await session.get_one(Sku, (*place, "sk_1"))).selling = selling

    async def fatal() -> None:
        outside.watch(Moment(name, 1, "answered" if happened else "received"))
        if not happened:
            faults = outside.tmon.faults
            faults.mode, faults.only, faults.times = "hang", {name}, 1

    async def killed() -> None:
        await outside.dies()
        outside.watch()
        await outside.restart()

    later = timedelta(hours=1)
    if turns == "off":
        await fatal()
    outside.child = await outside.start()
    if turns == "off":
        await killed()
    await outside.rest(later, after=lambda: not shown())
    if turns == "on":
        await fatal()
    await say(selling=True)
    if turns == "on":
        outside.clock.advance(timedelta(seconds=10))
        await killed()
    await outside.rest(later, after=lambda: shown() and outside.calls.count("deals.get") >= 2)
    assert sum(call.name in names.values() for call in outside.tmon.calls) == (2 if happened else 3)
    # Nothing is invented either: what is turned off by hand from now on stays so.
    outside.calls.clear()
    option.display, deal.paused = whole, whole
    await outside.rest(later, after=lambda: outside.calls.count("deals.get") >= 3)
    assert not shown()
