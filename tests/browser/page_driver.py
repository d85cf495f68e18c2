"""What a person does on the page of the whole playground, and the pictures that are kept of it."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from bot.playground.tmon import DEMO_PARTNERS
from tests.browser.conftest import DESKTOP, PHONE, Screen

STORE = DEMO_PARTNERS[0]


async def keep(screen: Screen, name: str, *, phone_tab: str = "chat", at: Locator | None = None) -> None:
    """Screenshots of a station, on a desktop and on a phone, there with one of the tabs at the bottom. `at`: scrolled to."""
    page = screen.page
    if at is not None:
        await at.scroll_into_view_if_needed()
    await screen.keep(f"{name}-desktop")
    await page.set_viewport_size(PHONE)
    await page.evaluate("tab => document.querySelector(`.bottom [data-tab=${tab}]`).click()", phone_tab)
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if at is not None:
        await at.scroll_into_view_if_needed()
    await screen.keep(f"{name}-phone")
    await page.set_viewport_size(DESKTOP)


async def send(page: Page, text: str) -> None:
    """Types a line and sends it."""
    await page.locator("#composer").fill(text)
    await page.keyboard.press("Enter")


async def follow(page: Page, link: Locator) -> None:
    """Follows a link to another page and waits until its scripts run: what is pressed before that is lost."""
    async with page.expect_event("load"):
        await link.click()


async def become(page: Page, name: str) -> None:
    """Looks through the eyes of somebody else."""
    await page.locator("#me").click()
    await follow(page, page.get_by_role("menuitem", name=name))
    await expect(page.locator("#me")).to_contain_text(name)


async def go_to(page: Page, room: str) -> None:
    """Opens a channel, or the bot's direct messages."""
    await follow(page, page.get_by_role("navigation", name="채널").get_by_role("link", name=room))
    await expect(page.get_by_role("heading", level=1, name=room)).to_be_visible()


async def go_home(page: Page) -> Locator:
    """Opens the bot's home tab."""
    await go_to(page, "티몬 주문봇")
    await follow(page, page.get_by_role("link", name="홈", exact=True))
    return page.get_by_role("region", name="홈")


async def press_on_desk(page: Page, label: str) -> None:
    """Presses a button of the panel on the sandbox."""
    await page.get_by_role("tab", name="티몬 샌드박스").click()
    await page.get_by_role("tabpanel", name="티몬 샌드박스").get_by_role("button", name=label).click()


def message(page: Page, *texts: str) -> Locator:
    """The newest message with all of these texts."""
    found = page.locator("#messages .message")
    for text in texts:
        found = found.filter(has_text=text)
    return found.last


def cards(page: Page) -> Locator:
    """The cards of orders that wait."""
    return page.locator("#messages .message").filter(has=page.get_by_role("button", name="발주 보류"))


async def set_up(page: Page) -> None:
    """Registers the first demo store by its name, with nothing else but what is needed."""
    await send(page, "/tmon setup")
    form = page.get_by_role("dialog")
    await form.get_by_label("판매자 ID").fill(STORE.partner_id)
    await form.get_by_label("스토어명").fill(STORE.name)
    await form.get_by_label("API 인증 Key").fill(STORE.token)
    await form.get_by_role("button", name="다음").click()
    await form.get_by_role("button", name="기본값으로 바로 시작").click()
    await expect(form.get_by_text("승인 완료")).to_be_visible()
    await close(form)


async def close_top(form: Locator) -> None:
    """Closes the modal on top: what is pressed next is pressed in the one beneath it."""
    view = await form.get_attribute("data-view")
    await form.get_by_role("button", name="닫기").last.click()
    await expect(form.page.locator(f'dialog[data-view="{view}"]')).to_have_count(0)


async def close(form: Locator) -> None:
    """Closes the modal, which had no other beneath it."""
    await close_top(form)
    await expect(form).to_have_count(0)
