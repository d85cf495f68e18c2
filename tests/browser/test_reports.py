"""Reports in the real playground: the daily one with its chart, any period in a modal, and the way to the channel."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, close, go_to, keep, message, press_on_desk, send, set_up

pytestmark = pytest.mark.browser


async def test_from_a_report_in_the_modal_to_the_channel_and_the_next_morning(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    await send(page, "/tmon 리포트")
    form = page.get_by_role("dialog")
    await expect(form.get_by_role("heading", level=2)).to_have_text("리포트")
    await expect(form.get_by_text("매출")).not_to_have_count(0)
    await keep(screen, "reports-01-today")
    await form.get_by_label("기간").select_option(label="직접 선택")
    await expect(form.get_by_label("종료일")).to_be_visible()
    await form.get_by_label("시작일").fill("2030-01-01")
    await form.get_by_role("button", name="조회").click()
    await expect(form.get_by_text("오늘이나 그 전 날짜를 골라 주세요.")).to_be_visible()
    await keep(screen, "reports-02-days")
    await form.get_by_label("기간").select_option(label="최근 7일")
    await expect(form.get_by_label("종료일")).to_have_count(0)
    await form.get_by_role("button", name="조회").click()
    await expect(form.get_by_role("button", name="엑셀 받기")).to_be_visible()
    await form.get_by_role("button", name="엑셀 받기").click()
    notice = page.get_by_role("dialog", name="알림")
    await expect(notice.get_by_text("다이렉트 메시지로 보냈습니다")).to_be_visible()
    await close(notice)
    await form.get_by_role("button", name="채널에 올리기").click()
    await expect(form.get_by_text("채널의 모든 사람에게 보입니다")).to_be_visible()
    await keep(screen, "reports-03-amounts")
    await form.get_by_role("button", name="채널에 올리기").click()
    await expect(form.get_by_text("리포트를 올렸습니다")).to_be_visible()
    await close(form)
    posted = message(page, "님이 올렸습니다")
    await expect(posted.locator("figure.chart")).to_be_visible()
    await posted.scroll_into_view_if_needed()
    await keep(screen, "reports-04-posted")
    for _ in range(2):  # the first morning plans what comes on the second one, if nothing has been planned yet
        waiting = await cards(page).count()
        await press_on_desk(page, "새 주문")
        await expect(cards(page)).to_have_count(waiting + 1)
        await press_on_desk(page, "하루 지나기")
        await page.wait_for_timeout(2000)
    daily = message(page, "일일 리포트")
    await expect(daily.locator("figure.chart")).to_be_visible()
    await daily.scroll_into_view_if_needed()
    await keep(screen, "reports-05-daily")
    await go_to(page, "티몬 주문봇")
    await expect(page.get_by_text("리포트입니다.")).to_be_visible()
