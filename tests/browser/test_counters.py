"""The five counters on the playground's page: the home tab, the status, and a list."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, close_top, go_home, keep, message, press_on_desk, send, set_up

pytestmark = pytest.mark.browser


async def test_what_tmon_decided_by_itself_is_counted_and_listed(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    await press_on_desk(page, "취소 요청")
    await expect(message(page, "취소 요청 · 요청")).to_be_visible()
    await press_on_desk(page, "하루 지나기")
    await press_on_desk(page, "하루 지나기")
    await expect(message(page, "취소 요청 · 티몬 자동환불")).to_be_visible()
    await send(page, "/tmon status")
    status = page.get_by_role("dialog")
    await expect(status.get_by_role("button", name="취소 처리 지연 1건")).to_be_visible()
    await keep(screen, "counters-status")
    await status.get_by_role("button", name="취소 처리 지연 1건").click()
    await expect(page.get_by_role("dialog", name="취소 처리 지연")).to_contain_text("지연 처리 1건")
    await keep(screen, "counters-list")
    await close_top(page.get_by_role("dialog"))
    home = await go_home(page)
    for name in ("발주확인 지연", "발송 지연", "취소 처리 지연", "반품 처리 지연", "교환 처리 지연"):
        await expect(home.get_by_role("button", name=name)).to_be_visible()
    await keep(screen, "counters-home")
