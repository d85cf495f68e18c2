"""Forms of one product: prices, sale, sale period, a new option, texts, taking over."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.tmon.deal_listings import Listing
from handlers.common_views.ids import SwitchAction
from handlers.listings.ids import ListingView
from handlers.products.ids import ProductAction, ProductView
from tests.flows.listings.uploading import ADD, UPDATE, changes, listed, prices, products, register, shown, writes
from tests.flows.products.deals import add, listing, press, shop
from tests.flows.products.managed import accept, act, fill_in, managed, open_page, option_no
from tests.flows.switches import turn
from tests.flows.world import World
from tmon.models.listings import ChangeState, Origin, ProductState
from tmon.models.products import Deal
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import ApiGroup


def field(deal: Listing, name: str) -> str:
    """The block of the price of an option, when the form is opened."""
    return f"price_{option_no(deal, name)}~0"


# --- prices ---


async def test_prices_are_previewed_old_and_new_and_sent(world: World) -> None:
    _, deal = await managed(world)
    form = await act(world, ProductAction.PRICE)
    assert form.callback_id == ProductView.PRICE
    assert "(지금 15,900원)" in shown(form)
    assert (await fill_in(world, {field(deal, "M"): "17,900원"})).ok
    preview = world.modal(MINJI)
    assert preview.callback_id == ListingView.PREVIEW
    assert f"A-1 · {deal.title}" in shown(preview)
    assert "판매가(A-1-M) 15,900원 → 17,900원 (+12.6%)" in shown(preview)
    assert writes(world) == []
    result = await accept(world)
    assert "변경 완료 *1*" in shown(result)
    assert writes(world) == [UPDATE]
    assert prices(deal) == {"M": 17_900, "L": 15_900}
    page = await open_page(world, deal)
    assert "판매가 15,900원 → 17,900원 — ✅ 완료" in shown(page)


async def test_more_than_half_is_asked_twice(world: World) -> None:
    _, deal = await managed(world)
    await act(world, ProductAction.PRICE)
    await fill_in(world, {field(deal, "M"): "1590"})
    refused = await world.slack.submit(MINJI, world.modal(MINJI).id, {})
    assert refused.errors
    assert writes(world) == []
    await accept(world, steep=["yes"])
    assert prices(deal) == {"M": 1_590, "L": 15_900}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_percentage_counts_for_all_options_instead_of_single_prices(world: World) -> None:
    _, deal = await managed(world)
    await act(world, ProductAction.PRICE)
    await fill_in(world, {"percent": "-10", field(deal, "M"): "1"})
    await accept(world)
    assert prices(deal) == {"M": 14_310, "L": 14_310}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "바뀐 것이 없습니다."),
        ({"M": "15900"}, "바뀐 것이 없습니다."),
        ({"M": "0"}, "0원은 쓸 수 없습니다"),
        ({"M": "만원"}, "원 단위 숫자를 적어 주세요"),
        ({"percent": "열"}, "숫자를 적어 주세요"),
        ({"percent": "0"}, "바뀐 것이 없습니다."),
        ({"percent": "-100"}, "숫자를 적어 주세요"),
    ],
)
async def test_what_is_wrong_with_prices_stands_at_its_field(world: World, values: dict[str, str], says: str) -> None:
    _, deal = await managed(world)
    form = await act(world, ProductAction.PRICE)
    typed = {name if name == "percent" else field(deal, name): text for name, text in values.items()}
    acted = await fill_in(world, typed)
    (said,) = acted.errors.values()
    assert says in said
    assert world.modal(MINJI).id == form.id
    assert writes(world) == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_the_way_back_leads_to_the_page(world: World) -> None:
    await managed(world)
    await act(world, ProductAction.PRICE)
    assert (await act(world, ProductAction.BACK)).callback_id == ProductView.DEAL


async def test_chosen_products_change_by_a_percentage_of_the_prices_that_tmon_has_now(world: World) -> None:
    store, first = await managed(world)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await register(world, store, "A-2")
    second = listed(world, store, "A-2")
    world.tmon.calls.clear()
    await world.command(MINJI, "products")
    await world.slack.click(
        MINJI,
        view_id=world.modal(MINJI).id,
        action_id=ProductAction.PRICE_SELECTED,
        values={"select~0": [str(first.deal_no)]},
    )
    await world.settle()
    form = world.modal(MINJI)
    assert form.callback_id == ProductView.PERCENT
    world.clock.advance(timedelta(minutes=11))
    first.options[option_no(first, "M")].price = 20_000
    assert "선택한 상품 1개" in shown(form)
    assert "관리 중인 상품 2개 모두" in shown(form)
    await fill_in(world, {"target": "chosen", "percent": "+10"})
    await accept(world)
    assert (prices(first), prices(second)) == ({"M": 22_000, "L": 17_490}, {"M": 15_900, "L": 15_900})


# --- the sale ---


async def test_the_sale_is_paused_and_resumed(world: World) -> None:
    store, deal = await managed(world, stock_on=True)
    page = await act(world, ProductAction.PAUSE)
    assert (page.callback_id, writes(world)) == (ProductView.DEAL, ["deals.pause"])
    assert "⏸️ 일시중지" in shown(page)
    assert "판매 일시중지 — ✅ 완료" in shown(page)
    async with world.db.read() as session:
        assert not (await session.get_one(Deal, (store.team_id, store.id, deal.deal_no))).paused_by_us
    page = await act(world, ProductAction.RESUME)
    assert writes(world) == ["deals.pause", "deals.resume"]
    assert "🟢 판매 중" in shown(page)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_sale_whose_skus_are_all_stopped_is_not_resumed(world: World) -> None:
    store, deal = await managed(world, stock_on=True)
    await act(world, ProductAction.PAUSE)
    now = world.clock()
    async with world.db.write() as session:
        session.add(
            Sku(
                team_id=store.team_id,
                store_id=store.id,
                id="sk_1",
                code="SKU-1",
                stock=3,
                selling=False,
                counted_at=now,
                updated_at=now,
            )
        )
        for number in deal.options:
            session.add(
                OptionLink(
                    team_id=store.team_id, store_id=store.id, deal_no=deal.deal_no, option_no=number, sku_id="sk_1"
                )
            )
    page = await act(world, ProductAction.RESUME)
    assert "SKU가 판매중지라 재고연동이 판매를 다시 멈춥니다" in shown(page)
    assert writes(world) == ["deals.pause"]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_the_sale_obeys_the_switch_of_stock(world: World) -> None:
    store, _ = await managed(world, stock_on=True)
    await turn(world, store, ApiGroup.STOCK, on=False)
    await press(world, ProductAction.PAUSE)
    assert SwitchAction.TURN_ON in await world.notice(MINJI)
    assert writes(world) == []
    assert [one.is_new for one in await changes(world)] == [True]


# --- the sale period ---


async def test_the_end_of_the_sale_is_set(world: World) -> None:
    await managed(world)
    await act(world, ProductAction.PERIOD)
    day = (world.clock() + timedelta(days=400)).date().isoformat()
    again = await fill_in(world, {"end": day})
    assert again.ok
    if world.modal(MINJI).callback_id == ProductView.PERIOD:  # it had no end: any is sooner
        assert "지금 종료일" in shown(world.modal(MINJI))
        await fill_in(world, {"end": day, "sooner": ["yes"]})
    assert world.modal(MINJI).callback_id == ProductView.DEAL
    assert writes(world) == ["deals.sales_period"]
    assert (await changes(world))[-1].state is ChangeState.DONE


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "판매 종료일이나 기간을"),
        ({"end": "2020-01-01"}, "이미 지난 시각입니다"),
        ({"end": "2030-01-01", "days": "7"}, "하나만"),
    ],
)
async def test_what_is_wrong_with_an_end_stands_at_its_field(world: World, values: dict[str, str], says: str) -> None:
    await managed(world)
    await act(world, ProductAction.PERIOD)
    (said,) = (await fill_in(world, values)).errors.values()
    assert says in said
    assert writes(world) == []


# --- a new option, texts ---


async def test_an_option_is_added(world: World) -> None:
    _, deal = await managed(world)
    form = await act(world, ProductAction.ADD_OPTION)
    assert form.callback_id == ProductView.ADD_OPTION
    values = {"sections_1": "블랙", "sections_2": "XL", "option_number": "A-1-XL", "price": "16900", "stock": "7"}
    assert (await fill_in(world, values)).ok
    assert "A-1-XL" in shown(world.modal(MINJI))
    await accept(world)
    assert writes(world) == [ADD]
    assert prices(deal)["XL"] == 16_900


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_the_number_of_an_option_is_used_once(world: World) -> None:
    await managed(world, stock_on=True)
    await act(world, ProductAction.ADD_OPTION)
    values = {"sections_1": "블랙", "sections_2": "XL", "option_number": "a-1-m", "price": "만원", "stock": "7"}
    errors = (await fill_in(world, values)).errors
    assert {name.partition("~")[0] for name in errors} == {"option_number", "price"}
    values = {"sections_1": "블랙", "sections_2": "XL", "option_number": "A-1-XL", "price": "16900", "stock": ""}
    assert (await fill_in(world, values)).errors == {"stock": "새 옵션의 재고를 적어 주세요"}


async def test_texts_are_changed_and_only_those(world: World) -> None:
    _, deal = await managed(world)
    form = await act(world, ProductAction.EDIT)
    assert form.callback_id == ProductView.EDIT
    assert deal.title in shown(form)
    assert (await fill_in(world, {})).errors, "nothing has changed"
    await fill_in(world, {"title": "새 이름", "keywords": "면, 양말"})
    preview = world.modal(MINJI)
    assert "→ 새 이름" in shown(preview)
    await accept(world)
    assert writes(world) == [UPDATE]
    assert deal.title == "새 이름"


# --- taking over ---


async def test_a_deal_is_taken_over_and_its_price_changed(world: World) -> None:
    await shop(world)
    await world.command(MINJI, "products")
    deal = listing(world, "호텔수건")
    await add(world, deal.deal_no)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await open_page(world, deal)
    world.tmon.calls.clear()
    form = await act(world, ProductAction.TAKE_OVER)
    assert form.callback_id == ProductView.TAKE_OVER
    assert (await fill_in(world, {"number": "수건-1"})).ok
    page = world.modal(MINJI)
    assert "이제 이 봇에서 관리합니다" in shown(page)
    assert writes(world) == []
    (product,) = (await products(world)).values()
    assert (product.seller_no, product.deal_no) == ("수건-1", deal.deal_no)
    assert (product.origin, product.state) == (Origin.TAKEN_OVER, ProductState.LISTED)
    await act(world, ProductAction.PRICE)
    await fill_in(world, {"percent": "10"})
    before = {number: one.price for number, one in deal.options.items()}
    await accept(world)
    assert writes(world) == [UPDATE]
    assert all(deal.options[number].price > price for number, price in before.items())


async def test_a_number_of_another_product_is_refused_at_its_field(world: World) -> None:
    store, _ = await managed(world)
    deal = next(one for one in world.tmon.deals.values() if "호텔수건" in one.title)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await world.command(MINJI, "products")
    await add(world, deal.deal_no)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await open_page(world, deal)
    await act(world, ProductAction.TAKE_OVER)
    errors = (await fill_in(world, {"number": "a-1"})).errors
    assert list(errors.values()) == ["이미 쓰고 있는 번호입니다: a-1"]
    assert {one.store_id for one in (await products(world)).values()} == {store.id}
    assert len(await products(world)) == 1
