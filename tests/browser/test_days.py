"""Days that pass in the playground: for TMON, Slack and the bot at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, keep, message, press_on_desk, set_up

pytestmark = pytest.mark.browser


async def test_the_bot_goes_on_after_days_have_passed(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    before = await page.locator("#messages .message time").last.get_attribute("datetime")
    await press_on_desk(page, "하루 지나기")
    await press_on_desk(page, "하루 지나기")
    await press_on_desk(page, "새 주문")
    await expect(cards(page)).to_have_count(4)
    after = await page.locator("#messages .message time").last.get_attribute("datetime")
    assert before is not None
    assert after is not None
    assert before[:10] < after[:10]
    await keep(screen, "days", phone_tab="desk")


async def test_claims_come_and_go_with_the_panel_and_tmon_decides_in_time(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    for button, seen in (
        ("취소 요청", "취소 요청 · 요청"),
        ("클레임 철회", "취소 요청 · 철회"),
        ("반품 요청", "반품 요청 · 요청"),
        ("교환 요청", "교환 요청 · 요청"),
        ("재배송 요청", "재배송 요청 · 요청"),
        ("택배 집하", "수거 진행 중"),
        ("배송 완료", "수거 완료"),
    ):
        await press_on_desk(page, button)
        await expect(message(page, seen)).to_be_visible()
    for _ in range(7):
        await press_on_desk(page, "하루 지나기")
    for kind in ("반품", "교환"):
        await expect(message(page, f"{kind} 요청 · 티몬 자동환불")).to_be_visible()
    await expect(message(page, "재배송 요청 · 요청")).to_be_visible()
    await keep(screen, "claims-of-the-panel")
