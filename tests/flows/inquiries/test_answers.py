"""Answering questions and CS inquiries: the form, drafts, ready-made texts, and what TMON gets."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import JUNHO, SEOYEON
from bot.playground.tmon import new_question
from handlers.inquiries.ids import InquiryAction, InquiryView
from tests.flows.cards import action, shows
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
    head,
    labels,
    open_form,
    press,
    row,
    send,
    typed,
)
from tests.flows.inquiries.collecting import again
from tests.flows.stores.registering import text_of
from tests.flows.world import World
from tmon.models.inquiries import AnswerState


async def test_a_question_is_answered_from_its_card(world: World) -> None:
    store = await world.add_store(worker_ids=[JUNHO])
    _, question = await asked(world, store=store, content="L 사이즈 있나요? 010-1234-5678 로 알려 주세요.")
    shown = await card(world)
    assert "미답변" in shows(shown)
    assert "1234" not in shows(shown)
    view = await open_form(world, JUNHO)
    assert (head(view), labels(view)) == (["문의 답변", "답변 등록"], ["답변 내용"])
    assert "010-1234-5678" in text_of(view), "whoever answers reads all of it"
    assert await audited(world) == [(JUNHO, "inquiry.see")]
    world.tmon.calls.clear()
    assert (await send(world, {"content": f"  {WORDS}\n"}, JUNHO)).ok
    (call,) = world.tmon.calls_of(REPLY)
    assert (call.path.rpartition("/qnas")[2], call.body) == (f"/{question.article_no}/replies", {"content": WORDS})
    assert "등록했습니다" in text_of(world.modal(JUNHO))
    assert question.replies == [WORDS]
    stored = await row(world, question.article_no)
    assert (stored.answer_state, stored.answered_by) == (AnswerState.DONE, JUNHO)
    assert stored.answered_at is not None
    assert WORDS not in str(vars(stored))
    assert await drafts(world) == []
    shown = await card(world)
    assert "답변을 기다리는 문의가 없습니다" in shows(shown)
    assert f"답변 완료 · <@{JUNHO}> · {question.deal_title}" in shows(shown)
    assert WORDS not in str([call for call in world.slack.calls if call.method.startswith("chat.")])
    assert await audited(world) == [(JUNHO, "inquiry.see"), (JUNHO, "inquiry.answer")]
    await again(world)
    assert (await row(world, question.article_no)).answer_state is AnswerState.DONE


async def test_fields_of_a_cs_inquiry_follow_its_category(world: World) -> None:
    store, usual = await cs_asked(world, category_no=1)
    view = await open_form(world)
    assert labels(view) == ["답변 내용", "처리 가능 여부"]
    acted = await send(world, {"content": WORDS})
    assert list(acted.errors or {}) == ["possible~0"], "Slack itself asks for it"
    assert (await send(world, {"content": WORDS, "possible": "yes"})).ok
    (call,) = world.tmon.calls_of(CS_ANSWER)
    assert call.path.endswith(f"/cs-inquiry/save/{usual.inquiry_no}/{usual.groups[0].group_no}")
    assert call.body == {"message": WORDS, "possibilityYn": "Y"}
    await close_all(world, world.owner)
    _, dated = await cs_asked(world, store=store, category_no=4)
    view = await open_form(world)
    assert labels(view) == ["답변 내용", "처리 가능 여부", "예정 시작일", "예정 종료일"]
    for values, wrong in (
        ({}, {"starts_on~0", "ends_on~0"}),
        ({"starts_on": "2026-03-10"}, {"ends_on~0"}),
        ({"starts_on": "2026-03-09", "ends_on": "2026-03-12"}, {"starts_on~0"}),
        ({"starts_on": "2026-03-12", "ends_on": "2026-03-11"}, {"ends_on~0"}),
    ):
        acted = await send(world, {"content": WORDS, "possible": "yes", "starts_on": None, "ends_on": None, **values})
        assert set(acted.errors or {}) == wrong, values
    assert len(world.tmon.calls_of(CS_ANSWER)) == 1
    period = {"starts_on": "2026-03-10", "ends_on": "2026-03-12"}
    assert (await send(world, {"content": WORDS, "possible": "yes", **period})).ok
    assert world.tmon.calls_of(CS_ANSWER)[-1].body == {
        "message": WORDS,
        "possibilityYn": "Y",
        "expectedStartDate": "2026-03-10",
        "expectedEndDate": "2026-03-12",
    }
    assert dated.groups[0].answered


@pytest.mark.parametrize("category_no", [4, 6])
async def test_what_cannot_be_done_needs_no_days(world: World, category_no: int) -> None:
    await cs_asked(world, category_no=category_no)
    assert (await answer(world, possible="no")).ok
    (call,) = world.tmon.calls_of(CS_ANSWER)
    assert call.body == {"message": WORDS, "possibilityYn": "N"}


async def test_marks_and_files_are_shown_and_files_are_only_counted(world: World) -> None:
    await cs_asked(world, heavy_claim=True, files=3)
    shown = shows(await card(world))
    assert "긴급" in shown
    assert "중대 클레임" in shown
    assert "첨부 3개" in shown
    view = await open_form(world)
    assert "첨부 파일 3개" in text_of(view)
    assert "사진1.jpg" not in text_of(view)


async def test_a_draft_is_kept_sealed_and_goes_on_later(world: World) -> None:
    store = await world.add_store(worker_ids=[JUNHO])
    await cs_asked(world, store=store, category_no=6)
    await open_form(world, JUNHO)
    values = {"content": "아직 쓰는 중", "possible": "yes", "starts_on": "2026-03-11"}
    await click(world, InquiryAction.DRAFT, JUNHO, values=values)
    assert "임시 저장했습니다" in text_of(world.modal(JUNHO))
    assert typed(world.modal(JUNHO), "content")["value"] == "아직 쓰는 중"
    (draft,) = await drafts(world)
    assert draft.user_id == JUNHO
    assert "아직" not in draft.content
    assert f"작성 중 · <@{JUNHO}>" in shows(await card(world))
    await close_all(world, JUNHO)
    world.clock.advance(timedelta(hours=1))
    view = await open_form(world, JUNHO)
    assert typed(view, "content")["value"] == "아직 쓰는 중"
    assert typed(view, "possible")["selected_option"]["value"] == "yes"
    assert typed(view, "starts_on")["selected_date"] == "2026-03-11"
    other = await open_form(world, world.owner)
    assert f"<@{JUNHO}>" in text_of(other)
    assert typed(other, "content")["value"] is None, "a draft is its writer's"
    await click(world, InquiryAction.DRAFT, JUNHO, values={"content": ""})
    assert await drafts(world) == []
    assert "미답변" in shows(await card(world))


async def test_ready_made_texts_are_the_stores_own(world: World) -> None:
    store = await world.add_store(worker_ids=[JUNHO])
    other = await world.add_store(partner=1)
    await asked(world, store=store)
    await press(world, InquiryAction.PHRASES, JUNHO)
    view = world.modal(JUNHO)
    assert (head(view), labels(view)) == (["답변 문구", "저장하기"], ["문구 이름", "문구 내용"])
    assert (await send(world, {"name": "배송 안내", "content": "이틀 안에 도착합니다."}, JUNHO)).ok
    assert "저장했습니다" in text_of(world.modal(JUNHO))
    acted = await send(world, {"name": " 배송  안내 ", "content": "다른 글"}, JUNHO)
    assert "이미 있습니다" in str(acted.errors)
    assert (await send(world, {"name": "재입고", "content": "다음 주에 들어옵니다."}, JUNHO)).ok
    await close_all(world, JUNHO)

    view = await open_form(world, JUNHO)
    assert labels(view) == ["답변 문구", "답변 내용"]
    options = next(block["element"]["options"] for block in view.blocks if block.get("block_id") == "phrase~0")
    chosen = {one["text"]["text"]: one["value"] for one in options}
    assert list(chosen) == ["배송 안내", "재입고"]
    await click(world, InquiryAction.PHRASE, JUNHO, value=chosen["배송 안내"], values={"content": "안녕하세요."})
    assert typed(world.modal(JUNHO), "content")["value"] == "안녕하세요.\n이틀 안에 도착합니다."
    await click(world, InquiryAction.PHRASES, JUNHO)
    await click(world, InquiryAction.PHRASE_CHOICE, JUNHO, value=chosen["재입고"])
    assert typed(world.modal(JUNHO), "name")["value"] == "재입고"
    await click(world, InquiryAction.PHRASE_DELETE, JUNHO)
    assert "삭제했습니다" in text_of(world.modal(JUNHO))
    await world.slack.close(JUNHO, world.modal(JUNHO).id)
    view = world.modal(JUNHO)
    assert view.callback_id == InquiryView.ANSWER
    assert "재입고" not in text_of(view), "the form below has the new menu"
    assert typed(view, "content")["value"] == "안녕하세요.\n이틀 안에 도착합니다.", "and all that was typed"
    assert (await send(world, {}, JUNHO)).ok
    assert world.tmon.calls_of(REPLY)[-1].body == {"content": "안녕하세요.\n이틀 안에 도착합니다."}
    await asked(world, store=other)
    await close_all(world, world.owner)
    assert labels(await open_form(world)) == ["답변 내용"], "another store has its own"
    actions = [one for _, one in await audited(world)]
    assert actions.count("inquiry.phrase_save") == 2
    assert actions.count("inquiry.phrase_delete") == 1


async def test_answered_from_the_list_it_leaves_the_list(world: World) -> None:
    store, _ = await asked(world)
    new_question(world.tmon, store.seller_id)
    await again(world)
    await world.command(world.owner, "cs")
    assert "전체 2건" in text_of(world.modal(world.owner))
    await click(world, InquiryAction.ANSWER)
    assert (await send(world, {"content": WORDS})).ok
    await world.slack.close(world.owner, world.modal(world.owner).id)
    listed = world.modal(world.owner)
    assert listed.callback_id == InquiryView.LIST
    assert "전체 1건" in text_of(listed)
    await click(world, InquiryAction.SEE)
    assert world.modal(world.owner).callback_id == InquiryView.WHOLE
    await click(world, InquiryAction.ANSWER)
    assert world.modal(world.owner).callback_id == InquiryView.ANSWER, "in place of the text: no view lies on it"
    assert len(world.slack.open_modal(world.owner)) == 2


async def test_who_has_no_right_is_told_who_has_it(world: World) -> None:
    store = await world.add_store(worker_ids=[JUNHO])
    await asked(world, store=store)
    for wanted in (InquiryAction.ANSWER, InquiryAction.PHRASES, InquiryAction.SEE):
        await press(world, wanted, SEOYEON)
        assert world.slack.open_modal(SEOYEON) == []
    await world.command(SEOYEON, "cs")
    listed = world.modal(SEOYEON)
    for wanted in (InquiryAction.ANSWER, InquiryAction.PHRASES, InquiryAction.SEE):
        with pytest.raises(StopIteration):
            action(listed.blocks, wanted)
    assert await audited(world) == []
    assert world.tmon.calls_of(REPLY) == []
