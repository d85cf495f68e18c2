"""kill -9 while settlement is read: what was stored stays, the rest is read after the start, and nothing counts twice."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.flows.process import Moment, Outside
from tests.flows.settlement.collecting import CALL, DAY, listed
from tmon.models.settlement import SettlementDay, SettlementRow

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize("fatal", [Moment(CALL, 2, "answered"), Moment(CALL, 3, "received")], ids=str)
async def test_killed_between_two_days(outside: Outside, fatal: Moment) -> None:
    store = await outside.add_store()
    due = [TODAY - n * DAY for n in range(2, 6)]
    for n, day in enumerate(due):
        listed(outside.tmon, store, f"T{n}", day, 1000 + n)
    async with outside.db.write() as session:  # all that lies before was read
        for n in range(6, 38):
            row = SettlementDay(team_id=store.team_id, store_id=store.id, day=TODAY - n * DAY, read_at=outside.clock())
            session.add(row)
    outside.watch(fatal)
    outside.child = await outside.start()
    await outside.dies()
    before = await kept(outside)
    assert "T0" in before, "a day is stored as it is read"
    assert "T3" not in before
    outside.watch()
    await outside.restart(timedelta(minutes=2))
    await outside.rest(after=lambda: outside.calls.count(CALL) >= 4 - len(before))
    assert await kept(outside) == {f"T{n}": (day, 1000 + n) for n, day in enumerate(due)}
    async with outside.db.read() as session:
        days = list(await session.scalars(select(SettlementDay).where(SettlementDay.rows > 0)))  # type: ignore[arg-type]
    assert {row.day: row.rows for row in days} == dict.fromkeys(due, 1)


async def kept(outside: Outside) -> dict[str, tuple[date, int]]:
    """Day and amount of the rows that are stored."""
    async with outside.db.read() as session:
        return {row.tx_no: (row.day, row.sell_amount) for row in await session.scalars(select(SettlementRow))}
