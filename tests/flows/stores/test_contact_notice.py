"""The test notice to a store's contact."""

import asyncio

from bot.playground.slack.demo import JUNHO, MINJI, SEOYEON
from tests.flows.stores.editing import audits, look, the_store
from tests.flows.stores.registering import private, text_of
from tests.flows.world import World
from tmon.models.stores import Contact, Store
from tmon.sealing import Place, Sealer


async def send_notice(world: World) -> str:
    """Presses the button, lets the notices go out, and returns what the modal says."""
    view = world.modal(MINJI)
    await world.slack.click(MINJI, view_id=view.id, action_id="settings.notice")
    async with asyncio.timeout(20):
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
    assert "contact@example.com으로 보냈습니다" in shown
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


async def test_a_notice_that_neither_contact_nor_registrant_can_get_goes_to_an_admin(world: World) -> None:
    world.slack.people[SEOYEON].deleted = world.slack.people[JUNHO].deleted = True
    await world.add_store(contact_user_id=SEOYEON, registered_by=JUNHO)
    await look(world)
    assert "받을 수 있는 계정이 없습니다" not in await send_notice(world)
    assert any("담당자 알림 테스트" in text for text in private(world, MINJI))


async def test_a_notice_that_nobody_can_get_is_said(world: World) -> None:
    await world.add_store(contact_user_id=SEOYEON)
    await look(world)
    world.slack.faults.refuse("chat.postMessage", "messages_tab_disabled", times=10)
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
    assert "contact@example.com을 거절했습니다" in shown
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
        row.contact = Sealer(world.settings.fernet_keys()).seal(contact, Place.of(row, "contact"))
    await look(world)
    assert f"<@{JUNHO}> 님에게 보냈습니다" in await send_notice(world)
