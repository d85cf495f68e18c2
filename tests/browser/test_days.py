"""Days that pass in the playground: for TMON, Slack and the bot at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Screen
from tests.browser.page_driver import cards, keep, press_on_desk, set_up

pytestmark = pytest.mark.browser


async def test_the_bot_goes_on_after_days_have_passed(screen: Screen) -> None:
    page = screen.page
    await set_up(page)
    await expect(cards(page)).to_have_count(3)
    before = await page.locator("#messages .message time").last.get_attribute("datetime")
    await press_on_desk(page, "하루 지나기")
    await press_on_desk(page, "하루 지나기")
    await press_on_desk(page, "새 주문")
    await expect(cards(page)).to_have_count(4)
    after = await page.locator("#messages .message time").last.get_attribute("datetime")
    assert before is not None
    assert after is not None
    assert before[:10] < after[:10]
    await keep(screen, "days", phone_tab="desk")
