"""The list of reviews, looks at their texts, and replies with every way in which they end."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from bot.playground.tmon import REVIEW_CALLS, new_review
from handlers.reviews.ids import ReviewAction, ReviewView
from tests.flows.cards import direct, posted, shows
from tests.flows.claims.acting import head
from tests.flows.reviews.reviewing import (
    REPLY,
    REPORT,
    action_of,
    later,
    press,
    reviewed,
    rows,
    send,
    words_of,
)
from tests.flows.stores.registering import click, text_of
from tests.flows.switches import turn
from tests.flows.world import World, at
from tmon.models.audit import Audit
from tmon.models.inquiries import AnswerState
from tmon.models.stores import ApiGroup
from tmon.models.writes import OPEN_STEPS, WriteRecord
from tmon.reviews.collector import REVIEWS


async def audited(world: World) -> list[str]:
    """What was recorded of reviews, by name: the clock stands still."""
    async with world.db.read() as session:
        found = await session.scalars(select(col(Audit.action)).where(col(Audit.action).startswith("review.")))
        return sorted(found)


async def form(world: World, user: str | None = None) -> None:
    """The form of the first reply that is possible, over the list."""
    user = user or world.owner
    await world.command(user, "reviews")
    await press(world, "답글 달기", user)
    view = world.modal(user)
    assert view.callback_id == ReviewView.FORM
    assert head(view) == ["후기 답글", "답글 등록"]


async def test_a_reply_from_the_list(world: World) -> None:
    _, review = await reviewed(world, content="연락은 010-1234-5678 로")
    await world.command(world.owner, "후기")
    listed = world.modal(world.owner)
    assert "010-1234-5678" not in text_of(listed)
    assert "낮은 평점" in text_of(listed)
    await press(world, "답글 달기")
    assert "010-1234-5678" in text_of(world.modal(world.owner)), "who replies reads the whole text"
    await send(world, f"  {REPLY}  ")
    assert review.replies == [REPLY]
    assert "답글을 등록했습니다" in text_of(world.modal(world.owner))
    assert await audited(world) == ["review.reply", "review.see"]
    (row,) = await rows(world)
    assert (row.reply_state, row.replied_by) == (AnswerState.DONE, world.owner)
    assert row.reply is not None
    assert REPLY not in row.reply
    behind = world.slack.open_modal(world.owner)[0]
    assert "답글 완료" in text_of(behind), "the list under the form"
    assert "답글 달기" not in words_of(behind.blocks)
    (message,) = await posted(world, "low_ratings/")
    assert "답글 완료" in shows(message)
    assert "답글 달기" not in words_of(message.blocks)
    await press_see(world)
    assert REPLY in text_of(world.modal(world.owner))


async def press_see(world: World) -> None:
    await world.command(world.owner, "reviews")
    await press(world, "전체 보기")


async def test_a_reply_from_the_message(world: World) -> None:
    _, review = await reviewed(world)
    (message,) = await posted(world, "low_ratings/")
    await world.slack.click(
        world.owner, channel=message.channel, ts=message.ts, action_id=action_of(message.blocks, "답글 달기")
    )
    await world.settle()
    await send(world)
    assert review.replies == [REPLY]
    world.clock.set(at(9, day=11))
    await world.run_job(REPORT)
    await world.settle()
    (digest,) = await posted(world, "review_digest/")
    assert "답글 완료" in shows(digest)


async def test_only_people_who_work_may_look_and_reply(world: World) -> None:
    store, review = await reviewed(world)
    await world.command(DANIEL, "reviews")
    assert words_of(world.modal(DANIEL).blocks) == ["Low ratings only"]
    (message,) = await posted(world, "low_ratings/")
    action = action_of(message.blocks, "답글 달기")
    await world.slack.click(DANIEL, channel=message.channel, ts=message.ts, action_id=action)
    await world.settle()
    assert review.replies == []
    assert await audited(world) == []
    assert store.registered_by in str(world.posts(message.channel, DANIEL)[-1].text)


async def test_low_ratings_only_and_pages(world: World) -> None:
    store, other = await world.add_store(), await world.add_store(partner=1)
    for number in range(23):
        new_review(
            world.tmon, store.seller_id, score=1 + number % 4, written_at=world.clock() - timedelta(hours=number)
        )
    new_review(world.tmon, other.seller_id, score=5)
    await world.collect(REVIEWS)
    await world.command(MINJI, "reviews")
    assert "전체 24건 · 1/3쪽" in text_of(world.modal(MINJI))
    await click(world, MINJI, f"{ReviewAction.PAGE}#1")
    assert "2/3쪽" in text_of(world.modal(MINJI))
    await press(world, "낮은 평점만 보기", MINJI)
    assert "전체 12건 · 1/2쪽" in text_of(world.modal(MINJI))
    assert "★★★" not in text_of(world.modal(MINJI))
    await press(world, "다음 쪽", MINJI)
    assert "2/2쪽" in text_of(world.modal(MINJI))
    await press(world, "이전 쪽", MINJI)
    await press(world, "모든 평점 보기", MINJI)
    assert "전체 24건" in text_of(world.modal(MINJI))
    await world.command(MINJI, f"reviews {other.name}")
    assert "전체 1건" in text_of(world.modal(MINJI))


async def test_what_tmon_refuses_stands_at_the_field_and_keeps_the_text(world: World) -> None:
    _, review = await reviewed(world)
    world.tmon.forbidden_words = {"대박"}
    await form(world)
    acted = await send(world, "대박 감사합니다")
    # at the field, or in the form that is shown again where TMON was slow
    assert "금칙어" in f"{acted.errors}{text_of(world.modal(world.owner))}"
    (row,) = await rows(world)
    assert row.reply_state is AnswerState.FAILED
    await world.command(world.owner, "reviews")
    shown = text_of(world.modal(world.owner))
    assert "등록 실패" in shown
    assert "금칙어" in shown
    await press(world, "답글 달기")
    assert "대박 감사합니다" in str(world.modal(world.owner).blocks), "what was typed is there again"
    await send(world)
    assert review.replies == [REPLY]
    assert await audited(world) == ["review.reply", "review.reply_failed", "review.see", "review.see"]


async def test_what_a_task_in_another_process_is_refused_stands_in_the_form(world: World) -> None:
    _, review = await reviewed(world)
    second = await world.second()
    world.tmon.forbidden_words = {"대박"}
    await form(world)
    acted = await send(world, "대박 감사합니다")
    await second.bot.guard.drain()
    assert "금칙어" in f"{acted.errors}{text_of(world.modal(world.owner))}"
    async with world.db.read() as session:
        (write,) = await session.scalars(select(WriteRecord))
    assert (write.handed_over, write.result) == (True, None)
    assert review.replies == []


async def test_an_empty_reply_is_refused_at_the_field(world: World) -> None:
    _, review = await reviewed(world)
    await form(world)
    acted = await send(world, " \n ")
    assert "답글 내용을 입력해 주세요" in str(acted.errors)
    assert review.replies == []


@pytest.mark.parametrize("took_effect", [True, False])
async def test_after_a_lost_answer_only_a_person_sends_again(world: World, took_effect: bool) -> None:
    _, review = await reviewed(world)
    await form(world)
    world.tmon.faults.mode = "hang_after_write" if took_effect else "hang"
    world.tmon.faults.only = {"reviews.reply"}
    await send(world)
    world.tmon.faults.clear()
    assert "티몬의 답을 받지 못했습니다" in text_of(world.modal(world.owner))
    (row,) = await rows(world)
    assert row.reply_state is AnswerState.UNKNOWN
    await world.command(world.owner, "reviews")
    assert "확인 중" in text_of(world.modal(world.owner))
    assert {"답글 달기", "다시 보내기"}.isdisjoint(words_of(world.modal(world.owner).blocks))
    for _ in range(20):
        await later(world)
    assert len(world.tmon.calls_of("reviews.reply")) == 1, "a public reply is never repeated by itself"
    (row,) = await rows(world)
    assert row.reply_state is AnswerState.UNSENT
    assert any("다시 보내기" in text for text in direct(world, world.owner))
    async with world.db.read() as session:
        open_ones = await session.scalars(select(WriteRecord).where(col(WriteRecord.state).in_(OPEN_STEPS)))
        assert list(open_ones) == []
    await world.command(world.owner, "reviews")
    if took_effect:  # the person has seen it in the partner centre
        await press(world, "답글 완료로 표시")
    else:
        await press(world, "다시 보내기")
    assert review.replies == [REPLY]
    (row,) = await rows(world)
    assert row.reply_state is AnswerState.DONE
    assert "답글 완료" in text_of(world.slack.open_modal(world.owner)[0])


async def test_from_the_direct_message_it_is_sent_again(world: World) -> None:
    _, review = await reviewed(world)
    await form(world)
    world.tmon.faults.mode, world.tmon.faults.only = "hang", {"reviews.reply"}
    await send(world)
    world.tmon.faults.clear()
    await later(world)
    (message,) = await posted(world, "review_reply_ended/")
    again = action_of(message.blocks, "다시 보내기")
    for _ in range(2):  # the second press finds it done
        await world.slack.click(world.owner, channel=message.channel, ts=message.ts, action_id=again)
        await world.settle()
    assert review.replies == [REPLY]


async def test_two_people_reply_at_once_and_one_reply_is_posted(world: World) -> None:
    _, review = await reviewed(world, cs=[JUNHO])
    (message,) = await posted(world, "low_ratings/")
    assert JUNHO in message.text, "those who see to CS are told"
    await form(world)
    await form(world, JUNHO)
    await send(world)
    acted = await send(world, "다른 답글입니다", JUNHO)
    assert review.replies == [REPLY]
    assert "이미 답글을 등록한" in str(acted.errors)


async def test_a_switch_that_is_off_refuses_buttons_and_forms(world: World) -> None:
    store, review = await reviewed(world)
    await form(world)
    await turn(world, store, ApiGroup.CS, on=False)
    await send(world)
    assert review.replies == []
    await world.command(world.owner, "reviews")
    assert "새 후기를 수집하지 않습니다" in text_of(world.modal(world.owner))
    await press(world, "답글 달기")
    assert "CS API" in text_of(world.modal(world.owner))


async def test_replies_that_tmon_does_not_offer(world: World) -> None:
    await reviewed(world)
    await form(world)
    world.tmon.faults.not_offered = {*REVIEW_CALLS}
    await send(world)
    assert "티몬 API에서 제공하지 않습니다" in text_of(world.modal(world.owner))
    (row,) = await rows(world)
    assert (row.reply_state, row.reply is None) == (AnswerState.FAILED, False), "what was typed is kept"


async def test_texts_are_destroyed_in_time(world: World) -> None:
    await reviewed(world)
    await form(world)
    await send(world)
    job = "destroy what was written in reviews"
    world.clock.advance(timedelta(days=89))
    await world.collect(REVIEWS)
    await world.run_job(job)
    (row,) = await rows(world)
    assert row.content is not None
    world.clock.advance(timedelta(days=2))
    await world.collect(REVIEWS)
    await world.run_job(job)
    (row,) = await rows(world)
    assert (row.content, row.reply) == (None, None)
    await world.command(world.owner, "reviews")
    shown = world.modal(world.owner)
    assert "파기했습니다" in text_of(shown)
    assert "전체 보기" not in words_of(shown.blocks)
