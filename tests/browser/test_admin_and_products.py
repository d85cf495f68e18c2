"""Runple marks, rights, the audit list and the known products, in the real playground."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import STORE, become, cards, close, close_top, keep, send, set_up

pytestmark = pytest.mark.browser

UNSOLD = max(STORE.goods, key=lambda goods: goods.deal_no)


async def test_marks_rights_records_and_products(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    form = page.get_by_role("dialog")
    await _products(screen, form)
    await _runple(screen, form)
    await _rights_and_records(screen, form)


async def _products(screen: Screen, form: Locator) -> None:
    page = screen.page
    await send(page, "/tmon products")
    await expect(form.get_by_role("button", name="번호로 추가")).to_be_visible()
    await keep(screen, "products-01-list")
    await form.get_by_role("button", name="번호로 추가").click()
    await form.get_by_label("딜 번호", exact=True).fill("123")
    await form.get_by_role("button", name="추가", exact=True).click()
    await expect(form.get_by_text("티몬에 이 번호의 상품이 없습니다.")).to_be_visible()
    await keep(screen, "products-02-unknown-number")
    await form.get_by_label("딜 번호", exact=True).fill(str(UNSOLD.deal_no))
    await form.get_by_role("button", name="추가", exact=True).click()
    await expect(form.get_by_text(str(UNSOLD.deal_no))).to_be_visible()
    await form.get_by_label("찾기").fill("없는 상품")
    await form.get_by_role("button", name="찾기").click()
    await expect(form.get_by_text("찾은 상품이 없습니다.")).to_be_visible()
    await keep(screen, "products-03-none-found")
    await form.get_by_label("찾기").fill(str(UNSOLD.deal_no))
    await form.get_by_role("button", name="찾기").click()
    await expect(form.get_by_text("검색 결과 1개")).to_be_visible()
    await keep(screen, "products-04-found")
    await form.get_by_role("button", name="자세히").click()
    await expect(form.get_by_text("읽은 내용입니다.")).to_be_visible()
    await expect(form.get_by_text("읽고 있습니다.")).to_have_count(0)
    await keep(screen, "products-05-deal")
    await close_top(form)
    await close(form)


async def _runple(screen: Screen, form: Locator) -> None:
    page = screen.page
    await send(page, "/tmon admin")
    await expect(form.get_by_role("button", name="열기")).to_have_count(4)
    await keep(screen, "admin-01-overview")
    await form.get_by_role("button", name="열기").first.click()
    await form.get_by_role("button", name="런플 표시").click()
    await expect(form.get_by_role("button", name="표시 해제")).to_be_visible()
    await keep(screen, "admin-02-runple-stores")
    await form.get_by_role("button", name="런플 상품").click()
    await form.get_by_role("button", name="런플 표시").first.click()
    await expect(form.get_by_role("button", name="표시 해제")).to_have_count(1)
    await keep(screen, "admin-03-runple-deals")
    await form.get_by_role("button", name="번호 목록으로 표시").click()
    await form.get_by_label("딜 번호 목록").fill("12가3, 4567")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("딜 번호가 아닌 값이 1개 있습니다")).to_be_visible()
    await keep(screen, "admin-04-numbers-wrong")
    await form.get_by_label("딜 번호 목록").fill(f"{UNSOLD.deal_no}\n45670001")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("개를 런플로 표시했습니다.")).to_be_visible()
    await keep(screen, "admin-05-numbers-marked")
    await close(form)

    await send(page, "/tmon stores")
    await form.get_by_text("설정", exact=True).click()
    await form.get_by_role("button", name="연동설정 수정").click()
    await form.get_by_label("런플상품발주").check()
    await form.get_by_role("button", name="저장하기").click()
    await form.get_by_label("새 주문만 자동으로").check()
    await keep(screen, "admin-06-runple-effects")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("자동 발주확인: 런플상품발주")).to_be_visible()
    await close(form)


async def _rights_and_records(screen: Screen, form: Locator) -> None:
    page = screen.page
    await send(page, "/tmon admin")
    await form.get_by_role("button", name="열기").nth(1).click()
    await expect(form.get_by_text("발주확인:")).to_be_visible()
    await keep(screen, "admin-07-rights")
    await form.get_by_role("button", name="이전").click()
    await form.get_by_role("button", name="열기").nth(2).click()
    await expect(form.get_by_text("런플 이용 스토어 표시")).to_be_visible()
    await keep(screen, "admin-08-audit")
    await form.get_by_label("사람").select_option(label="이준호")
    await form.get_by_role("button", name="조회").click()
    await expect(form.get_by_text("조건에 맞는 기록이 없습니다.")).to_be_visible()
    await keep(screen, "admin-09-audit-empty")
    await form.get_by_role("button", name="조건 지우기").click()
    await form.get_by_label("스토어").select_option(label=STORE.name)
    await form.get_by_role("button", name="조회").click()
    await expect(form.get_by_text("스토어 등록")).to_be_visible()
    await close(form)
    await become(page, "박서연")
    await send(page, "/tmon admin")
    await expect(page.locator(".message.private").last).to_contain_text("워크스페이스 소유자나 관리자만")
    await keep(screen, "admin-10-no-admin")
