"""People are reminded of claims before TMON decides by itself: at the right time, in the card's thread, exactly once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.db import create_database
from bot.playground.slack.demo import CS, JUNHO, MINJI
from bot.playground.slack.model import Message
from bot.playground.tmon import buyer_cancels, buyer_claims
from tests.flows.claims.claiming import add_claim
from tests.flows.stores.registering import text_of
from tests.flows.world import World
from tmon.claims.collector import CLAIMS
from tmon.claims.deadlines import deadline_of, next_reminder
from tmon.claims.reminders import ClaimReminders
from tmon.clock import KST
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.stores import Store

MINUTE = timedelta(minutes=1)
C, R, X, D = ClaimKind.CANCEL, ClaimKind.RETURN, ClaimKind.EXCHANGE, ClaimKind.REDELIVERY


def kst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


async def run(world: World) -> None:
    """The job of every minute."""
    await world.run_job("remind of claims")
    await world.settle()


async def watch(world: World, until: str, step: timedelta = timedelta(minutes=30)) -> None:
    """Time passes, and the job runs."""
    end = kst(until)
    while world.clock() < end:
        world.clock.set(min(world.clock() + step, end))
        await run(world)


async def add(world: World, store: Store, requested: str, kind: ClaimKind = C, number: int = 1, **over: Any) -> Claim:
    """A claim that was collected a minute after it was requested; it has no card."""
    requested_at = kst(requested)
    over = {"first_seen_at": requested_at + MINUTE, **over}
    claim = await add_claim(world, store, kind, number, requested_at, **over)
    world.clock.set(max(world.clock(), claim.first_seen_at))
    return claim


async def change(world: World, **values: Any) -> None:
    async with world.db.write() as session:
        await session.execute(update(Claim).values(**values))


def reminders(world: World, channel: str = "주문") -> list[Message]:
    return [m for m in world.posts(channel) if "아직 처리하지 않은" in m.text or "곧 기한이" in m.text]


def moments(found: Sequence[Message]) -> list[str]:
    return [f"{datetime.fromtimestamp(float(m.ts), KST):%m-%d %H:%M}" for m in found]


async def test_a_cancel_of_a_friday_is_reminded_of_before_the_weekend_and_at_22(world: World) -> None:
    world.clock.set(kst("2026-11-27 09:00"))
    store = await world.add_store(worker_ids=[JUNHO])
    order = world.tmon.new_order(store.seller_id, deals=1, ordered_at=kst("2026-11-27 08:00"))
    await world.collect()
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    world.clock.advance(10 * MINUTE)
    await world.collect(CLAIMS)
    card = next(m for m in world.posts("주문") if str(claim.claim_no) in text_of(m))
    await watch(world, "2026-11-29 12:00")
    found = reminders(world)
    assert moments(found) == ["11-27 17:10", "11-28 22:10"]
    for reminder in found:
        assert reminder.thread_ts == card.ts
        assert f"<@{JUNHO}>" in reminder.text
        assert f"아직 처리하지 않은 취소 요청이 있습니다: 주문 `{order.order_no}`" in reminder.text
    assert "자동환불 11월 28일(토) 23:00까지" in found[0].text.replace("\xa0", " ")


async def test_at_22_means_at_22_also_at_night(world: World) -> None:
    store = await world.add_store()
    await add(world, store, "2026-11-25 10:00")
    await watch(world, "2026-11-26 21:59")
    assert reminders(world) == []
    await watch(world, "2026-11-26 22:00")
    assert moments(reminders(world)) == ["11-26 22:00"]


@pytest.mark.parametrize(
    ("kind", "requested", "until", "expected"),
    [
        (C, "2026-11-27 23:50", "2026-11-29 00:00", ["11-28 22:00"]),
        (C, "2026-09-23 10:00", "2026-09-25 00:00", ["09-23 17:00", "09-24 22:00"]),  # Chuseok
        (C, "2027-02-05 10:00", "2027-02-07 00:00", ["02-05 17:00", "02-06 22:00"]),  # Seollal
        (C, "2026-12-31 10:00", "2027-01-02 00:00", ["12-31 17:00", "01-01 22:00"]),
        (R, "2026-11-20 15:00", "2026-11-28 00:00", ["11-25 10:00", "11-26 10:00"]),
        (R, "2026-12-28 15:00", "2027-01-05 00:00", ["01-02 10:00", "01-03 10:00"]),
        (X, "2026-11-20 15:00", "2026-11-26 00:00", ["11-25 10:00"]),
        (X, "2026-09-20 15:00", "2026-09-26 00:00", ["09-23 17:00", "09-25 10:00"]),
        (D, "2026-11-20 15:00", "2026-11-26 12:00", ["11-25 10:00"]),
    ],
)
async def test_each_kind_is_reminded_of_at_its_times(
    world: World, kind: ClaimKind, requested: str, until: str, expected: list[str]
) -> None:
    store = await world.add_store()
    await add(world, store, requested, kind)
    world.clock.set(kst(requested).replace(minute=0) + timedelta(hours=1))
    await watch(world, until, timedelta(hours=1))
    assert moments(reminders(world)) == expected


async def test_nobody_is_reminded_twice_by_whatever_happens(world: World) -> None:
    store = await world.add_store()
    await add(world, store, "2026-11-25 10:00")
    await watch(world, "2026-11-26 22:00")
    await run(world)
    await world.restart()
    await run(world)
    world.clock.advance(-timedelta(hours=2))
    await watch(world, "2026-11-26 22:30")
    world.clock.advance(-timedelta(days=1))
    await world.restart()
    await watch(world, "2026-11-26 22:59")
    assert len(reminders(world)) == 1


async def test_a_reading_of_the_claim_repeats_no_reminder(world: World) -> None:
    world.clock.set(kst("2026-11-25 09:00"))
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1, ordered_at=kst("2026-11-25 08:00"))
    assert buyer_cancels(world.tmon, order.order_no) is not None
    await world.collect(CLAIMS)
    world.clock.set(kst("2026-11-26 22:00"))
    await run(world)
    for _ in range(5):
        world.clock.advance(6 * MINUTE)
        await world.collect(CLAIMS)
        await run(world)
    assert len(reminders(world)) == 1


async def test_two_processes_remind_once(world: World) -> None:
    store = await world.add_store()
    for number in range(4):
        await add(world, store, "2026-11-25 10:00", number=number)
    world.clock.set(kst("2026-11-26 22:00"))
    other = create_database(world.settings.database_url)
    try:
        jobs = [ClaimReminders(replace(world.bot.services.core, db=db)) for db in (world.db, other, world.db, other)]
        await asyncio.gather(*(job() for job in jobs))
    finally:
        await other.engine.dispose()
    await world.settle()
    assert len(reminders(world)) == 4


async def test_more_than_five_at_once_are_one_message_per_channel(world: World) -> None:
    first, second = await world.add_store(worker_ids=[JUNHO]), await world.add_store(partner=1)
    third = await world.add_store(partner=2, channel="cs")
    world.slack.channels[CS].members.add(world.slack.bot_user_id)
    world.slack.channels[CS].bot_is_member = True
    for number in range(3):
        await add(world, first, "2026-11-25 10:00", number=number)
        await add(world, second, "2026-11-25 10:00", number=number)
        await add(world, third, "2026-11-25 10:00", number=number)
    await watch(world, "2026-11-26 22:00", timedelta(hours=6))
    found = reminders(world)
    assert len(found) == 1
    assert "곧 기한이 되는 클레임이 6건 있습니다: 취소 6건" in found[0].text
    assert f"<@{JUNHO}>" in found[0].text
    assert f"<@{MINJI}>" in found[0].text
    assert "외 1건은" in text_of(found[0])
    await watch(world, "2026-11-27 00:00")
    assert len(reminders(world)) == 1
    assert len(reminders(world, CS)) == 3, "in another channel three are a reply each"
    await world.slack.click(JUNHO, channel=found[0].channel, ts=found[0].ts, action_id="claim.list")
    await world.settle()
    assert "9100200000" in text_of(world.modal(JUNHO))


async def test_what_ended_before_the_message_went_out_is_left_out(world: World) -> None:
    store = await world.add_store()
    await add(world, store, "2026-11-25 10:00")
    world.clock.set(kst("2026-11-26 22:00"))
    await world.run_job("remind of claims")
    await change(world, end=ClaimEnd.WITHDRAWN, ended_at=world.clock(), remind_at=None)
    await world.settle()
    assert reminders(world) == []


async def test_an_act_under_way_is_waited_for(world: World) -> None:
    store = await world.add_store()
    await add(world, store, "2026-11-25 10:00", act="approve", act_by=JUNHO)
    await watch(world, "2026-11-26 22:05")
    assert reminders(world) == []
    await change(world, act=None, act_by=None)
    await run(world)
    assert len(reminders(world)) == 1


async def test_a_held_claim_keeps_its_clock_and_says_so(world: World) -> None:
    store = await world.add_store()
    await add(world, store, "2026-11-20 15:00", X, holding=True, held_at=kst("2026-11-21 10:00"))
    await watch(world, "2026-11-25 10:00", timedelta(hours=6))
    assert len(reminders(world)) == 1
    assert "처리 11월 25일(수) 22:00까지" in reminders(world)[0].text.replace("\xa0", " ")
    assert "보류" in reminders(world)[0].text


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("2026-11-27 17:40", ["11-27 17:40", "11-28 22:00"]),
        ("2026-11-27 18:30", ["11-28 22:00"]),  # the extra one is left out
        ("2026-11-28 22:40", ["11-28 22:40"]),  # the last one stays
        ("2026-11-28 23:00", []),
    ],
)
async def test_after_a_pause_only_what_still_helps_is_sent(world: World, back: str, expected: list[str]) -> None:
    store = await world.add_store()
    await add(world, store, "2026-11-27 10:00")
    world.clock.set(kst(back))
    await world.restart()
    await run(world)
    await watch(world, "2026-11-29 00:00", timedelta(minutes=10))
    assert moments(reminders(world)) == expected


async def test_a_return_waybill_moves_the_clock_of_an_exchange(world: World) -> None:
    store = await world.add_store()
    claim = await add(world, store, "2026-11-20 15:00", X)
    await watch(world, "2026-11-25 10:00", timedelta(hours=3))
    async with world.db.write() as session:
        row = await session.get_one(Claim, (store.team_id, store.id, X, claim.claim_no))
        row.return_waybill_at = world.clock()
        row.deadline = deadline_of(X, row.requested_at, row.return_waybill_at)
        row.remind_at = next_reminder(row, world.clock())
    await watch(world, "2026-11-28 12:00", timedelta(hours=1))
    assert moments(reminders(world)) == ["11-25 10:00", "11-27 10:00"]


async def test_of_a_removed_store_nobody_is_reminded(world: World) -> None:
    store = await world.add_store()
    await add(world, store, "2026-11-25 10:00")
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == store.id).values(removed_at=world.clock()))
    await watch(world, "2026-11-26 23:30")
    assert reminders(world) == []
    async with world.db.read() as session:
        assert (await session.scalars(select(col(Claim.remind_at)))).all() == [None]


async def test_a_card_says_that_its_deadline_has_passed_without_being_touched(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.move_to(order.order_no, "D5")
    claim = buyer_claims(world.tmon, "D", order.order_no)
    assert claim is not None
    await world.collect(CLAIMS)
    (row,) = await all_claims(world)
    assert row.deadline is not None
    draw = next(job for job in world.bot.jobs if job.name == "draw passed deadlines of claims")
    for moment, passed in ((row.deadline - MINUTE, False), (row.deadline + MINUTE, True)):
        world.clock.set(moment)
        await draw.run()
        await world.settle()
        (card,) = [m for m in world.posts("주문") if f"`{claim.order_no}`" in text_of(m) and not m.thread_ts]
        assert ("(지남)" in text_of(card)) is passed


async def all_claims(world: World) -> Sequence[Claim]:
    async with world.db.read() as session:
        return list(await session.scalars(select(Claim)))
