"""The bot's home tab and files in forms, on the playground's page in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, expect

from bot.playground.slack.demo import MINJI
from tests.browser.conftest import Playground, Screen
from tests.browser.minimal_bot import EMPTY, home
from tests.browser.test_page import focused, send

pytestmark = pytest.mark.browser

ROWS = "SKU,재고\nA-1,3\n".encode("cp949")


def file(name: str, content: bytes = ROWS) -> FilePayload:
    """A file on the person's disk."""
    return FilePayload(name=name, mimeType="text/csv", buffer=content)


async def open_home(page: Page) -> None:
    await page.get_by_role("navigation", name="채널").get_by_role("link", name="티몬 주문봇").click()
    await page.get_by_role("navigation", name="앱의 탭").get_by_role("link", name="홈").click()
    await expect(page.get_by_role("region", name="홈").get_by_text("마지막 선택: 아직 없음")).to_be_visible()


async def test_the_home_tab_is_beside_the_messages_and_alive(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    await open_home(page)
    home = page.get_by_role("region", name="홈")
    await expect(page.locator("#composer")).to_be_hidden()
    await desktop.keep("home-desktop")
    await home.get_by_label("스토어").select_option("소담마켓")
    await expect(home.get_by_text("마지막 선택: 소담마켓")).to_be_visible()
    await home.get_by_label("날짜 고르기").fill("2026-03-10")
    await expect(home.get_by_text("마지막 선택: 2026-03-10")).to_be_visible()
    await home.get_by_label("시각 고르기").fill("04:30")
    await expect(home.get_by_text("마지막 선택: 04:30")).to_be_visible()
    await home.get_by_role("button", name="더 보기").click()
    await page.get_by_role("menuitem", name="연결 테스트").click()
    await expect(home.get_by_text("마지막 선택: 연결 테스트")).to_be_visible()
    await home.get_by_role("button", name="새로고침").focus()
    await page.keyboard.press("Enter")
    await expect(home.get_by_text("마지막 선택: 새로고침")).to_be_visible()
    assert await focused(page) == "새로고침"

    direct = playground.workspace.conversations.direct(playground.workspace.people[MINJI])
    playground.workspace.conversations.add_message(direct.id, playground.workspace.bot_user_id, "알려 드립니다.")
    entry = page.get_by_role("navigation", name="채널").get_by_role("link", name="티몬 주문봇")
    await expect(entry.locator(".badge")).to_have_text("1")
    await page.get_by_role("link", name="메시지", exact=True).click()
    await expect(page.get_by_text("알려 드립니다.")).to_be_visible()
    await expect(entry.locator(".badge")).to_have_count(0)
    await expect(home).to_be_hidden()


async def test_a_home_tab_that_nobody_draws_says_so(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    await playground.bot.close_async()  # type: ignore[no-untyped-call]
    await page.get_by_role("navigation", name="채널").get_by_role("link", name="티몬 주문봇").click()
    await page.get_by_role("link", name="홈", exact=True).click()
    await expect(page.get_by_text("홈 탭이 아직 비어 있습니다.")).to_be_visible()
    await expect(page.get_by_role("alert").filter(has_text="봇이 Slack에 연결되어 있지 않습니다")).to_be_visible()


async def test_a_file_is_chosen_looked_at_and_sent(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    await send(page, "/tmon upload")
    form = page.get_by_role("dialog", name="재고 올리기")
    one, many = form.get_by_label("재고 파일"), form.get_by_label("사진")
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text("필수 항목입니다.")).to_be_visible()
    await one.set_input_files(file("재고.pdf"))
    await expect(form.get_by_text("csv, xlsx 파일만 올릴 수 있습니다.")).to_be_visible()
    await one.set_input_files(file("큰 파일.csv", b"0" * (10 * 1024 * 1024 + 1)))
    await expect(form.get_by_text("10MB 이하의 파일만 올릴 수 있습니다.")).to_be_visible()
    await desktop.keep("file-desktop-refused")
    await one.set_input_files(file("빈 파일.csv"))
    await expect(form.get_by_text("빈 파일.csv")).to_be_visible()
    await expect(form.get_by_text("15B")).to_be_visible()
    await expect(form.get_by_text("10MB 이하의 파일만 올릴 수 있습니다.")).to_have_count(0)
    await form.get_by_label("메모").fill("3월분")
    await form.get_by_role("button", name="반영하기").click()
    await expect(form.get_by_text(EMPTY)).to_be_visible()
    await form.get_by_role("button", name="빈 파일.csv 빼기").click()
    await one.set_input_files(file("<b>재고</b> 3월.csv"))
    await many.set_input_files([file(f"{number}.png") for number in range(4)])
    await expect(form.get_by_text("최대 3개까지 고를 수 있습니다.")).to_be_visible()
    await expect(form.locator(".chosen li[data-file]")).to_have_count(4)
    await desktop.keep("file-desktop-chosen")
    await form.get_by_role("button", name="1.png 빼기").click()
    await form.get_by_role("button", name="반영하기").click()
    await expect(form).to_have_count(0)
    await page.get_by_role("navigation", name="채널").get_by_role("link", name="티몬 주문봇").click()
    await expect(page.get_by_text("받은 파일: <b>재고</b> 3월.csv, 0.png, 2.png (15바이트)")).to_be_visible()


async def test_a_file_of_a_disk_is_sent_from_a_phone(phone: Screen, tmp_path: Path) -> None:
    page = phone.page
    path = tmp_path / "재고.csv"
    path.write_bytes(ROWS * 100)
    await send(page, "/tmon upload")
    form = page.get_by_role("dialog", name="재고 올리기")
    async with page.expect_file_chooser() as chooser:
        await form.get_by_text("파일 선택").first.click()
    await (await chooser.value).set_files(path)
    await expect(form.get_by_text("재고.csv", exact=True)).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await phone.keep("file-phone-chosen")
    await form.get_by_role("button", name="반영하기").click()
    await expect(form).to_have_count(0)
    await page.get_by_role("button", name="채널 목록 열기").click()
    await open_home(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await phone.keep("home-phone")


async def test_the_desk_shows_stock_and_fails_at_it(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    await page.get_by_role("tab", name="티몬 샌드박스").click()
    panel = page.get_by_role("tabpanel", name="티몬 샌드박스")
    await panel.get_by_role("button", name="옵션 변경 실패").click()
    await expect(panel.get_by_role("status")).to_contain_text("옵션 변경 실패")
    await desktop.keep("desk-desktop-stock")
    await panel.get_by_role("button", name="옵션 변경 정상으로").click()
    await panel.get_by_role("button", name="제안된 호출 없음").click()
    await expect(panel.get_by_role("status")).to_contain_text("제안된 호출 없음")
    await panel.get_by_role("button", name="제안된 호출 켜기").click()
    await expect(panel.get_by_role("status")).to_contain_text("정상")
    first = panel.locator("#desk-deals li").first
    deal = next(iter(playground.sandbox.deals.values()))
    left = sum(option.stock for option in deal.options.values())
    await first.get_by_role("button", name="재고 +5").click()
    await expect(first).to_contain_text(f"{left + 5:,}개")
    await first.get_by_role("button", name="일시 중지").click()
    await first.get_by_role("button", name="판매 재개").scroll_into_view_if_needed()
    await desktop.keep("desk-desktop-by-hand")
    await first.get_by_role("button", name="판매 재개").click()
    await expect(first.get_by_role("button", name="일시 중지")).to_be_visible()
    for deal in playground.sandbox.deals.values():
        for option in deal.options.values():
            option.stock = 0
    await panel.get_by_role("button", name="새 주문").click()
    await expect(panel.get_by_text("팔 수 있는 상품이 없습니다.")).to_be_visible()
    await expect(panel.locator("#desk-deals li").first).to_contain_text("0개")


async def test_a_button_that_is_drawn_anew_while_it_is_pressed_hears_the_press(
    desktop: Screen, playground: Playground
) -> None:
    page = desktop.page
    await open_home(page)
    region = page.get_by_role("region", name="홈")
    await region.get_by_role("button", name="새로고침").hover()
    await page.mouse.down()
    await playground.bot.app.client.views_publish(user_id=MINJI, view=home("한빛리빙"))
    await page.wait_for_timeout(500)
    await page.mouse.up()
    await expect(region.get_by_text("마지막 선택: 새로고침")).to_be_visible()
