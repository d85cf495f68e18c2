"""kill -9 around the write of a sale period: TMON is asked what became of it, and no end is extended twice."""

from datetime import timedelta

import pytest

from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.process import Moment, Outside
from tmon.clock import KST
from tmon.models.products import Deal, SalePeriodSchedule

pytestmark = pytest.mark.timeout(300)

LENGTH = timedelta(days=30)


@pytest.mark.parametrize(
    "fatal",
    [
        Moment("deals.get", 1, "answered"),
        Moment("deals.sales_period", 1, "received"),
        Moment("deals.sales_period", 1, "answered"),
        Moment("deals.sales_period", 2, "answered"),
    ],
    ids=str,
)
async def test_killed_at_dawn(outside: Outside, fatal: Moment) -> None:
    open_shop(outside.tmon, outside.tmon.partners[DEMO_PARTNERS[0].partner_id])
    store = await outside.add_store(extend_days=LENGTH.days)
    now = outside.clock()
    deals = {no: deal for no, deal in outside.tmon.deals.items() if deal.sales_status(now) == "ON_SALE"}
    before = {no: deal.sales_end for no, deal in deals.items()}
    due = {no for no, end in before.items() if now < end < now + timedelta(days=7)}
    assert len(due) >= 2
    async with outside.db.write() as session:
        for no, deal in deals.items():
            session.add(
                Deal(
                    team_id=store.team_id,
                    store_id=store.id,
                    deal_no=deal.deal_no,
                    title=deal.title,
                    sales_status="ON_SALE",
                    sales_end=before[no],
                    read_at=now,
                    known_since=now,
                )
            )
        # the run was due while no bot was there
        due_at = now - timedelta(hours=1)
        day = due_at.astimezone(KST).date()
        session.add(SalePeriodSchedule(team_id=store.team_id, store_id=store.id, due_at=due_at, previewed_for=day))
    outside.watch(fatal)
    outside.child = await outside.start()
    await outside.dies()
    outside.watch()
    await outside.restart(timedelta(minutes=6))
    await outside.rest(after=lambda: all(deals[no].sales_end != before[no] for no in due))
    for no, deal in deals.items():
        assert deal.sales_end == before[no] + (LENGTH if no in due else timedelta())
        assert sum(change.before != change.after for change in deal.changes) == (no in due)
