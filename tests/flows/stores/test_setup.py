"""`/tmon setup` through real sockets: the three steps, drafts, what TMON says, what the channel says, who may."""

import asyncio
import json
import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import make_url, select

from bot.playground.slack.demo import CS, DANIEL, HANEUL, JUNHO, MINJI, OLD, ORDERS, OUTSIDER, SEOYEON
from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.world import World
from tmon.models.orders import OrderState
from tmon.models.stores import Draft, PendingReason, Store, StoreState
from tmon.permissions import Person as Somebody
from tmon.stores.service import StoreService

LIVING, MARKET = DEMO_PARTNERS
CONTACT = {
    "contact_name": "박담당",
    "contact_title": "운영팀",
    "contact_email": "contact@example.com",
    "contact_phone": "02 1234 5678",
    "contact_mobile": "+82 10.9876.5432",
}
SECRETS = (LIVING.token, "박담당", "contact@example.com", "010-9876-5432", "02-1234-5678", "김포 창고")


def api(**over: str) -> dict[str, str]:
    """The first step."""
    typed = {"seller_id": LIVING.partner_id, "store_name": "한빛리빙", "api_key": LIVING.token}
    return {**typed, "category": "생활·주방", "memo": "김포 창고", **over}


async def submit(world: World, user: str, values: dict[str, Any]) -> InteractionResult:
    """Types into the modal in front of `user` and sends it; on a busy machine again, as the form asks for."""
    for _ in range(3):
        acted = await world.slack.submit(user, world.modal(user).id, values)
        await world.settle()
        if "잠시 뒤 다시 눌러 주세요" not in str(acted.errors):
            break
    return acted


async def click(world: World, user: str, action_id: str) -> InteractionResult:
    """Presses a button in the modal in front of `user`."""
    acted = await world.slack.click(user, view_id=world.modal(user).id, action_id=action_id)
    await world.settle()
    return acted


async def set_up(world: World, user: str = MINJI, *, channel: str = ORDERS, settings: Any = None, **over: str) -> View:
    """A new store from the command to the result."""
    await world.command(user, "setup")
    if world.modal(user).callback_id == "setup.choices":
        await click(world, user, "setup.new")
    assert (await submit(world, user, api(**over))).errors == {}
    assert (await submit(world, user, CONTACT)).errors == {}
    assert (await submit(world, user, {"channel": channel, **(settings or {})})).errors == {}
    return world.modal(user)


def text_of(thing: Any) -> str:
    """Everything that a person reads in a view or message."""
    return json.dumps(getattr(thing, "blocks", thing), ensure_ascii=False)


def labels(view: View) -> list[str]:
    """Labels of the inputs."""
    return [block["label"]["text"] for block in view.blocks if block["type"] == "input"]


def buttons(view: View) -> list[str]:
    """Action ids of the buttons."""
    found = []
    for block in view.blocks:
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        found += [element["action_id"] for element in elements if element["type"] == "button"]
    return found


async def stores(world: World) -> list[Store]:
    """All stores, removed ones included."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Store)))


def private(world: World, user: str) -> list[str]:
    """What the bot wrote to `user` alone: ephemerals and direct messages."""
    return [
        message.text
        for channel in world.slack.channels.values()
        for message in world.slack.messages(channel.id, user)
        if channel.is_im or message.ephemeral_for == user
    ]


async def test_a_store_is_registered_in_three_steps(world: World) -> None:
    await world.command(MINJI, "설정")
    view = world.modal(MINJI)
    assert labels(view) == [
        *("판매자 ID", "스토어명", "API 인증 Key", "대표카테고리", "메모"),
        *("업체코드", "ACCESS KEY", "SECRET KEY", "개인정보 복호화 키"),
    ]
    assert "임시 저장" in text_of(view)
    assert "월정산" in text_of(view)
    await submit(world, MINJI, api())
    view = world.modal(MINJI)
    assert labels(view) == [
        *("담당자명", "직급/직책/부서", "담당자 이메일", "담당자 연락처", "담당자 휴대폰번호", "담당자 Slack 계정")
    ]
    await submit(world, MINJI, CONTACT)
    view = world.modal(MINJI)
    assert labels(view) == [
        *("연동설정", "자동 발주확인", "자동 발주확인 금액 한도", "자동 발주확인 수량 한도"),
        *("상품 API", "주문 API", "CS API", "진열/판매상태/재고연동 API"),
        *("판매기간 자동연장", "알림 채널", "발주확인 담당자"),
    ]
    await submit(world, MINJI, {"channel": ORDERS, "workers": [JUNHO]})
    assert len(world.slack.open_modal(MINJI)) == 1
    assert "승인 완료" in text_of(world.modal(MINJI))
    (store,) = await stores(world)
    assert (store.state, store.channel_ok, store.worker_ids) == (StoreState.APPROVED, True, [JUNHO])
    assert "한빛리빙" in world.posts(ORDERS)[-1].text
    assert any("승인 완료" in text for text in private(world, MINJI))
    await world.collect()
    everything = repr([vars(call) for call in world.slack.calls if call.method != "apps.connections.open"])
    for secret in (*SECRETS, "9876"):
        # the contact is shown in the form to those who manage, and nowhere else
        assert secret not in "".join(private(world, MINJI)) + text_of([m.blocks for m in world.posts(ORDERS)])
    assert LIVING.token not in everything


async def test_every_wrong_field_is_told_at_its_place(world: World) -> None:
    await world.command(MINJI, "setup")
    acted = await submit(world, MINJI, api(seller_id="한빛", api_key="a b", vendor_code="V", store_name="가" * 61))
    three = {"access_key", "secret_key", "personal_data_key"}
    assert set(acted.errors) == {"seller_id", "api_key", "store_name", *three}
    await submit(world, MINJI, api(vendor_code=""))
    acted = await submit(world, MINJI, {**CONTACT, "contact_email": "a@", "contact_mobile": "02-1234-5678"})
    assert set(acted.errors) == {"contact_email", "contact_mobile"}
    assert "010-1234-5678" in acted.errors["contact_mobile"]
    assert labels(world.modal(MINJI))[0] == "담당자명"


async def test_a_wrong_key_waits_and_is_approved_after_the_edit(world: World) -> None:
    view = await set_up(world, api_key="wrong-key")
    assert "승인 대기" in text_of(view)
    assert "티몬:" in text_of(view)
    (store,) = await stores(world)
    assert (store.state, store.pending_reason) == (StoreState.PENDING, PendingReason.KEY_REFUSED)

    await click(world, MINJI, "setup.edit")
    form = world.modal(MINJI)
    values = {
        block["block_id"]: block["element"].get("initial_value") for block in form.blocks if block["type"] == "input"
    }
    assert (values["seller_id"], values["memo"], values["api_key"]) == (LIVING.partner_id, "김포 창고", None)
    assert "wrong-key" not in text_of(form) + form.private_metadata
    await submit(world, MINJI, {"api_key": LIVING.token})
    contact = {
        block["block_id"]: block["element"].get("initial_value")
        for block in world.modal(MINJI).blocks
        if block["type"] == "input"
    }
    assert contact["contact_mobile"] == "010-9876-5432"
    await submit(world, MINJI, {})
    await submit(world, MINJI, {})
    assert "승인 완료" in text_of(world.modal(MINJI))
    (store,) = await stores(world)
    assert store.state is StoreState.APPROVED
    greetings = [message for message in world.posts(ORDERS) if "연결했습니다" in message.text]
    assert len(greetings) == 1


async def test_tmon_down_then_back(world: World) -> None:
    world.tmon.faults.mode = "html_503"
    view = await set_up(world)
    assert "티몬이 응답하지 않아" in text_of(view)
    await world.slack.close(MINJI, view.id)
    world.tmon.faults.mode = None
    world.clock.advance(timedelta(minutes=10))
    await world.bot.services[StoreService].recheck_due()
    await world.settle()
    (store,) = await stores(world)
    assert store.state is StoreState.APPROVED
    assert any("승인되었습니다" in text for text in private(world, MINJI))


async def test_the_person_closes_the_window_while_tmon_is_slow(world: World) -> None:
    world.tmon.faults.slow_seconds = 0.8
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    await submit(world, MINJI, CONTACT)
    view = world.modal(MINJI)
    assert (await world.slack.submit(MINJI, view.id, {"channel": ORDERS})).ok
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await world.slack.close(MINJI, view.id)
    await world.settle()
    assert world.slack.open_modal(MINJI) == []
    assert any("승인 완료" in text for text in private(world, MINJI))


@pytest.mark.parametrize(("channel", "says"), [(CS, "/invite"), (OLD, "보관된 채널")])
async def test_a_channel_that_cannot_be_reached_does_not_stop_the_saving(world: World, channel: str, says: str) -> None:
    view = await set_up(world, channel=channel)
    assert says in text_of(view)
    assert "승인 완료" in text_of(view)
    (store,) = await stores(world)
    assert not store.channel_ok
    if channel == CS:
        world.slack.channels[CS].bot_is_member = True
        world.slack.channels[CS].members.add(world.slack.bot_user_id)
        await click(world, MINJI, "stores.recheck")
        assert "알림 채널 <#C0CSTEAM03> 에 올립니다" in text_of(world.modal(MINJI))
        (store,) = await stores(world)
        assert store.channel_ok
        assert "한빛리빙" in world.posts(CS)[-1].text
        await world.settle()
        place = next(c for c in world.slack.channels.values() if c.is_im and c.user == MINJI)
        (told,) = (m for m in world.posts(place.id) if "승인 완료" in m.text)
        assert "알림 채널 <#C0CSTEAM03> 에 올립니다" in str(told.blocks)
        assert "stores.recheck" not in str(told.blocks)


async def test_a_draft_is_resumed_where_it_was_left(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    await submit(world, MINJI, CONTACT)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    async with world.db.read() as session:
        (draft,) = await session.scalars(select(Draft))
    assert LIVING.token not in draft.content
    await world.command(MINJI, "setup")
    assert "한빛리빙" in text_of(world.modal(MINJI))
    await click(world, MINJI, "setup.resume#new")
    assert labels(world.modal(MINJI))[0] == "연동설정"
    await click(world, MINJI, "setup.back")
    await click(world, MINJI, "setup.back")
    form = world.modal(MINJI)
    assert LIVING.token not in text_of(form) + form.private_metadata
    await submit(world, MINJI, {})  # the key stays what was typed
    await submit(world, MINJI, {})
    await submit(world, MINJI, {"channel": ORDERS})
    assert "승인 완료" in text_of(world.modal(MINJI))


async def test_turning_back_keeps_what_was_typed(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    typed_so_far = {"contact_name": "박담당", "contact_mobile": "010"}
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id="setup.back", values=typed_so_far)
    await world.settle()
    await submit(world, MINJI, {})
    again = world.modal(MINJI)
    typed = {
        block["block_id"]: block["element"].get("initial_value") for block in again.blocks if block["type"] == "input"
    }
    assert (typed["contact_name"], typed["contact_mobile"]) == ("박담당", "010")


async def test_a_new_form_does_not_inherit_the_key_of_an_old_draft(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    await world.command(MINJI, "setup")
    await click(world, MINJI, "setup.new")
    acted = await submit(world, MINJI, {**api(), "api_key": ""})
    assert set(acted.errors) == {"api_key"}


async def test_names_and_seller_ids_are_taken_once(world: World) -> None:
    await world.add_store(name="한빛리빙", name_key="한빛리빙")
    await world.command(SEOYEON, "setup")  # not hers to manage: the empty form at once
    acted = await submit(world, SEOYEON, api(store_name="다른 이름"))
    assert set(acted.errors) == {"seller_id"}
    acted = await submit(world, SEOYEON, api(seller_id=MARKET.partner_id, api_key=MARKET.token))
    assert set(acted.errors) == {"store_name"}


async def test_several_stores_and_the_form_of_one(world: World) -> None:
    await set_up(world)
    await set_up(world, seller_id=MARKET.partner_id, api_key=MARKET.token, store_name="<소담> & 마켓 :tada:")
    assert len(await stores(world)) == 2
    await world.command(MINJI, "setup")
    assert "&lt;소담&gt; &amp; 마켓" in text_of(world.modal(MINJI))
    await world.command(MINJI, "setup 한빛리빙")
    assert labels(world.modal(MINJI))[0] == "판매자 ID"
    await world.command(JUNHO, "setup 한빛리빙")
    assert world.slack.open_modal(JUNHO) == []
    assert f"<@{MINJI}>" in private(world, JUNHO)[-1]


@pytest.mark.parametrize("user", [HANEUL, OUTSIDER])
async def test_guests_and_outsiders_have_no_rights(world: World, user: str) -> None:
    for word in ("setup", "stores", "status", "sync off", "guide"):
        await world.command(user, word)
    assert world.slack.open_modal(user) == []
    assert await stores(world) == []
    assert "게스트나 외부" in private(world, user)[-1]


async def test_the_form_in_english(world: World) -> None:
    await world.command(DANIEL, "setup")
    assert labels(world.modal(DANIEL))[:3] == ["Seller ID", "Store name", "API key"]
    acted = await submit(world, DANIEL, api(api_key="a b"))
    assert "copy and paste" in acted.errors["api_key"]


async def test_two_people_edit_one_store(world: World) -> None:
    await set_up(world)
    junho = world.slack.people[JUNHO]
    junho.is_admin = True
    for user in (MINJI, JUNHO):
        await world.command(user, "setup 한빛리빙")
        await submit(world, user, {"store_name": f"이름 {user}"})
        await submit(world, user, {})
    world.clock.advance(timedelta(minutes=1))
    await submit(world, MINJI, {})
    acted = await submit(world, JUNHO, {})
    assert "다른 사람" in acted.errors["sync"]
    await submit(world, JUNHO, {})
    (store,) = await stores(world)
    assert store.name == f"이름 {JUNHO}"


async def test_saving_twice_makes_one_store(world: World) -> None:
    world.tmon.faults.slow_seconds = 0.3
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    await submit(world, MINJI, CONTACT)
    view = world.modal(MINJI)
    await asyncio.gather(
        world.slack.submit(MINJI, view.id, {"channel": ORDERS}), world.slack.submit(MINJI, view.id, {"channel": ORDERS})
    )
    await world.settle()
    await world.slack.redeliver()
    await world.settle()
    assert len(await stores(world)) == 1
    assert len([message for message in world.posts(ORDERS) if "연결했습니다" in message.text]) == 1


async def test_the_guide_beside_the_form_keeps_what_was_typed(world: World) -> None:
    await world.command(MINJI, "setup")
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id="guide.open")
    await world.settle()
    assert "사업자 인증" in text_of(world.modal(MINJI))
    await click(world, MINJI, "guide.topic#documents")
    assert "인감증명서" in text_of(world.modal(MINJI))
    assert len(world.slack.open_modal(MINJI)) == 2
    await world.slack.close(MINJI, world.modal(MINJI).id)
    assert labels(world.modal(MINJI))[0] == "판매자 ID"


async def test_the_draft_of_a_removed_store(world: World) -> None:
    await set_up(world)
    (store,) = await stores(world)
    await world.command(MINJI, "setup 한빛리빙")
    await world.bot.services[StoreService].remove(Somebody(world.slack.team_id, MINJI), store.id)
    acted = await submit(world, MINJI, {})
    assert "찾을 수 없습니다" in acted.errors["seller_id"]


async def test_automatic_confirmation_begins_when_a_person_says_so(world: World) -> None:
    world.tmon.new_order(LIVING.partner_id, ordered_at=world.clock() - timedelta(hours=1))
    view = await set_up(world, settings={"confirm_mode": "auto"})
    assert "첫 수집이 끝나면" in text_of(view)
    await world.collect()
    await world.bot.services[StoreService].offer_auto()
    await world.settle()
    place = next(c for c in world.slack.channels.values() if c.is_im and c.user == MINJI)
    offer = next(m for m in world.posts(place.id) if "시작할까요" in m.text)
    waiting = [order for order in await world.orders() if order.state is OrderState.NEW]
    assert f"*{len(waiting)}건*" in offer.text
    await world.slack.click(MINJI, channel=place.id, ts=offer.ts, action_id="stores.start_auto#all")
    await world.settle()
    (store,) = await stores(world)
    assert store.auto_from is not None
    offer = next(m for m in world.posts(place.id) if m.ts == offer.ts)
    assert "하고 있습니다" in offer.text
    (told,) = (m for m in world.posts(place.id) if "승인 완료" in m.text)
    assert "첫 수집이 끝나면" not in str(told.blocks)
    assert all(order.first_seen_at >= store.auto_from for order in waiting)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_locked_database_leaves_the_form_with_what_was_typed(world: World) -> None:
    await world.command(MINJI, "setup")
    view = world.modal(MINJI)
    file = make_url(world.settings.database_url).database
    assert file is not None
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        acted = await world.slack.submit(MINJI, view.id, api())
    finally:
        connection.rollback()
        connection.close()
    assert "처리량이 많아" in acted.errors["seller_id"]
    assert acted.elapsed < 3
    assert world.modal(MINJI).state["seller_id"]["value"]["value"] == LIVING.partner_id
    assert (await submit(world, MINJI, {})).errors == {}
