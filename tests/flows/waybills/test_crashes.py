"""kill -9 around each write about shipping: TMON hears of each number once, and what the bot shows comes true."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.tmon import PlacedOrder
from handlers.waybills.ids import WaybillAction
from tests.flows.cards import action, posted
from tests.flows.process import Moment, Outside
from tests.flows.waybills.parcels import CARRIER, CORRECT, DELAY, NUMBER, OTHER, REGISTER, carrier_block
from tests.flows.world import until
from tmon.models.orders import Order, OrderDeal, OrderState
from tmon.models.stores import Store
from tmon.models.waybills import DelayNotice, Waybill, WaybillState
from tmon.models.writes import WriteStep
from tmon.orders.cards import order_key

pytestmark = pytest.mark.timeout(900)

LATER = timedelta(minutes=6)
"""Long enough for what TMON does not show to be known as not done."""
STARTED_SECONDS = 60
"""Real seconds in which a bot that was started on a busy machine has settled what it left."""
STEPS = (
    Moment("cancellations.search", 1, "received"),
    Moment("orders.get", 1, "received"),
    Moment("orders.get", 1, "answered"),
    Moment(REGISTER, 1, "received"),
    Moment(REGISTER, 1, "answered"),
)


async def start(outside: Outside) -> Store:
    """A store and a bot."""
    store = await outside.add_store()
    outside.child = await outside.start()
    await outside.rest()
    return store


async def confirmed(outside: Outside, store: Store, deals: int = 1) -> PlacedOrder:
    """An order with a card, confirmed at TMON, all of it in one parcel."""
    order = outside.tmon.new_order(store.seller_id, deals=deals)
    for deal in order.deals:
        deal.delivery_no = order.deals[0].delivery_no
    await collect(outside)
    await shown(outside, store, order)
    outside.tmon.move_to(order.order_no, "D2")
    await collect(outside)
    async with asyncio.timeout(STARTED_SECONDS):
        while (await stored(outside, order)).state is not OrderState.CONFIRMED:
            outside.clock.advance(timedelta(seconds=5))
            await outside.rest()
    return order


async def stored(outside: Outside, order: PlacedOrder) -> Order:
    """The row of an order."""
    async with outside.db.read() as session:
        return (await session.scalars(select(Order).where(col(Order.order_no) == order.order_no))).one()


async def collect(outside: Outside) -> None:
    """`/tmon collect orders`: waits until TMON was asked."""
    before = len(outside.tmon.calls_of("orders.list"))
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", "collect orders")
    await outside.rest(after=lambda: len(outside.tmon.calls_of("orders.list")) > before)


async def shown(outside: Outside, store: Store, order: PlacedOrder) -> Any:
    """The card of an order, once it is there."""
    async with asyncio.timeout(STARTED_SECONDS):
        while not (found := await posted(outside, order_key(store.id, order.order_no))):
            outside.clock.advance(
                timedelta(seconds=5)
            )  # a run that listed the orders before this one is followed by another
            await outside.rest()
    return found[-1]


async def send(outside: Outside, store: Store, order: PlacedOrder, wanted: str, values: dict[str, Any]) -> None:
    """Presses a button of the card and sends the form; a bot that dies of it acknowledges nothing."""
    for view in reversed(outside.slack.open_modal(outside.owner)):
        await outside.slack.close(outside.owner, view.id)
    message = await shown(outside, store, order)
    await outside.slack.click(
        outside.owner, channel=message.channel, ts=message.ts, action_id=action(message.blocks, wanted)
    )
    await until(lambda: outside.slack.open_modal(outside.owner), STARTED_SECONDS)
    view = outside.modal(outside.owner)
    if "number" in values:
        block = carrier_block(view)
        await outside.slack.suggest(outside.owner, view.id, block, CARRIER)
        values = {**values, block: CARRIER}
    await outside.slack.submit(outside.owner, view.id, values)
    await outside.rest()


async def crash(outside: Outside, fatal: Moment, doing: Any) -> None:
    """Does something, dies at `fatal`, and starts again a while later."""
    outside.watch(fatal)
    await doing
    await until(lambda: outside.child is not None and outside.child.returncode == -9, STARTED_SECONDS)
    outside.watch()
    await outside.restart(LATER)


async def rows(outside: Outside, order: PlacedOrder) -> tuple[Waybill | None, DelayNotice | None, OrderDeal]:
    """What is stored of the order's one deal."""
    async with outside.db.read() as session:
        waybill = await session.scalar(select(Waybill).where(col(Waybill.order_no) == order.order_no))
        notice = await session.scalar(select(DelayNotice).where(col(DelayNotice.order_no) == order.order_no))
        deal = (await session.scalars(select(OrderDeal).where(col(OrderDeal.order_no) == order.order_no))).one()
    return waybill, notice, deal


def tries(outside: Outside, call: str, order: PlacedOrder) -> int:
    """How often TMON heard of it."""
    return sum(f"/{order.order_no}/" in one.path for one in outside.tmon.calls_of(call))


async def test_no_number_is_registered_twice(outside: Outside, on_postgres: bool, subtests: pytest.Subtests) -> None:
    store = await start(outside)
    for fatal in STEPS[3:5] if on_postgres else STEPS:
        with subtests.test(str(fatal)):
            order = await confirmed(outside, store)
            await crash(outside, fatal, send(outside, store, order, WaybillAction.REGISTER, {"number": NUMBER}))
            await outside.writes_settled()
            row, _, deal = await rows(outside, order)
            assert tries(outside, REGISTER, order) <= 1
            assert deal.delivery_status == order.deals[0].status
            is_there = order.deals[0].status == "D3"
            assert (row is not None and row.state is WaybillState.REGISTERED) is is_there
            assert row is None or row.state in (WaybillState.REGISTERED, WaybillState.FAILED)
            if not is_there:  # nothing is lost: the person sends it again
                await send(outside, store, order, WaybillAction.REGISTER, {"number": OTHER})
                await outside.writes_settled()
                assert order.deals[0].invoice is not None
                assert order.deals[0].invoice.number == OTHER
            row, _, deal = await rows(outside, order)
            assert row is not None
            assert order.deals[0].invoice is not None
            assert (row.state, row.number) == (WaybillState.REGISTERED, order.deals[0].invoice.number)
            assert deal.shipped_at is not None


async def test_a_correction_in_doubt_is_ended_by_the_same_number(
    outside: Outside, on_postgres: bool, subtests: pytest.Subtests
) -> None:
    store = await start(outside)
    for phase in ("answered",) if on_postgres else ("received", "answered"):
        with subtests.test(phase):
            order = await confirmed(outside, store)
            await send(outside, store, order, WaybillAction.REGISTER, {"number": NUMBER})
            await crash(
                outside,
                Moment(CORRECT, 1, phase),
                send(outside, store, order, WaybillAction.CORRECT, {"number": OTHER}),
            )
            await outside.writes_settled((WriteStep.PREPARED, WriteStep.SENT))
            row, _, _ = await rows(outside, order)
            assert row is not None
            assert (row.state, row.number) == (WaybillState.UNKNOWN, NUMBER)
            assert tries(outside, CORRECT, order) == 1
            await send(outside, store, order, WaybillAction.CORRECT, {"number": OTHER})
            await outside.writes_settled()
            row, _, _ = await rows(outside, order)
            assert row is not None
            assert order.deals[0].invoice is not None
            assert (row.state, row.number, order.deals[0].invoice.number) == (WaybillState.REGISTERED, OTHER, OTHER)


async def test_no_notice_is_sent_twice(outside: Outside, on_postgres: bool, subtests: pytest.Subtests) -> None:
    store = await start(outside)
    for phase in ("answered",) if on_postgres else ("received", "answered"):
        with subtests.test(phase):
            order = await confirmed(outside, store)
            day = (outside.clock() + timedelta(days=20)).date().isoformat()
            values = {"reason": "DLD1", "detail": "입고 지연", "day": day}
            await crash(outside, Moment(DELAY, 1, phase), send(outside, store, order, WaybillAction.DELAY, values))
            await outside.writes_settled()
            _, notice, deal = await rows(outside, order)
            assert tries(outside, DELAY, order) == 1
            assert notice is not None
            is_there = order.deals[0].delay is not None
            assert (notice.state is WaybillState.REGISTERED) is is_there
            assert (deal.ship_by is not None) is is_there


async def test_what_one_press_sends_of_several_deals_is_sent_although_the_bot_was_killed(
    outside: Outside, on_postgres: bool, subtests: pytest.Subtests
) -> None:
    store = await start(outside)
    moments = [
        Moment("orders.get", 1, "received"),  # all are stored, and none is sent
        Moment(DELAY, 1, "received"),
        Moment(DELAY, 1, "answered"),
        Moment("orders.get", 2, "answered"),
        Moment(DELAY, 2, "received"),
        Moment(DELAY, 3, "answered"),
    ]
    for fatal in moments[:3] if on_postgres else moments:
        with subtests.test(str(fatal)):
            order = await confirmed(outside, store, deals=3)
            day = (outside.clock() + timedelta(days=20)).date().isoformat()
            values = {"reason": "DLD1", "detail": "입고 지연", "day": day}
            await crash(outside, fatal, send(outside, store, order, WaybillAction.DELAY, values))
            await outside.writes_settled()
            calls = [one for one in outside.tmon.calls_of(DELAY) if f"/{order.order_no}/" in one.path]
            sent = [one.body["tmonDealNo"] for one in calls]  # type: ignore[index]
            assert sorted(sent) == sorted(deal.deal_no for deal in order.deals), "nobody has pressed again"
            async with outside.db.read() as session:
                found = await session.scalars(select(DelayNotice).where(col(DelayNotice.order_no) == order.order_no))
                states = {row.deal_no: row.state for row in found}
            told = {deal.deal_no: deal.delay is not None for deal in order.deals}
            assert {number: state is WaybillState.REGISTERED for number, state in states.items()} == told
            assert list(told.values()).count(False) <= 1, "only what was on its way when the bot was killed may be lost"
