"""The audit log, narrowed and paged."""

from datetime import timedelta

from tests.clock import MovableClock
from tmon.audit import PAGE, AuditLog, record, record_in_team
from tmon.database import Database
from tmon.models.audit import Audit
from tmon.scope import StoreKey


async def write(db: Database, clock: MovableClock, count: int) -> None:
    """`count` looks at contacts by two people in two stores, a minute apart, and one record of no store."""
    async with db.write() as session:
        for number in range(count):
            of = StoreKey("T1", f"st_{number % 2}")
            record(session, of, f"U{number % 3}", "store.see_contact", clock(), subject=number)
            clock.advance(timedelta(minutes=1))
        record_in_team(session, "T1", "system", "buyer.destroy", clock(), orders=3)
        record_in_team(session, "T2", "U9", "store.edit", clock())


async def test_the_newest_come_first_page_by_page(db: Database, clock: MovableClock) -> None:
    await write(db, clock, PAGE + 4)
    log = AuditLog(db)
    first, second = await log.page("T1"), await log.page("T1", page=1)
    assert (first.total, first.pages) == (PAGE + 5, 2)
    assert first.items[0].action == "buyer.destroy"
    assert first.items[0].details == {"orders": 3}
    assert [int(row.subject or 0) for row in second.items] == [4, 3, 2, 1, 0]
    assert (await log.page("T1", page=9)).number == 1, "the nearest page that there is"


async def test_it_is_narrowed_by_store_person_and_time(db: Database, clock: MovableClock) -> None:
    begin = clock()
    await write(db, clock, 12)
    log = AuditLog(db)

    async def subjects(**narrowed: object) -> list[str | None]:
        page = await log.page("T1", **narrowed)  # type: ignore[arg-type]
        rows: list[Audit] = list(page.items)
        return [row.subject for row in reversed(rows)]

    assert await subjects(store_id="st_1") == ["1", "3", "5", "7", "9", "11"]
    assert await subjects(store_id="st_1", user_id="U0") == ["3", "9"]
    minute = timedelta(minutes=1)
    assert await subjects(between=(begin + 2 * minute, begin + 4 * minute)) == ["2", "3"], "the end is excluded"
    assert await subjects(user_id="nobody") == []
