"""The home tab through real sockets: opened, kept up to date, paged, and leading to the flows."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI, ORDERS
from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.home.tab import opened, press, tab
from tests.flows.stores.registering import CONTACT, api, private, stores, submit, text_of
from tests.flows.world import World
from tmon.models.stock import OptionLink
from tmon.models.stores import StoreState
from tmon.stores.service import StoreService

LIVING, MARKET = DEMO_PARTNERS[:2]


async def test_an_empty_workspace_is_led_to_setup(world: World) -> None:
    view = await opened(world, JUNHO)
    assert "연결해 보세요" in text_of(view)
    await press(world, JUNHO, "setup.new")
    assert "판매자 ID" in text_of(world.modal(JUNHO))
    await world.slack.close(JUNHO, world.modal(JUNHO).id)
    await press(world, JUNHO, "guide.open")
    assert len(world.slack.open_modal(JUNHO)) == 1


async def test_it_follows_what_its_person_does_anywhere(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    assert "대기 *1건*" in text_of(await opened(world, MINJI))
    card = next(m for m in world.posts("주문") if f"`{order.order_no}`" in str(m.blocks))
    confirm = next(
        e["action_id"]
        for block in card.blocks
        if block["type"] == "actions"
        for e in block["elements"]
        if e["action_id"].startswith("order.confirm")
    )
    await world.slack.click(MINJI, channel=card.channel, ts=card.ts, action_id=confirm)
    await world.settle()
    assert "발주확인 대기 없음" in text_of(tab(world, MINJI))
    await world.command(MINJI, "sync off")
    assert "연동 중지됨" in text_of(tab(world, MINJI))
    assert world.slack.home(JUNHO) is None  # who never looked gets none


async def test_open_incidents_stand_on_it(world: World) -> None:
    await world.add_store()
    world.tmon.faults.reject_partners.add(LIVING.partner_id)
    await world.collect()
    view = await opened(world, JUNHO)
    assert "진행 중인 장애" in text_of(view)
    assert "부터 주문을 수집하지 못하고 있습니다" in text_of(view)
    await press(world, JUNHO, "home.go#incidents")
    assert len(world.slack.open_modal(JUNHO)) == 1
    world.tmon.faults.reject_partners.clear()
    world.clock.advance(timedelta(hours=1, minutes=1))
    await world.bot.services[StoreService].recheck_due()
    await world.collect()
    await press(world, JUNHO, "home.refresh")
    assert "진행 중인 장애" not in text_of(tab(world, JUNHO))


@pytest.mark.parametrize(
    "word", ["waybills", "report", "settlement", "reviews", "stores", "incidents", "setup", "guide"]
)
async def test_every_way_on_opens_its_flow(world: World, word: str) -> None:
    await world.add_store()
    await opened(world, MINJI)
    await press(world, MINJI, f"home.go#{word}")
    assert len(world.slack.open_modal(MINJI)) == 1


async def test_four_daily_buttons_stand_below_the_stages_and_the_others_at_the_end(world: World) -> None:
    await world.add_store()
    rows = [block["elements"] for block in (await opened(world, MINJI)).blocks if block["type"] == "actions"]
    below, end = ([one["text"]["text"] for one in row] for row in (rows[1], rows[-1]))
    assert below == ["송장", "리포트", "정산", "후기"]
    assert end[0] == "새로고침"
    assert end[-2:] == ["가이드", "도움말"]
    assert not {"주문 목록", "클레임", "문의"} & {*below, *end}  # the stages open them


async def test_each_row_opens_what_it_is_about(world: World) -> None:
    store = await world.add_store(
        registered_by=MINJI, name="아주 긴 이름을 가진 우리 동네 생활용품 가게", name_key="긴"
    )
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    async with world.db.write() as session:
        session.add(
            OptionLink(
                team_id=store.team_id,
                store_id=store.id,
                deal_no=1,
                option_no=1,
                sku_id="sk_1",
                mismatch=1,
                watch_at=None,
            )
        )
    view = await opened(world, MINJI)
    urgent = next(block for block in view.blocks if f"`{order.order_no}`" in str(block))
    assert urgent["accessory"]["value"] == f"orders {order.order_no}"
    assert urgent["text"]["text"].endswith("아주 긴 이름을 가진 우리 동네 생…")
    await press(world, MINJI, f"command.run#mismatch_{store.id}")
    assert world.modal(MINJI).callback_id == "stock.list"


async def test_an_incident_is_mended_by_those_who_manage_the_store_and_looked_at_by_the_others(world: World) -> None:
    await world.add_store(registered_by=MINJI)
    world.tmon.faults.reject_partners.add(LIVING.partner_id)
    await world.collect()
    for user, button, opens in ((MINJI, "Key 고치기", "setup.key"), (JUNHO, "열기", "incident.list")):
        view = await opened(world, user)
        row = next(block for block in view.blocks if "수집하지 못하고" in str(block) and "accessory" in block)
        assert row["accessory"]["text"]["text"] == button
        await press(world, user, row["accessory"]["action_id"])
        assert world.modal(user).callback_id == opens


async def test_nobody_sees_a_button_of_a_store_that_refuses_them(world: World) -> None:
    await world.add_store(registered_by=MINJI)
    assert "home.go#templates" in text_of(await opened(world, MINJI))
    assert "home.go#settlement" in text_of(tab(world, MINJI))
    shown = text_of(await opened(world, JUNHO))
    assert "home.go#templates" not in shown
    assert "home.go#settlement" not in shown


@pytest.mark.parametrize("word", ["cs", "products", "stock", "templates"])
async def test_every_way_on_from_a_store_opens_its_flow(world: World, word: str) -> None:
    await world.add_store()
    await world.add_store(partner=1)
    view = await opened(world, MINJI)
    row = [block for block in view.blocks if f"home.go#{word}" in str(block)][-1]
    await world.slack.click(MINJI, view_id=view.id, action_id=f"home.go#{word}", block_id=row["block_id"])
    await world.settle()
    assert len(world.slack.open_modal(MINJI)) == 1


async def test_a_store_opens_for_those_who_manage_it_and_for_those_who_look(world: World) -> None:
    store = await world.add_store()
    for user, edits in ((MINJI, True), (JUNHO, False)):
        await opened(world, user)
        await press(world, user, f"settings.open#{store.id}")
        shown = text_of(world.modal(user))
        assert "한빛리빙" in shown
        assert ("settings.edit" in shown) is edits


async def test_guests_read_why_it_is_empty(world: World) -> None:
    await world.add_store()
    guest = world.person("정하늘").id
    view = await opened(world, guest)
    assert "게스트" in text_of(view)
    assert "한빛리빙" not in text_of(view)
    assert private(world, guest) == []


async def test_it_speaks_the_language_of_its_reader(world: World) -> None:
    await world.add_store()
    assert "TMON today" in text_of(await opened(world, DANIEL))


async def test_a_look_at_the_messages_draws_nothing(world: World) -> None:
    await world.slack.open_home(MINJI, "messages")
    await world.settle()
    assert world.slack.home(MINJI) is None


async def test_a_store_registered_from_the_tab_stands_on_it(world: World) -> None:
    await opened(world, MINJI)
    await press(world, MINJI, "setup.new")
    for answers in (api(), CONTACT, {"channel": ORDERS}):
        await submit(world, MINJI, answers)
    assert [store.state for store in await stores(world)] == [StoreState.APPROVED]
    assert "한빛리빙" in text_of(tab(world, MINJI))
    assert world.posts(ORDERS)
