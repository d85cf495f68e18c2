"""Claims in the real playground: their cards, their forms, and how they end."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import keep, message, press_on_desk, send, set_up

pytestmark = pytest.mark.browser

ALWAYS = ["자세히", "다시 확인", "목록 보기"]
BUTTONS = {
    "취소 요청": ["취소 승인", "취소 거부", *ALWAYS],
    "반품 요청": ["반품 승인", "반품 거부", "수거지 보기", *ALWAYS],
    "교환 요청": ["반송장 등록", "교환 보류", "재발송 송장 등록", "교환 거부", "수거지 보기", *ALWAYS],
    "재배송 요청": ["재배송 송장 등록", "재배송 거부", *ALWAYS],
}
FORMS = {
    "취소 거부": ["택배사", "송장번호", "확인"],
    "반품 승인": ["택배사", "반송장번호"],
    "반품 거부": ["거부 사유", "거부 상세"],
    "반송장 등록": ["택배사", "반송장번호"],
    "교환 보류": ["보류 사유", "보류 상세", "택배사", "반송장번호"],
    "재발송 송장 등록": ["택배사", "송장번호"],
    "교환 거부": ["거부 사유", "거부 상세"],
    "재배송 송장 등록": ["택배사", "송장번호"],
    "재배송 거부": ["거부 사유", "거부 상세"],
}
"""The inputs of each form, by its title, which is also the button that opens it and the one that submits it."""
LOOKED_AT = ("취소 거부", "반품 승인", "교환 보류", "재배송 송장 등록")
"""One form of each shape."""
WHY = "반품 상품이 아직 도착하지 않았습니다"


async def test_each_claim_has_its_card_and_its_forms(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await _ask(page)
    for kind, buttons in BUTTONS.items():
        card = _card(page, kind)
        await expect(card).to_contain_text("까지")
        shown = await card.get_by_role("button").all_inner_texts()
        assert [label for label in shown if label and label != "사진 보기"] == buttons
        await card.get_by_role("button", name="목록 보기").scroll_into_view_if_needed()
        await keep(screen, f"claims-card-{list(BUTTONS).index(kind)}")
    form = page.get_by_role("dialog")
    for number, (name, fields) in enumerate(FORMS.items()):
        kind = next(kind for kind, buttons in BUTTONS.items() if name in buttons)
        await _press(page, kind, name)
        await expect(form.get_by_role("heading", name=name)).to_be_visible()
        labels = await form.locator(".label, legend").all_inner_texts()
        assert [label.partition(" (")[0].strip() for label in labels if label.strip()] == fields
        await expect(form.get_by_role("button", name=name)).to_be_visible()
        if name in LOOKED_AT:
            await keep(screen, f"claims-form-{number}")
        await _close(page, form)


async def test_claims_are_decided_from_their_cards_and_end_as_tmon_says(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await _ask(page)
    dialog = page.get_by_role("dialog")

    await _press(page, "취소 요청", "취소 승인")
    await expect(dialog).to_contain_text("되돌릴 수 없습니다")
    await dialog.get_by_role("button", name="취소 승인").click()
    await expect(_card(page, "취소 요청")).to_contain_text("@김민지 승인")
    await expect(_card(page, "취소 요청")).to_contain_text("취소 요청 · 완료")

    await _press(page, "반품 요청", "반품 거부")
    await dialog.get_by_label("거부 사유").select_option(index=1)
    await dialog.get_by_label("거부 상세").fill("짧음")
    await dialog.get_by_role("button", name="반품 거부").click()
    await expect(dialog.get_by_role("alert").filter(has_text="10~50자")).to_be_visible()
    await expect(dialog.get_by_label("거부 상세")).to_have_value("짧음")
    await keep(screen, "claims-form-wrong")
    await dialog.get_by_label("거부 상세").fill(WHY)
    await dialog.get_by_role("button", name="반품 거부").click()
    await expect(dialog).to_contain_text("거부했습니다")
    await _close(page, dialog)
    await expect(_card(page, "반품 요청")).to_contain_text("⛔")

    await _press(page, "교환 요청", "교환 보류")
    await dialog.get_by_label("보류 사유").select_option(index=1)
    await dialog.get_by_label("보류 상세").fill(WHY)
    await dialog.get_by_role("button", name="교환 보류").click()
    await expect(dialog).to_contain_text("보류")
    await _close(page, dialog)
    held = _card(page, "교환 요청")
    await expect(held.get_by_role("button", name="보류 해제")).to_be_visible()
    await expect(held).to_contain_text("까지 · 보류")

    await _press(page, "재배송 요청", "재배송 송장 등록")
    carrier = dialog.get_by_label("택배사")
    await carrier.fill("cj")
    await page.get_by_role("option", name="CJ대한통운").click()
    await dialog.get_by_label("송장번호").fill("6001-0040-0001")
    await dialog.get_by_role("button", name="재배송 송장 등록").click()
    await expect(dialog).to_contain_text("✅")
    await _close(page, dialog)
    await expect(_card(page, "재배송 요청")).to_contain_text("재배송 송장 CJ대한통운 6001-0040-0001")
    await keep(screen, "claims-decided")

    await press_on_desk(page, "클레임 철회")
    await expect(held).to_contain_text("구매자가 요청을 철회했습니다")
    await press_on_desk(page, "취소 요청")
    late = _card(page, "취소 요청")
    await expect(late.get_by_role("button", name="취소 승인")).to_be_visible()
    await press_on_desk(page, "하루 지나기")
    await press_on_desk(page, "하루 지나기")
    await expect(late).to_contain_text("취소 요청 · 티몬 자동환불")
    await late.get_by_role("button", name="다시 확인").click()
    await expect(message(page, "방금 티몬에 다시 확인했습니다")).to_contain_text("티몬 자동환불")
    await keep(screen, "claims-ended")

    await send(page, "/tmon 클레임")
    await expect(dialog).to_contain_text("처리할 클레임이 없습니다")
    await dialog.get_by_label("보기").select_option(label="끝난 클레임")
    await expect(dialog.get_by_text("취소 요청 · 티몬 자동환불")).to_be_visible()
    await keep(screen, "claims-list")


async def _ask(page: Page) -> None:
    """A buyer asks for each kind of claim."""
    for kind in BUTTONS:
        await press_on_desk(page, kind)
        await page.wait_for_timeout(300)
    for kind in BUTTONS:
        await expect(_card(page, kind)).to_be_visible()


def _card(page: Page, kind: str) -> Locator:
    return message(page, f"{kind} · ", "클레임")


async def _press(page: Page, kind: str, name: str) -> None:
    await _card(page, kind).get_by_role("button", name=name).click()


async def _close(page: Page, dialog: Locator) -> None:
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
