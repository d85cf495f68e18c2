"""The pictures of the README, taken from the playground: `python -m tests.browser.pictures`."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from playwright.async_api import Page, ViewportSize, async_playwright

from bot.playground.run import playground
from bot.runtime import ShutdownSignal
from tests.browser.conftest import FLAGS, PHONE
from tests.browser.page_driver import close, go_home, go_to, press_on_desk, send

DOCS = Path(__file__).parents[2] / "docs"
WINDOW = ViewportSize(width=1000, height=640)


async def take(page: Page, name: str) -> None:
    """Take a picture once what moves has come to rest."""
    await page.wait_for_timeout(500)
    await page.screenshot(path=DOCS / f"{name}.png", animations="disabled")


async def set_up(page: Page) -> None:
    """Register the next example store; the first time with a picture of the form."""
    await send(page, "/tmon 설정")
    form = page.get_by_role("dialog")
    await form.get_by_role("heading").first.wait_for()
    if await form.get_by_role("button", name="새 스토어 등록").count():
        await form.get_by_role("button", name="새 스토어 등록").click()
    await form.get_by_role("button", name="예시 값 채우기").click()
    await page.wait_for_timeout(800)
    await form.get_by_role("button", name="다음").click()
    await form.get_by_role("button", name="기본값으로 바로 시작").wait_for()
    await take(page, "setup")
    await form.get_by_role("button", name="기본값으로 바로 시작").click()
    await form.get_by_text("승인 완료").wait_for()
    await close(form)


async def main() -> None:
    """Live through a morning and take the pictures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    async with playground("127.0.0.1", 0, ShutdownSignal()) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = await browser.new_context(viewport=WINDOW, locale="ko-KR", timezone_id="Asia/Seoul")
        page = await context.new_page()
        await page.goto(url)
        await set_up(page)
        await page.wait_for_timeout(6000)
        await press_on_desk(page, "주문 60건")
        await page.get_by_role("button", name="일괄 발주확인").wait_for()
        await page.locator("[data-panel-toggle]").click()
        await take(page, "batch")
        await page.set_viewport_size(PHONE)
        await send(page, "/tmon 주문")
        await page.get_by_role("dialog").get_by_role("button", name="발주확인").first.wait_for()
        await take(page, "phone")
        await close(page.get_by_role("dialog"))
        await page.set_viewport_size(WINDOW)
        await page.locator("[data-panel-toggle]").click()
        await press_on_desk(page, "취소 요청")
        await page.get_by_role("button", name="취소 승인").wait_for(timeout=60_000)
        await page.locator("[data-panel-toggle]").click()
        await take(page, "claim")
        await page.locator("[data-panel-toggle]").click()
        await press_on_desk(page, "API 키 폐기")
        await page.get_by_role("button", name="설정 수정").first.wait_for()
        await page.locator("[data-panel-toggle]").click()
        await take(page, "incident")
        await go_home(page)
        await page.wait_for_timeout(2000)
        await take(page, "home")
        await go_to(page, "주문-알림")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
