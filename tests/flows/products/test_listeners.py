"""`/tmon products`: the list, a deal, adding by number."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import MINJI
from handlers.common_views.ids import CommandAction, NoticeView, SwitchAction
from handlers.products.ids import ProductAction, ProductView
from tests.flows.products.deals import add, known, listing, press, read, shop, shown
from tests.flows.switches import prove, turn
from tests.flows.world import World
from tmon.models.products import Deal
from tmon.models.stores import ApiGroup, Store
from tmon.products.catalog import FOUND


async def find(world: World, words: str, user: str = MINJI) -> None:
    """찾기."""
    assert (await world.slack.submit(user, world.modal(user).id, {"search": words})).ok
    await world.settle()


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


async def test_of_several_stores_the_name_is_asked_for(world: World) -> None:
    await shop(world)
    await world.add_store(partner=1)
    await world.command(MINJI, "products")
    assert "소담마켓" in shown(world)
    assert world.modal(MINJI).callback_id == NoticeView.STORES
    await world.command(MINJI, "products 소담마켓")
    assert "소담마켓" in shown(world)
    assert world.modal(MINJI).callback_id == ProductView.LIST


async def deals(world: World, *named: tuple[Store, int, str]) -> None:
    async with world.db.write() as session:
        for store, number, title in named:
            session.add(
                Deal(
                    team_id=store.team_id,
                    store_id=store.id,
                    deal_no=number,
                    title=title,
                    title_key=title.casefold(),
                    known_since=world.clock(),
                )
            )


@pytest.mark.parametrize(
    ("typed", "opens", "shows"),
    [
        ("호텔", ProductView.LIST, "호텔"),  # the store's name, although a product bears it too
        ("MARKET_ID", ProductView.LIST, "소담마켓"),
        ("700100", ProductView.DEAL, "호텔 수건"),
        ("규조토", ProductView.DEAL, "규조토 발매트"),
        ("TOWEL", ProductView.DEAL, "Towel set"),
        ("소담", ProductView.LIST, "소담마켓"),  # a part of one store's name, and of no product
        ("소담마", ProductView.LIST, "소담마켓"),
        ("수건", ProductView.CHOICE, "수건"),
        ("발매트", ProductView.DEAL, "규조토 발매트"),  # a product goes before a part of a store's name
        ("없는 것", NoticeView.STORES, "호텔"),
        ("100%", NoticeView.STORES, "호텔"),
        ("999999", NoticeView.STORES, "호텔"),
    ],
)
async def test_the_words_after_the_command_are_a_store_a_product_or_a_choice(
    world: World, typed: str, opens: str, shows: str
) -> None:
    hotel = await world.add_store(name="호텔", name_key="호텔", registered_by=MINJI)
    market = await world.add_store(partner=1, seller_id="market_id")
    await world.add_store(name="발매트 가게", name_key="발매트 가게", seller_id="third")
    await deals(world, (hotel, 700100, "호텔 수건"), (market, 700200, "세면 수건"), (hotel, 700300, "규조토 발매트"))
    await deals(world, (market, 700400, "Towel set"))
    await world.command(MINJI, f"products {typed}")
    view = world.slack.open_modal(MINJI)[-1]
    assert view.callback_id == opens
    assert shows in str(view.blocks)


async def test_several_are_buttons_marked_store_and_product_that_open_what_they_say(world: World) -> None:
    towels = await world.add_store(name="수건나라", name_key="수건나라", registered_by=MINJI)
    market = await world.add_store(partner=1)
    await deals(world, (towels, 700100, "호텔 수건"), (market, 700200, "세면 <수건>"))
    await world.command(MINJI, "상품 수건")
    choice = world.modal(MINJI)
    buttons = [one["text"]["text"] for block in choice.blocks for one in block.get("elements", ())]
    assert buttons == ["스토어 · 수건나라", "상품 · 세면 <수건> (소담마켓)", "상품 · 호텔 수건 (수건나라)"]
    await press(world, f"{ProductAction.OPEN}#{towels.id}_700100")
    assert world.modal(MINJI).callback_id == ProductView.DEAL
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await press(world, f"{CommandAction.RUN}#{towels.id}")
    assert world.modal(MINJI).callback_id == ProductView.LIST
    assert world.modal(MINJI).id == choice.id


async def test_of_too_many_products_the_first_are_buttons_and_it_says_that_there_are_more(world: World) -> None:
    store = await world.add_store(registered_by=MINJI)
    for count in (FOUND, FOUND + 1):
        await deals(world, *((store, 700_000 + count * 100 + n, f"수건{count} {n:02}") for n in range(count)))
        await world.command(MINJI, f"products 수건{count}")
        view = world.slack.open_modal(MINJI)[-1]
        shown = str(view.blocks)
        assert shown.count(f"상품 · 수건{count}") == FOUND
        assert ("더 있습니다" in shown) is (count > FOUND)
        await world.slack.close(MINJI, view.id)
