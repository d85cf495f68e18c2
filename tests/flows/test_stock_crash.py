"""kill -9 around a push of stock: TMON is asked what became of it, never told blindly again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flows.process import START_SECONDS, Moment, Outside, outside_on
from tests.flows.world import until
from tmon.collection.tables import Collection, Kind
from tmon.products.tables import Deal
from tmon.sandbox.demo import DEMO_PARTNERS
from tmon.sandbox.opening import open_shop
from tmon.stock.tables import OptionLink, Sku

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
                flying=0,
            )
        )
        session.add(Collection(team_id=place[0], store_id=place[1], kind=Kind.ORDERS, watermark=now, due_at=now))
    wanted = option.stock + 100
    outside.watch(Moment("deals.stock", 1, phase))
    outside.child = await outside.start()
    await until(lambda: outside.child is not None and outside.child.returncode == -9, START_SECONDS)
    outside.watch()
    await outside.restart()
    await until(lambda: outside.calls.count("deals.get") >= 2, START_SECONDS)
    await outside.rest()
    assert len(outside.tmon.calls_of("deals.stock")) == 1
    assert option.stock == wanted
    async with outside.db.read() as session:
        link = await session.get_one(OptionLink, (*place, deal.deal_no, option.option_no))
    assert (link.attempt, link.last_pushed) == (None, wanted)
