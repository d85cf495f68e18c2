"""Automatic confirmation: 런플상품발주, limits above which a person is asked, and what each leaves to people."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.tmon import CallPhase, LoggedCall, PlacedOrder
from tests.flows.cards import card_of, posted, press, shows
from tests.flows.stores.editing import edit, look, the_store, told
from tests.flows.stores.registering import click, submit, text_of
from tests.flows.world import World
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode, Store
from tmon.permissions import Person
from tmon.products.runple import RunpleService
from tmon.stores.service import StoreService


async def automatic(world: World, mode: ConfirmMode = ConfirmMode.RUNPLE, **over: Any) -> Store:
    """A store that confirms by itself since yesterday."""
    since = world.clock() - timedelta(days=1)
    return await world.add_store(**{"confirm_mode": mode, "auto_from": since, "runple": True, **over})


def admin(world: World, store: Store) -> Person:
    return Person(store.team_id, world.owner, is_admin=True)


async def mark(world: World, store: Store, *deal_nos: int, on: bool = True) -> None:
    """An admin marks deals."""
    await world.bot.services[RunpleService].mark_deals(admin(world, store), store.id, deal_nos, on=on)


def sent(world: World) -> set[int]:
    """The orders of which a confirmation reached TMON."""
    return {
        int(part) for call in world.tmon.calls_of("orders.confirm") for part in call.path.split("/") if part.isdigit()
    }


async def later(world: World) -> None:
    world.clock.advance(timedelta(minutes=31))
    await world.collect()


async def test_of_mixed_orders_only_those_of_runple_goods_alone_are_confirmed(world: World) -> None:
    store = await automatic(world)
    orders = [world.tmon.new_order(store.seller_id, deals=n) for n in (1, 1, 2, 2, 3)]
    goods = sorted({deal.deal_no for order in orders for deal in order.deals})
    marked = set(goods[::2]) | {deal.deal_no for deal in orders[2].deals}
    await mark(world, store, *marked)
    await world.collect()
    confirmed = set()
    for order in orders:
        all_runple = {deal.deal_no for deal in order.deals} <= marked
        kept = await world.order(store, order.order_no)
        assert (kept.state is OrderState.CONFIRMED) is all_runple
        assert {deal.status for deal in order.deals} == ({"D2"} if all_runple else {"D1"})
        if all_runple:
            confirmed.add(order.order_no)
            assert kept.confirmed_by == "auto"
        else:
            assert "런플이 아닌 상품이 있어" in shows(await card_of(world, store.id, order))
    assert confirmed


async def test_who_reads_why_confirms_it(world: World) -> None:
    store = await automatic(world)
    order = world.tmon.new_order(store.seller_id, deals=2)
    await mark(world, store, order.deals[0].deal_no)
    await world.collect()
    await later(world)
    assert world.tmon.calls_of("orders.confirm") == []
    await press(world, world.owner, await card_of(world, store.id, order))
    assert (await world.order(store, order.order_no)).confirmed_by == world.owner


async def test_a_mark_that_is_taken_away_while_the_order_is_read_stops_it(world: World) -> None:
    store = await automatic(world)
    order = world.tmon.new_order(store.seller_id, deals=1)
    await mark(world, store, order.deals[0].deal_no)

    async def unmark(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.get" and phase is CallPhase.RECEIVED:
            world.tmon.on_call = None
            await mark(world, store, order.deals[0].deal_no, on=False)

    world.tmon.on_call = unmark
    await world.collect()
    assert world.tmon.calls_of("orders.confirm") == []
    assert "런플이 아닌 상품이 있어" in shows(await card_of(world, store.id, order))


async def test_turned_to_manual_while_the_order_is_read(world: World) -> None:
    store = await automatic(world, ConfirmMode.AUTO)
    order = world.tmon.new_order(store.seller_id, deals=1)

    async def turn(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.get" and phase is CallPhase.RECEIVED:
            world.tmon.on_call = None
            async with world.db.write() as session:
                kept = await session.get_one(Store, (store.team_id, store.id))
                kept.confirm_mode, kept.auto_from = ConfirmMode.MANUAL, None

    world.tmon.on_call = turn
    await world.collect()
    assert world.tmon.calls_of("orders.confirm") == []
    await later(world)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    await card_of(world, store.id, order)


async def test_in_manual_and_automatic_mode_the_marks_do_not_matter(world: World) -> None:
    for partner, mode in enumerate((ConfirmMode.MANUAL, ConfirmMode.AUTO)):
        store = await automatic(world, mode, partner=partner)
        marked, other = (world.tmon.new_order(store.seller_id, deals=1) for _ in range(2))
        await mark(world, store, marked.deals[0].deal_no)
        await world.collect()
        wanted = OrderState.CONFIRMED if mode is ConfirmMode.AUTO else OrderState.NEW
        for order in (marked, other):
            assert (await world.order(store, order.order_no)).state is wanted


async def test_taking_the_stores_mark_away_ends_the_mode_and_tells_the_channel(world: World) -> None:
    store = await automatic(world)
    await world.bot.services[StoreService].settings.mark_runple(admin(world, store), store.id, on=False)
    await world.settle()
    kept = await the_store(world)
    assert (kept.confirm_mode, kept.auto_from) == (ConfirmMode.MANUAL, None)
    assert "자동 발주확인: 런플상품발주 → 수동" in told(world)[0]
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.NEW


LIMITS = ("auto_max_amount", "auto_max_quantity")


async def one_with_a_limit(world: World, limit: str, room: int) -> tuple[Store, PlacedOrder]:
    """Collects an order in a store whose limit is `room` more than what that order is."""
    store = await automatic(world, ConfirmMode.AUTO)
    order = world.tmon.new_order(store.seller_id, deals=3)
    options = [option for deal in order.deals for option in deal.options]
    size = sum(option.qty * (option.price if limit == "auto_max_amount" else 1) for option in options)
    async with world.db.write() as session:
        setattr(await session.get_one(Store, (store.team_id, store.id)), limit, size + room)
    await world.collect()
    return store, order


@pytest.mark.parametrize("limit", LIMITS)
async def test_up_to_the_limit_it_is_confirmed(world: World, limit: str) -> None:
    store, order = await one_with_a_limit(world, limit, 0)
    assert (await world.order(store, order.order_no)).confirmed_by == "auto"


@pytest.mark.parametrize(("limit", "word"), [*zip(LIMITS, ("금액이", "수량이"), strict=True)])
async def test_above_the_limit_a_person_is_asked(world: World, limit: str, word: str) -> None:
    store, order = await one_with_a_limit(world, limit, -1)
    assert world.tmon.calls_of("orders.confirm") == []
    card = await card_of(world, store.id, order)
    assert f"{word} 자동 발주확인 한도를 넘어" in shows(card)
    await press(world, world.owner, card)
    assert (await world.order(store, order.order_no)).confirmed_by == world.owner


async def test_the_choice_appears_only_where_the_store_is_marked(world: World) -> None:
    store = await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#3")
    assert "런플상품발주" not in text_of(world.modal(MINJI))
    acted = await world.slack.close(MINJI, world.modal(MINJI).id)
    assert acted is None or acted.ok
    await world.bot.services[StoreService].settings.mark_runple(admin(world, store), store.id, on=True)
    await click(world, MINJI, "settings.edit#3")
    assert "런플상품발주" in text_of(world.modal(MINJI))
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id="setup.mode", value="runple")
    await world.settle()
    await click(world, MINJI, "setup.more")
    await submit(world, MINJI, {"confirm_mode": "runple", "auto_max_amount": "1,000,000원", "auto_max_quantity": "50"})
    shown = text_of(world.modal(MINJI))
    assert "모든 상품이 런플인 주문만" in shown
    assert "금액 한도 → 1,000,000원" in shown
    await submit(world, MINJI, {})
    kept = await the_store(world)
    assert (kept.confirm_mode, kept.auto_max_amount, kept.auto_max_quantity) == (ConfirmMode.RUNPLE, 1_000_000, 50)
    assert "자동 발주확인 수량 한도: 없음 → 50개" in told(world)[-1]


async def test_a_choice_that_was_open_when_the_mark_went_away_is_refused(world: World) -> None:
    store = await world.add_store(runple=True)
    await look(world)
    await click(world, MINJI, "settings.edit#3")
    await world.bot.services[StoreService].settings.mark_runple(admin(world, store), store.id, on=False)
    acted = await submit(world, MINJI, {"confirm_mode": "runple"})
    assert "런플 이용 스토어" in acted.errors["confirm_mode"]
    assert (await the_store(world)).confirm_mode is ConfirmMode.MANUAL


async def test_a_new_mode_that_takes_along_what_waits_weighs_it_anew(world: World) -> None:
    store = await automatic(world)
    orders = [world.tmon.new_order(store.seller_id, deals=1) for _ in range(2)]
    await world.collect()
    assert len(await posted(world, "order/")) == len(orders)
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    await submit(world, MINJI, {"take_waiting": "yes"})
    await later(world)
    assert [order.state for order in await world.orders()] == [OrderState.CONFIRMED] * 2


async def test_never_an_order_with_other_goods_whatever_is_marked_when(world: World) -> None:
    """Each set of marks over two goods in turn, with orders of every kind: TMON's own call log tells."""
    store = await automatic(world)
    goods = sorted({d.deal_no for _ in range(4) for d in world.tmon.new_order(store.seller_id, deals=2).deals})
    marks = [set(chosen) for n in (0, 1, len(goods)) for chosen in list(combinations(goods, n))[:3]]
    await world.collect()
    assert sent(world) == set()
    for marked in marks:
        await mark(world, store, *goods, on=False)
        if marked:
            await mark(world, store, *marked)
        world.tmon.calls.clear()
        orders = [world.tmon.new_order(store.seller_id, deals=n) for n in (1, 2)]
        await later(world)
        whole = {o.order_no for o in orders if {deal.deal_no for deal in o.deals} <= marked}
        assert {o.order_no for o in orders if o.deals[0].status == "D2"} == whole
        for order in world.tmon.orders.values():
            if order.order_no not in {o.order_no for o in orders} and order.deals[0].status == "D1":
                assert order.order_no not in sent(world)
