"""자동 발주확인: nothing before a person saw how many wait; then what is collected, unless a person has to weigh it."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.playground.tmon import CallPhase, LoggedCall, buyer_cancels, withdraw_claim
from handlers.orders.ids import OrderAction
from tests.flows.cards import buttons, card_of, posted, reports, runs, shows
from tests.flows.world import World
from tmon.claims.collector import CLAIMS
from tmon.models.collection import RunOutcome
from tmon.models.incidents import Incident
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode, Store, StoreState
from tmon.orders.service import OrderService
from tmon.permissions import Person

EVERY = timedelta(minutes=5)


async def automatic(world: World, **over: Any) -> Store:
    """A store whose automatic confirmation has begun."""
    return await world.add_store(**{"confirm_mode": ConfirmMode.AUTO, "auto_from": world.clock(), **over})


async def set_store(world: World, store: Store, **values: Any) -> None:
    """What the setup form would save."""
    async with world.db.write() as session:
        kept = await session.get_one(Store, (store.team_id, store.id))
        for name, value in values.items():
            setattr(kept, name, value)


async def again(world: World) -> None:
    """The next run."""
    world.clock.advance(EVERY)
    await world.collect()


async def test_nothing_is_confirmed_before_it_began(world: World) -> None:
    store = await automatic(world, auto_from=None)
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    await again(world)
    assert world.tmon.calls_of("orders.confirm") == []
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert buttons((await card_of(world, store.id, order)).blocks) != [], "people can confirm it meanwhile"


async def test_what_is_collected_is_confirmed_and_reported_without_a_card(world: World) -> None:
    store = await automatic(world)
    orders = world.tmon.new_orders(store.seller_id, 12)
    await world.collect()
    assert {deal.status for order in orders for deal in order.deals} == {"D2"}
    assert {order.confirmed_by for order in await world.orders()} == {"auto"}
    assert await posted(world, "order/") == await posted(world, "batch/") == []
    (report,) = await posted(world, "report/")
    assert ("새 주문 12건" in report.text, "자동 발주확인 12건" in report.text) == (True, True)
    wanted: Counter[str] = Counter()
    for order in orders:
        for deal in order.deals:
            wanted.update({f"{deal.title} {option.title}": option.qty for option in deal.options})
    most = max(wanted.values())
    assert any(f"{name} × {most}" in shows(report) for name, count in wanted.items() if count == most)
    assert [name.partition("#")[0] for name in buttons(report.blocks)] == [OrderAction.LIST]
    (run,) = await runs(world)
    assert run.counts == {"new": 12, "auto_confirmed": 12}
    calls = len(world.slack.calls)
    await again(world)
    assert len(world.slack.calls) == calls, "a quiet run stays silent"


async def test_what_waited_before_stays_with_the_people(world: World) -> None:
    store = await world.add_store()
    before = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.clock.advance(EVERY)
    await set_store(world, store, confirm_mode=ConfirmMode.AUTO, auto_from=world.clock())
    after = world.tmon.new_order(store.seller_id)
    await world.collect()
    states = [(await world.order(store, order.order_no)).state for order in (before, after)]
    assert states == [OrderState.NEW, OrderState.CONFIRMED]
    assert len(world.tmon.calls_of("orders.confirm")) == len(after.deals)


async def test_a_cancel_request_goes_to_a_card_with_the_reason(world: World) -> None:
    store = await automatic(world)
    wanted, cancelled = world.tmon.new_order(store.seller_id), world.tmon.new_order(store.seller_id)
    assert buyer_cancels(world.tmon, cancelled.order_no) is not None
    await world.collect()
    assert (await world.order(store, wanted.order_no)).state is OrderState.CONFIRMED
    assert (await world.order(store, cancelled.order_no)).state is OrderState.NEW
    card = await card_of(world, store.id, cancelled)
    assert "취소를 요청" in shows(card)
    assert len(await posted(world, "order/")) == 1
    await again(world)
    assert {deal.status for deal in cancelled.deals} == {"D1"}, "it is for a person to decide"
    assert OrderAction.CONFIRM not in shows(card), "TMON would refuse it"
    withdraw_claim(world.tmon, next(iter(world.tmon.claims)))
    await world.collect(CLAIMS)
    await again(world)
    assert (await world.order(store, cancelled.order_no)).note is None


async def test_tmon_down_is_tried_again_with_the_next_run_and_makes_no_card(world: World) -> None:
    store = await automatic(world)
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"orders.confirm", "orders.get"}
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    await again(world)
    assert await posted(world, "order/") == await posted(world, "batch/") == []
    world.tmon.faults.clear()
    await again(world)
    assert (await world.order(store, order.order_no)).confirmed_by == "auto"
    assert "자동 발주확인 1건" in (await reports(world))[-1]


async def test_an_answer_that_never_came_is_asked_for_not_repeated(world: World) -> None:
    store = await automatic(world)
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "truncated", {"orders.confirm"}, 1
    await world.collect()
    world.clock.advance(timedelta(seconds=30))
    await world.sweep()
    await again(world)
    assert len(world.tmon.calls_of("orders.confirm")) == 1
    assert (await world.order(store, order.order_no)).confirmed_by == "auto"


async def test_tmons_refusal_goes_to_a_card_with_its_sentence(world: World) -> None:
    store = await automatic(world)
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.faults.mode, world.tmon.faults.only = "error_500_json", {"orders.confirm"}
    world.tmon.faults.error_text = "판매가 정지된 파트너입니다."
    await world.collect()
    assert "판매가 정지된 파트너입니다." in shows(await card_of(world, store.id, order))
    calls = len(world.tmon.calls_of("orders.confirm"))
    world.tmon.faults.clear()
    await again(world)
    assert len(world.tmon.calls_of("orders.confirm")) == calls, "a person has to press"


async def test_held_orders_are_left_alone(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    minji = Person(team_id=store.team_id, user_id=world.owner, is_admin=True)
    await world.bot.services[OrderService].hold(minji, store.id, order.order_no, "재고 확인 중")
    await set_store(world, store, confirm_mode=ConfirmMode.AUTO, auto_from=world.clock() - timedelta(days=1))
    await again(world)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    await world.bot.services[OrderService].release(minji, store.id, order.order_no)
    await again(world)
    assert (await world.order(store, order.order_no)).confirmed_by == "auto"
    assert "자동 발주확인" in shows(await card_of(world, store.id, order))


async def test_back_to_manual_gives_cards(world: World) -> None:
    store = await automatic(world)
    first = world.tmon.new_order(store.seller_id)
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"orders.get"}
    await world.collect()
    assert await posted(world, "order/") == []
    world.tmon.faults.clear()
    await set_store(world, store, confirm_mode=ConfirmMode.MANUAL, auto_from=None)
    second = world.tmon.new_order(store.seller_id)
    await again(world)
    assert world.tmon.calls_of("orders.confirm") == []
    for order in (first, second):
        assert buttons((await card_of(world, store.id, order)).blocks) != []


@pytest.mark.parametrize("switch", ["sync_on", "order_on"])
async def test_a_switch_turned_off_ends_it(world: World, switch: str) -> None:
    store = await automatic(world)
    await world.collect()
    await set_store(world, store, **{switch: False})
    world.tmon.new_order(store.seller_id)
    await again(world)
    assert world.tmon.calls_of("orders.confirm") == []


async def test_switched_off_between_reading_and_confirming(world: World) -> None:
    store = await automatic(world)
    order = world.tmon.new_order(store.seller_id)

    async def switch_off(call: LoggedCall, phase: CallPhase) -> None:
        if call.query.get("deliveryStatus") == "D2" and phase is CallPhase.RECEIVED:
            await set_store(world, store, order_on=False)

    world.tmon.on_call = switch_off
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert world.tmon.calls_of("orders.confirm") == []
    assert [run.outcome for run in await runs(world)] == [RunOutcome.DONE]


async def test_a_key_refused_while_confirming_is_an_incident_that_stays(world: World) -> None:
    store = await automatic(world)
    world.tmon.new_order(store.seller_id)

    async def revoke(call: LoggedCall, phase: CallPhase) -> None:
        if call.query.get("deliveryStatus") == "D2" and phase is CallPhase.ANSWERED:
            world.tmon.revoke_key(store.seller_id)

    world.tmon.on_call = revoke
    await world.collect()
    async with world.db.read() as session:
        kept = await session.get_one(Store, (store.team_id, store.id))
        (incident,) = await session.scalars(select(Incident))
    assert (kept.state, incident.closed_at) == (StoreState.KEY_REJECTED, None)


async def test_what_cannot_be_confirmed_for_an_hour_is_shown_to_people(world: World) -> None:
    store = await automatic(world)
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.faults.mode, world.tmon.faults.only = "throttled", {"orders.confirm"}
    await world.collect()
    await again(world)
    assert await posted(world, "order/") == []
    world.clock.advance(timedelta(hours=1))
    await world.collect()
    assert "제한하고 있습니다" in shows(await card_of(world, store.id, order))
    world.tmon.faults.clear()
    await again(world)
    assert (await world.order(store, order.order_no)).confirmed_by == "auto"
