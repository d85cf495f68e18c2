"""Stores, orders and commands are found in the real playground: by a button, a part of a name, a row of the home tab."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.browser.conftest import Screen
from tests.browser.page_driver import STORE, close, go_home, keep, message, send, set_up

pytestmark = pytest.mark.browser
OTHER = DEMO_PARTNERS[1]


async def test_from_a_slip_to_the_store_that_was_meant(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await send(page, "/tmon setup")
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="새 스토어 등록").click()
    await form.get_by_label("판매자 ID").fill(OTHER.partner_id)
    await form.get_by_label("스토어명").fill(OTHER.name)
    await form.get_by_label("API 인증 Key").fill(OTHER.token)
    await form.get_by_role("button", name="다음").click()
    await form.get_by_role("button", name="기본값으로 바로 시작").click()
    await expect(form.get_by_text("승인 완료")).to_be_visible()
    await close(form)

    await send(page, "/tmon 제고")
    said = message(page, "모르는 명령")
    await expect(said).to_contain_text("'제고'는 모르는 명령입니다.")
    await keep(screen, "finding-01-slip")
    await said.get_by_role("button", name="/tmon 재고").click()
    await expect(form.get_by_text("어느 스토어인가요?")).to_be_visible()
    await keep(screen, "finding-02-choice")
    await form.get_by_role("button", name=OTHER.name).click()
    await expect(form.get_by_role("button", name="파일").first).to_be_visible()
    await close(form)

    await send(page, "/tmon help")
    await expect(message(page, "매일")).to_be_visible()
    await keep(screen, "finding-03-help")
    await send(page, f"/tmon 상태 {STORE.name[:2]}")
    await expect(form.get_by_text("마다").first).to_be_visible()
    await keep(screen, "finding-04-status")
    await close(form)
    await send(page, "/tmon 가이드")
    await form.get_by_role("button", name="스토어 등록").click()
    await expect(form.get_by_role("button", name="지금 등록하기")).to_be_visible()
    await keep(screen, "finding-05-guide")
    await close(form)

    home = await go_home(page)
    await keep(screen, "finding-06-home")
    await home.get_by_role("button", name="열기").first.click()
    await expect(form).to_be_visible()
    await keep(screen, "finding-07-opened")
