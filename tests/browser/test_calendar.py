"""The calendar of a store in the real playground: a closed day on a card, and a vacation with its way back."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import STORE, cards, close, close_top, keep, message, send, set_up

pytestmark = pytest.mark.browser


async def test_closed_days_and_a_vacation(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    await send(page, f"/tmon stores {STORE.name}")
    form = page.get_by_role("dialog")
    await expect(form.get_by_text("정한 휴무일이 없습니다.")).to_be_visible()
    await _close_a_day(screen, form)
    await _set_hours(screen, form)
    await form.get_by_role("button", name="휴가 모드").click()
    await form.get_by_role("button", name="재고연동 API 켜기").click()
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("저장했습니다.")).to_be_visible()
    await _vacation(screen, form)


async def _close_a_day(screen: Screen, form: Locator) -> None:
    await form.get_by_role("button", name="휴무일 추가").click()
    await form.get_by_label("휴무 메모").fill("창고 이사")
    await keep(screen, "calendar-01-add")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("· 창고 이사")).to_be_visible()
    await keep(screen, "calendar-02-added")


async def _set_hours(screen: Screen, form: Locator) -> None:
    await form.get_by_role("button", name="수집 시간 수정").click()
    await form.get_by_label("토요일").uncheck()
    await form.get_by_label("일요일", exact=True).uncheck()
    await form.get_by_label("시작").fill("09:00")
    await form.get_by_label("끝").fill("18:00")
    await keep(screen, "calendar-03-hours")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("월, 화, 수, 목, 금 · 09:00~18:00")).to_be_visible()


async def _vacation(screen: Screen, form: Locator) -> None:
    page = screen.page
    await close_top(form)
    await send(page, f"/tmon stores {STORE.name}")
    await form.get_by_role("button", name="휴가 모드").click()
    await keep(screen, "calendar-04-vacation")
    await form.get_by_role("button", name="미리보기").click()
    await expect(form.get_by_text("되돌릴 수 없습니다")).to_be_visible()
    await keep(screen, "calendar-05-preview")
    await form.get_by_role("button", name="휴가 시작").click()
    await expect(form.get_by_text("휴가를 시작했습니다.")).to_be_visible()
    await form.get_by_role("button", name="휴가 끝내기").scroll_into_view_if_needed()
    await keep(screen, "calendar-06-begun")
    await close(form)
    card = message(page, "휴가 모드")
    await expect(card).to_contain_text("판매 일시중지")
    await expect(card).not_to_contain_text("처리 중")
    await keep(screen, "calendar-07-card")
    await card.get_by_role("button", name="휴가 끝내기").click()
    await expect(form.get_by_text("다시 팝니다.").first).to_be_visible()
    await keep(screen, "calendar-08-end")
    await form.get_by_role("button", name="휴가 끝내기").click()
    await expect(card).to_contain_text("✅ 휴가를 끝냈습니다")
    await keep(screen, "calendar-09-ended")
