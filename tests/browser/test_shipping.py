"""Shipping one order in the real playground: the form, own delivery, the late-shipping notice, the recipient, the list."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, close, keep, message, send, set_up

pytestmark = pytest.mark.browser


async def test_an_order_is_shipped_from_its_card(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3, timeout=20_000)
    card = cards(page).last
    number = (await card.locator("code").first.inner_text()).strip()
    await card.get_by_role("button", name="발주확인").click()
    card = message(page, number, "발송 대기")
    await expect(card.get_by_role("button", name="송장 등록")).to_be_visible(timeout=20_000)
    await keep(screen, "shipping-card-waiting")
    form = page.get_by_role("dialog")

    await card.get_by_role("button", name="받는 분 보기").click()
    await expect(form).to_contain_text("열람한 사람과 시각이 기록됩니다")
    await keep(screen, "shipping-recipient")
    await close(form)

    await card.get_by_role("button", name="발송지연 알림").click()
    await form.get_by_label("지연 사유").select_option(label="재고부족")
    await form.get_by_label("지연 상세").fill("입고가 늦어 다음 주에 보냅니다.")
    await keep(screen, "shipping-delay-form")
    await form.get_by_role("button", name="알리기").click()
    await expect(form).to_contain_text("성공", timeout=20_000)
    await keep(screen, "shipping-delay-result")
    await close(form)
    await expect(message(page, number, "발송지연 알림 완료")).to_be_visible(timeout=20_000)

    await card.get_by_role("button", name="송장 등록").click()
    menu = form.get_by_role("combobox", name="택배사")
    await menu.fill("자체")
    await form.get_by_role("option", name="자체배송").click()
    await expect(form.get_by_label("배송예정일")).to_be_visible()
    await expect(form.get_by_label("송장번호", exact=True)).to_have_count(0)
    await keep(screen, "shipping-form-own")
    await menu.fill("CJ")
    await form.get_by_role("option", name="CJ대한통운").click()
    await expect(form.get_by_label("송장번호", exact=True)).to_be_visible()
    await form.get_by_label("송장번호", exact=True).fill("123")
    await form.get_by_role("button", name="송장 등록").click()
    await expect(form).to_contain_text("INVALID_INVOICE", timeout=20_000)
    await keep(screen, "shipping-form-wrong-number")
    await form.get_by_label("송장번호", exact=True).fill("6001-0020-0300")
    await form.get_by_role("button", name="송장 등록").click()
    await expect(form).to_contain_text("성공", timeout=20_000)
    await keep(screen, "shipping-result")
    await close(form)
    card = message(page, number, "송장 등록됨")
    await expect(card.get_by_role("button", name="송장 수정")).to_be_visible(timeout=20_000)
    await keep(screen, "shipping-card-registered")

    await card.get_by_role("button", name="배송 조회").click()
    await expect(form).to_contain_text("CJ대한통운 6001-0020-0300")
    await keep(screen, "shipping-tracking")
    await close(form)
    await send(page, "/tmon 주문")
    await form.get_by_label("보기").select_option(label="배송 중")
    await expect(form.get_by_text(number)).to_be_visible()
    await keep(screen, "shipping-list")
