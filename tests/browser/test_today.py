"""오늘 할 일 in the real playground: the home tab at the start, in mid-set-up and on a busy morning; and charts of reports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from bot.playground.slack.demo import ORDERS
from tests.browser.conftest import PHONE, Playground, Screen, opened
from tests.browser.page_driver import STORE, close, follow, go_home, go_to, keep, press_on_desk, send

pytestmark = pytest.mark.browser


async def test_from_an_empty_tab_over_every_step_to_a_busy_morning(screen: Screen, tmp_path: Path) -> None:
    page = screen.page
    home = await go_home(page)
    await expect(home.get_by_text("API 인증 Key 등록")).to_be_visible()
    await keep(screen, "today-01-start")
    await home.get_by_role("button", name="스토어 등록 시작").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("판매자 ID").fill(STORE.partner_id)
    await form.get_by_label("스토어명").fill(STORE.name)
    await form.get_by_label("API 인증 Key").fill(STORE.token)
    await form.get_by_role("button", name="다음").click()
    await expect(form.get_by_label("담당자명")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    await expect(home.get_by_role("button", name="이어서 설정")).to_be_visible()
    await keep(screen, "today-02-draft")
    await home.get_by_role("button", name="이어서 설정").click()
    await form.get_by_role("button", name="다음").click()
    await form.get_by_label("알림 채널").select_option(label="#주문-알림")
    await form.get_by_role("button", name="저장하기").click()
    await expect(form.get_by_text("다음 단계 (3/5 완료)")).to_be_visible()
    await keep(screen, "today-03-result")
    await close(form)
    await expect(home.get_by_role("button", name="주소록 가져오기")).to_be_visible()
    await keep(screen, "today-04-mid-setup")
    await home.get_by_role("button", name="주소록 가져오기").click()
    await expect(form.get_by_text("개를 가져왔습니다")).to_be_visible()
    await close(form)
    await home.get_by_role("button", name="배송 템플릿 가져오기").click()
    await expect(form.get_by_text("개를 가져왔습니다")).to_be_visible()
    await close(form)
    await expect(home.get_by_text("스토어 시작하기")).to_have_count(0)

    await press_on_desk(page, "주문 60건")
    tiles = home.locator(".block-actions").first
    await refreshed(home, tiles.get_by_role("button", name="발주 대기 63"))
    for button in (*["하루 지나기"] * 4, "취소 요청", "반품 요청", "상품문의", "CS문의"):
        await press_on_desk(page, button)
        await page.wait_for_timeout(2_000 if button == "하루 지나기" else 300)  # the report of each day is posted on it
    await refreshed(home, tiles.get_by_role("button", name=re.compile(r"미답변 [4-9]")))
    await keep(screen, "today-05-busy", at=home.get_by_role("heading", name="오늘 할 일"))
    for tile, title in (
        ("발주 대기", "주문 목록"),
        ("발송 대기", "주문 목록"),
        ("취소/반품/교환", "클레임 목록"),
        ("미답변", "문의 목록"),
        ("지연", "지연"),
    ):
        await tiles.get_by_role("button", name=tile).click()
        await expect(form).to_be_visible()
        await expect(form.get_by_role("heading", level=2)).to_contain_text(title)
        await screen.keep(f"today-06-list-{tile.replace('/', '-')}")
        await close(form)

    await go_to(page, "주문-알림")
    reports = page.locator("#messages .message").filter(has_text="일일 리포트")
    report = reports.filter(has_text=re.compile(r"새 주문 6\d건")).last
    await keep(screen, "today-07-report", at=report.locator("figure.chart"))
    await send(page, "/tmon 리포트")
    await form.locator("[data-submit]").click()
    await form.get_by_role("button", name="엑셀 받기").click()
    await expect(form.get_by_text("다이렉트 메시지")).to_be_visible()
    await keep(screen, "today-08-export-sent")
    for _ in range(2):
        await page.keyboard.press("Escape")
        await page.wait_for_timeout(500)
    await expect(form).to_have_count(0)
    await go_to(page, "티몬 주문봇")
    await follow(page, page.get_by_role("link", name="메시지", exact=True))
    async with page.expect_download() as download:
        await page.locator("#messages a[download]").last.click()
    path = tmp_path / "report.xlsx"
    await (await download.value).save_as(path)
    assert path.read_bytes().startswith(b"PK")
    await keep(screen, "today-09-export")


async def refreshed(home: Locator, until: Locator) -> None:
    """Presses 새로고침 until something has arrived."""
    for _ in range(60):
        await home.get_by_role("button", name="새로고침").click()
        await home.page.wait_for_timeout(500)
        if await until.count():
            return
    await expect(until).to_be_visible()


def chart(kind: str) -> dict[str, object]:
    """A chart of three weeks, day by day."""
    days = [f"3/{day} (화)" for day in range(1, 15)]
    series = [
        {"name": name, "data": [{"label": day, "value": (place * factor) % 37} for place, day in enumerate(days)]}
        for name, factor in (("새 주문", 7), ("발송", 5))
    ]
    made = {"type": kind, "series": series, "axis_config": {"categories": days, "y_label": "건"}}
    return {"type": "data_visualization", "title": "최근 2주 주문", "chart": made}


@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_charts_are_drawn_with_their_numbers(size: str, browser: Browser, playground: Playground) -> None:
    segments = [{"label": "수건", "value": 30}, {"label": "컵", "value": 12}, {"label": "접시", "value": 3}]
    pie = {"type": "data_visualization", "title": "상품별", "chart": {"type": "pie", "segments": segments}}
    blocks = [chart("bar"), chart("line"), chart("area"), pie]
    async with opened(browser, playground.url, PHONE, touch=True) as screen:
        page = screen.page
        if size == "desktop":
            await page.set_viewport_size({"width": 1280, "height": 800})
        playground.workspace.conversations.add_message(
            ORDERS, playground.workspace.bot_user_id, "리포트", blocks=blocks
        )
        figures = page.locator("#messages figure.chart")
        await expect(figures).to_have_count(4)
        for place, kind in enumerate(("bar", "line", "area", "pie")):
            figure = figures.nth(place)
            await figure.scroll_into_view_if_needed()
            await screen.keep(f"chart-{kind}-{size}")
        await figures.first.get_by_text("표로 보기").click()
        await expect(figures.first.get_by_role("cell", name="35", exact=True).first).to_be_visible()
        await screen.keep(f"chart-table-{size}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
