"""The set-up as a person does it: how many fields and clicks, and how many seconds until the first card."""

import time

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Screen
from tests.browser.page_driver import STORE, cards, close, keep, message, send

pytestmark = pytest.mark.browser

SECONDS = 60
"""What a set-up may take, by hand; the machine that types is faster."""


async def test_two_fields_and_three_clicks_from_the_command_to_the_first_card(screen: Screen) -> None:
    page = screen.page
    fields = clicks = 0
    begun = time.monotonic()
    await send(page, "/tmon setup")
    form = page.get_by_role("dialog")
    await expect(form.get_by_label("판매자 ID")).to_be_focused()
    for label, value in (("판매자 ID", STORE.partner_id), ("API 인증 Key", STORE.token)):
        await form.get_by_label(label).fill(value)
        fields += 1
    await keep(screen, "setup-01-two-fields")
    for button in ("다음", "기본값으로 바로 시작"):
        await form.get_by_role("button", name=button).click()
        clicks += 1
        if button == "다음":
            await expect(form.get_by_label("담당자명")).to_have_value("김민지")
            await keep(screen, "setup-02-known")
    await expect(form.get_by_text("승인 완료")).to_be_visible()
    await keep(screen, "setup-03-result")
    await close(form)
    clicks += 1
    await expect(cards(page)).to_have_count(3)
    took = time.monotonic() - begun
    print(f"set-up: {fields} fields, {clicks} clicks, {took:.1f} s to the first card")
    assert (fields, clicks) == (2, 3)
    assert took < SECONDS
    await expect(message(page, "연결했습니다").get_by_text("발주확인 대기")).to_be_visible()
    await keep(screen, "setup-04-first-cards")


async def test_a_wrong_key_is_told_at_its_field_and_mended_with_one_field(screen: Screen) -> None:
    page = screen.page
    await send(page, "/tmon setup")
    form = page.get_by_role("dialog")
    await form.get_by_label("판매자 ID").fill(STORE.partner_id)
    await form.get_by_label("API 인증 Key").fill("wrong-key")
    await form.get_by_role("button", name="더 보기").click()
    await expect(form.get_by_label("업체코드")).to_be_visible()
    await expect(form.get_by_label("API 인증 Key")).to_have_value("wrong-key")
    await form.get_by_role("button", name="다음").click()
    await expect(form.get_by_text("티몬이 이 Key를 받아들이지 않았습니다.")).to_be_visible()
    await keep(screen, "setup-05-wrong-key")
    await form.get_by_label("API 인증 Key").fill(STORE.token)
    await form.get_by_role("button", name="다음").click()
    await form.get_by_label("담당자 Slack 계정").select_option(label="이준호")
    await expect(form.get_by_label("담당자 이메일")).to_have_value("junho@example.com")
    await expect(form.get_by_label("담당자명")).to_have_value("이준호")
    await form.get_by_role("button", name="다음").click()
    await expect(form.get_by_label("알림 채널")).to_be_visible()
    await form.get_by_text("대기 주문 수를 먼저 보여 드린 뒤").click()
    await expect(form.get_by_role("button", name="더 보기")).to_be_visible()
    await keep(screen, "setup-06-settings")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_role("button", name="대기 3건도 함께 시작")).to_be_visible()
    await keep(screen, "setup-07-automatic")


async def test_the_playground_fills_in_example_values(screen: Screen) -> None:
    page = screen.page
    await page.set_viewport_size(PHONE)
    await page.evaluate("document.querySelector('.bottom [data-tab=chat]').click()")
    await send(page, "/tmon setup")
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="예시 값 채우기").click()
    await expect(form.get_by_label("판매자 ID")).to_have_value(STORE.partner_id)
    await expect(form.get_by_label("API 인증 Key")).to_have_value(STORE.token)
    await screen.keep("setup-08-example-phone")
    await form.get_by_role("button", name="다음").click()
    await expect(form.get_by_role("button", name="기본값으로 바로 시작")).to_be_visible()
    await form.get_by_role("button", name="기본값으로 바로 시작").click()
    await expect(form.get_by_text("승인 완료")).to_be_visible()
