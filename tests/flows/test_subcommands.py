"""Stores are found by what people type; where several fit, a button opens what was asked for."""

import json

import pytest

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.slack.model import View
from handlers.common_views.ids import CommandAction, NoticeView
from handlers.features import FEATURES, complete, subcommands
from tests.flows.stores.registering import click, private, stores, text_of
from tests.flows.world import World
from tmon.models.stores import Store

pytestmark = pytest.mark.storage

LONG = "아주 길고 길어서 아무도 휴대폰으로 끝까지 입력하지 않는 우리 동네 생활용품 가게 2호점"
OPENS = {
    "products": "products.list",
    "상품": "products.list",
    "stock": "stock.list",
    "재고": "stock.list",
    "templates": "templates.overview_view",
    "템플릿": "templates.overview_view",
}
"""Commands that need one store, and what they open."""


async def shops(world: World) -> tuple[Store, Store]:
    return await world.add_store(registered_by=MINJI), await world.add_store(partner=1, registered_by=MINJI)


def choice(world: World, user: str = MINJI) -> list[str]:
    """The buttons of the choice in front of somebody."""
    view = world.modal(user)
    assert view.callback_id == NoticeView.STORES
    return [one["text"]["text"] for block in view.blocks for one in block.get("elements", ())]


async def choose(world: World, store: Store, user: str = MINJI) -> View:
    """Presses the button of a store; the modal is in its place afterwards."""
    before = world.modal(user)
    assert (await click(world, user, f"{CommandAction.RUN}#{store.id}")).ok
    assert len(world.slack.open_modal(user)) == 1
    assert world.modal(user).id == before.id
    return world.modal(user)


async def close(world: World, user: str = MINJI) -> None:
    for view in reversed(world.slack.open_modal(user)):
        await world.slack.close(user, view.id)


@pytest.mark.parametrize(("word", "opens"), OPENS.items())
async def test_without_a_name_a_button_per_store_opens_what_was_asked_for(world: World, word: str, opens: str) -> None:
    _, market = await shops(world)
    await world.command(MINJI, word)
    assert choice(world) == ["소담마켓", "한빛리빙"]
    view = await choose(world, market)
    assert view.callback_id == opens
    assert "소담마켓" in text_of(view)


EVERY_WORD = """setup 설정 | stores 스토어 | status 상태 | sync 연동 | collect 수집 | orders 주문 | waybills 송장 | claims 클레임 | cs 문의
| reviews 후기 | settlement 정산 | products 상품 | stock 재고 | templates 템플릿 | incidents 장애 오류 | report 보고 리포트 | guide 가이드
| admin 관리 | help 도움말"""
EVERY_KIND = "orders 주문 | claims 클레임 | cs 문의 | reviews 후기 | settlement 정산"
ANSWERS_WITH_COMMANDS = {"help", "guide"}
"""What explains the commands names them."""


async def test_every_word_in_both_languages_is_answered_without_the_example_of_a_command(world: World) -> None:
    await shops(world)
    admin = world.owner
    for word in subcommands(complete(FEATURES)):
        answers = []
        for typed in (word.english, *word.korean):
            before = len(private(world, admin))
            await world.command(admin, typed)
            shown = [text_of(view) for view in world.slack.open_modal(admin)] + private(world, admin)[before:]
            assert shown, f"/tmon {typed} is not answered"
            assert word.english in ANSWERS_WITH_COMMANDS or "/tmon" not in "".join(shown), typed
            answers.append([view.callback_id for view in world.slack.open_modal(admin)])
            await close(world, admin)
        assert all(answer == answers[0] for answer in answers), word.english


def test_there_is_every_word_and_every_kind() -> None:
    words = {(word.english, *word.korean) for word in subcommands(complete(FEATURES))}
    assert words == {tuple(one.split()) for one in EVERY_WORD.split("|")}
    kinds = {word.words for feature in FEATURES for word in feature.collect_words}
    assert kinds == {tuple(one.split()) for one in EVERY_KIND.split("|")}


async def test_without_a_kind_or_a_store_collecting_asks_for_both_with_buttons(world: World) -> None:
    living, _ = await shops(world)
    await world.command(MINJI, "수집")
    shown = [one["text"]["text"] for block in world.modal(MINJI).blocks for one in block.get("elements", ())]
    assert shown[:2] == ["주문", "클레임"]
    assert len(shown) == sum(len(feature.collect_words) for feature in FEATURES)
    await click(world, MINJI, f"{CommandAction.RUN}#orders")
    assert set(choice(world)) == {"소담마켓", "한빛리빙"}
    view = await choose(world, living)
    assert "주문 수집을 마쳤습니다" in text_of(view)
    await close(world)
    await world.command(MINJI, "collect 한빛")
    await click(world, MINJI, f"{CommandAction.RUN}#inquiries")
    assert "'한빛리빙' 문의 수집을 마쳤습니다" in text_of(world.modal(MINJI))


async def test_without_a_store_every_word_leads_to_setup(world: World) -> None:
    for word in ("collect", "stock", "orders", "templates"):
        await world.command(MINJI, word)
        assert "등록된 스토어가 없습니다" in private(world, MINJI)[-1]


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("collect orders", "주문"), ("수집 문의", "문의")],
)
async def test_collecting_by_hand_asks_too_and_says_what_came_in_place_of_the_choice(
    world: World, typed: str, kind: str
) -> None:
    _, market = await shops(world)
    await world.command(MINJI, typed)
    view = await choose(world, market)
    assert view.callback_id == NoticeView.NOTICE
    assert kind in text_of(view)
    assert "소담마켓" in text_of(view)


async def test_the_switch_of_the_chosen_store_is_turned(world: World) -> None:
    living, _ = await shops(world)
    await world.command(MINJI, "연동 끄기")
    await choose(world, living)
    assert {store.name: store.sync_on for store in await stores(world)} == {"한빛리빙": False, "소담마켓": True}


@pytest.mark.parametrize("typed", ["한빛", "리빙", "한빛 리빙", "빛리", "living", "HANBIT_LIVING", "hanbit_living"])
async def test_a_part_that_no_other_name_has_or_the_seller_id_is_enough(world: World, typed: str) -> None:
    await shops(world)
    await world.command(MINJI, f"stock {typed}")
    view = world.modal(MINJI)
    assert view.callback_id == "stock.list"
    assert "한빛리빙" in text_of(view)


@pytest.mark.parametrize(
    ("word", "opens"),
    {
        **OPENS,
        "orders": "order.list_view",
        "cs": "inquiry.list_view",
        "setup": "setup.api",
        "stores": "settings.store",
        "status": "stores.status",
    }.items(),
)
async def test_every_command_with_a_store_takes_a_part_of_its_name(world: World, word: str, opens: str) -> None:
    await shops(world)
    await world.command(MINJI, f"{word} 소담")
    view = world.modal(MINJI)
    assert view.callback_id == opens
    menus = [one for block in view.blocks for one in block.get("elements", ()) if "initial_option" in one]
    if word == "orders":
        assert "소담마켓" in [menu["initial_option"]["text"]["text"] for menu in menus]
    else:
        assert "한빛리빙" not in text_of(view)


async def test_a_long_name_needs_a_part_and_an_exact_name_goes_first(world: World) -> None:
    await world.add_store(name=LONG, name_key=LONG)
    await world.add_store(partner=1, name="우리", name_key="우리")
    await world.command(MINJI, "stock 2호점")
    assert LONG in text_of(world.modal(MINJI))
    await close(world)
    await world.command(MINJI, "stock 우리")
    assert world.modal(MINJI).callback_id == "stock.list"
    assert LONG not in text_of(world.modal(MINJI))


async def test_a_part_of_several_names_offers_those_and_an_unknown_word_all(world: World) -> None:
    await shops(world)
    await world.add_store(seller_id="third", name="한빛상회", name_key="한빛상회")
    await world.command(MINJI, "stock 한빛")
    assert choice(world) == ["한빛리빙", "한빛상회"]
    await close(world)
    await world.command(MINJI, "stock *없는* <!channel>")
    assert len(choice(world)) == 3
    assert "<!channel>" not in json.dumps(world.modal(MINJI).blocks)


@pytest.mark.parametrize("word", ["stock", "orders", "products", "status"])
@pytest.mark.parametrize("typed", ["없는\x00가게", "없는\u202e가게", "\x00없는가게\x1f", "\ufeff없는가게"])
async def test_characters_that_no_database_stores_are_passed_over(world: World, word: str, typed: str) -> None:
    await shops(world)
    await world.command(MINJI, f"{word} {typed}")
    await world.settle()
    assert "없는가게" in json.dumps(world.modal(MINJI).blocks, ensure_ascii=False)


async def test_the_store_named_last_stands_first_for_that_person_also_after_a_restart(world: World) -> None:
    living, market = await shops(world)
    for chosen in (market, living, market):
        await world.command(MINJI, f"stock {chosen.name}")
        await close(world)
        await world.command(MINJI, "products")
        assert choice(world)[0] == chosen.name
        await close(world)
    await world.command(JUNHO, "products")
    await choose(world, living, JUNHO)
    await close(world, JUNHO)
    await world.restart()
    for user, first in ((MINJI, market.name), (JUNHO, living.name)):
        await world.command(user, "재고")
        assert choice(world, user)[0] == first


async def test_who_lacks_the_right_is_told_in_place_of_the_choice(world: World) -> None:
    _, market = await shops(world)
    await world.command(JUNHO, "templates")
    view = await choose(world, market, JUNHO)
    assert view.callback_id == NoticeView.NOTICE
    assert "할 수 있습니다" in text_of(view)


async def test_one_store_is_never_asked_about(world: World) -> None:
    await world.add_store(registered_by=MINJI)
    await world.command(MINJI, "stock")
    assert world.modal(MINJI).callback_id == "stock.list"
    assert private(world, MINJI) == []


async def test_a_store_removed_meanwhile_is_asked_for_again(world: World) -> None:
    living, market = await shops(world)
    await world.command(MINJI, "stock")
    async with world.db.write() as session:
        (await session.get_one(Store, (market.team_id, market.id))).removed_at = world.clock()
    await click(world, MINJI, f"{CommandAction.RUN}#{market.id}")
    assert choice(world) == [living.name]
