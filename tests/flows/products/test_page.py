"""The page of one product: all that is known of it, its picture, and who may do what."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from bot.playground.slack.demo import MINJI
from handlers.products.ids import ProductAction, ProductView
from tests.flows.listings.uploading import shown
from tests.flows.products.deals import add, listing, press, shop
from tests.flows.products.managed import act, managed, open_page, option_no
from tests.flows.world import World
from tmon.models.calendar import Vacation
from tmon.models.inquiries import Inquiry, Source
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store


async def order(world: World, store: Store, number: int, deal_no: int, state: OrderState) -> None:
    """An order of one deal with something still to be done."""
    now = world.clock()
    async with world.db.write() as session:
        session.add(
            Order(
                team_id=store.team_id,
                store_id=store.id,
                order_no=number,
                state=state,
                ordered_at=now,
                paid_at=now,
                confirm_by=now + timedelta(days=1),
                ship_by=now + timedelta(days=3),
                amount=1000,
                delivery_fee=0,
                quantity=1,
                title="수건",
                first_seen_at=now,
                updated_at=now,
            )
        )
        session.add(
            OrderDeal(
                team_id=store.team_id,
                store_id=store.id,
                order_no=number,
                deal_no=deal_no,
                title="수건",
                delivery_no="1",
                delivery_status="D1",
                state=DealState.OPEN,
            )
        )


async def test_the_page_of_a_managed_product_says_all_that_is_known(world: World) -> None:
    store, deal = await managed(world)
    number = option_no(deal, "M")
    for order_no, state in ((91, OrderState.NEW), (92, OrderState.NEW), (93, OrderState.CONFIRMED)):
        await order(world, store, order_no, deal.deal_no, state)
    await order(world, store, 94, deal.deal_no, OrderState.CANCELLED)
    await order(world, store, 95, deal.deal_no + 1, OrderState.NEW)
    now = world.clock()
    async with world.db.write() as session:
        session.add(
            Sku(
                team_id=store.team_id,
                store_id=store.id,
                id="sk_1",
                code="SKU-M",
                stock=3,
                counted_at=now,
                updated_at=now,
            )
        )
        session.add(
            OptionLink(team_id=store.team_id, store_id=store.id, deal_no=deal.deal_no, option_no=number, sku_id="sk_1")
        )
        for question, answered in ((1, None), (2, None), (3, now)):
            session.add(
                Inquiry(
                    team_id=store.team_id,
                    store_id=store.id,
                    source=Source.QUESTION,
                    number=question,
                    deal_no=deal.deal_no,
                    asked_at=now,
                    listed_from=now.date(),
                    first_seen_at=now,
                    answered_at=answered,
                )
            )
    text = shown(await open_page(world, deal))
    for said in (
        "🟢 판매 중",
        f"`{deal.deal_no}`",
        "`A-1`",
        "이 봇에서 관리",
        "일반상품",
        "*판매가* 15,900원",
        "양말",
        "SKU `SKU-M`",
        "SKU 없음",
        "발주확인 대기 2건 · 발송 대기 1건 (91, 92, 93)",
        "*답변할 문의* 2건",
        "*최근 변경*",
        f"<@{MINJI}> · 상품 등록 — ✅ 완료",
    ):
        assert said in text, said
    images = [block for block in world.modal(MINJI).blocks if block["type"] == "image"]
    assert [(one["image_url"], one["alt_text"]) for one in images] == [(deal.document["mainImages"][0], deal.title)]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_picture_that_slack_refuses_is_left_out(world: World) -> None:
    _, deal = await managed(world)
    host = urlsplit(deal.document["mainImages"][0]).hostname
    world.slack.faults.silent_image_hosts.add(str(host))
    view = await open_page(world, deal)
    assert [block["type"] for block in view.blocks if block["type"] == "image"] == []
    assert "읽은 내용입니다" in shown(view)
    assert "읽고 있습니다" not in shown(view)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_deal_made_elsewhere_offers_to_be_taken_over(world: World) -> None:
    await shop(world)
    await world.command(MINJI, "products")
    deal = listing(world, "호텔수건")
    await add(world, deal.deal_no)
    await press(world, f"{ProductAction.OPEN}#{deal.deal_no}")
    text = shown(world.modal(MINJI))
    assert "관리하지 않음" in text
    for action in (ProductAction.TAKE_OVER, ProductAction.PAUSE, ProductAction.PERIOD):
        assert action in text
    for action in (ProductAction.PRICE, ProductAction.EDIT, ProductAction.ADD_OPTION, ProductAction.RESUME):
        assert f'"{action}"' not in text


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_deal_that_tmon_does_not_have_any_more_offers_nothing(world: World) -> None:
    _, deal = await managed(world)
    deal.deleted = True
    text = shown(await open_page(world, deal))
    assert "티몬에 없는 상품" in text
    assert ProductAction.PRICE not in text
    assert ProductAction.PAUSE not in text


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_whoever_may_only_see_is_told_who_may(world: World) -> None:
    _, deal = await managed(world)
    stranger = world.person("이준호").id
    await open_page(world, deal, stranger)
    for action in (ProductAction.PRICE, ProductAction.PAUSE, ProductAction.PERIOD, ProductAction.EDIT):
        await press(world, action, stranger)
        assert f"<@{MINJI}>" in await world.notice(stranger)
    assert world.modal(stranger).callback_id == ProductView.DEAL
    assert [call.name for call in world.tmon.calls if call.name != "deals.get"] == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_on_vacation_resuming_says_so(world: World) -> None:
    store, deal = await managed(world, stock_on=True)
    await act(world, ProductAction.PAUSE)
    now = world.clock()
    async with world.db.write() as session:
        session.add(
            Vacation(
                team_id=store.team_id,
                store_id=store.id,
                id="va_1",
                starts_on=now.date(),
                ends_on=now.date(),
                ship_on=now.date(),
                begun_by=MINJI,
                begun_at=now,
                started_at=now,
            )
        )
    assert "지금 휴가 중입니다" in shown(await open_page(world, deal))


async def test_the_list_marks_what_is_managed(world: World) -> None:
    _, deal = await managed(world)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await world.command(MINJI, "products")
    text = shown(world.modal(MINJI))
    assert "관리 중" in text
    assert f'"value": "{deal.deal_no}"' in text
    assert ProductAction.PRICE_SELECTED in text
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await world.command(MINJI, "products a-1")
    assert world.modal(MINJI).callback_id == ProductView.DEAL
    assert f"`{deal.deal_no}`" in shown(world.modal(MINJI))
