"""One product's page and its forms in the real playground: taken over, repriced, paused."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, close_top, keep, send, set_up

pytestmark = pytest.mark.browser


async def test_a_product_is_taken_over_repriced_and_paused(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    await page.locator("#messages").get_by_role("button", name="상품 보기").first.click()
    form = page.get_by_role("dialog", name="상품", exact=True)
    await expect(form.get_by_text("읽은 내용입니다.")).to_be_visible()
    await expect(form.get_by_text("읽고 있습니다.")).to_have_count(0)
    await expect(form.locator("figure")).to_have_count(1)
    await keep(screen, "product-01-not-managed")
    await keep(screen, "product-02-below", at=form.get_by_text("답변할 문의"))
    await _take_over(screen, form)
    await _reprice(screen)
    await _forms(screen)
    await _pause(screen)
    await _percentage(screen)


async def _take_over(screen: Screen, form: Locator) -> None:
    page = screen.page
    await form.get_by_role("button", name="가져와서 관리").click()
    mapping = page.get_by_role("dialog", name="가져와서 관리")
    await expect(mapping.get_by_label("판매자 상품번호")).to_be_visible()
    await mapping.get_by_label("판매자 상품번호").fill("수건-1")
    await keep(screen, "product-03-take-over")
    await mapping.get_by_role("button", name="가져와서 관리").click()
    await expect(form.get_by_text("이제 이 봇에서 관리합니다.")).to_be_visible()
    await keep(screen, "product-04-managed")


async def _reprice(screen: Screen) -> None:
    page = screen.page
    page_of_product = page.get_by_role("dialog", name="상품", exact=True)
    await page_of_product.get_by_role("button", name="가격 변경").click()
    prices = page.get_by_role("dialog", name="가격 변경")
    await expect(prices.get_by_label("비율(%)")).to_be_visible()
    await keep(screen, "product-05-prices")
    await prices.get_by_role("button", name="미리보기").click()
    await expect(prices.get_by_text("바뀐 것이 없습니다.")).to_be_visible()
    await keep(screen, "product-06-nothing-changed")
    await prices.get_by_label("비율(%)").fill("-60")
    await prices.get_by_role("button", name="미리보기").click()
    preview = page.get_by_role("dialog").last
    await expect(preview).to_contain_text("-60.0%")
    await keep(screen, "product-07-price-preview")
    await preview.get_by_role("checkbox").check()
    await preview.get_by_role("button", name="1건 반영하기").click()
    await expect(page.get_by_role("dialog").last).to_contain_text("변경 완료 1")
    await keep(screen, "product-08-result")
    await _close_all(page)


async def _open(page: Page) -> Locator:
    await page.locator("#messages").get_by_role("button", name="상품 보기").first.click()
    form = page.get_by_role("dialog", name="상품", exact=True)
    await expect(form.get_by_text("읽은 내용입니다.")).to_be_visible()
    await expect(form.get_by_text("읽고 있습니다.")).to_have_count(0)
    return form


async def _forms(screen: Screen) -> None:
    page = screen.page
    form = await _open(page)
    await keep(screen, "product-09-changed", at=form.get_by_text("최근 변경"))
    for number, (name, label) in enumerate(
        (("옵션 추가", "판매자 옵션번호"), ("내용 변경", "상품명"), ("판매기간 연장", "또는 기간으로")), 10
    ):
        await form.get_by_role("button", name=name).click()
        shown = page.get_by_role("dialog", name=name)
        await expect(shown.get_by_text(label).first).to_be_visible()
        await keep(screen, f"product-{number}-form")
        await shown.get_by_role("button", name="이전").click()
        await expect(form.get_by_role("button", name=name)).to_be_visible()


async def _pause(screen: Screen) -> None:
    page = screen.page
    form = page.get_by_role("dialog", name="상품", exact=True)
    await _press_pause(form)
    await page.get_by_role("button", name="재고연동 API 켜기").click()
    await page.get_by_role("button", name="저장하기").click()
    await expect(page.get_by_text("저장했습니다.")).to_be_visible()
    await _close_all(page)
    form = await _open(page)
    await _press_pause(form)
    await expect(form.get_by_role("button", name="판매 재개")).to_be_visible()
    await expect(form).to_contain_text("완료")
    await keep(screen, "product-14-paused")
    await _close_all(page)


async def _press_pause(form: Locator) -> None:
    await form.get_by_role("button", name="판매 일시중지").click()
    ask = form.page.locator("#confirm")
    await expect(ask).to_contain_text("판매를 멈출까요?")
    await ask.locator("[data-agree]").click()


async def _percentage(screen: Screen) -> None:
    page = screen.page
    await send(page, "/tmon products")
    form = page.get_by_role("dialog", name="상품", exact=True)
    await expect(form.get_by_role("button", name="선택한 상품 가격 변경")).to_be_visible()
    await keep(screen, "product-15-list", at=form.get_by_role("button", name="선택한 상품 가격 변경"))
    await form.get_by_role("button", name="선택한 상품 가격 변경").click()
    percent = page.get_by_role("dialog", name="가격 변경")
    await expect(percent.get_by_label("비율(%)")).to_be_visible()
    await keep(screen, "product-16-percentage")


async def _close_all(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    while await dialog.count():
        await close_top(dialog.last)
