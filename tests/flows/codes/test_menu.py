"""The menu of carriers in a form: searched on our side, last used first, and a way to type a code."""

from typing import Any

import pytest

from bot.playground.slack.demo import MINJI, SEOYEON
from handlers.blocks import modal
from handlers.codes import views
from handlers.codes.ids import DIRECT
from tests.flows.world import World
from tmon.codes.reader import CodeReader
from tmon.codes.service import CodeTables
from tmon.codes.tables import Carrier
from tmon.models.stores import Store


async def menu(world: World, store: Store, typed: str = "", user: str = MINJI) -> list[tuple[str, str]]:
    """Somebody has a form open and types into its menu; what it offers."""
    t = world.bot.guard.texts("ko")
    trigger = world.slack.triggers.issue(user)
    form: Any = modal("폼", [views.carrier_input(t, store.id)], callback_id="form", close="닫기", submit="저장하기")
    answer = await (await world.client()).views_open(trigger_id=trigger, view=form)
    view_id = str(answer["view"]["id"])
    found = await world.slack.suggest(user, view_id, views.carrier_block(store.id), typed)
    await world.slack.close(user, view_id)
    return [(option["text"]["text"], option["value"]) for option in found]


DIRECTLY = ("택배사 코드 직접 입력 (검색란에 5자리)", DIRECT)


async def test_without_codes_there_is_own_delivery_and_a_way_to_type_one(world: World) -> None:
    store = await world.add_store(worker_ids=[MINJI])
    assert await menu(world, store) == [("자체배송", "10099"), DIRECTLY]
    assert await menu(world, store, "10001") == [("택배사 코드 직접 입력: 10001", "10001")]
    assert await menu(world, store, "한진") == [DIRECTLY]


async def test_carriers_are_found_by_name_and_code_and_the_last_used_comes_first(world: World) -> None:
    store = await world.add_store(worker_ids=[MINJI])
    await world.bot.services[CodeReader].read(store.team_id, store.id)
    everything = await menu(world, store)
    assert everything[0] == ("CJ대한통운", "10001")
    assert ("자체배송", "10099") in everything
    assert everything[-1] == DIRECTLY
    assert await menu(world, store, "cj 대한") == [("CJ대한통운", "10001"), DIRECTLY]
    assert await menu(world, store, "10003") == [("한진택배", "10003")]
    assert await menu(world, store, " 10777 ") == [("택배사 코드 직접 입력: 10777", "10777")]
    async with world.db.write() as session:
        await world.bot.services[CodeTables].used(session, store, "10777")
        await world.bot.services[CodeTables].used(session, store, "10003")
    assert (await menu(world, store))[:2] == [("한진택배", "10003"), ("택배사 코드 10777", "10777")]


async def test_who_has_no_part_in_a_store_is_offered_nothing(world: World) -> None:
    store = await world.add_store(worker_ids=[])
    assert await menu(world, store, user=SEOYEON) == []


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_menu_never_offers_more_than_slack_draws(world: World, language: str) -> None:
    t = world.bot.guard.texts(language)
    carriers = [Carrier(f"{number}", f"택배사 {number}") for number in range(10000, 10300)]
    options = views.carrier_options(t, carriers, "")
    assert len(options) == views.MAX_OPTIONS
    assert options[-1]["value"] == DIRECT
