"""The playground's page in a real browser: what a person sees and can do, with the mouse, the keyboard and on a phone."""

from __future__ import annotations

from email.message import EmailMessage

import aiosmtplib
import pytest
from playwright.async_api import Page, expect

from bot.playground.slack.demo import GENERAL, JUNHO, MINJI, ORDERS, SEOYEON
from tests.browser.conftest import Playground, Screen
from tests.browser.minimal_bot import TAKEN
from tests.browser.minimal_bot import card as order_card
from tests.browser.page_driver import close_top, follow

pytestmark = pytest.mark.browser


async def send(page: Page, text: str) -> None:
    await page.locator("#composer").fill(text)
    await page.keyboard.press("Enter")


async def focused(page: Page) -> str:
    found: str = await page.evaluate("document.activeElement.innerText || document.activeElement.id")
    return found.strip()


async def tab_to(page: Page, label: str) -> None:
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await focused(page) == label:
            return
    pytest.fail(f"Tab does not reach {label}")


async def register(page: Page, store: str = "한빛리빙") -> None:
    await send(page, "/tmon setup")
    dialog = page.get_by_role("dialog", name="티몬 스토어 등록")
    await dialog.get_by_label("스토어명").fill(store)
    await dialog.get_by_label("담당자 이메일").fill("minji@example.com")
    await dialog.get_by_role("button", name="저장하기").click()


async def test_a_form_an_error_a_card_and_its_confirmation(playground: Playground, desktop: Screen) -> None:
    page = desktop.page
    await page.locator("#composer").type("/tm")
    await expect(page.get_by_role("option")).to_have_count(2)
    await desktop.keep("page-desktop-commands")
    await page.keyboard.press("Tab")
    await expect(page.locator("#composer")).to_have_value("/tmon setup")
    await page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog", name="티몬 스토어 등록")
    await dialog.get_by_role("button", name="저장하기").click()
    await expect(dialog.get_by_text("필수 항목입니다.")).to_have_count(2)
    await expect(dialog.get_by_label("스토어명")).to_be_focused()
    await dialog.get_by_label("스토어명").fill("소담마켓")
    await dialog.get_by_label("담당자 이메일").fill("minji@example.com")
    await dialog.get_by_role("button", name="발주확인 담당자").click()
    await page.get_by_role("searchbox").fill("준호")
    await page.locator(".picker-list").get_by_text("이준호").click()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="저장하기").click()
    await expect(dialog.get_by_text(TAKEN)).to_be_visible()
    await expect(dialog.get_by_label("담당자 이메일")).to_have_value("minji@example.com")
    await desktop.keep("page-desktop-field-error")
    await dialog.get_by_label("스토어명").fill("한빛리빙")
    await dialog.get_by_role("button", name="저장하기").click()

    await expect(dialog).to_have_count(0)
    card = page.locator(".message", has_text="새 주문 · 한빛리빙")
    await expect(card.get_by_text("@이준호")).to_be_visible()
    identity = await card.get_attribute("id")
    await card.get_by_role("button", name="발주확인").click()
    question = page.get_by_role("dialog", name="확인")
    await expect(question.locator("strong", has_text="한 번 확인하면")).to_be_visible()
    await desktop.keep("page-desktop-confirm")
    await question.get_by_role("button", name="취소").click()
    await expect(card.get_by_role("button", name="발주확인")).to_be_visible()
    await card.get_by_role("button", name="발주확인").click()
    await expect(question).to_be_visible()
    await playground.bot.app.client.chat_update(  # draws it anew, with other block ids, while the question stands
        channel=str(await page.evaluate("document.body.dataset.in")),
        ts=str(await card.get_attribute("data-ts")),
        text="새 주문",
        blocks=order_card("한빛리빙", [JUNHO]),
    )
    await expect(card.get_by_text("(편집됨)")).to_be_visible()
    await question.get_by_role("button", name="발주확인").click()

    done = page.locator(f"#{identity}")
    await expect(done.get_by_text("@김민지 님이 발주확인했습니다.")).to_be_visible()
    await expect(done.get_by_text("(편집됨)")).to_be_visible()
    await expect(done.locator(".content").get_by_role("button")).to_have_count(0)
    await desktop.keep("page-desktop-edited")


async def test_the_keyboard_alone_is_enough(desktop: Screen) -> None:
    page = desktop.page
    await expect(page.locator("#composer")).to_be_focused()
    await page.keyboard.type("/")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer")).to_have_value("/tmon status")
    await page.keyboard.press("Enter")
    await expect(
        page.locator(".message.private", has_text="모든 연동이 정상입니다.").get_by_text("나만 볼 수 있음")
    ).to_be_visible()

    await page.keyboard.type("/tmon setup")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="티몬 스토어 등록")
    await expect(dialog.get_by_label("스토어명")).to_be_focused()
    for _ in range(6):
        await page.keyboard.press("Tab")
        assert await page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(page.locator("#composer")).to_be_focused()

    await page.keyboard.type("/tmon setup")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("스토어명")).to_be_focused()
    await page.keyboard.type("한빛리빙")
    await page.keyboard.press("Tab")
    await page.keyboard.type("minji@example.com")
    await page.keyboard.press("Enter")
    card = page.locator(".message", has_text="새 주문 · 한빛리빙")
    await expect(card).to_be_visible()

    await tab_to(page, "발주확인")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    assert await focused(page) == "보류"
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(card.get_by_role("button", name="댓글 1개")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    thread = page.get_by_role("complementary", name="스레드")
    await expect(thread.get_by_text("자세히: 감귤 5kg × 2")).to_be_visible()
    await desktop.keep("page-desktop-thread")
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()

    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    assert await focused(page) == "발주확인"
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("@김민지 님이 발주확인했습니다.")).to_be_visible()


async def test_what_was_typed_stays_unless_the_block_is_another(desktop: Screen) -> None:
    page = desktop.page
    await send(page, "/tmon setup")
    dialog = page.get_by_role("dialog", name="티몬 스토어 등록")
    await dialog.get_by_label("스토어명").fill("반쯤 쓴 이름")
    await dialog.get_by_label("메모").fill("사라질 메모")
    await dialog.get_by_label("대표카테고리").select_option("리빙")
    await expect(dialog.locator("[data-block='memo~2']")).to_be_visible()
    await expect(dialog.get_by_label("스토어명")).to_have_value("반쯤 쓴 이름")
    await expect(dialog.get_by_label("대표카테고리")).to_have_value("리빙")
    await expect(dialog.get_by_label("메모")).to_have_value("")


async def test_on_a_phone(phone: Screen, playground: Playground) -> None:
    page = phone.page
    await register(page)
    await expect(page.get_by_text("새 주문 · 한빛리빙")).to_be_visible()
    await phone.keep("page-phone-card")
    await send(page, "/tmon setup")
    await expect(page.get_by_role("dialog", name="티몬 스토어 등록")).to_be_visible()
    await page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
    box = await page.get_by_role("dialog", name="티몬 스토어 등록").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    await phone.keep("page-phone-form")
    await close_top(page.get_by_role("dialog"))

    bottom = page.get_by_role("navigation", name="화면")
    await bottom.get_by_role("button", name="샌드박스").click()
    before = len(playground.sandbox.orders)
    await page.get_by_role("button", name="새 주문").click()
    await expect(page.locator("#desk-states dd").first).to_have_text("4")
    assert len(playground.sandbox.orders) == before + 1
    await phone.keep("page-phone-sandbox")
    await bottom.get_by_role("button", name="시작하기").click()
    await phone.keep("page-phone-start")
    await bottom.get_by_role("button", name="대화").click()

    await page.get_by_role("button", name="채널 목록 열기").click()
    await phone.keep("page-phone-drawer")
    await page.get_by_role("link", name="일반").click()
    await expect(page.get_by_role("heading", level=1, name="일반")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_sandbox_is_worked_from_the_panel(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    await page.get_by_role("tab", name="티몬 샌드박스").click()
    panel = page.get_by_role("tabpanel", name="티몬 샌드박스")
    paid = panel.locator("#desk-states dd").first
    await expect(paid).to_have_text("3")
    await panel.get_by_role("button", name="주문 60건").click()
    await expect(paid).to_have_text("63")
    await panel.get_by_role("button", name="취소 요청").click()
    await expect(panel.locator("#desk-states div", has_text="취소요청").locator("dd")).to_have_text("1")
    await panel.get_by_role("button", name="API 중단").click()
    await expect(panel.get_by_role("status")).to_contain_text("API 중단")
    assert playground.sandbox.faults.mode == "down"
    await panel.get_by_label("스토어").select_option("sodam_market")
    await panel.get_by_role("button", name="API 키 폐기").click()
    await expect(panel.get_by_text("API 키 폐기됨")).to_be_visible()
    assert playground.sandbox.faults.reject_partners == {"sodam_market"}
    await desktop.keep("page-desktop-sandbox")
    await panel.get_by_role("button", name="정상으로").click()
    await expect(panel.get_by_role("status")).to_contain_text("정상")
    assert playground.sandbox.faults.mode is None
    assert not playground.sandbox.faults.reject_partners


async def test_mail_arrives_and_cannot_run_anything(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "bot@example.com", "minji@example.com", "API 키가 거절되었습니다"
    mail.set_content("글로 된 본문")
    mail.add_alternative(
        "<p style='color:#b9281f'>그림 같은 본문</p><script>document.body.innerHTML='열림'</script>", subtype="html"
    )
    host, port = playground.mail.url.removeprefix("smtp://").split(":")
    await aiosmtplib.send(mail, hostname=host, port=int(port), start_tls=False)

    await page.get_by_role("tab", name="메일 1").click()
    await page.get_by_role("button", name="API 키가 거절되었습니다").click()
    inside = page.frame_locator("iframe").locator("p")
    await expect(inside).to_have_text("그림 같은 본문")
    await expect(inside).to_have_css("color", "rgb(185, 40, 31)")
    await desktop.keep("page-desktop-mail")
    await page.get_by_role("button", name="텍스트").click()
    await expect(page.get_by_text("글로 된 본문")).to_be_visible()
    assert all("Blocked script execution" in error for error in desktop.errors)
    desktop.errors.clear()


async def test_each_person_sees_their_own(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    entry = page.get_by_role("link", name="일반")
    await page.goto(f"{playground.url}?as={MINJI}&in={GENERAL}")
    await page.goto(f"{playground.url}?as={MINJI}&in={ORDERS}")
    await expect(entry.locator(".badge")).to_have_count(0)
    playground.workspace.post(JUNHO, GENERAL, "점심 뭐 먹어요?")
    await expect(entry.locator(".badge")).to_have_text("1")
    await entry.click()
    await expect(page.get_by_text("점심 뭐 먹어요?")).to_be_visible()
    await expect(entry.locator(".badge")).to_have_count(0)

    await send(page, "<b>국수</b> & 밥 *어때요?*")
    await expect(page.get_by_text("<b>국수</b> & 밥 어때요?")).to_be_visible()

    await send(page, "/tmon status")
    await expect(page.get_by_text("모든 연동이 정상입니다.")).to_be_visible()
    await expect(page.get_by_role("link", name="대표-전용")).to_be_visible()
    await page.locator("#me").click()
    await page.get_by_role("menuitem", name="박서연").click()
    await expect(page.locator("body")).to_have_attribute("data-as", SEOYEON)
    await page.get_by_role("link", name="일반").click()
    await expect(page.get_by_text("점심 뭐 먹어요?")).to_be_visible()
    await expect(page.get_by_text("모든 연동이 정상입니다.")).to_have_count(0)
    await expect(page.get_by_role("link", name="대표-전용")).to_have_count(0)


async def test_the_bot_can_be_invited(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    await follow(page, page.get_by_role("link", name="일반"))
    await expect(page.get_by_text("이 채널에는 티몬 주문봇이 없습니다.")).to_be_visible()
    await send(page, "/invite @티몬 주문봇")
    await expect(page.get_by_text("앱을 채널에 초대했습니다.")).to_be_visible()
    assert playground.workspace.channels[GENERAL].bot_is_member


async def test_a_bot_that_is_away_is_said_to_be_away(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    await expect(page.get_by_role("img", name="봇 연결됨")).to_be_visible()
    await playground.bot.close_async()  # type: ignore[no-untyped-call]
    await expect(page.get_by_role("img", name="봇 연결 안 됨")).to_be_visible()
    await send(page, "/tmon setup")
    await expect(page.get_by_role("alert").filter(has_text="앱이 응답하지 않습니다.")).to_be_visible()
    await expect(page.locator("#composer")).to_have_value("/tmon setup")


async def test_the_list_stays_where_the_person_reads(desktop: Screen, playground: Playground) -> None:
    page = desktop.page
    for number in range(60):
        playground.workspace.post(JUNHO, ORDERS, f"줄 {number}")
    await expect(page.get_by_text("줄 59", exact=True)).to_be_in_viewport()
    await page.locator("#scroll").evaluate("element => element.scrollTop = 0")
    await expect(page.get_by_text("이제부터 티몬 주문은")).to_be_in_viewport()
    playground.workspace.post(JUNHO, ORDERS, "한 줄 더")
    await expect(page.get_by_role("button", name="새 메시지")).to_be_visible()
    await expect(page.get_by_text("이제부터 티몬 주문은")).to_be_in_viewport()
    await page.get_by_role("button", name="새 메시지").click()
    await expect(page.get_by_text("한 줄 더")).to_be_in_viewport()


async def test_credentials_are_copied(desktop: Screen) -> None:
    page = desktop.page
    await desktop.keep("page-desktop-start")
    await page.get_by_role("button", name="한빛리빙 API 인증 Key 복사").click()
    assert await page.evaluate("navigator.clipboard.readText()") == "5f0d7a3e-2b64-4c1f-9a58-7e1c0b93d246"
