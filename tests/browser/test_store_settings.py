"""A store's own view in the real playground: each part edited alone, with what it will do shown before."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import STORE, cards, close, keep, message, send, set_up

pytestmark = pytest.mark.browser


async def test_the_settings_of_a_store(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    await send(page, "/tmon stores")
    form = page.get_by_role("dialog")
    await expect(form.get_by_text(STORE.name)).to_be_visible()
    await keep(screen, "store-01-list")
    await form.get_by_text("설정", exact=True).click()
    await expect(form.get_by_role("button", name="연결 테스트")).to_be_visible()
    await keep(screen, "store-02-view")
    await _api_and_contact(screen, form)
    await _automatic(screen, form)
    await _orders_off(screen, form)


async def _api_and_contact(screen: Screen, form: Locator) -> None:
    await form.get_by_role("button", name="API 정보 수정").click()
    await form.get_by_label("판매자 ID").fill("한빛 리빙")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("영문, 숫자, 기호만 공백 없이 입력해 주세요.")).to_be_visible()
    await keep(screen, "store-03-api-wrong")
    await form.get_by_label("판매자 ID").fill(STORE.partner_id)
    await form.get_by_label("메모").fill("본점 계정")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("저장했습니다.")).to_be_visible()
    await keep(screen, "store-04-api-saved")

    await form.get_by_role("button", name="담당자 수정").click()
    await expect(form.get_by_label("담당자 이메일")).to_have_value("minji@example.com")
    await form.get_by_label("담당자 휴대폰번호").fill("02-555-0147")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("국내 휴대폰번호가 아닙니다.")).to_be_visible()
    await keep(screen, "store-05-contact-wrong")
    await form.get_by_label("담당자 휴대폰번호").fill("010-5550-0149")
    await form.get_by_label("담당자 Slack 계정").select_option(label="이준호")
    await expect(form.get_by_label("담당자명")).to_have_value("이준호")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("@이준호")).to_be_visible()
    await keep(screen, "store-06-contact-saved")


async def _automatic(screen: Screen, form: Locator) -> None:
    page = screen.page
    await form.get_by_role("button", name="연동설정 수정").click()
    await form.get_by_label("대기 주문 수를 먼저 보여 드린 뒤").check()
    await form.get_by_role("button", name="더 보기").click()
    await form.get_by_label("자동 발주확인 금액 한도").fill("많이")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("1 이상의 숫자로 입력하거나 비워 주세요.")).to_be_visible()
    await keep(screen, "store-07-settings-wrong")
    await form.get_by_label("자동 발주확인 금액 한도").fill("1,000,000")
    await form.get_by_label("자동 발주확인 수량 한도").fill("50")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("저장하면 이렇게 달라집니다")).to_be_visible()
    await keep(screen, "store-08-automatic-effects")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("필수 항목입니다.")).to_be_visible()
    await form.get_by_label("새 주문만 자동으로").check()
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("자동 발주확인 금액 한도: 1,000,000원")).to_be_visible()
    await keep(screen, "store-09-automatic-saved")
    await form.get_by_role("button", name="목록으로").click()
    await close(form)
    told = message(page, "수동 → 자동", "없음 → 1,000,000원")
    await expect(told).to_contain_text("@김민지")
    await expect(message(page, "바뀐 항목")).to_be_visible()
    await keep(screen, "store-10-told")
    await expect(cards(page)).to_have_count(3)


async def _orders_off(screen: Screen, form: Locator) -> None:
    page = screen.page
    await send(page, "/tmon stores")
    await form.get_by_text("설정", exact=True).click()
    await form.get_by_role("button", name="연동설정 수정").click()
    await form.get_by_role("group", name="주문 API").get_by_label("사용 안 함").check()
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("발주확인 대기 3건")).to_be_visible()
    await keep(screen, "store-11-orders-off-effects")
    await form.get_by_role("button", name="이전").click()
    await expect(form.get_by_role("group", name="주문 API").get_by_label("사용 안 함")).to_be_checked()
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("발주확인 대기 3건")).to_be_visible()
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("주문 API를 사용하지 않아")).to_be_visible()
    await keep(screen, "store-12-orders-off")
    await close(form)
    await cards(page).last.get_by_role("button", name="발주확인").click()
    refusal = page.locator(".message.private").last
    await refusal.get_by_role("button").scroll_into_view_if_needed()
    await keep(screen, "store-13-refused")
    await refusal.get_by_role("button").click()
    await expect(message(page, "주문 API: 사용 안 함 → 사용")).to_be_visible()
    await keep(screen, "store-14-turned-on")
