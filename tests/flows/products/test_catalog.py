"""`/tmon products` against the sandbox: what is known, how it is read, and what is shown."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import InteractionResult
from bot.playground.tmon.deal_listings import Listing
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from handlers.common_views.ids import SwitchAction
from handlers.products.ids import ProductAction
from tests.flows.cards import told
from tests.flows.switches import prove, turn
from tests.flows.world import World
from tmon.models.products import Deal, DealOption
from tmon.models.stores import ApiGroup, Store
from tmon.products.catalog import CatalogService


async def shop(world: World, **over: Any) -> Store:
    """A store with deals at TMON, none of which is known yet."""
    open_shop(world.tmon, world.tmon.partners[DEMO_PARTNERS[0].partner_id])
    return await world.add_store(**{"registered_by": MINJI, **over})


async def known(world: World) -> list[Deal]:
    async with world.db.read() as session:
        return list(await session.scalars(select(Deal).order_by(col(Deal.deal_no))))


async def read(world: World) -> None:
    """The job runs."""
    await world.bot.services[CatalogService].read_due()


def listing(world: World, words: str) -> Listing:
    return next(deal for deal in world.tmon.deals.values() if words in deal.title)


async def add(world: World, number: object, user: str = MINJI) -> InteractionResult:
    """번호로 추가, and what follows."""
    await world.slack.click(user, view_id=world.modal(user).id, action_id=ProductAction.ADD)
    await world.settle()
    acted = await world.slack.submit(user, world.modal(user).id, {"deal_no": str(number)})
    await world.settle()
    return acted


async def find(world: World, words: str, user: str = MINJI) -> None:
    """찾기."""
    assert (await world.slack.submit(user, world.modal(user).id, {"search": words})).ok
    await world.settle()


async def press(world: World, action: str, user: str = MINJI) -> None:
    """Presses something in the modal in front."""
    await world.slack.click(user, view_id=world.modal(user).id, action_id=action)
    await world.settle()


def shown(world: World, user: str = MINJI) -> str:
    return str(world.modal(user).blocks)


async def test_orders_make_deals_known_and_each_is_read_once(world: World) -> None:
    store = await shop(world)
    for _ in range(12):
        world.tmon.new_order(store.seller_id)
    await world.collect()
    deals = {deal.deal_no for order in world.tmon.partners[store.seller_id].orders for deal in order.deals}
    assert [deal.deal_no for deal in await known(world)] == sorted(deals)
    assert all(deal.title and deal.read_at is None for deal in await known(world))
    assert world.tmon.calls_of("deals.get") == []
    await read(world)
    await read(world)
    assert len(world.tmon.calls_of("deals.get")) == len(deals)
    assert all(deal.read_at == world.clock() for deal in await known(world))
    world.clock.advance(timedelta(days=1))
    await read(world)
    answered = [call for call in world.tmon.calls_of("deals.get") if call.status == 200]
    assert len(answered) == 2 * len(deals), "and again the next day"


async def test_a_run_reads_a_portion_only(world: World) -> None:
    store = await shop(world)
    async with world.db.write() as session:
        session.add_all(
            Deal(team_id=store.team_id, store_id=store.id, deal_no=number, known_since=world.clock())
            for number in range(1, 46)
        )
    counts = []
    for _ in range(4):
        await read(world)
        counts.append(len(world.tmon.calls_of("deals.get")))
    assert counts == [20, 40, 45, 45], "TMON has none of them, so they are gone and not asked for again"
    assert all(deal.deleted_at for deal in await known(world))


async def test_what_cannot_be_read_does_not_hold_up_the_others(world: World) -> None:
    store = await shop(world)
    world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = "error_500_json", {"deals.get"}, 1
    await read(world)
    assert sorted(deal.read_at is None for deal in await known(world)) == [False, True]
    world.clock.advance(timedelta(hours=1))
    await read(world)
    assert all(deal.read_at for deal in await known(world))


async def test_too_many_requests_are_waited_for(world: World) -> None:
    store = await shop(world)
    world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    faults = world.tmon.faults
    faults.mode, faults.only, faults.retry_after = "throttled", {"deals.get"}, 120
    await read(world)
    await read(world)
    assert len(world.tmon.calls_of("deals.get")) == 1
    faults.clear()
    world.clock.advance(timedelta(minutes=2))
    await read(world)
    assert all(deal.read_at for deal in await known(world))


@pytest.mark.parametrize("switch", ["sync_on", "product_on"])
async def test_the_switch_in_both_positions(world: World, switch: str) -> None:
    store = await shop(world, **{switch: False})
    async with world.db.write() as session:
        number = listing(world, "호텔수건").deal_no
        session.add(Deal(team_id=store.team_id, store_id=store.id, deal_no=number, known_since=world.clock()))
    await read(world)
    await world.command(MINJI, "products")
    await press(world, f"{ProductAction.OPEN}#{listing(world, '호텔수건').deal_no}")
    assert "티몬에 묻지 않고" in shown(world)
    assert "switches.turn_on" in shown(world)
    assert list(world.tmon.calls) == []
    await press(world, "switches.turn_on")
    await world.command(MINJI, "products")
    await press(world, f"{ProductAction.OPEN}#{listing(world, '호텔수건').deal_no}")
    assert len(world.tmon.calls_of("deals.get")) == 1
    assert listing(world, "호텔수건").title in shown(world)


@pytest.mark.parametrize("group", [ApiGroup.PRODUCT, None], ids=["product", "master"])
async def test_each_way_to_ask_for_a_deal_in_both_positions(world: World, group: ApiGroup | None) -> None:
    store = await shop(world)
    number = listing(world, "호텔수건").deal_no
    async with world.db.write() as session:
        session.add(Deal(team_id=store.team_id, store_id=store.id, deal_no=number, known_since=world.clock()))

    async def look() -> None:
        await world.command(MINJI, "products")
        await press(world, f"{ProductAction.OPEN}#{number}")

    async def job() -> None:
        world.clock.advance(timedelta(days=2))
        await read(world)

    for act in (look, job):
        await prove(world, store, group, act, calls={"deals.get"})


@pytest.mark.parametrize("group", [ApiGroup.PRODUCT, None], ids=["product", "master"])
async def test_adding_by_number_is_refused_with_the_offer_and_in_a_form_that_was_open(
    world: World, group: ApiGroup | None
) -> None:
    store = await shop(world)
    number = listing(world, "호텔수건").deal_no
    await world.command(MINJI, "products")
    await turn(world, store, group, on=False)
    await press(world, ProductAction.ADD)
    assert SwitchAction.TURN_ON in await world.notice(MINJI)
    assert world.modal(MINJI).callback_id == "products.list"
    await turn(world, store, group, on=True)
    await press(world, ProductAction.ADD)
    await turn(world, store, group, on=False)
    acted = await world.slack.submit(MINJI, world.modal(MINJI).id, {"deal_no": str(number)})
    assert "처리하지 않았습니다" in acted.errors["deal_no"]
    assert list(world.tmon.calls) == []
    await turn(world, store, group, on=True)
    assert (await world.slack.submit(MINJI, world.modal(MINJI).id, {"deal_no": str(number)})).errors == {}
    assert len(world.tmon.calls_of("deals.get")) == 1


async def test_the_list_says_what_it_is_and_finds_by_name_and_number(world: World) -> None:
    await shop(world)
    await world.command(MINJI, "상품")
    assert "상품 목록을 알려 주는 기능이 없습니다" in shown(world)
    assert "알고 있는 상품 0개" in shown(world)
    assert (await add(world, "12a")).errors == {"deal_no": "딜 번호는 숫자만 입력해 주세요."}
    await world.slack.close(MINJI, world.modal(MINJI).id)
    assert (await add(world, 4711)).errors == {"deal_no": "티몬에 이 번호의 상품이 없습니다. 번호를 확인해 주세요."}
    await world.slack.close(MINJI, world.modal(MINJI).id)
    for deal in world.tmon.deals.values():
        assert (await add(world, f" {deal.deal_no} ")).ok
    count = len(world.tmon.deals)
    assert f"알고 있는 상품 {count}개" in shown(world)
    wanted = listing(world, "호텔수건")
    for words in ("호텔수건", str(wanted.deal_no)):
        await find(world, words)
        assert "검색 결과 1개" in shown(world)
        assert wanted.title[:20] in shown(world)
    await find(world, "100%_없는 상품")
    assert "찾은 상품이 없습니다" in shown(world)


async def test_add_by_number_when_tmon_is_down_and_by_who_may_not(world: World) -> None:
    await shop(world)
    await world.command(MINJI, "products")
    world.tmon.faults.mode = "html_503"
    refused = await add(world, listing(world, "호텔수건").deal_no)
    assert refused.errors == {"deal_no": "티몬이 응답하지 않습니다. 잠시 뒤 다시 시도해 주세요."}
    assert await known(world) == []
    stranger = world.person("이준호").id
    await world.command(stranger, "products")
    await world.slack.click(stranger, view_id=world.modal(stranger).id, action_id=ProductAction.ADD)
    await world.settle()
    assert f"<@{MINJI}>" in await world.notice(stranger)
    assert world.modal(stranger).callback_id == "products.list"


async def test_a_deal_is_read_when_somebody_looks_at_it(world: World) -> None:
    store = await shop(world)
    towels = listing(world, "호텔수건")
    await world.command(MINJI, "products")
    await add(world, towels.deal_no)
    async with world.db.write() as session:
        (await session.get_one(Deal, (store.team_id, store.id, towels.deal_no))).runple = True
    first, second, *_ = towels.options.values()
    first.stock, first.price, second.display = 1234, 56700, False
    await press(world, f"{ProductAction.OPEN}#{towels.deal_no}")
    text = shown(world)
    for words in ("판매 중", "1,234개", "56,700원", "진열 안 함", "런플", "오늘 10:00에 읽은"):
        assert words in text
    await world.slack.close(MINJI, world.modal(MINJI).id)
    world.tmon.faults.mode = "html_502"
    first.stock = 1
    await press(world, f"{ProductAction.OPEN}#{towels.deal_no}")
    assert "마지막으로 읽은 내용" in shown(world)
    assert "1,234개" in shown(world)
    async with world.db.read() as session:
        options = await session.scalar(select(func.count()).select_from(DealOption))
    assert options == len(towels.options)


@pytest.mark.parametrize(
    ("mode", "sentence", "says"),
    [
        ("error_500_json", "ResourceAccessException: I/O error", "티몬이 응답하지 않습니다"),
        ("error_500_json", "CannotCreateTransactionException", "티몬이 응답하지 않습니다"),
        ("error_500_json", "PersistenceException", "티몬이 응답하지 않습니다"),
        ("error_500_json", "502 Bad Gateway from upstream", "티몬이 응답하지 않습니다"),
        ("html_502", "", "티몬이 응답하지 않습니다"),
        ("html_503", "", "티몬이 응답하지 않습니다"),
        ("error_500_json", "삭제된 딜입니다.(8812345678)", "삭제된 딜입니다"),
    ],
)
async def test_what_tmon_says_in_place_of_a_deal(world: World, mode: Any, sentence: str, says: str) -> None:
    """The rows of the docs/tmon-api.md, ch. 13.2, that may answer a reading; a dead token is renewed without a word."""
    await shop(world)
    number = listing(world, "호텔수건").deal_no
    await world.command(MINJI, "products")
    world.tmon.faults.expire_tokens()
    assert (await add(world, number)).errors == {}
    faults = world.tmon.faults
    faults.mode, faults.only, faults.error_text = mode, {"deals.get"}, sentence
    await press(world, f"{ProductAction.OPEN}#{number}")
    assert "마지막으로 읽은 내용" in shown(world)
    assert says in shown(world)
    assert (await known(world))[0].deleted_at == (world.clock() if "삭제" in sentence else None)


async def test_of_several_stores_the_name_is_asked_for(world: World) -> None:
    await shop(world)
    await world.add_store(partner=1)
    await world.command(MINJI, "products")
    assert "소담마켓" in told(world, MINJI, world.channel("주문").id)[-1]
    await world.command(MINJI, "products 소담마켓")
    assert "소담마켓" in shown(world)
