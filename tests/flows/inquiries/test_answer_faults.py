"""Answers when something is wrong: refusals, lost answers, two people at once, other places, switches."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.playground.slack.demo import JUNHO, SEOYEON
from bot.playground.tmon import CallPhase, LoggedCall, Mode, ask_again
from handlers.inquiries.ids import InquiryAction, InquiryView
from tests.flows.cards import buttons, direct, shows, told
from tests.flows.inquiries.answering import (
    CS_ANSWER,
    REPLY,
    WORDS,
    answer,
    asked,
    audited,
    card,
    click,
    close_all,
    cs_asked,
    drafts,
    fail,
    labels,
    open_form,
    press,
    row,
    send,
    settle_later,
    typed,
    writes,
)
from tests.flows.inquiries.collecting import EVERY, SWITCHES, again
from tests.flows.stores.registering import text_of
from tests.flows.switches import turn
from tests.flows.world import World
from tmon.inquiries.collector import INQUIRIES
from tmon.models.inquiries import AnswerState, Inquiry, Source
from tmon.models.stores import ApiGroup
from tmon.models.writes import WriteStep

FORBIDDEN = "이 답변에는 금칙어 가 있습니다"


@pytest.mark.parametrize("source", [Source.CS, Source.QUESTION])
async def test_tmons_refusal_stands_at_the_field_and_nothing_typed_is_lost(world: World, source: Source) -> None:
    await (cs_asked(world, category_no=2) if source is Source.CS else asked(world))
    values = {"possible": "no"} if source is Source.CS else {}
    acted = await answer(world, content=FORBIDDEN, **values)
    assert "금칙어가 포함되어 있습니다" in str((acted.errors or {})["content~0"])
    view = world.modal(world.owner)
    assert view.callback_id == InquiryView.ANSWER
    assert typed(view, "content")["value"] == FORBIDDEN
    shown = shows(await card(world))
    assert "등록 실패" in shown
    assert "금칙어가 포함되어 있습니다" in shown
    assert len(await drafts(world)) == 1
    assert (await send(world, {"content": WORDS})).ok
    assert "답변 완료" in shows(await card(world))
    assert [one.state for one in await writes(world)] == [WriteStep.FAILED, WriteStep.DONE]
    assert [one for _, one in await audited(world)] == ["inquiry.see", "inquiry.answer_failed", "inquiry.answer"]


@pytest.mark.parametrize("status", [200, 500])
async def test_what_does_not_take_possibility_is_sent_without_it_once(world: World, status: int) -> None:
    _, inquiry = await cs_asked(world, category_no=1, takes_possibility=False)
    if status == 200:
        refusal = {"success": False, "message": "처리가능여부를 입력할 수 없습니다."}

        def refuse(document: object) -> object:
            world.tmon.faults.rewrites.clear()
            inquiry.groups[0].answers.clear()
            inquiry.groups[0].answered = False
            return refusal

        inquiry.takes_possibility = True
        world.tmon.faults.rewrites[CS_ANSWER] = refuse
    await open_form(world)
    acted = await send(world, {"content": WORDS, "possible": "yes"})
    bodies = [call.body for call in world.tmon.calls_of(CS_ANSWER)]
    assert bodies[:2] == [{"message": WORDS, "possibilityYn": "Y"}, {"message": WORDS}]
    assert len(bodies) == 2
    if status == 500:
        assert acted.ok
        assert [one.message for one in inquiry.groups[0].answers] == [WORDS]
        assert (await row(world, inquiry.inquiry_no, inquiry.groups[0].group_no)).answer_state is AnswerState.DONE


async def test_refused_without_it_as_well_it_is_not_sent_a_third_time(world: World) -> None:
    await cs_asked(world, category_no=1)
    fail(world, "error_500_json", CS_ANSWER, "처리가능여부를 확인해 주세요", times=5)
    acted = await answer(world, possible="yes")
    assert len(world.tmon.calls_of(CS_ANSWER)) == 2
    assert "처리가능여부를 확인해 주세요" in str(acted.errors)


@pytest.mark.parametrize("source", [Source.CS, Source.QUESTION])
async def test_a_lost_answer_that_took_effect_is_found_and_not_repeated(world: World, source: Source) -> None:
    call = CS_ANSWER if source is Source.CS else REPLY
    await (cs_asked(world, category_no=2) if source is Source.CS else asked(world))
    await open_form(world)
    fail(world, "hang_after_write", call)
    await send(world, {"content": WORDS, **({"possible": "yes"} if source is Source.CS else {})})
    lists = world.tmon.calls_of("cs_inquiries.list" if source is Source.CS else "qnas.list")
    assert any(one.query["answered"] == "true" for one in lists)
    assert len(world.tmon.calls_of(call)) == 1
    assert "등록했습니다" in text_of(world.modal(world.owner))
    assert "답변 완료" in shows(await card(world))
    await again(world)
    await settle_later(world)
    assert len(world.tmon.calls_of(call)) == 1
    assert await drafts(world) == []


@pytest.mark.parametrize("mode", ["down", "html_502", "empty_without_effect"])
async def test_what_tmon_calls_unanswered_is_sent_again_by_a_person_only(world: World, mode: Mode) -> None:
    store = await world.add_store(worker_ids=[JUNHO, SEOYEON])
    _, question = await asked(world, store=store)
    await open_form(world, JUNHO)
    fail(world, mode, REPLY)
    await send(world, {"content": WORDS}, JUNHO)
    assert "확인하고 있습니다" in text_of(world.modal(JUNHO))
    shown = await card(world)
    assert "확인 중" in shows(shown)
    assert not any(one.startswith((InquiryAction.ANSWER, InquiryAction.RESEND)) for one in buttons(shown.blocks))
    for _ in range(3):
        await again(world, timedelta(minutes=1))
        await settle_later(world, timedelta(seconds=40))
        assert len(world.tmon.calls_of(REPLY)) == 1
    await settle_later(world)
    stored = await row(world, question.article_no)
    assert (stored.answer_state, stored.answered_at) == (AnswerState.UNSENT, None)
    assert "등록되지 않았습니다" in direct(world, JUNHO)[-1]
    assert "등록 실패" in shows(await card(world))
    await again(world, timedelta(hours=2))
    await settle_later(world)
    assert question.replies == [], "nothing is sent by itself"
    await press(world, InquiryAction.RESEND, SEOYEON)
    assert question.replies == [WORDS]
    assert f"답변 완료 · <@{SEOYEON}>" in shows(await card(world))
    await close_all(world, SEOYEON)
    assert len(world.tmon.calls_of(REPLY)) == 2
    assert not any(one.startswith(InquiryAction.RESEND) for one in buttons((await card(world)).blocks))


async def test_what_takes_effect_late_is_not_sent_again(world: World) -> None:
    _, question = await asked(world)
    await open_form(world)
    fail(world, "down", REPLY)
    await send(world, {"content": WORDS})
    await settle_later(world)
    question.replies.append(WORDS)
    question.answered = True
    await press(world, InquiryAction.RESEND)
    assert len(world.tmon.calls_of(REPLY)) == 1, "TMON is asked before anything is sent"
    assert "티몬에서 답변됨" in shows(await card(world))
    assert question.replies == [WORDS]


async def test_while_an_answer_is_in_doubt_the_collection_calls_nothing_answered_elsewhere(world: World) -> None:
    _, question = await asked(world)
    await open_form(world)
    fail(world, "hang_after_write", REPLY)

    async def lists_fail_afterwards(call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.RECEIVED and call.name == "qnas.list" and world.tmon.calls_of(REPLY):
            fail(world, "html_502", "qnas.list", times=100)

    world.tmon.on_call = lists_fail_afterwards
    await send(world, {"content": WORDS})
    world.tmon.on_call = None
    assert (await row(world, question.article_no)).answer_state is AnswerState.UNKNOWN
    world.tmon.faults.clear()
    await again(world)
    assert (await row(world, question.article_no)).answer_state is AnswerState.UNKNOWN
    await settle_later(world)
    stored = await row(world, question.article_no)
    assert (stored.answer_state, stored.answered_by) == (AnswerState.DONE, world.owner)
    assert "등록된 것을 확인했습니다" in direct(world, world.owner)[-1]
    assert question.replies == [WORDS]


async def test_two_people_at_once_give_one_answer_and_the_others_text_is_kept(world: World) -> None:
    store = await world.add_store(worker_ids=[JUNHO, SEOYEON])
    _, question = await asked(world, store=store)
    await open_form(world, JUNHO)
    await open_form(world, SEOYEON)
    together = asyncio.Event()

    async def meet(call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.RECEIVED and call.name == REPLY:
            await asyncio.wait_for(together.wait(), 5)

    world.tmon.on_call = meet
    first = asyncio.create_task(send(world, {"content": "준호의 답변"}, JUNHO))
    while not world.tmon.calls_of(REPLY):  # noqa: ASYNC110 - what is waited for happens in another task's server
        await asyncio.sleep(0.01)
    view = world.modal(SEOYEON)
    acted = await world.slack.submit(SEOYEON, view.id, {"content~0": "서연의 답변"})
    together.set()
    await first
    world.tmon.on_call = None
    assert "임시 저장했습니다" in str(acted.errors)
    assert question.replies == ["준호의 답변"]
    assert [one.user_id for one in await drafts(world)] == [SEOYEON]
    acted = await send(world, {}, SEOYEON)
    assert "이미 답변한 문의" in str(acted.errors)
    assert question.replies == ["준호의 답변"]
    assert [one.user_id for one in await drafts(world)] == [SEOYEON]
    assert [one.state for one in await writes(world)] == [WriteStep.DONE]
    await close_all(world, SEOYEON)
    await world.command(SEOYEON, f"cs {question.article_no}")
    shown = text_of(world.modal(SEOYEON))
    assert "준호의 답변" in shown
    assert "서연의 답변" in shown, "the draft is where it can be read"


async def test_a_double_press_is_one_answer(world: World) -> None:
    _, question = await asked(world)
    view = await open_form(world)
    sent = [world.slack.submit(world.owner, view.id, {"content~0": WORDS}) for _ in range(3)]
    await asyncio.gather(*sent, return_exceptions=True)
    await world.settle()
    assert question.replies == [WORDS]


async def test_answered_elsewhere_is_noticed_before_anything_is_sent(world: World) -> None:
    _, question = await asked(world)
    await open_form(world)
    question.answered = True
    acted = await send(world, {"content": WORDS})
    assert "티몬에서 이미 답변한 문의" in str(acted.errors)
    assert world.tmon.calls_of(REPLY) == []
    assert "티몬에서 답변됨" in shows(await card(world))
    assert len(await drafts(world)) == 1


async def test_a_cs_inquiry_is_answered_at_its_newest_message(world: World) -> None:
    _, inquiry = await cs_asked(world, category_no=2)
    old = inquiry.groups[0].group_no
    await open_form(world)
    world.clock.advance(timedelta(minutes=1))
    new = ask_again(world.tmon, inquiry, "아직 회신이 없습니다. 다시 확인 부탁드립니다.").group_no
    await send(world, {"content": WORDS, "possible": "yes"})
    assert world.tmon.calls_of(CS_ANSWER) == [], "nobody answers what nobody has read"
    view = world.modal(world.owner)
    assert "다시 확인 부탁드립니다" in text_of(view)
    assert "새 메시지" in text_of(view)
    assert (typed(view, "content")["value"], typed(view, "possible")["selected_option"]["value"]) == (WORDS, "yes")
    assert "답변을 기다리는 문의 1건" in shows(await card(world))
    assert (await row(world, inquiry.inquiry_no, new)).remind_at is not None
    assert (await send(world, {})).ok
    (call,) = world.tmon.calls_of(CS_ANSWER)
    assert call.path.endswith(f"/{inquiry.inquiry_no}/{new}")
    assert (await row(world, inquiry.inquiry_no, old)).answer_state is AnswerState.NONE
    assert (await row(world, inquiry.inquiry_no, new)).answer_state is AnswerState.DONE
    assert "답변을 기다리는 문의가 없습니다" in shows(await card(world))
    await again(world)
    assert "티몬에서 답변됨" not in shows(await card(world))
    assert await drafts(world) == []


async def test_a_draft_goes_on_as_the_answer_to_the_newer_message(world: World) -> None:
    _, inquiry = await cs_asked(world, category_no=2)
    await open_form(world)
    await click(world, InquiryAction.DRAFT, values={"content": "쓰던 답변", "possible": "no"})
    await close_all(world, world.owner)
    world.clock.advance(timedelta(minutes=1))
    ask_again(world.tmon, inquiry, "다시 확인 부탁드립니다.")
    await again(world)
    view = await open_form(world)
    assert "다시 확인 부탁드립니다" in text_of(view)
    assert typed(view, "content")["value"] == "쓰던 답변"
    assert (await send(world, {})).ok
    assert [one.message for one in inquiry.groups[-1].answers] == ["쓰던 답변"]
    assert await drafts(world) == []


@SWITCHES
async def test_a_switch_that_is_off_refuses_and_keeps_what_was_typed(world: World, group: ApiGroup | None) -> None:
    store, question = await asked(world)
    await open_form(world)
    await turn(world, store, group, on=False)
    world.tmon.calls.clear()
    acted = await send(world, {"content": WORDS})
    assert "처리하지 않았습니다" in str(acted.errors)
    assert len(await drafts(world)) == 1
    await close_all(world, world.owner)
    await press(world, InquiryAction.ANSWER)
    assert "처리하지 않았습니다" in told(world, world.owner, store.channel_id)[-1]
    assert list(world.tmon.calls) == []
    assert question.replies == []
    await turn(world, store, group, on=True)
    await close_all(world, world.owner)
    assert typed(await open_form(world), "content")["value"] == WORDS


@pytest.mark.parametrize("mode", ["throttled", "error_500_json"])
async def test_what_tmon_did_not_do_is_told_and_may_be_sent_again(world: World, mode: Mode) -> None:
    _, question = await asked(world)
    await open_form(world)
    fail(world, mode, REPLY)
    acted = await send(world, {"content": WORDS})
    assert acted.errors
    assert (await row(world, question.article_no)).answer_state is AnswerState.FAILED
    assert (await send(world, {})).ok
    assert question.replies == [WORDS]


async def test_a_run_that_read_before_the_answer_does_not_ask_for_another_one(world: World) -> None:
    store, question = await asked(world)
    await open_form(world)
    world.clock.advance(EVERY)
    answered = asyncio.Event()

    async def answer_meanwhile(call: LoggedCall, phase: CallPhase) -> None:
        """The questions are read; before they are stored, somebody answers."""
        if phase is CallPhase.RECEIVED and call.name == "cs_inquiries.list" and not answered.is_set():
            answered.set()
            view = world.modal(world.owner)
            await world.slack.submit(world.owner, view.id, {"content~0": WORDS})

    world.tmon.on_call = answer_meanwhile
    await world.collect(INQUIRIES)
    world.tmon.on_call = None
    assert question.replies == [WORDS]
    assert (await row(world, question.article_no)).answer_state is AnswerState.DONE
    question.answered = False  # TMON shows it a while later
    await again(world, timedelta(minutes=10))
    stored = await row(world, question.article_no)
    assert stored.answer_state is AnswerState.UNSENT, "an answer that TMON does not have after all is kept"
    await press(world, InquiryAction.RESEND)
    assert question.replies == [WORDS, WORDS], "by a person, who was told that TMON does not have it"
    assert store.id == stored.store_id


async def test_nothing_is_typed_and_nothing_is_sent(world: World) -> None:
    await asked(world)
    await open_form(world)
    acted = await send(world, {"content": "  \n "})
    assert acted.errors
    assert await drafts(world) == []
    await click(world, InquiryAction.DRAFT, values={"content": " "})
    assert await drafts(world) == []
    assert await writes(world) == []


async def test_a_category_that_was_not_known_asks_for_its_days(world: World) -> None:
    _, inquiry = await cs_asked(world, category_no=6)
    async with world.db.write() as session:
        await session.execute(update(Inquiry).values(category_no=None))  # as an older version stored it
    await open_form(world)
    await send(world, {"content": WORDS, "possible": "yes"})
    assert world.tmon.calls_of(CS_ANSWER) == []
    view = world.modal(world.owner)
    assert labels(view) == ["답변 내용", "처리 가능 여부", "예정 시작일", "예정 종료일"]
    assert typed(view, "content")["value"] == WORDS
    assert (await send(world, {"starts_on": "2026-03-11", "ends_on": "2026-03-12"})).ok
    assert [one.message for one in inquiry.groups[0].answers] == [WORDS]
