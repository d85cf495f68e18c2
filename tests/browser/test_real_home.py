"""The bot's own home tab and its upload of SKUs, in the real playground."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, FilePayload, expect

from bot.playground.run import playground as whole_playground
from bot.runtime import Stop
from tests.browser.conftest import DESKTOP, Screen, opened
from tests.browser.test_main_flow import STORE, _register, go_to, keep

pytestmark = pytest.mark.browser

ROWS = "SKU,상품명,재고\nA-1,컵,3\n".encode("cp949")


@pytest.fixture
async def screen(browser: Browser) -> AsyncIterator[Screen]:
    """The page of the playground that `make playground` starts."""
    async with whole_playground("127.0.0.1", 0, Stop()) as url, opened(browser, url, DESKTOP) as shown:
        yield shown


async def test_from_the_home_tab_to_an_uploaded_list(screen: Screen) -> None:
    page = screen.page
    await _register(screen)
    await go_to(page, "티몬 주문봇")
    await page.get_by_role("link", name="홈", exact=True).click()
    home = page.get_by_role("region", name="홈")
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
