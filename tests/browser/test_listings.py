"""Products by sheet in the real playground: the form, the preview, one product, the result, the rows with problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, close_top, go_to, keep, message, send, set_up
from tests.tmon.listings import sheets
from tmon.listings.fields import F, O, Tab, part
from tmon.listings.sheet.layouts import TAB_NAMES, TITLES

pytestmark = pytest.mark.browser

LONG = "가을 한정 가상브랜드 데일리 소프트 코튼 티셔츠 오버핏 남녀공용 빅사이즈"


async def test_products_are_registered_and_changed_from_a_file(screen: Screen, tmp_path: Path) -> None:
    page = screen.page
    await _set_up_to_register(page)
    form, book = await _form(screen, tmp_path / "form.xlsx")
    choices = [str(cell.value) for column in book["목록"].columns for cell in column if cell.value]
    template = next(choice for choice in choices if choice.startswith("DP07 "))
    category = next(choice for choice in choices if "> 양말 (" in choice)

    deals = [_deal(f"A-{number}", category, template) for number in range(1, 11)]
    deals[1][F.TITLE] = f"{LONG} 금칙어"
    deals[2][F.TITLE] = None
    rows = [option for deal in deals for option in _options(str(deal["number"]))]
    rows[5][O.PRICE] = "만 오천원"
    await _upload(page, form, _written(book, deals, rows, tmp_path / "new.xlsx"))
    dialog = page.get_by_role("dialog", name="상품 파일 올리기")
    await expect(dialog).to_contain_text("새로 등록 9 · 변경 0 · 변경 없음 0 · 오류 1")
    await expect(dialog).to_contain_text("출고지 한빛리빙 출고지")
    await keep(screen, "listing-02-preview-new")
    await dialog.get_by_role("button", name="자세히").nth(1).click()
    await expect(dialog).to_contain_text("고시 내용: 제품 소재")
    await keep(screen, "listing-03-one-product")
    await dialog.get_by_role("button", name="이전").click()
    await dialog.get_by_role("button", name="9건 등록하기").click()
    await expect(dialog).to_contain_text("등록 완료 8 · 실패 1 · 오류 1 (보내지 않음)")
    await expect(dialog).to_contain_text("티몬이 거절했습니다")
    await keep(screen, "listing-04-result")
    await dialog.get_by_role("button", name="문제 행 받기").click()
    await expect(page.get_by_role("dialog").last).to_contain_text("다이렉트 메시지로 보냈습니다")
    await _close_all(page)
    await _see_problems(page, tmp_path / "problems.xlsx")

    deals, rows = deals[:1] + deals[3:5], rows[:2] + rows[6:10]
    deals[0] |= {F.TITLE: LONG, F.KEYWORDS: "반팔, 면, 데일리", F.DETAIL: "<p>새 설명</p>" * 50, F.MOST: 5}
    rows[0][O.PRICE], rows[1][O.PRICE], rows[3][O.PRICE] = 17_900, 1_590, 16_900
    del rows[2:3]
    await _upload(page, form, _written(book, [deals[0], deals[1]], rows[:3], tmp_path / "changed.xlsx"))
    await expect(dialog).to_contain_text("변경 2")
    await expect(dialog).to_contain_text("가격이 50% 넘게 바뀌는 옵션 1개")
    await keep(screen, "listing-05-preview-changes")
    await dialog.get_by_label("⚠️로 표시한 가격을 확인했습니다.").check()
    await dialog.get_by_role("button", name="2건 반영하기").click()
    await expect(dialog).to_contain_text("변경 완료 2")
    await keep(screen, "listing-06-result-changes")


def _deal(number: str, category: str, template: str) -> dict[str, object]:
    return sheets.deal(number, **{F.CATEGORY: category, F.TEMPLATE: template, F.CARRIER: "CJ대한통운"})


def _options(number: str) -> list[dict[str, object]]:
    return [sheets.option(number, f"{number}-{size}", **{part(O.SECTIONS, 2): size}) for size in ("M", "L")]


async def _set_up_to_register(page: Page) -> None:
    """Registers the store, imports its addresses and templates, and waits until its carriers were asked for."""
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    await page.get_by_role("tab", name="티몬 샌드박스").click()
    await expect(page.get_by_text("GET /codes").first).to_be_attached()
    await send(page, "/tmon templates")
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="주소록부터 가져오기").click()
    await form.get_by_role("button", name="가져오기", exact=True).click()
    await expect(form).to_contain_text("개를 가져왔습니다")
    await _close_all(page)


async def _form(screen: Screen, path: Path) -> tuple[Locator, Any]:
    """상품 등록 양식 받기 and its download; the dialog and the workbook."""
    page = screen.page
    await send(page, "/tmon 상품")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="상품 파일 올리기")).to_be_visible()
    await keep(screen, "listing-01-list")
    await dialog.get_by_role("button", name="상품 등록 양식 받기").click()
    await expect(dialog.last).to_contain_text("다이렉트 메시지로 보냈습니다")
    await _close_all(page)
    await _download(page, path)
    return dialog, load_workbook(path)


async def _download(page: Page, path: Path) -> None:
    await go_to(page, "티몬 주문봇")
    async with page.expect_download() as download:
        await page.locator("#messages a[download]").last.click()
    await (await download.value).save_as(path)


def _written(book: Any, deals: list[dict[str, object]], rows: list[dict[str, object]], path: Path) -> Path:
    """The form filled in, below its examples."""
    for tab, given in ((Tab.DEALS, deals), (Tab.OPTIONS, rows)):
        sheet = book[TAB_NAMES[tab]]
        for line in range(20, 60):
            for column in range(1, len(TITLES[tab]) + 1):
                sheet.cell(line, column).value = None
        for line, row in enumerate(given, 20):
            for column, name in enumerate(TITLES[tab], 1):
                sheet.cell(line, column).value = row.get(name)
    book.save(path)
    return path


async def _upload(page: Page, dialog: Locator, path: Path) -> None:
    await go_to(page, "주문-알림")
    await send(page, "/tmon 상품")
    await dialog.get_by_role("button", name="상품 파일 올리기").click()
    form = page.get_by_role("dialog", name="상품 파일 올리기")
    await form.locator("input[type=file]").set_input_files(path)
    await form.get_by_role("button", name="미리보기").click()


async def _see_problems(page: Page, path: Path) -> None:
    await _download(page, path)
    await expect(message(page, "거절한 상품 2개의 행입니다")).to_be_visible()
    sheet = load_workbook(path)["상품"]
    header, *lines = [[cell.value for cell in row] for row in sheet.rows]
    assert [line[header.index("결과")] for line in lines] == ["실패", "오류"]


async def _close_all(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    while await dialog.count():
        await close_top(dialog.last)
