"""Both template forms in the real playground: an address is registered, a delivery template grows, is read and registered."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import keep, send, set_up

pytestmark = pytest.mark.browser


async def test_an_address_and_a_delivery_template(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await send(page, "/tmon 템플릿")
    form = page.get_by_role("dialog")
    await expect(form.get_by_text("🔒")).to_be_visible()
    await keep(screen, "templates-01-locked")
    await form.get_by_role("button", name="주소록부터 가져오기").click()
    await expect(form.get_by_text("주소 2개를 가져왔습니다")).to_be_visible()
    await keep(screen, "templates-02-unlocked")
    await _address(screen, form)
    await form.get_by_role("button", name="템플릿 처음으로").click()
    await _delivery_template(screen, form)


async def _address(screen: Screen, form: Locator) -> None:
    await form.get_by_role("button", name="새 주소 등록").click()
    await form.get_by_label("템플릿 제목").fill("김포 제2창고")
    await form.get_by_label("출고지").check()
    await form.get_by_label("우편번호").fill("10045")
    await form.get_by_label("도로명주소").fill("경기도 김포시 가상로 77")
    await form.get_by_label("지번주소").fill("경기도 김포시 가상동 34-5")
    await form.get_by_label("상세주소").fill("2층")
    await form.get_by_label("담당자 이름").fill("한출고")
    await form.get_by_label("담당자 전화번호").fill("1544-0000")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("대표번호에도 지역번호가 필요합니다. 예: 02-1544-0000")).to_be_visible()
    await keep(screen, "templates-03-address-wrong-phone")
    await form.get_by_label("담당자 전화번호").fill("02-1544-0000")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("저장했습니다")).to_be_visible()
    await form.get_by_role("button", name="목록 보기").click()
    await expect(form.get_by_text("김포 제2창고")).to_be_visible()
    await keep(screen, "templates-04-address-list")


async def _delivery_template(screen: Screen, form: Locator) -> None:
    await form.get_by_role("button", name="새로 등록").click()
    await form.get_by_label("템플릿 이름").fill("5만원 이상 무료")
    await expect(form.get_by_label("무료배송 기준 금액")).to_have_count(0)
    await form.get_by_label("조건부무료").check()
    await form.get_by_label("무료배송 기준 금액").fill("50,000")
    await form.get_by_label("기준 금액 미만일 때 배송비").fill("3,000")
    await form.get_by_label("배송함").check()
    await form.get_by_label("제주 추가 배송비").fill("3000")
    await form.get_by_label("제주 외 도서산간 추가 배송비").fill("5000")
    await form.locator("select").nth(1).select_option(label="김포 제2창고")
    await keep(screen, "templates-05-policy")
    await form.get_by_role("button", name="미리보기").click()
    await expect(
        form.get_by_text("5만원 이상 무료, 미만 3,000원, 제주 +3,000원, 그 외 도서산간 +5,000원")
    ).to_be_visible()
    await keep(screen, "templates-06-preview")
    await form.get_by_label("수정·삭제할 수 없음을 확인했고").check()
    await form.get_by_role("button", name="등록", exact=True).click()
    await expect(form.get_by_text("등록했습니다")).to_be_visible()
    await keep(screen, "templates-07-registered")
    await form.get_by_role("button", name="목록 보기").click()
    await expect(form.get_by_role("button", name="복사해서 새로 만들기").first).to_be_visible()
    await keep(screen, "templates-08-list")
