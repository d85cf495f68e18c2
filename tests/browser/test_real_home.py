"""The bot's own home tab and its upload of SKUs, in the real playground."""

from __future__ import annotations

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import STORE, go_home, keep, set_up

pytestmark = pytest.mark.browser

ROWS = "SKU,상품명,재고\nA-1,컵,3\n".encode("cp949")


async def test_from_the_home_tab_to_an_uploaded_list(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    home = await go_home(page)
    await expect(home.get_by_text(STORE.name, exact=True).last).to_be_visible()
    await keep(screen, "real-home")
    await home.get_by_role("button", name="재고").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="파일").first.click()
    await form.locator("input[type=file]").set_input_files(
        FilePayload(name="재고.csv", mimeType="text/csv", buffer=ROWS)
    )
    await expect(form.get_by_text("재고.csv")).to_be_visible()
    await keep(screen, "real-upload")
    await form.locator("[data-submit]").click()
    await expect(form.get_by_text("새 SKU 1개")).to_be_visible()
    await keep(screen, "real-uploaded")
