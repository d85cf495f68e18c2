"""People are reminded of unanswered inquiries: in business hours, in the card's thread, each step once."""

from datetime import datetime, timedelta

import pytest

from bot.playground.slack.demo import JUNHO, SEOYEON
from bot.playground.slack.model import Message
from bot.playground.tmon import new_cs_inquiry, new_question
from handlers.inquiries.ids import InquiryAction
from tests.flows.cards import action
from tests.flows.inquiries.collecting import cards, inquiries
from tests.flows.switches import turn
from tests.flows.world import World
from tmon.clock import KST
from tmon.inquiries.collector import INQUIRIES
from tmon.inquiries.reminders import in_business_hours
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Permission, Person, has_permission


def kst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


def reminders(world: World) -> list[Message]:
    return [one for one in world.posts("주문") if "아직 답변하지 않은" in one.text]


def moments(world: World) -> list[str]:
    return [f"{datetime.fromtimestamp(float(one.ts), KST):%m-%d %H:%M}" for one in reminders(world)]


async def watch(world: World, until: str, step: timedelta = timedelta(minutes=30)) -> None:
    """Time passes, and the job runs."""
    while world.clock() < kst(until):
        world.clock.set(min(world.clock() + step, kst(until)))
        await world.run_job("remind of inquiries")
        await world.settle()


async def store_at(world: World, moment: str) -> Store:
    world.clock.set(kst(moment))
    return await world.add_store()


@pytest.mark.parametrize(
    ("at", "moved"),
    [
        ("2026-03-10T09:00", "2026-03-10T09:00"),
        ("2026-03-10T08:59", "2026-03-10T09:00"),
        ("2026-03-10T17:59", "2026-03-10T17:59"),
        ("2026-03-10T18:00", "2026-03-11T09:00"),
        ("2026-03-13T18:01", "2026-03-16T09:00"),
        ("2026-03-14T12:00", "2026-03-16T09:00"),
        ("2026-12-31T23:00", "2027-01-04T09:00"),
        ("2026-02-13T19:00", "2026-02-19T09:00"),
    ],
)
def test_what_is_due_outside_of_business_hours_waits_for_the_next_one(at: str, moved: str) -> None:
    assert in_business_hours(kst(at)) == kst(moved)


async def test_a_question_is_reminded_of_after_a_day_and_after_two(world: World) -> None:
    store = await store_at(world, "2026-03-10T10:00")
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await watch(world, "2026-03-13T18:00")
    assert moments(world) == ["03-11 10:00", "03-12 10:00"]
    (card,) = await cards(world)
    first = reminders(world)[0]
    assert first.thread_ts == card.ts
    assert first.text.startswith("⏰ <@")
    assert "1건" in first.text


async def test_steps_that_come_at_night_are_one_reminder(world: World) -> None:
    store = await store_at(world, "2026-03-13T17:30")  # Friday
    new_cs_inquiry(world.tmon, store.seller_id)
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await watch(world, "2026-03-18T12:00")
    assert moments(world) == ["03-16 09:00"]  # CS: 21:30 and 17:30 of Saturday; question: 17:30 of Saturday and Sunday
    assert "2건" in reminders(world)[0].text


async def test_an_urgent_inquiry_is_reminded_of_after_an_hour(world: World) -> None:
    store = await store_at(world, "2026-03-10T10:00")
    new_cs_inquiry(world.tmon, store.seller_id, emergency=True)
    await world.collect(INQUIRIES)
    await watch(world, "2026-03-12T18:00")
    assert moments(world) == ["03-10 11:00", "03-10 14:00", "03-11 10:00"]


async def test_what_was_asked_long_before_it_was_seen_is_said_once_on_arrival(world: World) -> None:
    store = await store_at(world, "2026-03-10T10:00")
    new_question(world.tmon, store.seller_id, asked_at=kst("2026-03-09T08:00"))
    await world.collect(INQUIRIES)
    await watch(world, "2026-03-13T18:00")
    assert moments(world) == ["03-11 09:00"]  # 48 hours end at 8


async def test_nobody_is_reminded_of_what_is_answered_or_cannot_be_known(world: World) -> None:
    store = await store_at(world, "2026-03-10T10:00")
    question = new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await turn(world, store, ApiGroup.CS, on=False)
    await watch(world, "2026-03-11T11:00", timedelta(hours=1))
    assert not reminders(world)
    await turn(world, store, ApiGroup.CS, on=True)
    question.answered = True
    await world.collect(INQUIRIES)
    await watch(world, "2026-03-13T18:00", timedelta(hours=1))
    assert not reminders(world)
    assert [one.answered_at is not None for one in await inquiries(world)] == [True]


async def test_a_restart_and_two_processes_remind_once(world: World) -> None:
    store = await store_at(world, "2026-03-10T10:00")
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await watch(world, "2026-03-11T10:00", timedelta(hours=1))
    await world.restart()
    await watch(world, "2026-03-11T15:00", timedelta(hours=1))
    assert moments(world) == ["03-11 10:00"]


async def test_the_cs_staff_is_called_and_may_answer_but_not_confirm(world: World) -> None:
    world.clock.set(kst("2026-03-10T10:00"))
    store = await world.add_store(worker_ids=[JUNHO], cs_worker_ids=[SEOYEON])
    new_cs_inquiry(world.tmon, store.seller_id, emergency=True)
    await world.collect(INQUIRIES)
    await watch(world, "2026-03-10T11:00")
    assert f"<@{SEOYEON}>" in reminders(world)[0].text
    assert f"<@{JUNHO}>" not in reminders(world)[0].text
    person = Person(store.team_id, SEOYEON)
    assert has_permission(person, Permission.ANSWER, store)
    assert not has_permission(person, Permission.OPERATE, store)
    assert has_permission(Person(store.team_id, JUNHO), Permission.ANSWER, store)
    assert not has_permission(Person(store.team_id, SEOYEON, is_full_member=False), Permission.ANSWER, store)
    await world.command(SEOYEON, "문의")
    assert action(world.modal(SEOYEON).blocks, InquiryAction.ANSWER)
