"""`/tmon products` against the sandbox: what is known, how it is read, and what is shown."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.playground.slack.demo import MINJI
from handlers.products.ids import ProductAction
from tests.flows.products.deals import add, known, listing, press, read, shop, shown
from tests.flows.world import World
from tmon.models.products import Deal, DealOption


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
    for words in ("판매 중", "1,234개", "56,700원", "숨김", "런플", "오늘 10:00에 읽은"):
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
