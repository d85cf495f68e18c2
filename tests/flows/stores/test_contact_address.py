"""이메일 확인: an address of nobody in the workspace gets a code, and nothing else until it was typed."""

import re
from datetime import timedelta

from bot.playground.slack.demo import MINJI
from tests.flows.incidents.messages import fail_runs
from tests.flows.stores.editing import audits, edit, look, the_store
from tests.flows.stores.registering import CONTACT, LIVING, click, set_up, submit, text_of
from tests.flows.stores.test_contact_notice import send_notice
from tests.flows.world import World
from tmon.permissions import Person
from tmon.stores.service import StoreService

STRANGER = "contact@example.com"


def subjects(world: World, to: str = STRANGER) -> list[str]:
    return [mail.subject for mail in world.mail.messages if mail.recipients == (to,)]


def code_in(world: World) -> str:
    found = re.search(r"\d{6}", world.mail.messages[-1].text)
    assert found
    return found.group()


async def confirm(world: World, code: str) -> dict[str, str]:
    """Opens the form from the store's own view, and sends a code."""
    store = await the_store(world)
    await look(world)
    await click(world, MINJI, f"settings.confirm_email#{store.id}")
    return dict((await submit(world, MINJI, {"code": code})).errors)


async def test_a_strangers_address_is_confirmed_before_it_hears_of_anything(world: World) -> None:
    view = await set_up(world)
    assert "이메일 확인" in text_of(view)
    assert subjects(world) == [f"[티몬] 이메일 확인 코드 {code_in(world)}"]
    code = code_in(world)
    world.tmon.revoke_key(LIVING.partner_id)
    await fail_runs(world, 1)
    assert len(subjects(world)) == 1, "the incident waits"
    await world.command(MINJI, "status")
    assert "담당자 이메일을 아직 확인하지 않아" in text_of(world.modal(MINJI))
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert "인증 코드가 다릅니다" in (await confirm(world, wrong))["code"]
    assert (await submit(world, MINJI, {"code": f" {code[:3]} {code[3:]} "})).errors == {}
    assert "확인했습니다" in text_of(world.modal(MINJI))
    await world.settle()
    assert (await the_store(world)).contact_confirmed
    assert len(subjects(world)) == 2, "what was held back"
    assert "store.confirm_email" in [row.action for row in await audits(world)]


async def test_the_address_of_a_member_needs_no_code(world: World) -> None:
    await world.add_store()
    await look(world)
    await edit(world, 2, {**CONTACT, "contact_email": "Junho@example.com"})
    assert (await the_store(world)).contact_confirmed
    assert "보냈습니다" in await send_notice(world)
    assert subjects(world, "Junho@example.com") == ["[티몬] 한빛리빙 담당자 알림 테스트"]


async def test_an_address_that_was_stored_before_counts_as_confirmed(world: World) -> None:
    await world.add_store()
    await look(world)
    await edit(world, 2, {**CONTACT, "contact_email": STRANGER, "contact_name": "다른 이름"})
    assert (await the_store(world)).contact_confirmed, "the address is the same"
    await send_notice(world)
    assert subjects(world) == ["[티몬] 한빛리빙 담당자 알림 테스트"]


async def test_a_notice_to_an_address_that_waits_says_so(world: World) -> None:
    await world.add_store()
    await look(world)
    await edit(world, 2, {**CONTACT, "contact_email": "new@example.org"})
    assert "인증 코드만 보냈습니다" in await send_notice(world)
    assert len(subjects(world, "new@example.org")) == 1


async def test_a_code_is_not_guessed_and_not_sent_all_the_time(world: World) -> None:
    await set_up(world)
    code = code_in(world)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    errors = [(await confirm(world, wrong))["code"]]
    errors += [(await submit(world, MINJI, {"code": wrong})).errors["code"] for _ in range(4)]
    assert "더 쓸 수 없습니다" in errors[-1]
    assert "더 쓸 수 없습니다" in (await submit(world, MINJI, {"code": code})).errors["code"], "also the right one"
    await click(world, MINJI, "settings.resend_code")
    assert "한 시간에 한 번만" in await world.notice(MINJI)
    assert len(subjects(world)) == 1
    world.clock.advance(timedelta(hours=1, minutes=1))
    await click(world, MINJI, "settings.resend_code")
    await world.notice(MINJI)
    assert len(subjects(world)) == 2
    assert (await submit(world, MINJI, {"code": code_in(world)})).errors == {}
    assert (await the_store(world)).contact_confirmed


async def test_a_slack_that_does_not_say_whose_address_it_is_is_asked_again_before_the_first_mail(world: World) -> None:
    world.slack.faults.refuse("users.lookupByEmail", "internal_error", times=10)
    await world.add_store()
    await look(world)
    await edit(world, 2, {**CONTACT, "contact_email": "junho@example.com"})
    assert not (await the_store(world)).contact_confirmed
    world.slack.faults.clear()
    await send_notice(world)
    assert (await the_store(world)).contact_confirmed
    assert len(subjects(world, "junho@example.com")) == 1


async def test_one_test_notice_per_address_and_hour(world: World) -> None:
    await world.add_store()
    await look(world)
    await send_notice(world)
    await look(world)
    assert "한 시간 안에 이미" in await send_notice(world)
    other = await world.add_store(partner=1)
    notices = world.bot.services[StoreService].notices
    await notices.send(Person(other.team_id, MINJI), other.id)
    await world.settle()
    assert len(subjects(world)) == 1, "from no store"
    world.clock.advance(timedelta(hours=1, minutes=1))
    await look(world)
    assert "보냈습니다" in await send_notice(world)
    assert len(subjects(world)) == 2


async def test_names_make_no_links_in_mails(world: World) -> None:
    await world.add_store(name="www.evil.com https://x.example/a", name_key="x")
    await look(world)
    await send_notice(world)
    [mail] = world.mail.messages
    for text in (mail.subject, mail.text, mail.html):
        assert "evil.com" not in text
        assert "://" not in text.replace("http-equiv", "")
