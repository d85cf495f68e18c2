"""Settlement is read day by day: paced, again and again, whatever one day, the clock or TMON does."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.tmon import Mode, arrive_late, correct
from tests.flows.cards import told
from tests.flows.settlement.collecting import (
    CALL,
    DAY,
    MINUTE,
    asked,
    collect_all,
    days,
    korea,
    rows,
    settled,
)
from tests.flows.world import World
from tmon.models.collection import RunOutcome, SyncRun, SyncState, Unread, UnreadRecord, UnreadWhy
from tmon.models.incidents import Incident
from tmon.models.settlement import SettlementRow
from tmon.settlement.collector import SETTLEMENT

TODAY = date(2026, 3, 10)
"""The clock's; it shows 10:00."""
NOT_NOW = timedelta(hours=2, minutes=9)
"""To a minute before the readings of the day."""


def back(first: int, last: int, of: date = TODAY) -> list[date]:
    """The days so many before, newest first."""
    return [of - n * DAY for n in range(first, last + 1)]


async def test_the_first_run_reads_this_and_the_last_month_a_few_days_at_a_time(world: World) -> None:
    store = await world.add_store()
    settled(world, store, "OLD", date(2026, 1, 31))
    settled(world, store, "A", date(2026, 2, 1), 11_000)
    settled(world, store, "B", date(2026, 3, 8), 22_000)
    await world.collect(SETTLEMENT)
    assert asked(world) == back(2, 11), "the newest first; yesterday is due at ten past twelve"
    await world.collect(SETTLEMENT)
    assert asked(world) == [], "not in the same minute"
    world.clock.advance(MINUTE)
    assert await collect_all(world) == back(12, 37)
    assert {tx_no: row.computed_amount for tx_no, row in (await rows(world)).items()} == {"A": 9735, "B": 19470}
    world.clock.set(korea(TODAY) - MINUTE)
    await world.collect(SETTLEMENT)
    assert asked(world) == []
    world.clock.advance(MINUTE)
    await world.collect(SETTLEMENT)
    # the tenth: yesterday, a week again, and all of February
    assert asked(world) == [*back(1, 8), date(2026, 2, 28), date(2026, 2, 27)]
    world.clock.advance(MINUTE)
    assert {day.month for day in await collect_all(world)} == {2}


async def test_each_noon_reads_yesterday_and_a_week_again_and_months_three_times(world: World) -> None:
    await world.add_store()
    world.clock.set(korea(date(2025, 12, 27), 13))
    await collect_all(world)
    read = {}
    for day in [date(2025, 12, 28) + n * DAY for n in range(16)]:
        world.clock.set(korea(day))
        read[day] = await collect_all(world)
        assert sorted(read[day][:8], reverse=True) == back(1, 8, day)
        world.clock.set(korea(day, 23))
        await world.collect(SETTLEMENT)
        assert asked(world) == [], "once a day"
    december = {date(2025, 12, n) for n in range(1, 32)}
    for day, found in read.items():
        assert len(found) == len(set(found))
        whole = december <= set(found)
        assert whole == (day in {date(2026, 1, 1), date(2026, 1, 5), date(2026, 1, 10)})
        if not whole:
            assert len(found) == 8


async def test_missed_days_are_made_up_whatever_kept_them(world: World) -> None:
    store = await world.add_store()
    await collect_all(world)
    async with world.db.write() as session:
        (await session.get_one(type(store), (store.team_id, store.id))).order_on = False
    world.clock.set(korea(date(2026, 5, 20), 13))
    await world.collect(SETTLEMENT)
    assert asked(world) == [], "the switch of orders is off"
    settled(world, store, "A", date(2026, 4, 2))
    async with world.db.write() as session:
        (await session.get_one(type(store), (store.team_id, store.id))).order_on = True
    await world.restart()
    found = await collect_all(world)
    assert {date(2026, 3, 9) + n * DAY for n in range(72)} <= set(found)
    assert len(found) == len(set(found))
    assert "A" in await rows(world)


async def test_a_restart_goes_on_where_it_ended(world: World) -> None:
    await world.add_store()
    await world.collect(SETTLEMENT)
    first = asked(world)
    await world.restart()
    world.clock.advance(MINUTE)
    assert await collect_all(world) == back(12, 37)
    assert len(first) == 10


async def test_late_corrected_and_missing_rows_are_seen_by_the_next_reading(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, ordered_at=world.clock() - 3 * DAY)
    world.tmon.move_to(order.order_no, "D5")
    delivered = world.clock() - 2 * DAY
    for deal in order.deals:
        deal.updated_at = delivered
    settled(world, store, "GONE", TODAY - 3 * DAY)
    await collect_all(world)
    mine = [row for row in (await rows(world)).values() if row.order_no == order.order_no]
    assert sum(row.sell_amount for row in mine) == sum(o.price * o.qty for d in order.deals for o in d.options)
    assert {row.day for row in mine} == {TODAY - 2 * DAY}
    late = arrive_late(world.tmon, store.seller_id)
    corrected = correct(world.tmon, store.seller_id)
    assert corrected is not None
    del world.tmon.settlement["GONE"]
    world.clock.set(korea(TODAY + DAY))
    await collect_all(world)
    kept = await rows(world)
    assert kept[late.tx_no].order_no == late.order_no
    assert (kept[corrected.tx_no].sell_amount, kept[corrected.tx_no].adjust_code) == (corrected.sell_amount, 1)
    assert kept["GONE"].missing_since is not None
    assert [tx_no for tx_no, row in kept.items() if row.missing_since] == ["GONE"]
    async with world.db.read() as session:
        counts = [run.counts for run in await session.scalars(select(SyncRun).where(col(SyncRun.counts).is_not(None)))]
    assert {name: sum(one.get(name, 0) for one in counts[-4:]) for name in ("changed_rows", "gone_rows")} == {
        "changed_rows": 1,
        "gone_rows": 1,
    }


FAULTS: list[Mode | bytes] = ["error_500_json", "html_503", "truncated", b'{"a":1}']


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_day_that_tmon_cannot_tell_holds_up_no_other(world: World, fault: Mode | bytes) -> None:
    store = await world.add_store()
    bad = TODAY - 4 * DAY
    for n in range(2, 10):
        settled(world, store, f"T{n}", TODAY - n * DAY)
    faults = world.tmon.faults

    def only_that_day(document: Any) -> Any:
        return fault if world.tmon.calls[-1].query["searchDate"] == bad.isoformat() else document

    async def break_that_day(call: Any, phase: Any) -> None:
        if phase.value == "received" and call.name == CALL:
            faults.mode = fault if isinstance(fault, str) and call.query["searchDate"] == bad.isoformat() else None

    world.tmon.on_call = break_that_day
    if isinstance(fault, bytes):
        faults.rewrites[CALL] = only_that_day
    await world.collect(SETTLEMENT)
    assert set(await rows(world)) == {f"T{n}" for n in range(2, 10)} - {"T4"}
    assert bad in set(asked(world))
    async with world.db.read() as session:
        state = await session.get_one(SyncState, (store.team_id, store.id, SETTLEMENT))
    assert state.failures == 1
    assert (await days(world))[bad].read_at is None
    for _ in range(7):
        world.clock.advance(timedelta(hours=1))
        await world.collect(SETTLEMENT)
    assert min(await days(world)) in {day for day, row in (await days(world)).items() if row.read_at}, "nor the oldest"
    async with world.db.read() as session:
        (incident,) = await session.scalars(select(Incident))
    assert incident.area == SETTLEMENT
    world.tmon.on_call = None
    faults.rewrites.clear()
    faults.mode = None
    world.clock.advance(timedelta(hours=1))
    await collect_all(world)
    assert "T4" in await rows(world)
    async with world.db.read() as session:
        (incident,) = await session.scalars(select(Incident))
    assert incident.closed_at is not None


@pytest.mark.parametrize("mode", ["down", "empty"])
async def test_while_tmon_does_not_answer_a_run_does_not_ask_for_every_day(world: World, mode: Mode) -> None:
    store = await world.add_store()
    world.tmon.faults.mode, world.tmon.faults.only = mode, {CALL}
    await world.collect(SETTLEMENT)
    assert len(set(asked(world))) == 3
    world.tmon.faults.clear()
    world.clock.advance(timedelta(hours=1))
    assert len(set(await collect_all(world))) == 36
    async with world.db.read() as session:
        assert (await session.get_one(SyncState, (store.team_id, store.id, SETTLEMENT))).failures == 0


async def test_a_row_that_cannot_be_read_is_set_aside_and_read_later(world: World) -> None:
    store = await world.add_store()
    for tx_no in ("1", "2", "3"):
        settled(world, store, tx_no, TODAY - 2 * DAY)
    settled(world, store, "4", TODAY - 3 * DAY)

    def spoil(document: Any) -> Any:
        for row in document["settlementData"]:
            if row["txSeqNo"] == "2":
                row["sellAmount"] = "만원"
        return document

    await world.collect(SETTLEMENT)
    world.tmon.faults.rewrites[CALL] = spoil
    del world.tmon.settlement["3"]
    world.clock.set(korea(TODAY))
    await collect_all(world)
    kept = await rows(world)
    assert {tx_no for tx_no, row in kept.items() if row.missing_since} == {"3"}, "unreadable is not gone"
    async with world.db.read() as session:
        (note,) = await session.scalars(select(UnreadRecord))
    assert (note.what, note.number, note.why, note.field) == (
        Unread.SETTLEMENT,
        "2",
        UnreadWhy.MALFORMED,
        "sellAmount",
    )
    assert note.listed_from == TODAY - 2 * DAY
    world.tmon.faults.rewrites.clear()
    await world.command(world.owner, "collect 정산")
    async with world.db.read() as session:
        assert list(await session.scalars(select(UnreadRecord))) == []
    assert (await rows(world))["2"].missing_since is None


async def test_where_tmon_does_not_offer_it_the_channel_is_told_once(world: World) -> None:
    await world.add_store()
    world.tmon.faults.not_offered = {CALL}
    for _ in range(3):
        await world.collect(SETTLEMENT)
        world.clock.advance(DAY)
    assert len([message for message in world.posts("주문") if "정산" in message.text]) == 1
    assert len(asked(world)) == 3, "once a day"
    async with world.db.read() as session:
        assert list(await session.scalars(select(Incident))) == []
    world.tmon.faults.not_offered = set()
    assert len(set(await collect_all(world))) >= 39


async def test_outside_of_its_hours_a_store_waits_for_the_next_opening(world: World) -> None:
    await world.add_store(hours_days=[0, 1, 2, 3, 4], hours_from=time(14), hours_to=time(18), hours_skip_holidays=True)
    world.clock.set(korea(date(2026, 2, 26), 14, 0))
    await collect_all(world)
    found = {}
    for day in [
        date(2026, 2, 27) + n * DAY for n in range(5)
    ]:  # Friday; the 1st is a holiday, Monday instead of it, too
        for hour, minute in ((12, 10), (13, 59), (14, 0), (19, 0)):
            world.clock.set(korea(day, hour, minute))
            await world.collect(SETTLEMENT)
            if now := asked(world):
                found[day, hour] = now
                world.clock.set(korea(day, 15))
                found[day, hour] += await collect_all(world)
    friday, tuesday = date(2026, 2, 27), date(2026, 3, 3)
    assert found.keys() == {(friday, 14), (tuesday, 14)}
    assert found[friday, 14] == back(1, 8, friday)
    assert set(found[tuesday, 14]) == {date(2026, 2, n) for n in range(1, 29)} | set(back(1, 8, tuesday))
    assert len(found[tuesday, 14]) == len(set(found[tuesday, 14])), "what was put off is done once"
    world.clock.set(korea(tuesday, 20))
    await world.command(world.owner, "collect settlement")
    assert asked(world) == back(1, 8, tuesday), "a person's wish counts at any time"


async def test_a_clock_set_back_reads_again_what_was_read_ahead(world: World) -> None:
    store = await world.add_store()
    settled(world, store, "A", TODAY - 2 * DAY)
    world.clock.set(korea(TODAY + 60 * DAY, 13))
    await collect_all(world)
    world.clock.set(korea(TODAY, 13))
    settled(world, store, "B", TODAY - 5 * DAY)
    world.tmon.settlement["A"].sell_amount = 7
    found = await collect_all(world)
    assert set(back(1, 10)) <= set(found)
    assert max(found) == TODAY - DAY
    kept = await rows(world)
    assert (kept["A"].sell_amount, set(kept)) == (7, {"A", "B"})
    world.clock.set(korea(TODAY + 3 * DAY))
    # those of the 11th and of the 12th, too, which were missed
    assert set(await collect_all(world)) == set(back(1, 10, TODAY + 3 * DAY))


async def said(world: World, command: str) -> str:
    """What the owner is told after a command."""
    await world.command(world.owner, command)
    return told(world, world.owner, world.channel("주문").id)[-1]


async def test_by_hand_all_that_is_due_is_read_and_the_last_week_in_any_case(world: World) -> None:
    store = await world.add_store()
    settled(world, store, "A", TODAY - 2 * DAY)
    settled(world, store, "B", date(2026, 2, 3))
    answer = await said(world, "collect settlement")
    assert len(asked(world)) == 37
    assert "정산 수집을 마쳤습니다" in answer
    assert "읽은 날 37일 · 새 정산 2건" in answer
    answer = await said(world, "수집 정산")
    assert asked(world) == back(1, 8)
    assert "바뀐 내용 없음" in answer
    world.tmon.settlement["A"].sell_amount = 1
    assert "바뀐 정산 1건" in await said(world, "collect settlement")
    async with world.db.read() as session:
        runs = list(await session.scalars(select(SyncRun)))
        amounts = list(await session.scalars(select(col(SettlementRow.sell_amount))))
    assert [run.outcome for run in runs] == [RunOutcome.DONE] * 3
    assert sorted(amounts) == [1, 10_000]


async def test_a_store_removed_meanwhile_gets_no_rows(world: World) -> None:
    store = await world.add_store()
    settled(world, store, "A", TODAY - 2 * DAY)

    async def remove(call: Any, phase: Any) -> None:
        if phase.value == "received" and call.name == CALL:
            async with world.db.write() as session:
                (await session.get_one(type(store), (store.team_id, store.id))).removed_at = world.clock()

    world.tmon.on_call = remove
    await world.collect(SETTLEMENT)
    assert await rows(world) == {}
