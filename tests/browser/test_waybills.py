"""Files of waybills in the real playground: the form, the preview, the result."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, go_to, keep, send, set_up

pytestmark = pytest.mark.browser

NUMBER = "6001-0020-0300"


async def test_many_waybills_are_registered_from_a_file(screen: Screen, tmp_path: Path) -> None:
    page = screen.page
    await _set_up_to_ship(page)
    dialog = page.get_by_role("dialog")
    await send(page, "/tmon 송장")
    await expect(dialog.get_by_role("button", name="배송용 파일 받기")).to_be_visible()
    await keep(screen, "waybills-waiting")
    await dialog.get_by_role("button", name="송장 등록 양식 받기").click()
    await expect(dialog.last).to_contain_text("다이렉트 메시지로 보냈습니다")
    await _close_all(page)
    filled = await _fill(page, tmp_path / "waybills.xlsx")

    await go_to(page, "주문-알림")
    await send(page, "/tmon 송장")
    await dialog.get_by_role("button", name="송장 파일 올리기").click()
    form = page.get_by_role("dialog", name="송장 파일 올리기")
    await form.locator("input[type=file]").set_input_files(filled)
    await form.get_by_role("button", name="미리보기").click()
    await expect(form).to_contain_text("등록할 행 1")
    await expect(form).to_contain_text("오류 1")
    await expect(form).to_contain_text("오류가 있는 행은 보내지 않습니다")
    await keep(screen, "waybills-preview")
    await form.get_by_role("button", name="송장 등록하기").click()
    await expect(form).to_contain_text("성공 1")
    await expect(form).to_contain_text("오류 1 (보내지 않음)")
    await expect(form.get_by_role("button", name="문제 행 받기")).to_be_visible()
    await keep(screen, "waybills-result")


async def _set_up_to_ship(page: Page) -> None:
    """Registers the store, and waits until its orders are there and its carriers were asked for."""
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    await page.get_by_role("tab", name="티몬 샌드박스").click()
    await expect(page.get_by_text("GET /codes").first).to_be_attached()


async def _fill(page: Page, path: Path) -> Path:
    """Downloads the form from the direct messages, and fills one row rightly and one wrongly."""
    await go_to(page, "티몬 주문봇")
    async with page.expect_download() as download:
        await page.locator("#messages a[download]").last.click()
    await (await download.value).save_as(path)
    book = load_workbook(path)
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row, number in ((2, NUMBER), (3, "없음")):
        sheet.cell(row, columns["택배사"], "CJ대한통운")
        sheet.cell(row, columns["송장번호"], number)
    book.save(path)
    return path


async def _close_all(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    while await dialog.count():
        await page.keyboard.press("Escape")
        await page.wait_for_timeout(300)
