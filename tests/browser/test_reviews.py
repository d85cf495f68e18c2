"""Reviews in the real playground: a low rating, the list, a reply, and a TMON without reviews."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import close, go_to, keep, message, press_on_desk, send, set_up

pytestmark = pytest.mark.browser


async def test_from_a_low_rating_to_its_reply(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await go_to(page, "주문-알림")
    for _ in range(3):
        await press_on_desk(page, "구매후기")
    told = message(page, "낮은 평점")
    await expect(told.first).to_be_visible(timeout=30_000)
    await keep(screen, "review-low-ratings")
    await told.first.get_by_role("button", name="답글 달기").first.click()
    form = page.get_by_role("dialog")
    await form.get_by_label("답글 내용").fill("불편을 드려 죄송합니다. 새 상품을 바로 보내 드리겠습니다.")
    await keep(screen, "review-reply-form")
    await form.get_by_role("button", name="답글 등록").click()
    await expect(form.get_by_text("답글을 등록했습니다")).to_be_visible()
    await close(form)
    await expect(told.first).to_contain_text("답글 완료", timeout=20_000)
    await send(page, "/tmon 후기")
    await expect(form.get_by_text("답글 완료")).to_be_visible()
    await keep(screen, "review-list")
    await form.get_by_role("button", name="낮은 평점만 보기").click()
    await expect(form.get_by_role("button", name="모든 평점 보기")).to_be_visible()
    await close(form)
    await press_on_desk(page, "후기 API 끄기")
    await expect(message(page, "티몬 API에서 제공하지 않습니다")).to_have_count(1, timeout=30_000)
    await send(page, "/tmon 상태")
    await expect(form.get_by_text("티몬 API에서 제공하지 않습니다")).to_be_visible()
    await keep(screen, "review-not-offered")
