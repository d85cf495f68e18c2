"""How far the sending of a list is, and its result: in the view, and by message once that is closed."""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import Message, View
from handlers.listings.ids import ListingAction, ListingView
from tests.flows.listings.uploading import (
    CREATE,
    UPDATE,
    changes,
    close_all,
    file_of,
    goods_shop,
    listed,
    listing,
    options,
    press,
    prices,
    problem_rows,
    product,
    register,
    shown,
    upload,
    writes,
)
from tests.flows.waybills.shipping import told
from tests.flows.world import World, until
from tests.tmon.listings import sheets
from tmon.listings.fields import O
from tmon.models.listings import ChangeState, ListedProduct
from tmon.models.stores import Store

MINUTE = timedelta(minutes=1)
SAID = "상품 등록·변경 결과입니다"


async def begin(world: World) -> View:
    """등록하기, without waiting for what follows; the view that it was pressed in."""
    view = world.modal(MINJI)
    assert view.callback_id == ListingView.PREVIEW, shown(view)
    assert (await world.slack.submit(MINJI, view.id, {})).ok
    return view


async def tell(world: World) -> None:
    """The job that tells results, some time later."""
    world.clock.advance(MINUTE)
    await world.run_job("send products")
    await world.run_job("tell results of products")
    await world.settle()


def message(world: World) -> Message:
    """The message with the result."""
    direct = world.slack.conversations.direct(world.slack.people[MINJI])
    return next(one for one in world.slack.messages(direct.id, MINJI) if SAID in str(one.text))


async def press_in_message(world: World, action_id: str) -> None:
    direct = world.slack.conversations.direct(world.slack.people[MINJI])
    await world.slack.click(MINJI, channel=direct.id, ts=message(world).ts, action_id=action_id)
    await world.settle()


async def use_up_calls(world: World, store: Store, key: str) -> None:
    """Lets ten calls have left a moment ago."""
    async with world.db.write() as session:
        row = await session.get_one(ListedProduct, (store.team_id, store.id, key))
        row.calls = [world.clock().isoformat()] * 10


async def test_a_list_whose_view_is_closed_is_sent_and_its_result_told(world: World) -> None:
    store = await goods_shop(world)
    world.tmon.forbidden_words.add("금칙어")
    deals = [await product(world, store, "A-1"), await product(world, store, "A-2", title="금칙어 상품")]
    await upload(world, sheets.book(deals, [*options("A-1"), *options("A-2")]))
    world.tmon.faults.slow_seconds = 0.2
    view = await begin(world)
    await world.slack.close(MINJI, view.id)
    await world.settle()
    assert listing(world, store, "A-1") is not None
    assert SAID not in str(told(world, MINJI))
    await tell(world)
    assert "등록 완료 *1* · 실패 *1*" in str(message(world).text)
    assert store.name in str(message(world).text)
    await close_all(world)
    await press_in_message(world, ListingAction.PAGE)
    result = world.modal(MINJI)
    assert result.callback_id == ListingView.RESULT
    assert shown(result).index("A-2") < shown(result).index("A-1"), "what failed goes first"
    await close_all(world)
    await press_in_message(world, ListingAction.PROBLEMS)
    (row,) = problem_rows(world)["상품"]
    assert row["판매자 상품번호"] == "A-2"
    await tell(world)
    assert sum(SAID in text for text in told(world, MINJI)) == 1


async def test_what_waits_for_the_limit_is_told_with_the_time_and_sent_then(world: World) -> None:
    store = await goods_shop(world)
    await register(world, store, "A-1")
    await use_up_calls(world, store, "a-1")
    world.tmon.calls.clear()
    deals = [await product(world, store, "A-1"), await product(world, store, "A-2")]
    rows = [*options("A-1", **{O.PRICE: 17_900}), *options("A-2")]
    await upload(world, sheets.book(deals, rows))
    view = await begin(world)
    await until(lambda: "보내는 중입니다 1/2" in shown(world.modal(MINJI)), 30)
    assert "호출 제한 때문에 상품 1개는" in shown(world.modal(MINJI))
    assert "이 창을 닫아도 계속 보냅니다" in shown(world.modal(MINJI))
    await world.slack.close(MINJI, view.id)
    await world.settle()
    assert writes(world) == [CREATE]
    await tell(world)
    assert SAID not in str(told(world, MINJI)), "one of them waits"
    world.clock.advance(21 * MINUTE)
    await world.run_job("send products")
    await world.settle()
    assert writes(world) == [CREATE, UPDATE]
    assert prices(listed(world, store, "A-1")) == {"M": 17_900, "L": 17_900}
    await tell(world)
    assert "등록 완료 *1* · 변경 완료 *1*" in str(message(world).text)


async def test_a_lost_answer_is_being_checked_and_then_known(world: World) -> None:
    store = await goods_shop(world)
    await upload(world, await file_of(world, store, "A-1"))
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang_after_write", {CREATE}, 1
    view = await begin(world)
    await until(lambda: listing(world, store, "A-1") is not None, 30)
    await world.slack.close(MINJI, view.id)
    await world.settle()
    (change,) = await changes(world)
    assert change.state in (ChangeState.UNKNOWN, ChangeState.DONE)
    world.tmon.faults.clear()
    for _ in range(8):
        world.clock.advance(MINUTE)
        await world.run_job("settle writes")
        await tell(world)
    assert writes(world).count(CREATE) == 1
    assert "등록 완료 *1*" in str(message(world).text)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_view_that_is_closed_while_nothing_moves_is_noticed(world: World) -> None:
    store = await goods_shop(world)
    await register(world, store, "A-1")
    await use_up_calls(world, store, "a-1")
    await upload(world, sheets.book([await product(world, store, "A-1")], options("A-1", **{O.PRICE: 17_900})))
    view = await begin(world)
    await until(lambda: "호출 제한 때문에" in shown(world.modal(MINJI)), 30)
    updates: list[Any] = [call for call in world.slack.calls if call.method == "views.update"]
    assert updates
    await world.slack.close(MINJI, view.id)
    await world.settle()
    assert world.slack.open_modal(MINJI) != [view]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_an_old_preview_shows_the_result_once_it_was_sent(world: World) -> None:
    store = await goods_shop(world)
    numbers = [f"B-{number}" for number in range(9)]
    preview = await upload(world, await file_of(world, store, *numbers))
    await begin(world)
    await world.settle()
    assert world.modal(MINJI).id == preview.id
    second = await press(world, f"{ListingAction.PAGE}#after")
    assert "등록 완료 *9*" in shown(second)
    assert "B-8" in shown(second)
