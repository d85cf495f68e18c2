"""A store's own view through real sockets: each part edited alone, told, and taking effect with the next call."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import CS, DANIEL, JUNHO, MINJI, ORDERS, SEOYEON
from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon.demo import DEMO_PARTNERS
from handlers.form_values import block_id_of
from tests.flows.stores.test_setup import buttons, click, labels, private, stores, submit, text_of
from tests.flows.world import World, until
from tmon.models.audit import Audit
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode, Contact, Credentials, PendingReason, Store, StoreState
from tmon.permissions import Person as Somebody
from tmon.sealing import Sealer
from tmon.stores.service import StoreService

LIVING, MARKET = DEMO_PARTNERS


async def look(world: World, user: str = MINJI) -> View:
    """Opens the store's own view from the list."""
    await world.command(user, "stores")
    await click(world, user, "settings.open")
    return world.modal(user)


async def edit(world: World, part: int, values: dict[str, Any], user: str = MINJI) -> InteractionResult:
    """Opens the form of one part over the store's view and sends it."""
    await click(world, user, f"settings.edit#{part}")
    return await submit(world, user, values)


async def the_store(world: World) -> Store:
    """The only one."""
    (store,) = await stores(world)
    return store


async def audits(world: World) -> list[Audit]:
    """What was recorded, oldest first."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Audit).order_by(col(Audit.at), col(Audit.id))))


def told(world: World, channel: str = "주문") -> list[str]:
    """What the channel was told of changes."""
    return [message.text for message in world.posts(channel) if message.text.startswith("⚙️")]


async def test_the_view_shows_what_is_set_and_nothing_secret(world: World) -> None:
    await world.add_store()
    shown = text_of(await look(world))
    for said in (
        "한빛리빙",
        "승인 완료",
        LIVING.partner_id,
        "사용: 상품 API, 주문 API, CS API",
        "사용 안 함: 진열/판매상태/재고연동 API",
        "자동 발주확인: 수동",
        "주문 수집",
    ):
        assert said in shown
    for secret in (LIVING.token, "contact@example.com", "010-1234-5678", "박담당"):
        assert secret not in shown
    await click(world, MINJI, "stores.page")
    assert "연동 중지" in text_of(world.modal(MINJI))


async def test_who_does_not_manage_sees_no_button_and_cannot_send_a_form(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    await look(world, JUNHO)
    await click(world, JUNHO, "settings.edit#3")
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).registered_by = MINJI
    acted = await submit(world, JUNHO, {"order": "off"})
    assert f"<@{MINJI}>" in str(acted.errors)
    assert (await the_store(world)).order_on


async def test_api_details_are_saved_asked_about_and_told_by_name_only(world: World) -> None:
    await world.add_store(
        credentials=None,
        state=StoreState.PENDING,
        pending_reason=PendingReason.KEY_REFUSED,
        category="생활·주방",
    )
    await look(world)
    acted = await edit(world, 1, {"api_key": LIVING.token, "memo": "김포 창고"})
    assert acted.errors == {}
    assert "승인 완료" in text_of(world.modal(MINJI))
    await world.slack.close(MINJI, world.modal(MINJI).id)
    assert "승인 완료" in text_of(world.modal(MINJI))  # the store's view beneath
    assert (await the_store(world)).state is StoreState.APPROVED
    (said,) = told(world)
    assert f"<@{MINJI}>" in said
    assert "API 인증 Key, 메모" in said
    record = (await audits(world))[-1]
    assert (record.action, record.details["fields"]) == ("store.edit", ["api_key", "memo"])
    for secret in (LIVING.token, "김포 창고"):
        assert secret not in said + str(record.details)


async def test_saving_a_waiting_store_unchanged_asks_tmon_again(world: World) -> None:
    await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.KEY_REFUSED, category="생활·주방")
    await look(world)
    await edit(world, 1, {})
    assert len(world.tmon.calls_of("orders.list")) == 1
    assert (await the_store(world)).state is StoreState.APPROVED
    assert told(world) == []


@pytest.mark.parametrize("part", [1, 2, 3])
async def test_saving_any_part_of_a_waiting_store_unchanged_asks_tmon_again(world: World, part: int) -> None:
    await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.KEY_REFUSED, category="생활·주방")
    await look(world)
    assert (await edit(world, part, {})).errors == {}
    assert len(world.tmon.calls_of("orders.list")) == 1
    assert (await the_store(world)).state is StoreState.APPROVED


async def test_wrong_fields_are_told_at_their_place_and_nothing_is_saved(world: World) -> None:
    await world.add_store(category="생활·주방")
    await world.add_store(partner=1)
    await world.command(MINJI, "stores")
    view = world.modal(MINJI)
    row = next(block for block in view.blocks if "settings.open" in str(block))
    await world.slack.click(MINJI, view_id=view.id, action_id="settings.open", block_id=row["block_id"])
    await world.settle()
    name = "한빛리빙" if "한빛리빙" in text_of(world.modal(MINJI).blocks[0]) else "소담마켓"
    other = "소담마켓" if name == "한빛리빙" else "한빛리빙"
    acted = await edit(world, 1, {"store_name": other, "category": "생활·주방"})
    assert "이름이 같습니다" in acted.errors["store_name"]
    acted = await submit(world, MINJI, {"store_name": name, "api_key": "한글 키", "category": "생활·주방"})
    assert set(acted.errors) == {"api_key"}
    assert told(world) == []


async def test_the_contact_is_shown_on_request_and_told_by_name_only(world: World) -> None:
    await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#2")
    assert "010-1234-5678" in text_of(world.modal(MINJI))
    assert [row.action for row in await audits(world)] == ["store.see_contact"]
    await submit(world, MINJI, {"contact_mobile": "010 9876 5432", "contact_user": JUNHO})
    assert world.modal(MINJI).callback_id == "settings.store"
    assert f"<@{JUNHO}>" in text_of(world.modal(MINJI))
    (said,) = told(world)
    assert "담당자 휴대폰번호, 담당자 Slack 계정" in said
    assert "9876" not in said + str((await audits(world))[-1].details)
    assert not world.tmon.calls


async def test_what_turning_the_order_api_off_does_is_shown_before_it_is_saved(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 3)
    await world.collect()
    await look(world)
    assert (await edit(world, 3, {"order": "off"})).errors == {}
    view = world.modal(MINJI)
    assert view.callback_id == "settings.effects"
    assert "주문 수집을 멈추고" in text_of(view)
    assert "발주확인 대기 3건" in text_of(view)
    assert (await the_store(world)).order_on  # nothing was saved yet
    await click(world, MINJI, "settings.back")
    assert labels(world.modal(MINJI))[0] == "연동설정"
    await submit(world, MINJI, {})  # as typed before
    await submit(world, MINJI, {})
    assert not (await the_store(world)).order_on
    assert "사용 안 함: 주문 API" in text_of(world.modal(MINJI))
    (said,) = told(world)
    assert "주문 API: 사용 → 사용 안 함" in said
    assert (await audits(world))[-1].details["values"] == {"order": [True, False]}
    world.tmon.calls.clear()
    world.clock.advance(timedelta(hours=1))
    await world.collect()
    assert not world.tmon.calls


async def test_nothing_changed_is_nothing_told(world: World) -> None:
    await world.add_store()
    await look(world)
    await edit(world, 3, {})
    assert world.modal(MINJI).callback_id == "settings.store"
    assert (told(world), await audits(world)) == ([], [])


@pytest.mark.parametrize("take", ["yes", "no"])
async def test_automatic_confirmation_asks_about_what_waits(world: World, take: str) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 2)
    await world.collect()
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    view = world.modal(MINJI)
    assert "주문 2건은 어떻게" in text_of(view)
    world.clock.advance(timedelta(seconds=1))
    assert (await submit(world, MINJI, {"take_waiting": take})).errors == {}
    world.clock.advance(timedelta(minutes=1))
    world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=31))
    await world.collect()
    states = [order.state for order in await world.orders()]
    assert states.count(OrderState.CONFIRMED) == (3 if take == "yes" else 1)
    assert "자동 발주확인: 수동 → 자동" in told(world)[0]


async def test_automatic_confirmation_begins_at_once_where_nothing_waits(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    assert "기다리는 주문은 없습니다" in text_of(world.modal(MINJI))
    await submit(world, MINJI, {})
    assert (await the_store(world)).auto_from is not None
    await edit(world, 3, {"confirm_mode": "manual"})
    await submit(world, MINJI, {})
    kept = await the_store(world)
    assert (kept.confirm_mode, kept.auto_from) == (ConfirmMode.MANUAL, None)
    world.tmon.new_order(store.seller_id)
    world.clock.advance(timedelta(minutes=31))
    await world.collect()
    assert [order.state for order in await world.orders()] == [OrderState.NEW]


async def test_before_the_first_collection_the_offer_comes_later(world: World) -> None:
    await world.add_store()
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    assert "첫 수집이 끝난 뒤" in text_of(world.modal(MINJI))
    await submit(world, MINJI, {})
    assert (await the_store(world)).auto_from is None
    await world.collect()
    await world.bot.services[StoreService].offer_auto()
    await world.settle()
    assert any("자동 발주확인을 시작할까요" in text for text in private(world, MINJI))


async def test_orders_that_come_while_the_consequences_are_read_are_asked_about(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=31))
    await world.collect()
    await submit(world, MINJI, {})
    assert "주문 1건은 어떻게" in text_of(world.modal(MINJI))
    assert (await the_store(world)).confirm_mode is ConfirmMode.MANUAL
    await submit(world, MINJI, {"take_waiting": "no"})
    assert (await the_store(world)).confirm_mode is ConfirmMode.AUTO


async def test_another_channel_is_greeted_and_the_old_one_is_told(world: World) -> None:
    await world.add_store()
    await look(world)
    await edit(world, 3, {"channel": CS, "workers": [JUNHO, SEOYEON]})
    assert f"<@{JUNHO}>, <@{SEOYEON}>" in text_of(world.modal(MINJI))
    await submit(world, MINJI, {})
    assert "/invite" in text_of(world.modal(MINJI))
    (said,) = told(world)
    assert f"알림 채널: <#{ORDERS}> → <#{CS}>" in said
    assert f"<@{JUNHO}>" in said


async def test_two_people_edit_one_part(world: World) -> None:
    await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#3")
    world.clock.advance(timedelta(seconds=1))
    store = await the_store(world)
    admin = Somebody(store.team_id, DANIEL, is_admin=True)
    await world.bot.services[StoreService].settings.turn(admin, store.id, None, on=False)
    await submit(world, MINJI, {"cs": "off"})
    view = world.modal(MINJI)
    assert "다른 사람이" in text_of(view)
    kept = await the_store(world)
    assert (kept.sync_on, kept.cs_on) == (False, True)
    await submit(world, MINJI, {str(block_id_of(vars(view), "cs")): "off"})
    assert world.modal(MINJI).callback_id == "settings.effects"
    await submit(world, MINJI, {})
    kept = await the_store(world)
    assert (kept.sync_on, kept.cs_on) == (False, False)


async def test_two_people_save_at_once_and_one_of_them_begins_anew(world: World) -> None:
    await world.add_store()
    users = (MINJI, DANIEL)
    world.slack.people[DANIEL].is_admin = True
    for user, group in zip(users, ("cs", "product"), strict=True):
        await look(world, user)
        await edit(world, 3, {group: "off"}, user)
        assert world.modal(user).callback_id == "settings.effects"
    world.clock.advance(timedelta(seconds=1))
    await asyncio.gather(*(world.slack.submit(user, world.modal(user).id, {}) for user in users))
    await world.settle()
    kept = await the_store(world)
    assert sorted([kept.cs_on, kept.product_on]) == [False, True]
    assert len(told(world)) == 1
    assert sorted(world.modal(user).callback_id for user in users) == ["settings.settings", "settings.store"]


async def test_the_store_is_removed_while_its_form_is_open(world: World) -> None:
    store = await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#2")
    await world.bot.services[StoreService].remove(Somebody(store.team_id, MINJI, is_admin=True), store.id)
    acted = await submit(world, MINJI, {"contact_mobile": "010 9876 5432"})
    assert "삭제" in str(acted.errors)
    assert (await the_store(world)).contact is None


async def test_the_consequences_in_english(world: World) -> None:
    await world.add_store(registered_by=DANIEL)
    await look(world, DANIEL)
    await edit(world, 3, {"sync": "off", "extend_days": "7"}, DANIEL)
    assert "What saving will do" in text_of(world.modal(DANIEL))
    assert "7 days" in text_of(world.modal(DANIEL))


@pytest.mark.parametrize("off", [{"sync_on": False}, {"order_on": False}, {}])
async def test_the_connection_is_tested_whatever_the_switches_say(world: World, off: dict[str, Any]) -> None:
    await world.add_store(**off)
    await look(world)
    await click(world, MINJI, "settings.test")
    shown = text_of(world.modal(MINJI))
    assert (shown.count("✅"), shown.count("❌"), shown.count("➖")) == (3, 0, 0)
    assert {call.name for call in world.tmon.calls} == {"token", "orders.list"}


@pytest.mark.parametrize(
    ("fault", "marks", "says"),
    [
        ({"reject_vendor": True}, "❌➖➖", "연동 업체"),
        ({"reject_partners": {LIVING.partner_id}}, "✅❌➖", "Key"),
        ({"mode": "error_500", "only": {"orders.list"}}, "✅➖❌", "응답하지"),
        ({"not_offered": {"orders.list"}}, "✅➖❌", "제공하지"),
        ({"mode": "down"}, "❌➖➖", "응답하지"),
    ],
)
async def test_each_step_of_the_connection_has_its_result(
    world: World, fault: dict[str, Any], marks: str, says: str
) -> None:
    await world.add_store()
    for name, value in fault.items():
        setattr(world.tmon.faults, name, value)
    await look(world)
    await click(world, MINJI, "settings.test")
    shown = text_of(world.modal(MINJI))
    assert "".join(mark for mark in shown if mark in "✅❌➖") == marks
    assert says in shown


async def test_a_key_that_does_not_open_is_said(world: World) -> None:
    await world.add_store(credentials=Sealer([Fernet.generate_key().decode()]).seal(Credentials(api_key="x")))
    await look(world)
    await click(world, MINJI, "settings.test")
    assert "ENCRYPTION_KEYS" in text_of(world.modal(MINJI))
    assert not world.tmon.calls


async def test_a_good_connection_of_a_waiting_store_leads_to_its_approval(world: World) -> None:
    await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.KEY_REFUSED)
    await look(world)
    await click(world, MINJI, "settings.test")
    assert (await the_store(world)).state is StoreState.PENDING
    await click(world, MINJI, "stores.recheck")
    assert (await the_store(world)).state is StoreState.APPROVED


async def send_notice(world: World) -> str:
    """Presses the button, lets the notices go out, and returns what the modal says."""
    view = world.modal(MINJI)
    await world.slack.click(MINJI, view_id=view.id, action_id="settings.notice")
    async with asyncio.timeout(5):
        while "테스트 알림을 보내고" in text_of(world.modal(MINJI)) or world.modal(MINJI).id == view.id:
            await world.bot.outbox.deliver()
            await world.bot.outbox.deliver_mails()
            await asyncio.sleep(0.02)
    await world.settle()
    return text_of(world.modal(MINJI))


async def test_a_notice_reaches_the_chosen_account_and_the_mail_address(world: World) -> None:
    await world.add_store(contact_user_id=SEOYEON)
    await look(world)
    shown = await send_notice(world)
    assert f"<@{SEOYEON}> 님에게 보냈습니다" in shown
    assert "contact@example.com 로 보냈습니다" in shown
    assert any("담당자 알림 테스트" in text for text in private(world, SEOYEON))
    (mail,) = world.mail.messages
    assert (mail.recipients, "한빛리빙" in mail.subject) == (("contact@example.com",), True)
    assert [row.action for row in await audits(world)] == ["store.test_contact"]


async def test_a_notice_without_an_account_says_who_got_it(world: World) -> None:
    await world.add_store()
    await look(world)
    assert "등록자" in await send_notice(world)


async def test_a_notice_to_somebody_who_left_says_who_got_it(world: World) -> None:
    world.slack.people[SEOYEON].deleted = True
    await world.add_store(contact_user_id=SEOYEON)
    await look(world)
    shown = await send_notice(world)
    assert f"<@{SEOYEON}> 님에게 보낼 수 없어" in shown


async def test_a_notice_that_nobody_can_get_is_said(world: World) -> None:
    world.slack.people[SEOYEON].deleted = world.slack.people[JUNHO].deleted = True
    await world.add_store(contact_user_id=SEOYEON, registered_by=JUNHO)
    await look(world)
    assert "받을 수 있는 계정이 없습니다" in await send_notice(world)


async def test_a_silent_slack_is_said(world: World) -> None:
    await world.add_store(contact_user_id=SEOYEON)
    await look(world)
    world.slack.faults.break_down("chat.postMessage", times=1)
    assert "아직 보내지 못해 계속 시도합니다" in await send_notice(world)


async def test_a_silent_mail_server_is_said(world: World) -> None:
    await world.add_store(contact_user_id=SEOYEON)
    await look(world)
    await world.mail.stop()
    assert "메일 서버가 응답하지 않아" in await send_notice(world)


async def test_an_address_that_the_mail_server_refuses_is_said(world: World) -> None:
    await world.add_store(contact_user_id=SEOYEON)

    async def refuse(*_: object) -> str:
        return "550 no such mailbox"

    vars(world.mail)["handle_RCPT"] = refuse
    await look(world)
    shown = await send_notice(world)
    assert "contact@example.com 을(를) 거절했습니다" in shown
    assert f"<@{SEOYEON}> 님에게 보냈습니다" in shown


async def test_a_bot_without_a_mail_server_is_said(world: World) -> None:
    await world.add_store(contact_user_id=SEOYEON)
    world.settings.smtp_url = None
    await world.restart()
    await look(world)
    assert "메일 서버가 설정되어 있지 않아" in await send_notice(world)


async def test_an_account_is_found_by_the_mail_address(world: World) -> None:
    junho = world.slack.people[JUNHO]
    await world.add_store(contact=None)
    store = await the_store(world)
    contact = Contact(name="이준호", email=junho.email, mobile="010-1234-5678")
    async with world.db.write() as session:
        row = await session.get_one(Store, (store.team_id, store.id))
        row.contact = Sealer(world.settings.fernet_keys()).seal(contact)
    await look(world)
    assert f"<@{JUNHO}> 님에게 보냈습니다" in await send_notice(world)


async def test_the_view_opened_from_the_home_tab_has_no_way_back_to_the_list(world: World) -> None:
    store = await world.add_store()
    await world.slack.open_home(MINJI)
    await until(lambda: world.slack.home(MINJI) is not None)
    home = world.slack.home(MINJI)
    assert home is not None
    await world.slack.click(MINJI, view_id=home.id, action_id=f"settings.open#{store.id}")
    await world.settle()
    assert "stores.page" not in buttons(world.modal(MINJI))
