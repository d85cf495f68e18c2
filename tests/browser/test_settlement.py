"""`/tmon settlement` on the playground's page: collecting now, the month, its products, what is to be checked, the workbook."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, close_top, keep, send, set_up

pytestmark = pytest.mark.browser


async def test_settlement_is_collected_looked_through_and_sent_as_a_workbook(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    await send(page, "/tmon settlement")
    view = page.get_by_role("dialog")
    await view.get_by_role("button", name="지금 수집").click()
    await expect(page.get_by_text("정산 수집을 마쳤습니다.")).to_be_visible()
    await close_top(page.get_by_role("dialog", name="알림"))
    await expect(view.get_by_text("마지막 수집")).to_be_visible()
    await view.get_by_label("기준").select_option(label="판매일")
    await view.get_by_role("button", name="조회").click()
    await expect(view.get_by_role("heading", name="판매일 기준")).to_be_visible()
    await keep(screen, "settlement-month")
    await view.get_by_role("button", name="상품별 보기").click()
    await expect(view.get_by_role("button", name="이전", exact=True)).to_be_visible()
    await keep(screen, "settlement-products")
    await view.get_by_role("button", name="이전", exact=True).click()
    await view.get_by_role("button", name="확인 필요 보기").click()
    await expect(page.get_by_role("dialog", name="정산 확인")).to_contain_text("정산 예정")
    await keep(screen, "settlement-check")
    await page.get_by_role("dialog").get_by_role("button", name="이전", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="엑셀 받기").click()
    await expect(page.get_by_text("엑셀 파일을 다이렉트 메시지로 보냈습니다.")).to_be_visible()
