"""장애: TMON fails on the wire, people are told once, press what mends it, and hear that it is over."""

from dataclasses import replace
from datetime import timedelta

from bot.playground.slack.demo import JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import Message
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from handlers.incidents.ids import IncidentAction
from handlers.stores.ids import SetupAction
from tests.flows.incidents.messages import INTERVAL, add_store, fail_runs, heard, in_channel, incident, press
from tests.flows.world import World, at
from tmon.clock import KST
from tmon.collection.coordinator import Coordinator
from tmon.incidents.service import IncidentService
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause, Resolution
from tmon.models.stores import StoreState
from tmon.products.repository import insert_seen
from tmon.stock.collector import STOCK
from tmon.stores.service import StoreService


def told(world: World, user: str) -> list[Message]:
    """What the bot wrote to somebody in direct messages."""
    return [
        message
        for channel in world.slack.channels.values()
        if channel.is_im and channel.user == user
        for message in world.posts(channel.id, user)
    ]


def buttons(message: Message) -> list[str]:
    return [e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]]


async def test_a_refused_key_from_the_alarm_to_the_end(world: World) -> None:
    store = await add_store(world)
    world.tmon.new_order(store.seller_id)
    await world.collect()
    waiting, before = len(await world.orders()), len(in_channel(world))
    assert waiting == 1
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)

    shown, [direct], [mail] = in_channel(world)[before:], told(world, JUNHO), world.mail.messages
    assert len(shown) == 1
    assert "API 인증 Key를 거절했습니다" in str(shown[0].blocks)
    assert f"발주확인 대기 {waiting}건, 가장 급한 기한 " in shown[0].text
    assert direct.text == shown[0].text
    assert (mail.recipients, mail.subject) == (("junho@example.com",), f"[티몬] {store.name} API 인증 Key 거절")
    assert f"발주확인 대기 {waiting}건" in mail.text
    assert f"발주확인 대기 {waiting}건" in mail.html
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).state is StoreState.KEY_REJECTED

    calls = len(world.tmon.calls)
    await fail_runs(world, 3)
    assert len(world.tmon.calls) == calls, "a store whose key is refused is not asked every interval"

    await press(world, MINJI, shown[0], IncidentAction.TAKE)
    assert f"<@{MINJI}>" in str(in_channel(world)[before].blocks)
    assert f"<@{MINJI}>" in str(told(world, JUNHO)[0].blocks)

    await press(world, MINJI, shown[0], IncidentAction.RETRY)
    assert "아직 API 인증 Key를 받아들이지 않습니다" in heard(world, MINJI)
    world.tmon.restore_key(store.seller_id)
    world.tmon.new_order(store.seller_id)
    await press(world, MINJI, shown[0], IncidentAction.RETRY)

    ended = await incident(world)
    assert (ended.cause, ended.resolution) == (Cause.KEY, Resolution.RECOVERED)
    edited = next(m for m in world.posts("주문") if m.ts == shown[0].ts)
    assert "주문 수집이 다시 됩니다" in str(edited.blocks)
    assert "새 주문 1건" in str(edited.blocks)
    assert not buttons(edited)
    [reply] = [m for m in world.posts("주문") if m.thread_ts == shown[0].ts and m.ts != shown[0].ts]
    assert f"<@{MINJI}>" in reply.text
    assert [m.thread_ts for m in told(world, JUNHO)][1:] == [direct.ts]
    assert [m.subject for m in world.mail.messages] == [mail.subject, f"{mail.subject} 해결"]


async def test_stock_that_cannot_be_kept_in_step_is_told_and_mended_from_its_message(world: World) -> None:
    store = await add_store(world, stock_on=True)
    open_shop(world.tmon, DEMO_PARTNERS[0])
    deal = next(iter(world.tmon.deals.values()))
    async with world.db.write() as session:
        await insert_seen(session, store, [{"deal_no": deal.deal_no, "title": deal.title}], world.clock())
    world.tmon.faults.mode, world.tmon.faults.only = "html_502", {"deals.get"}
    for _ in range(3):
        world.clock.advance(2 * INTERVAL)
        await world.collect()
        await world.collect(STOCK)
    [shown] = [message for message in in_channel(world) if "재고" in message.text]
    assert "재고를 맞추지 못하고 있습니다. 주문 수집은 계속됩니다." in shown.text
    assert [mail.subject for mail in world.mail.messages] == [f"[티몬] {store.name} 재고 동기화 실패"]
    world.tmon.faults.clear()
    await press(world, MINJI, shown, IncidentAction.RETRY)
    assert (await incident(world)).resolution is Resolution.RECOVERED
    assert "재고를 다시 맞춥니다" in str(next(m for m in world.posts("주문") if m.ts == shown.ts).blocks)


async def test_tmon_down_is_told_after_three_runs_and_edited_while_it_lasts(world: World) -> None:
    store = await add_store(world)
    await world.collect()
    world.tmon.faults.mode = "html_502"
    await fail_runs(world, 2)
    assert not in_channel(world)
    await fail_runs(world, 1)
    [shown] = in_channel(world)
    assert shown.text.startswith(f"🟠 [{store.name}] 오늘 10:05부터 주문을 수집하지 못하고 있습니다.")
    assert buttons(shown) == [IncidentAction.TAKE, IncidentAction.RETRY, SetupAction.EDIT, IncidentAction.MORE]

    await press(world, MINJI, shown, IncidentAction.RETRY)
    assert "아직 해결되지 않았습니다" in heard(world, MINJI)
    await fail_runs(world, 1)
    assert len(in_channel(world)) == 1

    world.clock.advance(timedelta(hours=2))
    await world.bot.services[IncidentService].tick()
    await world.settle()
    [shown] = in_channel(world)
    assert shown.text.startswith("🔴")
    assert "담당자 휴대폰 보기" in str(shown.blocks)

    world.tmon.faults.clear()
    await world.collect()
    closed, reply = in_channel(world)
    assert closed.ts == shown.ts
    assert reply.thread_ts == shown.ts
    assert "밀린 주문은 없습니다" in closed.text
    assert len(world.mail.messages) == 2


async def test_forty_stores_down_at_once(world: World) -> None:
    model = DEMO_PARTNERS[0]
    for n in range(40):
        partner = replace(model, partner_id=f"shop{n}", name=f"가게{n:02}", partner_no=50_000 + n, orders=[])
        world.tmon.partners[partner.partner_id] = partner
        await add_store(world, seller_id=partner.partner_id, name=partner.name, name_key=partner.name)
    await world.collect()
    world.tmon.faults.mode = "error_500"
    await fail_runs(world, 3)
    listed = await world.bot.services[IncidentService].open_and_recent(world.slack.team_id)
    assert [(facts.incident.cause, len(facts.stores)) for facts in listed] == [(Cause.TMON, 40)]
    [shown], [direct] = in_channel(world), told(world, JUNHO)
    assert "외 35곳" in shown.text
    assert direct.text == shown.text
    assert buttons(shown) == [IncidentAction.TAKE, IncidentAction.RETRY]
    assert sorted(m.recipients[0] for m in world.mail.messages) == ["junho@example.com", "operator@example.com"]

    world.tmon.faults.clear()
    await fail_runs(world, 1)
    world.clock.advance(timedelta(minutes=1))
    await world.settle()
    listed = await world.bot.services[IncidentService].open_and_recent(world.slack.team_id)
    assert [(facts.incident.resolution, facts.recovered) for facts in listed] == [(Resolution.RECOVERED, 40)]
    assert len(in_channel(world)) == 2
    assert len(world.mail.messages) == 4


async def test_the_vendors_refusal_goes_to_the_operator_too(world: World) -> None:
    await add_store(world)
    await add_store(world, partner=1)
    world.tmon.faults.reject_vendor = True
    await fail_runs(world, 1)
    assert (await incident(world)).cause is Cause.VENDOR
    assert len(in_channel(world)) == 1
    letter = next(m for m in world.mail.messages if m.recipients == ("operator@example.com",))
    assert "TMON_CLIENT_SECRET" in letter.text
    world.tmon.faults.clear()
    await press(world, MINJI, in_channel(world)[0], IncidentAction.RETRY)
    assert (await incident(world)).resolution is Resolution.RECOVERED


async def test_a_wider_cause_takes_over_the_message_of_the_narrower(world: World) -> None:
    one = await add_store(world)
    two = await add_store(world, partner=1, email="seoyeon@example.com")
    world.tmon.faults.mode, world.tmon.faults.partners = "error_500", {one.seller_id}
    await fail_runs(world, 3)
    [narrow] = in_channel(world)
    world.tmon.faults.partners = None
    await fail_runs(world, 3)
    first, second = in_channel(world)
    assert first.ts == narrow.ts
    assert "더 넓은 장애에 포함되어" in str(first.blocks)
    assert not buttons(first)
    assert two.name in second.text

    world.tmon.faults.partners = {one.seller_id}
    await fail_runs(world, 1)
    first = in_channel(world)[0]
    assert "다시 확인하고 있습니다" in str(first.blocks)
    await fail_runs(world, 2)
    first = in_channel(world)[0]
    assert buttons(first), "what still fails by itself speaks again"
    world.tmon.faults.clear()
    await fail_runs(world, 1)
    assert "다시 됩니다" in in_channel(world)[0].text


async def test_at_night_only_the_serious_is_told(world: World) -> None:
    store = await add_store(world)
    world.clock.set(at(21, 55))
    await world.collect()
    world.tmon.faults.mode = "error_500"
    await fail_runs(world, 3)
    assert not in_channel(world)
    world.clock.set(at(23, 0))
    world.tmon.faults.clear()
    await world.collect()
    world.clock.set(at(8, 0, day=11))
    await world.settle()
    assert (await incident(world)).resolution is Resolution.RECOVERED
    assert not in_channel(world), "what came and went in the night is told to nobody"
    assert not world.mail.messages

    world.clock.set(at(3, 0, day=12))
    world.tmon.revoke_key(store.seller_id)
    await world.collect()
    assert len(in_channel(world)) == 1
    assert world.clock().astimezone(KST).hour == 3


async def test_the_channels_message_mentions_the_contacts(world: World) -> None:
    one = await add_store(world)
    two = await add_store(world, partner=1, email="seoyeon@example.com")
    await add_store(world, seller_id="third", name="셋째", name_key="셋째", email="nobody@example.org")
    for store in (one, two):
        world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    mentioned = [str(message.blocks) for message in in_channel(world)]
    assert any(f"<@{JUNHO}>" in text for text in mentioned)
    assert any(f"<@{SEOYEON}>" in text for text in mentioned)
    assert any(f"<@{MINJI}>" in text for text in mentioned), "whoever registered the store of a contact without account"
    [direct] = told(world, JUNHO)
    assert f"<@{JUNHO}>" not in str(direct.blocks), "it is theirs anyway"


async def test_a_person_who_answers_for_several_stores_is_told_once(world: World) -> None:
    """Contacts without an account, a chosen account, a fallback: who is behind them is known on delivery only."""
    names = []
    for number, (email, over) in enumerate(
        [
            ("minji@example.com", {}),
            ("nobody@example.org", {}),
            ("another@example.org", {"contact_user_id": MINJI}),
        ]
    ):
        partner = replace(
            DEMO_PARTNERS[0], partner_id=f"shop{number}", name=f"가게{number}", partner_no=50_000 + number, orders=[]
        )
        world.tmon.partners[partner.partner_id] = partner
        await add_store(
            world, email=email, seller_id=partner.partner_id, name=partner.name, name_key=partner.name, **over
        )
        names.append(partner.name)
    await world.collect()
    world.tmon.faults.mode = "error_500"
    await fail_runs(world, 4)
    [direct] = told(world, MINJI)
    assert all(name in direct.text for name in names)
    assert sorted(m.recipients[0] for m in world.mail.messages) == [
        "another@example.org",
        "minji@example.com",
        "nobody@example.org",
        "operator@example.com",
    ], "each address hears by mail"
    world.tmon.faults.clear()
    await fail_runs(world, 1)
    world.clock.advance(timedelta(minutes=2))
    await world.settle()
    assert len(told(world, MINJI)) == 2, "the message and one recovery"
    assert all(name in told(world, MINJI)[1].text for name in names)


async def test_a_mail_says_what_can_be_done_from_a_mail(world: World) -> None:
    store = await add_store(world, name="소담 evil.com http://x.example", name_key="x")
    world.tmon.new_order(store.seller_id)
    await world.collect()
    before = len(in_channel(world))
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    [mail] = world.mail.messages
    shown = in_channel(world)[before]
    link = f"https://duri.slack.com/archives/{shown.channel}/p{shown.ts.replace('.', '')}"
    assert f"Slack에서 열기: {link}" in mail.text
    assert f'href="{link}"' in mail.html
    assert "버튼" not in mail.text
    assert not any(word in mail.text for word in ("'설정 수정'", "'다시 시도'"))
    assert mail.text.count("발주확인 대기") == 1, "the impact once"
    assert mail.text.startswith("[소담 evil. com x. example] ")
    assert not any(part in mail.subject for part in ("evil.com", "://"))
    assert "소담" in mail.subject


async def test_a_mail_does_not_wait_for_a_slack_in_trouble(world: World) -> None:
    store = await add_store(world)
    await world.collect()
    world.tmon.revoke_key(store.seller_id)
    world.slack.faults.refuse("chat.postMessage", "internal_error", times=10_000)
    world.clock.advance(INTERVAL)
    await world.bot.services[Coordinator].tick(ORDERS)
    await world.bot.engine.drain()
    for _ in range(35):
        await world.bot.outbox.deliver()
        await world.bot.outbox.deliver_mails()
        world.clock.advance(timedelta(seconds=1))
    assert len(world.mail.messages) == 1
    assert "알림 채널에 올라온 장애 메시지" in world.mail.messages[0].text
