"""What people of Slack take for granted: Escape, the time on hover, unread marks, a dark screen, a spoken list."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from bot.playground.slack.demo import GENERAL, JUNHO, MINJI, ORDERS
from tests.browser.conftest import DESKTOP, PHONE, Playground, Screen, opened
from tests.browser.page_driver import send

pytestmark = pytest.mark.browser


async def test_escape_leaves_one_view_at_a_time_and_never_a_dead_page(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    dialog = page.get_by_role("dialog")
    for _ in range(2):
        await send(page, "/tmon floors")
        for number in (1, 2):
            await expect(dialog.get_by_role("heading", name=f"{number}층")).to_be_visible()
            await dialog.get_by_role("button", name="더 안으로").click()
        await expect(dialog.get_by_role("heading", name="3층")).to_be_visible()
        for number in (2, 1):
            await page.keyboard.press("Escape")
            await expect(dialog.get_by_role("heading", name=f"{number}층")).to_be_visible()
            await expect(dialog).to_have_attribute("open", "")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        assert playground.workspace.open_modal(MINJI) == []
    await send(page, "/tmon setup")
    await expect(page.get_by_role("dialog", name="티몬 스토어 등록")).to_be_visible()


async def test_three_quick_escapes_leave_nothing_open(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    await send(page, "/tmon floors")
    dialog = page.get_by_role("dialog")
    for number in (1, 2):
        await expect(dialog.get_by_role("heading", name=f"{number}층")).to_be_visible()
        await dialog.get_by_role("button", name="더 안으로").click()
    await expect(dialog.get_by_role("heading", name="3층")).to_be_visible()
    for _ in range(3):
        await page.keyboard.press("Escape")
    await page.wait_for_function(
        "!document.querySelector('dialog.modal') || document.querySelector('dialog.modal').open"
    )
    for _ in range(3):
        if await dialog.count():
            await page.keyboard.press("Escape")
            await page.wait_for_timeout(300)
    await expect(dialog).to_have_count(0)
    assert playground.workspace.open_modal(MINJI) == []
    await send(page, "/tmon setup")
    await expect(page.get_by_role("dialog", name="티몬 스토어 등록")).to_be_visible()


async def test_ephemeral_messages_go_at_reload_and_stay_over_a_change_of_channel(desktop: Screen) -> None:
    page = desktop.page
    await send(page, "/tmon status")
    private = page.locator(".message.private")
    await expect(private).to_have_count(1)
    await page.get_by_role("link", name="일반").click()
    await expect(page.get_by_role("heading", level=1, name="일반")).to_be_visible()
    await page.get_by_role("link", name="주문-알림").click()
    await expect(private).to_have_count(1)
    await page.reload()
    await expect(page.get_by_text("이제부터 티몬 주문은")).to_be_visible()
    await expect(private).to_have_count(0)


async def test_a_searched_menu_changes_the_form_and_keeps_what_was_chosen(
    desktop: Screen, playground: Playground
) -> None:
    page = desktop.page
    await send(page, "/tmon ship")
    form = page.get_by_role("dialog", name="송장 등록")
    carrier = form.get_by_label("택배사")
    await expect(carrier).to_have_value("CJ대한통운")
    await expect(form.get_by_role("option")).to_have_count(0)
    goods = form.get_by_label("상품")
    for typed, name in (("화", "화이트 / M"), ("네이비", "네이비 / L")):
        await goods.fill(typed)
        await form.get_by_role("option", name=name).click()
    await carrier.click()
    await expect(form.get_by_role("option")).to_have_text(["CJ대한통운", "한진택배", "자체배송"])
    await desktop.keep("page-desktop-searched-menu")
    await carrier.fill("자체")
    await form.get_by_role("option", name="자체배송").click()
    await expect(form.get_by_label("송장번호")).to_have_count(0)
    await expect(carrier).to_have_value("자체배송")
    await form.get_by_label("배송예정일").fill("2027-01-05")
    await form.get_by_role("button", name="네이비 / L 빼기").click()
    await form.get_by_label("취소할 것").click()
    await form.get_by_role("checkbox", name="네이비 / L").check()
    await page.keyboard.press("Escape")
    amount = form.get_by_label("취소 수량 네이비 / L")
    await amount.fill("5")
    await expect(form.get_by_label("배송예정일")).to_have_value("2027-01-05")
    await form.get_by_text("고칠 수 없음을 확인했습니다.").click()
    await form.get_by_role("button", name="송장 등록").click()
    await expect(form.get_by_text("1에서 3 사이의 숫자를 입력해 주세요.")).to_be_visible()
    await amount.fill("2")
    await desktop.keep("page-desktop-conditional-form")
    await form.get_by_role("button", name="송장 등록").click()
    await expect(form).to_have_count(0)
    await page.get_by_role("navigation", name="채널").get_by_role("link", name="티몬 주문봇").click()
    await expect(
        page.locator(".message", has_text="자체배송, 화이트 / M, 2027-01-05, count-네이비 / L=2")
    ).to_be_visible()


async def test_a_file_in_direct_messages_is_downloaded_until_the_app_deletes_it(
    desktop: Screen, playground: Playground
) -> None:
    page, workspace = desktop.page, playground.workspace
    app = playground.bot.app.client
    direct = (await app.chat_postMessage(channel=MINJI, text="배송용 파일입니다."))["channel"]
    sent = await app.files_upload_v2(channel=direct, filename="배송용.xlsx", content=b"x" * 100)
    await page.get_by_role("navigation", name="채널").get_by_role("link", name="티몬 주문봇").click()
    link = page.get_by_role("link", name="배송용.xlsx")
    async with page.expect_download() as download:
        await link.click()
    assert (await download.value).suggested_filename == "배송용.xlsx"
    assert workspace.messages(direct, MINJI)[-1].files[0].content == b"x" * 100
    await app.files_delete(file=sent["file"]["id"])
    await expect(page.get_by_text("삭제된 파일입니다.")).to_be_visible()
    await expect(link).to_have_count(0)
    await desktop.keep("page-desktop-deleted-file")


async def test_messages_are_a_log_that_is_read_aloud(desktop: Screen) -> None:
    log = desktop.page.get_by_role("log", name="메시지")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log.get_by_text("이제부터 티몬 주문은")).to_be_visible()


async def test_grouped_messages_show_their_time_on_hover(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    for text in ("첫 줄", "둘째 줄"):
        playground.workspace.post(JUNHO, ORDERS, text)
    row = page.locator(".message.compact", has_text="둘째 줄")
    time = row.locator("time.at")
    await expect(time).to_have_css("opacity", "0")
    await row.hover()
    await expect(time).to_have_css("opacity", "1")
    assert "요일" in str(await time.get_attribute("title"))
    await desktop.keep("page-desktop-hover")
    await row.get_by_role("button", name="스레드 열기").click()
    await expect(page.get_by_role("complementary", name="스레드").get_by_text("둘째 줄")).to_be_visible()


async def test_what_comes_in_elsewhere_is_counted_on_the_phone(phone: Screen, playground: Playground) -> None:
    page = phone.page
    bottom = page.get_by_role("navigation", name="화면")
    await bottom.get_by_role("button", name="샌드박스").click()
    badge = page.locator("#chat-badge")
    await expect(badge).to_have_text("1")  # the first message of another channel
    playground.workspace.post(JUNHO, ORDERS, "새로 왔습니다")
    await expect(badge).to_have_text("2")
    playground.workspace.post(JUNHO, GENERAL, "여기도요")
    await expect(badge).to_have_text("3")
    await phone.keep("page-phone-badge")
    await bottom.get_by_role("button", name="대화").click()
    await expect(badge).to_be_hidden()
    await expect(page.locator("#channels-badge")).to_have_text("2")


async def test_the_completions_are_korean_first_and_enter_after_the_command_sends_it(desktop: Screen) -> None:
    page = desktop.page
    await page.locator("#composer").type("/tmon 상")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Tab")
    await expect(page.locator("#composer")).to_have_value("/tmon status")
    await page.locator("#composer").fill("")
    await page.locator("#composer").type("/tmon")
    await expect(page.get_by_role("option").first).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.private", has_text="모든 연동이 정상입니다.")).to_be_visible()


async def test_the_screen_is_dark_where_the_person_wants_it(browser: Browser, playground: Playground) -> None:
    context = await browser.new_context(viewport=DESKTOP, color_scheme="dark", locale="ko-KR")
    page = await context.new_page()
    screen = Screen(page)
    await page.goto(playground.url)
    await send(page, "/tmon setup")
    form = page.get_by_role("dialog", name="티몬 스토어 등록")
    await form.get_by_label("스토어명").fill("한빛리빙")
    await form.get_by_label("담당자 이메일").fill("minji@example.com")
    await screen.keep("page-dark-form")
    await form.get_by_role("button", name="저장하기").click()
    await expect(page.get_by_text("새 주문 · 한빛리빙")).to_be_visible()
    await screen.keep("page-dark-card")
    for selector in (
        ".message .text",
        ".place p",
        ".rooms a:not([aria-current])",
        ".button.primary",
        ".who time",
        "code",
    ):
        assert await page.evaluate(CONTRAST, selector) >= 4.5, selector
    assert screen.errors == []
    await context.close()


CONTRAST = """selector => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const element = document.querySelector(selector);
  let ground = element;
  while (ground && (rgb(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
  const [a, b] = [light(rgb(getComputedStyle(element).color)), light(rgb(getComputedStyle(ground ?? document.body).backgroundColor))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""
"""The contrast of an element's text with what is behind it (WCAG 2, relative luminance)."""


@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_pictures_are_shown_from_the_page_itself(size: str, browser: Browser, playground: Playground) -> None:
    deal = next(iter(playground.sandbox.deals.values()))
    image = {"type": "image", "alt_text": deal.title, "image_url": deal.pictures[0]}
    title, about = {"type": "plain_text", "text": "대표이미지"}, {"type": "mrkdwn", "text": f"*{deal.title}*\n판매 중"}
    blocks = [{"type": "section", "text": about, "accessory": image}, {**image, "title": title}]
    playground.workspace.conversations.add_message(ORDERS, playground.workspace.bot_user_id, deal.title, blocks=blocks)
    async with opened(browser, playground.url, DESKTOP if size == "desktop" else PHONE) as screen:
        pictures = screen.page.locator("#messages").get_by_role("img", name=deal.title)
        await expect(pictures).to_have_count(2)
        for picture in await pictures.all():
            await picture.scroll_into_view_if_needed()
            await expect(picture).to_have_js_property("complete", True)
            await expect(picture).to_have_js_property("naturalWidth", 720)
        await screen.keep(f"page-{size}-pictures")
