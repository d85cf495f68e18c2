"""The main job in the real playground, as people see it: a store is registered, orders are confirmed, TMON fails.

Everything is real: the page in a Chromium, the bot on its sockets, TMON's sandbox, the caught mail; nothing is moved by hand.
"""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.playground.slack.demo import ORDERS
from tests.browser.conftest import Screen
from tests.browser.page_driver import STORE, become, cards, close, close_top, go_to, keep, message, press_on_desk, send

pytestmark = pytest.mark.browser


async def test_the_main_job(screen: Screen) -> None:
    await _register(screen)
    await _confirm_and_hold(screen)
    await _others_try(screen)
    await _sixty_at_once(screen)
    await _the_key_is_revoked(screen)


async def _register(screen: Screen) -> None:
    page = screen.page
    await keep(screen, "main-01-start", phone_tab="start")
    await send(page, "/tmon setup")
    form = page.get_by_role("dialog")
    await form.get_by_label("판매자 ID").fill("한빛 리빙")
    await form.get_by_label("스토어명").fill(STORE.name)
    await form.get_by_label("API 인증 Key").fill(STORE.token)
    await form.get_by_label("대표카테고리").select_option(index=3)
    await form.get_by_role("button", name="다음").click()
    await expect(form.get_by_text("영문, 숫자, 기호만 공백 없이 입력해 주세요.")).to_be_visible()
    await keep(screen, "main-02-setup-wrong-field")
    await form.get_by_label("판매자 ID").fill(STORE.partner_id)
    await form.get_by_role("button", name="다음").click()

    await expect(form.get_by_label("담당자명")).to_have_value("김민지")
    await form.get_by_label("직급/직책/부서").fill("대표")
    await expect(form.get_by_label("담당자 이메일")).to_have_value("minji@example.com")
    await form.get_by_label("담당자 연락처").fill("02 555 0147")
    await form.get_by_label("담당자 휴대폰번호").fill("010 5550 0148")
    await form.get_by_label("담당자 Slack 계정").select_option(label="김민지")
    await keep(screen, "main-03-setup-contact")
    await form.get_by_role("button", name="다음").click()

    await expect(form.get_by_label("알림 채널")).to_have_value(ORDERS)
    await form.get_by_role("button", name="발주확인 담당자").click()
    for name in ("김민지", "이준호"):
        await page.locator("#v-workers-value-list").get_by_text(name).click()
    await page.keyboard.press("Escape")
    await keep(screen, "main-04-setup-settings")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("승인 완료")).to_be_visible()
    await keep(screen, "main-05-setup-approved")
    await close(form)


async def _confirm_and_hold(screen: Screen) -> None:
    page = screen.page
    waiting = cards(page)
    await expect(waiting).to_have_count(3)
    await keep(screen, "main-06-orders")

    number = (await waiting.last.locator("code").first.inner_text()).strip()
    card = message(page, number, "받는 분")
    await card.get_by_role("button", name="발주확인").click()
    confirmed = message(page, number, "@김민지", "발주확인")
    await expect(confirmed.locator(".content").get_by_role("button")).to_have_count(0)
    await expect(confirmed.get_by_text("발송 대기")).to_be_visible()
    await keep(screen, "main-07-confirmed")

    await waiting.last.get_by_role("button", name="발주 보류").click()
    form = page.get_by_role("dialog", name="발주 보류")
    await form.get_by_label("보류 이유").fill("재고 확인 중입니다. 010-5550-0199로 문의 주세요")
    await keep(screen, "main-08-hold")
    await form.get_by_role("button", name="발주 보류").click()
    held = message(page, "재고 확인 중입니다")
    await expect(held.get_by_role("button", name="보류 해제")).to_be_visible()
    assert "5550" not in await held.inner_text()
    await keep(screen, "main-09-held")


async def _others_try(screen: Screen) -> None:
    page = screen.page
    waiting = cards(page)
    await become(page, "박서연")
    await waiting.last.get_by_role("button", name="발주확인").click()
    refusal = page.locator(".message.private").last
    await expect(refusal).to_contain_text("@이준호")
    await keep(screen, "main-10-no-right")

    await become(page, "정하늘")
    await send(page, "/tmon status")
    await expect(page.locator(".message.private").last).to_be_visible()
    await keep(screen, "main-11-guest")

    await become(page, "Daniel")
    await send(page, "/tmon status")
    await expect(page.get_by_role("dialog")).to_contain_text(STORE.name)
    await keep(screen, "main-12-english-status")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await send(page, "/tmon help")
    await expect(page.locator(".message.private").last).to_contain_text("/tmon setup")
    await keep(screen, "main-13-english-help")

    await become(page, "이준호")
    await waiting.last.get_by_role("button", name="발주확인").click()
    await expect(message(page, "@이준호", "발주확인")).to_be_visible()
    await expect(waiting).to_have_count(0)
    await become(page, "김민지")


async def _sixty_at_once(screen: Screen) -> None:
    page = screen.page
    await press_on_desk(page, "주문 60건")
    batch = message(page, "주문 60건")
    await expect(batch).to_be_visible()
    await keep(screen, "main-14-batch")

    await batch.get_by_role("button", name="목록 보기").click()
    orders = page.get_by_role("dialog")
    await expect(orders.get_by_role("button", name="발주 보류")).to_have_count(20)
    await keep(screen, "main-15-list")
    await orders.get_by_role("button", name="발주 보류").first.click()
    form = page.get_by_role("dialog", name="발주 보류")
    await form.get_by_label("보류 이유").fill("옵션 확인 후 발송")
    await form.get_by_role("button", name="발주 보류").click()
    await expect(orders.get_by_role("button", name="보류 해제")).to_have_count(1)
    await keep(screen, "main-16-list-held")
    await close_top(orders)
    await expect(batch).to_contain_text("보류 1건")

    await batch.get_by_role("button", name="일괄 발주확인").click()
    question = page.get_by_role("dialog", name="확인")
    await expect(question).to_contain_text("되돌릴 수 없습니다")
    await keep(screen, "main-17-batch-asks")
    await question.get_by_role("button", name="발주확인").click()
    await expect(batch).to_contain_text("일괄 발주확인 중입니다")
    await keep(screen, "main-18-batch-under-way")
    await expect(batch.get_by_role("button", name="일괄 발주확인")).to_have_count(0)
    await expect(batch).not_to_contain_text("일괄 발주확인 중입니다")
    await keep(screen, "main-19-batch-done")


async def _the_key_is_revoked(screen: Screen) -> None:
    page = screen.page
    await press_on_desk(page, "API 키 폐기")
    told = message(page, "거절했습니다")
    await expect(told.get_by_role("button", name="다시 시도")).to_be_visible()
    await keep(screen, "main-20-incident-channel")
    await go_to(page, "티몬")
    await expect(message(page, "거절했습니다").get_by_role("button", name="다시 시도")).to_be_visible()
    await keep(screen, "main-21-incident-direct")
    await page.get_by_role("tab", name="메일").click()
    await page.locator("[data-mail]").first.click()
    await expect(page.frame_locator("#mail-html").get_by_text("담당자")).to_be_visible()
    await keep(screen, "main-22-incident-mail", phone_tab="mails")

    await press_on_desk(page, "API 키 복구")
    await message(page, "거절했습니다").get_by_role("button", name="다시 시도").click()
    await expect(message(page, "주문 수집이 다시 됩니다")).to_be_visible()
    await keep(screen, "main-23-resolved-direct")
    await go_to(page, "주문-알림")
    await expect(message(page, "주문 수집이 다시 됩니다")).to_be_visible()
    await keep(screen, "main-24-resolved-channel")
