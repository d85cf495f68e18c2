"""SKUs in the real playground: pasted, uploaded, mapped, edited, and TMON's stock brought into line."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, close, close_top, keep, send, set_up

pytestmark = pytest.mark.browser

WRONG_ROWS = "A-1, 서른\n, 5\n1.2E+10, 3\nA-2, 7\nA-2, 8"
WRONG_FILE = "SKU코드,재고,판매상태\nA-1,-3,팝니다\n".encode("cp949")


async def test_stock_from_a_list_to_tmon(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    form = page.get_by_role("dialog")
    await send(page, "/tmon stock")
    await expect(form.get_by_text("아직 등록한 SKU가 없습니다.")).to_be_visible()
    await keep(screen, "stock-01-empty")
    await close(form)
    await _turn_on(screen, form)
    await send(page, "/tmon stock")
    await form.get_by_role("button", name="지금 맞추기").click()
    await expect(form.get_by_text("개를 읽고")).to_be_visible()
    await keep(screen, "stock-02-read")
    await form.get_by_role("button", name="연동 안 되는 옵션").click()
    await expect(form.get_by_role("button", name="SKU 연결").first).to_be_visible()
    await keep(screen, "stock-03-unmapped")
    key = await _key_of_the_first(form)
    await close_top(form)
    await _lists(screen, form, key)
    await _by_hand(screen, form)
    await _edit(screen, form, key)
    await send(page, "/tmon stock")
    await _with_search(screen, form)


async def _turn_on(screen: Screen, form: Locator) -> None:
    page = screen.page
    await send(page, "/tmon stores")
    await form.get_by_text("설정", exact=True).click()
    await form.get_by_role("button", name="연동설정 수정").click()
    await form.get_by_role("group", name="진열/판매상태/재고연동 API").get_by_label("사용", exact=True).check()
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("저장하면 이렇게 달라집니다")).to_be_visible()
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("저장했습니다.")).to_be_visible()
    await close(form)


async def _key_of_the_first(form: Locator) -> str:
    """The seller's own number of the first option that could be mapped."""
    first = form.locator(".block").filter(has=form.page.get_by_role("button", name="SKU 연결")).first
    found = re.search(r"판매자 옵션번호 (\S+)", await first.inner_text())
    assert found
    return found[1]


async def _lists(screen: Screen, form: Locator, key: str) -> None:
    await form.get_by_role("button", name="붙여넣기").click()
    await form.get_by_label("붙여 넣을 행").fill(WRONG_ROWS)
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text("잘못된 행이")).to_be_visible()
    await keep(screen, "stock-04-pasted-wrong")
    await form.get_by_label("붙여 넣을 행").fill(f"{key}, 30, 5, 10, 첫 옵션\nA-1, 20")
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text("티몬에서 바뀌는 옵션")).to_be_visible()
    await keep(screen, "stock-05-pasted-preview")
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text("✅ 새 SKU 2개")).to_be_visible()
    await keep(screen, "stock-05-pasted")

    await form.get_by_role("button", name="파일 올리기").click()
    await form.locator("input[type=file]").set_input_files(
        FilePayload(name="재고.csv", mimeType="text/csv", buffer=WRONG_FILE)
    )
    await expect(form.get_by_text("재고.csv")).to_be_visible()
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text("잘못된 행이")).to_be_visible()
    await keep(screen, "stock-06-uploaded-wrong")
    await form.get_by_role("button", name="다시 올리기").click()
    await form.locator("input[type=file]").set_input_files(
        FilePayload(name="재고.csv", mimeType="text/csv", buffer=f"SKU코드,재고\n{key},0\n".encode())
    )
    await expect(form.get_by_text("재고.csv")).to_be_visible()
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text("품절되는 옵션 1개")).to_be_visible()
    await keep(screen, "stock-06-uploaded-preview")
    await close_top(form)


async def _by_hand(screen: Screen, form: Locator) -> None:
    await form.get_by_role("button", name="연동 안 되는 옵션").click()
    await form.get_by_role("button", name="SKU 연결").first.click()
    await keep(screen, "stock-07-map")
    await form.get_by_label("SKU코드").select_option(label="A-1 · 20개")
    await form.get_by_role("button", name="SKU 연결").click()
    await expect(form.get_by_label("SKU코드")).to_have_count(0)
    await keep(screen, "stock-08-mapped")
    await close_top(form)


async def _with_search(screen: Screen, form: Locator) -> None:
    """More SKUs than a menu holds."""
    await form.get_by_role("button", name="붙여넣기").click()
    await form.get_by_label("붙여 넣을 행").fill("\n".join(f"B-{n:03}, {n}" for n in range(120)))
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text("새 SKU 120개")).to_be_visible()
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text("✅ 새 SKU 120개")).to_be_visible()
    await form.get_by_role("button", name="연동 안 되는 옵션").click()
    await keep(screen, "stock-13-unmapped")
    await form.get_by_role("button", name="SKU 연결").first.click()
    await form.get_by_label("SKU코드").fill("b-11")
    await expect(form.get_by_role("option", name="B-117 · 117개")).to_be_visible()
    await keep(screen, "stock-14-search")
    await form.get_by_role("option", name="B-117 · 117개").click()
    await form.get_by_role("button", name="SKU 연결").click()
    await expect(form.get_by_label("SKU코드")).to_have_count(0)
    await expect(form.get_by_text("B-117에 연결됨")).to_be_visible()  # what lies under the form is drawn anew
    await form.get_by_role("button", name="연결 양식 받기").click()
    await expect(form.get_by_text("다이렉트 메시지로 보냈습니다")).to_be_visible()
    await keep(screen, "stock-15-file-sent")
    await close_top(form)
    await form.get_by_role("button", name="연결 파일 올리기").click()
    await expect(form.get_by_label("연결 파일 (CSV, XLSX)")).to_be_attached()
    await keep(screen, "stock-16-links-upload")
    await close_top(form)


async def _edit(screen: Screen, form: Locator, key: str) -> None:
    await form.get_by_role("button", name="지금 맞추기").click()
    await expect(form.get_by_text("재고를 맞췄습니다")).to_be_visible()
    await keep(screen, "stock-09-synced")
    await form.get_by_role("button", name=f"{key} 수정").click()
    await form.get_by_label("재고 (지금 센 수량)").fill("-3")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("정수여야 합니다.")).to_be_visible()
    await keep(screen, "stock-10-edit-wrong")
    await form.get_by_label("재고 (지금 센 수량)").fill("4")
    await form.get_by_label("판매중지", exact=True).check()
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("바뀐 SKU 1개")).to_be_visible()
    await form.get_by_role("button", name="지금 맞추기").click()
    await expect(form.get_by_text("티몬에서 숨겼습니다")).to_be_visible()
    await keep(screen, "stock-11-stopped")
    await close(form)
    await keep(screen, "stock-12-told")
