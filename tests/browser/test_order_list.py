"""The list of orders in the real playground: an impatient hand, ticks and filters."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, keep, message, press_on_desk, send, set_up

pytestmark = pytest.mark.browser


async def test_two_clicks_on_one_spot_in_the_list_confirm_one_order(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3, timeout=20_000)
    await press_on_desk(page, "주문 60건")
    await expect(message(page, "주문 60건")).to_be_visible(timeout=20_000)
    await message(page, "주문 60건").get_by_role("button", name="목록 보기").click()
    modal = page.get_by_role("dialog")
    await expect(modal.get_by_text("대기 60건")).to_be_visible()
    place = await modal.get_by_role("button", name="발주확인").nth(2).bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    await page.mouse.click(x, y)
    await page.wait_for_timeout(900)
    await page.mouse.click(x, y)
    await expect(modal.get_by_text("대기 59건")).to_be_visible()
    await page.wait_for_timeout(1500)
    await expect(modal.get_by_text("✅ 발주확인 · 방금")).to_have_count(1)
    await expect(modal.get_by_text("대기 59건")).to_be_visible()
    await expect(page.get_by_role("dialog", name="알림")).to_have_count(0)
    await keep(screen, "orders-list-done")

    await _tick(page, 0)
    await _tick(page, 1)
    await expect(modal.get_by_role("button", name="선택한 2건 발주확인")).to_be_visible()
    await modal.get_by_role("button", name="다음 쪽").click()
    await expect(modal.get_by_text("· 2/")).to_be_visible()
    await _tick(page, 0)
    await expect(modal.get_by_role("button", name="선택한 3건 발주확인")).to_be_visible()
    await modal.get_by_role("button", name="선택한 3건 발주확인").scroll_into_view_if_needed()
    await keep(screen, "orders-list-selected")
    await modal.get_by_role("button", name="선택한 3건 발주확인").click()
    question = page.get_by_role("dialog", name="확인")
    await expect(question).to_contain_text("'한빛리빙' 3건")
    await keep(screen, "orders-list-asks")
    await question.get_by_role("button", name="발주확인").click()
    await expect(modal.get_by_text("대기 56건")).to_be_visible(timeout=20_000)


async def test_an_order_is_found_by_its_number_and_the_list_by_state(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3, timeout=20_000)
    card = cards(page).last
    number = (await card.locator("code").first.inner_text()).strip()
    await card.get_by_role("button", name="발주확인").click()
    await expect(message(page, number, "@김민지")).to_be_visible()
    await send(page, f"/tmon 주문 {number}")
    modal = page.get_by_role("dialog")
    await expect(modal).to_contain_text("진행 내역")
    await expect(modal).to_contain_text("발송 대기")
    await keep(screen, "order-by-number")
    await page.keyboard.press("Escape")
    await expect(modal).to_have_count(0)
    await send(page, "/tmon 주문")
    await expect(modal.get_by_text("전체 2건")).to_be_visible()
    await keep(screen, "orders-list")
    await modal.get_by_label("보기").select_option(label="오늘 발주확인한 주문")
    await expect(modal.get_by_text(number)).to_be_visible()
    await keep(screen, "orders-list-confirmed-today")


async def _tick(page: Page, nth: int) -> None:
    boxes = page.get_by_role("dialog").get_by_role("checkbox")
    before = await page.get_by_role("dialog").get_by_role("button", name="건 발주확인").inner_text()
    await boxes.nth(nth).check()
    await expect(page.get_by_role("dialog").get_by_role("button", name="건 발주확인")).not_to_have_text(before)
