"""Inquiries: collected while the CS switch is on, one standing card per store, a list, and an audited look at the words."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.playground.tmon import CallPhase, LoggedCall, Mode, answer_oldest, new_cs_inquiry, new_question
from tests.flows.cards import buttons, posted, runs, shows
from tests.flows.inquiries.collecting import DAY, EVERY, SWITCHES, again, cards, inquiries, waiting
from tests.flows.switches import prove, turn
from tests.flows.world import World
from tmon.inquiries.collector import INQUIRIES
from tmon.models.collection import RunOutcome, SyncState
from tmon.models.inquiries import InquirySyncState, Source
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Person
from tmon.stores.service import StoreService

LISTS = {"qnas.list", "cs_inquiries.list"}


async def standing(world: World, store: Store) -> SyncState:
    """Where the collection stands."""
    async with world.db.read() as session:
        return await session.get_one(SyncState, (store.team_id, store.id, INQUIRIES))


async def test_repeated_runs_make_nothing_twice_and_stay_silent(world: World) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    new_cs_inquiry(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    calls = len(world.slack.calls)
    for _ in range(4):
        await again(world)
    assert len(await inquiries(world)) == 2
    assert len(world.slack.calls) == calls
    assert [(run.kind, run.outcome, run.counts) for run in await runs(world)] == [
        (INQUIRIES, RunOutcome.DONE, {"new": 2})
    ]
    assert (await standing(world, store)).last_success_at == world.clock()
    assert len(world.tmon.calls_of("cs_inquiries.get")) == 1, "words are fetched once"


async def test_nothing_asked_leaves_nothing(world: World) -> None:
    await world.add_store()
    await world.collect(INQUIRIES)
    assert await cards(world) == []
    assert await runs(world) == []


async def test_answered_at_tmon_it_waits_no_longer_and_the_card_is_edited(world: World) -> None:
    store = await world.add_store()
    first = new_question(world.tmon, store.seller_id, asked_at=world.clock() - timedelta(hours=1))
    second = new_cs_inquiry(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    assert answer_oldest(world.tmon, store.seller_id)
    await again(world)
    (card,) = await cards(world)
    assert "1건" in card.text
    assert f"티몬에서 답변됨 · {first.deal_title}" in shows(card)
    assert await waiting(world) == [second.inquiry_no]
    answer_oldest(world.tmon, store.seller_id)
    await again(world)
    (card,) = await cards(world)
    assert "답변을 기다리는 문의가 없습니다" in shows(card)
    assert buttons(card.blocks) == []
    assert [run.counts for run in await runs(world)][1:] == [{"answered": 1}, {"answered": 1}]


async def test_what_is_listed_again_waits_again(world: World) -> None:
    store = await world.add_store()
    question = new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    question.answered = True
    await again(world)
    question.answered = False
    await again(world)
    assert await waiting(world) == [question.article_no]
    assert "1건" in (await cards(world))[-1].text


@pytest.mark.parametrize("days", [2, 10, 30])
async def test_days_of_absence_are_caught_up(world: World, days: int) -> None:
    store = await world.add_store()
    await world.collect(INQUIRIES)
    last = world.clock()
    world.clock.advance(days * DAY)
    asked = [
        make(world.tmon, store.seller_id, asked_at=last + n * days * DAY / 6)
        for n in range(6)
        for make in (new_question, new_cs_inquiry)
    ]
    await world.collect(INQUIRIES)
    assert len(await waiting(world)) == len(asked)
    assert len(await cards(world)) == 1


async def test_what_waits_for_weeks_is_asked_for_until_it_is_answered(world: World) -> None:
    store = await world.add_store()
    question = new_question(world.tmon, store.seller_id)
    matter = new_cs_inquiry(world.tmon, store.seller_id, asked_at=world.clock() - 2 * DAY)
    await world.collect(INQUIRIES)
    for _ in range(5):
        await again(world, 5 * DAY)
        assert len(await waiting(world)) == 2
    lists = len(world.tmon.calls_of("qnas.list"))
    await again(world)
    assert len(world.tmon.calls_of("qnas.list")) == lists + 2
    question.answered = matter.groups[0].answered = True
    await again(world)
    assert await waiting(world) == []


@pytest.mark.parametrize("mode", ["error_500_json", "html_502", "empty", "truncated", "throttled", "down"])
@pytest.mark.parametrize("broken", ["qnas.list", "cs_inquiries.list"])
async def test_a_failed_run_catches_up_with_the_next(world: World, mode: Mode, broken: str) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    new_cs_inquiry(world.tmon, store.seller_id)
    world.tmon.faults.mode, world.tmon.faults.only = mode, {broken}
    await world.collect(INQUIRIES)
    assert (await standing(world, store)).failures == 1
    assert Source.CS not in {one.source for one in await inquiries(world)}
    world.tmon.faults.clear()
    await again(world)
    assert len(await waiting(world)) == 2
    assert (await standing(world, store)).failures == 0


async def test_a_list_that_breaks_off_says_nothing_of_what_is_answered(world: World) -> None:
    store = await world.add_store()
    for _ in range(60):
        new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)

    async def break_off(call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.RECEIVED and call.name == "qnas.list":
            world.tmon.faults.mode = "html_502" if call.query["page"] == "2" else None

    world.tmon.on_call = break_off
    await again(world)
    assert (await standing(world, store)).failures == 1
    assert len(await waiting(world)) == 60


@SWITCHES
async def test_the_schedule_is_silent(world: World, group: ApiGroup | None) -> None:
    store = await world.add_store()
    new_cs_inquiry(world.tmon, store.seller_id)

    async def later() -> None:
        await again(world)

    await prove(world, store, group, later, calls=LISTS | {"cs_inquiries.get"})


@SWITCHES
@pytest.mark.parametrize("words", ["collect cs", "수집 문의"])
async def test_asking_for_it_is_refused(world: World, group: ApiGroup | None, words: str) -> None:
    store = await world.add_store()
    await prove(world, store, group, lambda: world.command(world.owner, words), calls=LISTS)


@SWITCHES
async def test_turning_on_again_catches_up_from_the_watermark(world: World, group: ApiGroup | None) -> None:
    store = await world.add_store()
    await world.collect(INQUIRIES)
    await turn(world, store, group, on=False)
    missed = []
    for _ in range(9):
        world.clock.advance(DAY)
        missed.append(new_question(world.tmon, store.seller_id).article_no)
        await world.collect(INQUIRIES)
    assert await inquiries(world) == []
    await turn(world, store, group, on=True)
    await world.collect(INQUIRIES)
    assert await waiting(world) == missed


@pytest.mark.parametrize("group", [ApiGroup.ORDER, ApiGroup.PRODUCT, ApiGroup.STOCK])
async def test_another_switch_does_not_stop_inquiries(world: World, group: ApiGroup) -> None:
    store = await world.add_store(stock_on=True)
    await turn(world, store, group, on=False)
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    assert len(await waiting(world)) == 1


async def test_neither_is_offered_is_told_once_and_asked_once_a_day(world: World) -> None:
    store = await world.add_store()
    world.tmon.faults.not_offered = LISTS
    await world.collect(INQUIRIES)
    (said,) = await posted(world, "not_offered/")
    assert "문의 조회를 제공하지 않는다고" in said.text
    assert (await standing(world, store)).not_offered_at == world.clock()
    calls = len(world.tmon.calls_of("qnas.list"))
    await again(world, DAY - EVERY)
    assert len(world.tmon.calls_of("qnas.list")) == calls
    await again(world)
    assert len(world.tmon.calls_of("qnas.list")) == calls + 1
    assert len(await posted(world, "not_offered/")) == 1
    assert await posted(world, "inquiries_not_offered/") == []
    new_question(world.tmon, store.seller_id)
    world.tmon.faults.clear()
    await again(world, DAY)
    assert len(await waiting(world)) == 1


@pytest.mark.parametrize(
    ("missing", "name"), [("qnas.list", "상품문의"), ("cs_inquiries.list", "CS문의")], ids=["questions", "cs"]
)
async def test_one_of_two_is_collected_and_the_other_told_once(world: World, missing: str, name: str) -> None:
    store = await world.add_store()
    world.tmon.faults.not_offered = {missing}
    new_question(world.tmon, store.seller_id)
    new_cs_inquiry(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    assert len(await waiting(world)) == 1
    (said,) = await posted(world, "inquiries_not_offered/")
    assert f"{name} 조회를 제공하지 않는다고" in said.text
    assert (await standing(world, store)).not_offered_at is None
    calls = len(world.tmon.calls_of(missing))
    await again(world, DAY - EVERY)
    assert len(world.tmon.calls_of(missing)) == calls
    await again(world)
    assert len(world.tmon.calls_of(missing)) == calls + 1
    assert len(await posted(world, "inquiries_not_offered/")) == 1
    world.tmon.faults.clear()
    await again(world, DAY)
    assert len(await waiting(world)) == 2, "it has a watermark of its own"
    async with world.db.read() as session:
        assert {row.not_offered_at for row in await session.scalars(select(InquirySyncState))} == {None}


async def test_a_removed_store_keeps_no_words(world: World) -> None:
    store = await world.add_store()
    question = new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await world.bot.services[StoreService].remove(Person(store.team_id, world.owner, is_admin=True), store.id)
    await world.settle()
    (kept,) = await inquiries(world)
    assert kept.content is None
    assert kept.destroyed_at is not None
    (card,) = await cards(world)
    assert question.deal_title not in shows(card)
