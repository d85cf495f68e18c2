"""How a store does, in the real playground: the home tab before and after, both tests, and a key that TMON takes no more."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import (
    STORE,
    cards,
    close,
    close_top,
    go_home,
    go_to,
    keep,
    message,
    press_on_desk,
    send,
    set_up,
)

pytestmark = pytest.mark.browser


async def test_the_health_of_a_store(screen: Screen) -> None:
    page = screen.page
    home = await go_home(page)
    await expect(home.get_by_role("button", name="스토어 등록 시작")).to_be_visible()
    await keep(screen, "health-01-home-empty")
    await go_to(page, "주문-알림")
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    home = await go_home(page)
    await expect(home.get_by_text("가장 급한 주문", exact=True)).to_be_visible()
    await keep(screen, "health-02-home")
    await home.get_by_text("설정", exact=True).click()
    await _tests(screen, page.get_by_role("dialog"))
    await _refused(screen)


async def _tests(screen: Screen, form: Locator) -> None:
    page = screen.page
    await form.get_by_role("button", name="연결 테스트").click()
    await expect(form.get_by_text("정상입니다.")).to_have_count(3)
    await keep(screen, "health-03-connection-good")
    await close_top(form)
    await form.get_by_role("button", name="담당자 알림 테스트").click()
    await expect(form.get_by_text("minji@example.com")).to_be_visible()
    await expect(form.get_by_text("✅")).to_have_count(2)
    await keep(screen, "health-04-notice")
    await close_top(form)
    await close(form)
    await go_to(page, "티몬")
    await expect(message(page, "담당자 알림 테스트입니다")).to_be_visible()
    await page.get_by_role("tab", name="메일").click()
    await page.locator("[data-mail]").first.click()
    await expect(page.frame_locator("#mail-html").get_by_text("지금은 테스트이며")).to_be_visible()
    await keep(screen, "health-05-notice-mail", phone_tab="mails")
    await keep(screen, "health-06-notice-direct")


async def _refused(screen: Screen) -> None:
    page = screen.page
    await press_on_desk(page, "API 키 폐기")
    await expect(message(page, "거절했습니다").get_by_role("button", name="다시 시도")).to_be_visible()
    await go_to(page, "주문-알림")
    await _open_store(page)
    form = page.get_by_role("dialog")
    await keep(screen, "health-07-store-rejected")
    await form.get_by_role("button", name="연결 테스트").click()
    await expect(form.get_by_text("❌")).to_be_visible()
    await keep(screen, "health-08-connection-bad")
    await close_top(form)
    await close(form)
    home = await go_home(page)
    await expect(home.get_by_text("진행 중인 장애", exact=True)).to_be_visible()
    await keep(screen, "health-09-home-incident")


async def _open_store(page: Page) -> None:
    await send(page, "/tmon stores")
    form = page.get_by_role("dialog")
    await expect(form.get_by_text(STORE.name)).to_be_visible()
    await form.get_by_text("설정", exact=True).click()
    await expect(form.get_by_role("button", name="연결 테스트")).to_be_visible()
