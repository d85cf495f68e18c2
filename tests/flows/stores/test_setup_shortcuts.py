"""The quick way through the setup: what is known is filled in, one button chooses the rest."""

import asyncio
import time

import pytest

from bot.playground.slack.demo import CS, HANEUL, JUNHO, MINJI, ORDERS, OUTSIDER, SEOYEON
from bot.playground.slack.model import View
from handlers.orders.ids import OrderView
from tests.flows.stores.editing import edit, look
from tests.flows.stores.registering import LIVING, REQUIRED, click, labels, private, stores, submit, text_of
from tests.flows.world import World
from tmon.models.stores import ConfirmMode, StoreState
from tmon.sealing import Sealer
from tmon.stores.form import StoreForm


def typed(view: View) -> dict[str, object]:
    """What stands in the inputs, by field."""
    found = {}
    for block, elements in view.state.items():
        (element,) = elements.values()
        key = next(name for name in element if name != "type")
        found[block.partition("~")[0]] = element[key]
    return found


async def choose(world: World, action_id: str, value: str, values: dict[str, str] | None = None) -> View:
    """Chooses in a menu of the open form, with other fields typed before."""
    view = world.modal(MINJI)
    await world.slack.click(MINJI, view_id=view.id, action_id=action_id, value=value, values=values or {})
    await world.settle()
    return world.modal(MINJI)


async def test_two_fields_and_two_clicks_start_a_store(world: World) -> None:
    await world.command(MINJI, "setup")
    assert (await submit(world, MINJI, REQUIRED)).errors == {}
    view = world.modal(MINJI)
    assert "티몬이 API 인증 Key를 확인했습니다" in text_of(view)
    assert labels(view)[0] == "담당자명"
    known = typed(view)
    assert (known["contact_name"], known["contact_email"]) == ("김민지", "minji@example.com")
    assert known["contact_user"] == MINJI
    await click(world, MINJI, "setup.defaults")
    shown = text_of(world.modal(MINJI))
    for said in ("승인 완료", "기본값으로", f"<@{MINJI}>", "수동", f"<#{ORDERS}>", "사용: 상품 API, 주문 API, CS API"):
        assert said in shown
    (store,) = await stores(world)
    assert (store.state, store.name, store.channel_id) == (StoreState.APPROVED, LIVING.partner_id, ORDERS)
    assert (store.contact_user_id, store.confirm_mode) == (MINJI, ConfirmMode.MANUAL)
    assert (store.product_on, store.order_on, store.cs_on, store.stock_on) == (True, True, True, False)
    form = StoreForm.of(store, Sealer(world.settings.fernet_keys()))
    assert (form.contact_name, form.contact_email, form.contact_mobile) == ("김민지", "minji@example.com", "")


async def test_the_first_orders_are_there_with_the_result_and_the_greeting_counts_them(world: World) -> None:
    world.tmon.new_orders(LIVING.partner_id, 2)
    await world.command(MINJI, "setup")
    await submit(world, MINJI, REQUIRED)
    await click(world, MINJI, "setup.defaults")
    waiting = len(await world.orders())
    assert waiting
    assert f"발주확인 대기: *{waiting}건*" in text_of(world.modal(MINJI))
    assert "주문 목록" in text_of(world.modal(MINJI))
    greeting = next(message for message in world.posts(ORDERS) if "연결했습니다" in message.text)
    assert f"발주확인 대기 *{waiting}건*" in text_of(greeting)
    assert "주문 목록" in text_of(greeting)
    assert "사용법" in text_of(greeting)
    assert f"<@{MINJI}>" in text_of(greeting.blocks[1])
    await world.slack.click(JUNHO, channel=ORDERS, ts=greeting.ts, action_id="home.go#orders")
    await world.settle()
    assert world.slack.open_modal(JUNHO)


async def test_the_greeting_leads_to_the_orders_of_a_store_that_has_another_name_since(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, {**REQUIRED, "store_name": "지금 이름"})
    await click(world, MINJI, "setup.defaults")
    greeting = next(message for message in world.posts(ORDERS) if "연결했습니다" in message.text)
    await look(world)
    await edit(world, 1, {"store_name": "새로 지은 이름"})
    await world.slack.click(JUNHO, channel=ORDERS, ts=greeting.ts, action_id="home.go#orders")
    await world.settle()
    assert world.modal(JUNHO).callback_id == OrderView.LIST


async def test_the_channel_of_the_command_comes_first_and_filled_in(world: World) -> None:
    await world.command(MINJI, "setup", channel="cs")
    await submit(world, MINJI, REQUIRED)
    await submit(world, MINJI, {})
    view = world.modal(MINJI)
    assert labels(view)[0] == "알림 채널"
    assert typed(view)["channel"] == CS


async def test_a_direct_message_is_never_filled_in_as_the_channel(world: World) -> None:
    place = world.slack.conversations.direct(world.slack.people[MINJI])
    await world.slack.slash(MINJI, place.id, "/tmon", "setup")
    await world.settle()
    await submit(world, MINJI, REQUIRED)
    await click(world, MINJI, "setup.defaults")
    view = world.modal(MINJI)
    assert labels(view)[0] == "알림 채널"
    assert typed(view)["channel"] is None
    assert "알림 채널만 고르고" in text_of(view)
    await submit(world, MINJI, {"channel": ORDERS})
    assert "승인 완료" in text_of(world.modal(MINJI))


async def test_the_channel_survives_the_choice_of_what_to_set_up(world: World) -> None:
    await world.add_store(partner=1, channel="일반")
    await world.command(MINJI, "setup", channel="cs")
    await click(world, MINJI, "setup.new")
    await submit(world, MINJI, REQUIRED)
    await submit(world, MINJI, {})
    assert typed(world.modal(MINJI))["channel"] == CS


async def test_a_chosen_account_brings_the_rest_but_never_what_was_typed_by_hand(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, REQUIRED)
    view = await choose(world, "setup.account", JUNHO)
    assert (typed(view)["contact_name"], typed(view)["contact_email"]) == ("이준호", "junho@example.com")
    field = next(name for name in view.state if name.startswith("contact_name"))
    view = await choose(world, "setup.account", SEOYEON, {field: "담당 팀장", "contact_mobile": "010-1234-5678"})
    known = typed(view)
    assert (known["contact_name"], known["contact_email"]) == ("담당 팀장", "seoyeon@example.com")
    assert (known["contact_user"], known["contact_mobile"]) == (SEOYEON, "010-1234-5678")
    assert (await submit(world, MINJI, {})).errors == {}


async def test_a_chosen_account_brings_the_rest_in_the_settings_too(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "stores")
    await click(world, MINJI, "settings.open")
    await click(world, MINJI, "settings.edit#2")
    view = await choose(world, "setup.account", JUNHO)
    assert (typed(view)["contact_name"], typed(view)["contact_email"]) == ("이준호", "junho@example.com")
    view = await choose(world, "setup.account", SEOYEON)
    assert typed(view)["contact_name"] == "박서연"
    assert (await submit(world, MINJI, {})).errors == {}


@pytest.mark.parametrize("who", ["guest", "stranger", "bot"])
async def test_guests_strangers_and_bots_are_refused_at_the_field(world: World, who: str) -> None:
    user = {"guest": HANEUL, "stranger": OUTSIDER, "bot": world.slack.bot_user_id}[who]
    await world.command(MINJI, "setup")
    await submit(world, MINJI, REQUIRED)
    acted = await submit(world, MINJI, {"contact_user": user})
    assert set(acted.errors) == {"contact_user"}
    await submit(world, MINJI, {"contact_user": JUNHO})
    acted = await submit(world, MINJI, {"channel": ORDERS, "workers": [JUNHO, user]})
    assert set(acted.errors) == {"workers"}
    assert "이준호" not in acted.errors["workers"]
    assert await stores(world) == []


async def test_show_more_keeps_what_was_typed(world: World) -> None:
    await world.command(MINJI, "setup")
    view = world.modal(MINJI)
    await world.slack.click(MINJI, view_id=view.id, action_id="setup.more", values=REQUIRED)
    await world.settle()
    view = world.modal(MINJI)
    assert labels(view)[-5:] == ["업체코드", "ACCESS KEY", "SECRET KEY", "개인정보 복호화 키", "업체 정책번호"]
    assert {name: typed(view)[name] for name in REQUIRED} == REQUIRED
    assert LIVING.token not in text_of(view) + view.private_metadata


async def test_the_limits_belong_to_automatic_confirmation_only(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, REQUIRED)
    await submit(world, MINJI, {})
    assert "더 보기" not in text_of(world.modal(MINJI))
    view = await choose(world, "setup.mode", "auto", {"channel": CS})
    assert "자동 발주확인 금액 한도" not in labels(view)
    await click(world, MINJI, "setup.more")
    view = world.modal(MINJI)
    assert labels(view)[3:5] == ["자동 발주확인 금액 한도", "자동 발주확인 수량 한도"]
    assert (typed(view)["channel"], typed(view)["confirm_mode"]["value"]) == (CS, "auto")  # type: ignore[index]
    view = await choose(world, "setup.mode", "manual")
    assert "자동 발주확인 금액 한도" not in labels(view)


async def test_a_draft_is_thrown_away(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, REQUIRED)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await world.command(MINJI, "setup")
    assert "버리기" in text_of(world.modal(MINJI))
    await click(world, MINJI, "setup.discard#new")
    view = world.modal(MINJI)
    assert labels(view)[0] == "판매자 ID"
    assert typed(view)["seller_id"] is None


async def test_the_form_is_answered_while_slack_knows_nobody(world: World) -> None:
    begun = time.monotonic()
    await world.command(MINJI, "setup")
    world.slack.people[MINJI].email = ""
    await submit(world, MINJI, REQUIRED)
    await click(world, MINJI, "setup.defaults")
    assert "담당자명과 담당자 이메일" in await world.notice(MINJI)
    assert time.monotonic() - begun < 10


async def test_a_channel_without_the_bot_does_not_stop_the_quick_start(world: World) -> None:
    world.tmon.new_orders(LIVING.partner_id, 1)
    await world.command(MINJI, "setup", channel="cs")
    await submit(world, MINJI, REQUIRED)
    await click(world, MINJI, "setup.defaults")
    shown = text_of(world.modal(MINJI))
    assert "승인 완료" in shown
    assert "/invite" in shown
    assert "다시 확인" in shown
    place = next(channel for channel in world.slack.channels.values() if channel.is_im and channel.user == MINJI)
    assert any(
        "발주확인" in text_of(message) and "order.confirm" in text_of(message) for message in world.posts(place.id)
    )
    world.slack.channels[CS].bot_is_member = True
    world.slack.channels[CS].members.add(world.slack.bot_user_id)
    await click(world, MINJI, "stores.recheck")
    assert "/invite" not in text_of(world.modal(MINJI))
    assert any("order.confirm" in text_of(message) for message in world.posts(CS))


async def test_two_presses_at_once_start_one_store(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, REQUIRED)
    view = world.modal(MINJI)
    presses = [world.slack.click(MINJI, view_id=view.id, action_id="setup.defaults") for _ in range(2)]
    await asyncio.gather(*presses)
    await world.settle()
    assert len(await stores(world)) == 1
    assert "승인 완료" in text_of(world.modal(MINJI))
    assert len(world.slack.open_modal(MINJI)) == 1
    assert len([message for message in world.posts(ORDERS) if "연결했습니다" in message.text]) == 1


async def test_what_the_contact_typed_is_kept_by_the_quick_start(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, REQUIRED)
    view = world.modal(MINJI)
    values = {"contact_name": "박담당", "contact_mobile": "010"}
    await world.slack.click(MINJI, view_id=view.id, action_id="setup.defaults", values=values)
    await world.settle()
    assert "휴대폰번호가 아닙니다" in await world.notice(MINJI)
    values["contact_mobile"] = "010-1234-5678"
    await world.slack.click(MINJI, view_id=view.id, action_id="setup.defaults", values=values)
    await world.settle()
    (store,) = await stores(world)
    form = StoreForm.of(store, Sealer(world.settings.fernet_keys()))
    assert (form.contact_name, form.contact_mobile) == ("박담당", "010-1234-5678")


@pytest.mark.parametrize(("word", "opens"), [("status", ""), ("stores", ""), ("stores", "settings.open")])
async def test_automatic_confirmation_that_waits_says_so_with_its_button(world: World, word: str, opens: str) -> None:
    store = await world.add_store(confirm_mode=ConfirmMode.AUTO)
    world.tmon.new_orders(LIVING.partner_id, 2)
    await world.collect()
    await world.command(MINJI, word)
    if opens:
        await click(world, MINJI, opens)
    assert "아직 시작 전" in text_of(world.modal(MINJI))
    await click(world, MINJI, f"stores.ask_auto#{store.id}")
    assert "대기 2건도 함께 시작" in text_of(world.modal(MINJI))
    assert (await stores(world))[0].auto_from is None
    await click(world, MINJI, "stores.start_auto#new")
    assert "자동 발주확인을 시작했습니다" in text_of(world.modal(MINJI))
    assert (await stores(world))[0].auto_from is not None


async def test_a_form_that_is_sent_while_an_account_is_looked_up_ends_without_an_error(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "stores")
    await click(world, MINJI, "settings.open")
    await click(world, MINJI, "settings.edit#2")
    view = world.modal(MINJI)
    before = len(private(world, MINJI))
    await asyncio.gather(
        world.slack.click(MINJI, view_id=view.id, action_id="setup.account", value=JUNHO),
        world.slack.close(MINJI, view.id),
    )
    await world.settle()
    assert world.modal(MINJI).callback_id == "settings.store"
    assert len(private(world, MINJI)) == before
