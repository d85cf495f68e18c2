"""Inquiries: collected while the CS switch is on, one standing card per store, a list, and an audited look at the words."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import Message
from bot.playground.tmon import CallPhase, LoggedCall, Mode, answer_oldest, ask_again, new_cs_inquiry, new_question
from handlers.inquiries.ids import InquiryAction, InquiryView
from tests.flows.cards import buttons, posted, press, runs, shows, told
from tests.flows.stores.test_setup import click, private, text_of
from tests.flows.switches import prove, turn
from tests.flows.world import World
from tmon.inquiries.collector import INQUIRIES
from tmon.models.audit import Audit
from tmon.models.collection import RunOutcome, SyncState
from tmon.models.inquiries import Inquiry, InquirySyncState, Source
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Person
from tmon.stores.service import StoreService

EVERY = timedelta(minutes=10)
DAY = timedelta(days=1)
LISTS = {"qnas.list", "cs_inquiries.list"}
SWITCHES = pytest.mark.parametrize("group", [ApiGroup.CS, None], ids=["cs", "master"])


async def inquiries(world: World) -> list[Inquiry]:
    """What is kept, oldest first."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Inquiry).order_by(col(Inquiry.asked_at), col(Inquiry.number))))


async def waiting(world: World) -> list[int]:
    """Numbers of what waits."""
    return [one.number for one in await inquiries(world) if one.answered_at is None]


async def standing(world: World, store: Store) -> SyncState:
    """Where the collection stands."""
    async with world.db.read() as session:
        return await session.get_one(SyncState, (store.team_id, store.id, INQUIRIES))


async def again(world: World, after: timedelta = EVERY) -> None:
    """The next run, when it is due."""
    world.clock.advance(after)
    await world.collect(INQUIRIES)


async def cards(world: World) -> list[Message]:
    """The cards, oldest first."""
    return await posted(world, "inquiries/")


async def test_the_card_says_what_waits_without_anything_that_leads_to_somebody(world: World) -> None:
    store = await world.add_store()
    question = new_question(
        world.tmon,
        store.seller_id,
        content="M 사이즈 재입고되면 010-1234-5678 이나 buyer@example.com 으로 *꼭* 알려 주세요\n서울시 마포구 가상로 12",
    )
    matter = new_cs_inquiry(world.tmon, store.seller_id, emergency=True)
    await world.collect(INQUIRIES)
    (card,) = await cards(world)
    assert card.text == "[한빛리빙] 답변을 기다리는 문의 2건"
    shown = shows(card)
    for part in (
        question.deal_title,
        matter.deal_title,
        "M 사이즈 재입고되면",
        "상품문의",
        f"CS문의({matter.category})",
    ):
        assert part in shown
    assert "🚨" in shown
    assert "3월 10일(화)" in shown
    for part in ("1234", "5678", "buyer@", "가상로", "*꼭*", question.writer):
        assert part not in str(world.slack.calls)
    assert buttons(card.blocks) == [InquiryAction.LIST]
    kept = {one.source: one for one in await inquiries(world)}
    assert (kept[Source.QUESTION].number, kept[Source.QUESTION].part) == (question.article_no, 0)
    assert (kept[Source.CS].number, kept[Source.CS].part) == (matter.inquiry_no, matter.groups[0].group_no)
    assert kept[Source.CS].urgent
    assert "재입고" not in str([vars(one) for one in kept.values()])


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


async def test_a_hundred_questions_are_one_message(world: World) -> None:
    store = await world.add_store()
    for minutes in range(120):
        new_question(world.tmon, store.seller_id, asked_at=world.clock() - timedelta(minutes=minutes))
    posts = len(world.posts("주문"))
    await world.collect(INQUIRIES)
    assert len(world.posts("주문")) == posts + 1
    (card,) = await cards(world)
    assert "120건" in card.text
    assert "외 115건" in shows(card)
    assert len(await waiting(world)) == 120
    assert len(world.tmon.calls_of("qnas.list")) == 3


async def test_answered_at_tmon_it_waits_no_longer_and_the_card_is_edited(world: World) -> None:
    store = await world.add_store()
    first = new_question(world.tmon, store.seller_id, asked_at=world.clock() - timedelta(hours=1))
    second = new_cs_inquiry(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    assert answer_oldest(world.tmon, store.seller_id)
    await again(world)
    (card,) = await cards(world)
    assert "1건" in card.text
    assert first.deal_title not in shows(card) or first.deal_title == second.deal_title
    assert await waiting(world) == [second.inquiry_no]
    answer_oldest(world.tmon, store.seller_id)
    await again(world)
    (card,) = await cards(world)
    assert "답변을 기다리는 문의가 없습니다" in shows(card)
    assert buttons(card.blocks) == []
    assert [run.counts for run in await runs(world)][1:] == [{"answered": 1}, {"answered": 1}]


async def test_a_new_one_beside_others_edits_the_card_and_after_none_posts_it_anew(world: World) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    new_question(world.tmon, store.seller_id)
    await again(world)
    (card,) = await cards(world)
    assert "2건" in card.text
    while answer_oldest(world.tmon, store.seller_id):
        pass
    await again(world)
    new_question(world.tmon, store.seller_id)
    await again(world)
    old, card = await cards(world)
    assert "1건" in card.text
    assert "지난 문의 카드" in shows(old)
    assert buttons(old.blocks) == []


async def test_a_new_day_begins_a_new_card_with_the_first_new_question(world: World) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await again(world, DAY)
    assert len(await cards(world)) == 1, "nothing came, so nobody is disturbed"
    new_question(world.tmon, store.seller_id)
    await again(world)
    old, card = await cards(world)
    assert "2건" in card.text
    assert "지난 문의 카드" in shows(old)


async def test_each_message_of_a_counsellor_waits_by_itself(world: World) -> None:
    store = await world.add_store()
    matter = new_cs_inquiry(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    answer_oldest(world.tmon, store.seller_id)
    await again(world)
    assert await waiting(world) == []
    group = ask_again(world.tmon, matter, "다시 확인 부탁드립니다.")
    await again(world)
    assert await waiting(world) == [matter.inquiry_no]
    assert [one.part for one in await inquiries(world) if one.answered_at is None] == [group.group_no]


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


async def test_words_that_tmon_does_not_tell_do_not_hold_up_the_rest(world: World) -> None:
    store = await world.add_store(worker_ids=[SEOYEON])
    matter = new_cs_inquiry(world.tmon, store.seller_id)
    new_question(world.tmon, store.seller_id)
    world.tmon.faults.mode, world.tmon.faults.only = "error_500_json", {"cs_inquiries.get"}
    await world.collect(INQUIRIES)
    (card,) = await cards(world)
    assert "티몬이 내용을 알려 주지 않았습니다" in shows(card)
    assert matter.inquiry_no in await waiting(world)
    world.tmon.faults.clear()
    await world.command(SEOYEON, "cs")
    assert text_of(world.modal(SEOYEON)).count("전체 보기") == 1
    for _ in range(3):
        await again(world)
    assert len(await waiting(world)) == 2, "where no time is told, it is still found again"


# the switch


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


@SWITCHES
async def test_while_off_the_list_shows_what_there_was_and_says_so(world: World, group: ApiGroup | None) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await turn(world, store, group, on=False)
    world.tmon.calls.clear()
    (card,) = await cards(world)
    await press(world, MINJI, card, InquiryAction.LIST)
    shown = text_of(world.modal(MINJI))
    assert "새 문의를 수집하지 않습니다" in shown
    assert "전체 1건" in shown
    await click(world, MINJI, see_button(world, MINJI))
    assert world.modal(MINJI).callback_id == InquiryView.WHOLE
    assert list(world.tmon.calls) == []


# what TMON does not offer


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


# the list


def see_button(world: World, user: str) -> str:
    """The first 전체 보기 in the modal in front of somebody."""
    return next(
        str(block["accessory"]["action_id"])
        for block in world.modal(user).blocks
        if str(block.get("accessory", {}).get("action_id", "")).startswith(InquiryAction.SEE)
    )


async def test_those_who_work_read_everything_and_the_look_is_audited(world: World) -> None:
    store = await world.add_store(worker_ids=[SEOYEON])
    question = new_question(world.tmon, store.seller_id, content="010-1234-5678 로\n전화 주세요")
    await world.collect(INQUIRIES)
    await world.command(SEOYEON, "문의")
    listed = text_of(world.modal(SEOYEON))
    assert "전화 주세요" in listed
    assert "1234" not in listed
    await click(world, SEOYEON, see_button(world, SEOYEON))
    whole = world.modal(SEOYEON)
    assert whole.callback_id == InquiryView.WHOLE
    shown = text_of(whole)
    for part in ("010-1234-5678", question.writer, str(question.article_no), question.deal_title):
        assert part in shown
    async with world.db.read() as session:
        (row,) = await session.scalars(select(Audit).where(col(Audit.action) == "inquiry.see"))
    assert (row.user_id, row.store_id, row.subject) == (SEOYEON, store.id, str(question.article_no))
    assert "1234" not in str(row.details)


async def test_those_who_may_only_see_read_it_masked(world: World) -> None:
    store = await world.add_store(worker_ids=[SEOYEON])
    new_question(world.tmon, store.seller_id, content="010-1234-5678 로 전화 주세요")
    await world.collect(INQUIRIES)
    await world.command(SEOYEON, "cs")
    stolen = see_button(world, SEOYEON)
    await world.command(JUNHO, "cs")
    view = world.modal(JUNHO)
    assert "전화 주세요" in text_of(view)
    assert "1234" not in text_of(view)
    assert InquiryAction.SEE not in str(view)
    # the right goes while the list is open
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).worker_ids = [JUNHO]
    await click(world, SEOYEON, stolen)
    assert f"<@{JUNHO}>" in await world.notice(SEOYEON)
    assert world.modal(SEOYEON).callback_id == InquiryView.LIST
    async with world.db.read() as session:
        assert list(await session.scalars(select(Audit).where(col(Audit.action) == "inquiry.see"))) == []


async def test_pages_urgent_ones_first(world: World) -> None:
    store, other = await world.add_store(), await world.add_store(partner=1)
    for hours in range(20):
        new_question(world.tmon, store.seller_id, asked_at=world.clock() - timedelta(hours=hours))
    new_cs_inquiry(world.tmon, other.seller_id, emergency=True)
    await world.collect(INQUIRIES)
    await world.command(MINJI, "cs")
    first = world.modal(MINJI)
    assert "전체 21건 · 1/2쪽" in text_of(first)
    assert "🚨" in first.blocks[2]["text"]["text"]
    await click(world, MINJI, f"{InquiryAction.PAGE}#1")
    assert "2/2쪽" in text_of(world.modal(MINJI))
    assert "🚨" not in text_of(world.modal(MINJI))
    await click(world, MINJI, f"{InquiryAction.PAGE}#0")
    assert text_of(world.modal(MINJI)) == text_of(first)
    await world.command(MINJI, "cs 소담마켓")
    assert "전체 1건" in text_of(world.modal(MINJI))


@pytest.mark.parametrize(
    ("user", "says"), [(MINJI, "답변을 기다리는 문의가 없습니다"), (DANIEL, "No inquiry is waiting")]
)
async def test_nothing_waits(world: World, user: str, says: str) -> None:
    await world.add_store()
    await world.command(user, "cs")
    assert says in text_of(world.modal(user))


async def test_without_a_store_setup_is_named(world: World) -> None:
    await world.command(MINJI, "cs")
    assert "/tmon setup" in private(world, MINJI)[-1]


@pytest.mark.parametrize(
    ("over", "says"), [({}, "새 문의 1건"), ({"state": "pending"}, "/tmon status"), ({"cs_on": False}, "CS API")]
)
async def test_collecting_by_hand_says_what_came_of_it(world: World, over: dict[str, Any], says: str) -> None:
    store = await world.add_store(**over)
    new_question(world.tmon, store.seller_id)
    await world.command(world.owner, "collect cs")
    assert says in told(world, world.owner, world.channel("주문").id)[-1]


# the end of it


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


async def test_a_store_that_is_removed_meanwhile_takes_in_nobodys_words(world: World) -> None:
    store = await world.add_store()
    new_cs_inquiry(world.tmon, store.seller_id)

    async def remove(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "cs_inquiries.get" and phase is CallPhase.RECEIVED:
            await world.bot.services[StoreService].remove(Person(store.team_id, world.owner, is_admin=True), store.id)

    world.tmon.on_call = remove
    await world.collect(INQUIRIES)
    assert await inquiries(world) == []
    assert await cards(world) == []
