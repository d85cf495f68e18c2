"""장애 in the browser: the message leads with what mends, the menu asks before it acts, a mail leads back to Slack."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import close_top, keep, message, press_on_desk, send, set_up


async def refuse_key(page: Page) -> None:
    await press_on_desk(page, "API 키 폐기")
    await send(page, "/tmon collect orders")


async def test_a_refused_key_from_its_message_and_from_its_mail(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await refuse_key(page)
    card = message(page, "API 인증 Key를 거절했습니다")
    await expect(card.get_by_role("button", name="설정 수정")).to_be_visible()
    await expect(card).to_contain_text("담당:")
    await keep(screen, "incident")
    await card.get_by_role("button", name="담당하기").click()
    await expect(card.get_by_role("button", name="담당 바꾸기")).to_be_visible()
    await card.get_by_role("button", name="설정 수정").click()
    form = page.get_by_role("dialog")
    await expect(form.get_by_label("API 인증 Key")).to_be_visible()
    await keep(screen, "incident-key")
    await close_top(form)
    await page.get_by_role("tab", name="메일").click()
    await page.locator("#mail-list button").first.click()
    await expect(page.frame_locator("#mail-html").get_by_role("link", name="Slack에서 열기")).to_be_visible()
    await keep(screen, "incident-mail", phone_tab="mails")
    async with page.context.expect_page() as opened:
        await page.frame_locator("#mail-html").get_by_role("link", name="Slack에서 열기").click()
    other = await opened.value
    await expect(other.get_by_role("heading", level=1, name="주문-알림")).to_be_visible()
    assert screen.errors == []
