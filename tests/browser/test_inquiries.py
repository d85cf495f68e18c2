"""Inquiries in the real playground: the standing card, the list, the whole text, and what an answer changes."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import close, close_top, go_to, keep, message, press_on_desk, send, set_up

pytestmark = pytest.mark.browser


async def test_from_the_question_to_its_answer(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await go_to(page, "주문-알림")
    card = message(page, "답변을 기다리는 문의")
    await expect(card).to_contain_text("문의 3건", timeout=20_000)
    await press_on_desk(page, "상품문의")
    await expect(card).to_contain_text("문의 4건", timeout=20_000)
    await keep(screen, "inquiry-card")
    await card.get_by_role("button", name="목록 보기").click()
    modal = page.get_by_role("dialog")
    await expect(modal.get_by_text("전체 4건")).to_be_visible()
    await keep(screen, "inquiry-list")
    await modal.get_by_role("button", name="전체 보기").first.click()
    await expect(modal.get_by_text("누가 언제 확인했는지 기록됩니다.")).to_be_visible()
    await keep(screen, "inquiry-whole")
    for _ in range(2):
        await close_top(modal)
    await expect(modal).to_have_count(0)
    for _ in range(4):
        await press_on_desk(page, "문의 답변됨")
    await expect(card).to_contain_text("기다리는 문의가 없습니다", timeout=20_000)


async def test_a_cs_inquiry_is_answered(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await go_to(page, "주문-알림")
    card = message(page, "답변을 기다리는 문의")
    await expect(card).to_contain_text("문의 3건", timeout=20_000)
    dialog = page.get_by_role("dialog")
    await card.get_by_role("button", name="답변 문구 관리").click()
    phrases = page.get_by_role("dialog", name="답변 문구")
    await phrases.get_by_label("문구 이름").fill("출고 안내")
    await phrases.get_by_label("문구 내용").fill("내일 출고되어 모레 도착할 예정입니다.")
    await phrases.get_by_role("button", name="저장하기").click()
    await expect(phrases).to_contain_text("저장했습니다")
    await keep(screen, "answer-phrases")
    await close(dialog)

    for _ in range(4):  # the last of them asks for days
        await press_on_desk(page, "CS문의")
    await expect(card).to_contain_text("문의 7건", timeout=20_000)
    await send(page, "/tmon collect cs")
    await card.get_by_role("button", name="답변하기").first.click()
    form = page.get_by_role("dialog", name="문의 답변")
    await expect(form.get_by_label("답변 내용")).to_be_visible()
    await keep(screen, "answer-form")
    await form.get_by_label("답변 문구").select_option(label="출고 안내")
    await expect(form.get_by_label("답변 내용")).to_have_value("내일 출고되어 모레 도착할 예정입니다.")
    await form.get_by_role("button", name="임시 저장").click()
    await expect(form).to_contain_text("임시 저장했습니다")
    await keep(screen, "answer-draft")
    await form.get_by_label("불가능").check()
    await form.get_by_label("답변 내용").fill("금칙어 가 든 답변")
    await form.get_by_role("button", name="답변 등록").click()
    await expect(form).to_contain_text("금칙어가 포함되어 있습니다")
    await keep(screen, "answer-refused")
    await form.get_by_label("답변 내용").fill("죄송합니다. 이미 출고되어 바꿀 수 없습니다.")
    await form.get_by_role("button", name="답변 등록").click()
    await expect(form).to_contain_text("답변을 등록했습니다")
    await keep(screen, "answer-result")
    await close(dialog)
    await expect(card).to_contain_text("답변 완료", timeout=20_000)
    await keep(screen, "answer-card")


async def test_two_inquiries_are_two_notifications(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await go_to(page, "주문-알림")
    await expect(message(page, "답변을 기다리는 문의")).to_contain_text("문의 3건", timeout=20_000)
    orders = page.get_by_role("navigation", name="채널").get_by_role("link", name="주문-알림")
    for number in (1, 2):
        await go_to(page, "일반")
        await expect(orders).not_to_contain_text("읽지 않은")
        await press_on_desk(page, "상품문의")
        await expect(orders).to_contain_text("1", timeout=20_000)
        await go_to(page, "주문-알림")
        told = page.locator("#messages .message").filter(has_text="새 문의 1건")
        await expect(told).to_have_count(number)
    await keep(screen, "inquiry-two-notifications")
