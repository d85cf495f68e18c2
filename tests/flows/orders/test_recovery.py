"""kill -9 at every call of a confirmation and of the outbox: TMON hears of each deal once, and every card comes true."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from bot.playground.slack.model import Message
from bot.playground.tmon import PlacedOrder
from handlers.orders.ids import OrderAction
from tests.flows.process import START_SECONDS, Moment, Outside
from tmon.models.orders import Order, OrderBatch, OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.stores import Store
from tmon.orders.cards import order_key

pytestmark = pytest.mark.timeout(900)

PRESS = ("cancellations.search", "chat.update")
"""TMON is asked only after the card has said that it is being confirmed: so the calls come in the same order always."""
MOMENTS_ON_POSTGRES = (
    Moment("orders.confirm", 1, "received"),
    Moment("orders.confirm", 2, "answered"),
    Moment("chat.update", 2, "received"),
)
"""What a crash means at a call is the same on every database: the rows are committed by then. What differs, that the
lock falls and half a transaction is gone, is the same at every call; so a few stand for all."""


async def new_card(outside: Outside, store: Store) -> PlacedOrder:
    """An order of two deals, collected and shown."""
    order = outside.tmon.new_order(store.seller_id, deals=2)
    posts = outside.calls.count("chat.postMessage")
    await ask_for_orders(outside)
    await outside.rest(after=lambda: outside.calls.count("chat.postMessage") == posts + 1)
    return order


async def ask_for_orders(outside: Outside) -> None:
    """`/tmon collect orders`."""
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", "collect orders")


def cards(outside: Outside, order: PlacedOrder) -> list[Message]:
    """Every message that shows an order: one, unless a crash repeated it."""
    return [m for m in outside.posts("주문") if f"`{order.order_no}`" in str(m.blocks)]


def can_be_confirmed(message: Message) -> bool:
    """Whether a card has a button to confirm with."""
    buttons = [e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
    return any(action.partition("#")[0] == OrderAction.CONFIRM for action in buttons)


async def press(outside: Outside, message: Message) -> None:
    """Presses 발주확인; a bot that dies of it acknowledges nothing."""
    buttons = [e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
    action = next(action for action in buttons if action.partition("#")[0] == OrderAction.CONFIRM)
    reads = outside.calls.count("orders.initial")
    await outside.slack.click(outside.owner, channel=message.channel, ts=message.ts, action_id=action)
    await outside.rest(after=lambda: outside.calls.count("orders.initial") > reads)


async def known_card(outside: Outside, store: Store, order: PlacedOrder) -> Message:
    """The one among the cards that the outbox knows of."""
    async with outside.db.read() as session:
        row = await session.get_one(Row, (store.team_id, order_key(store.id, order.order_no)))
    return next(message for message in cards(outside, order) if message.ts == row.ts)


async def check_truth(outside: Outside, store: Store, order: PlacedOrder) -> OrderState:
    """Nothing is lost, nothing happened twice, and TMON, the database and the card agree."""
    sent = [call.body for call in outside.tmon.calls_of("orders.confirm") if f"/{order.order_no}/" in call.path]
    for deal in order.deals:
        tries = [body for body in sent if isinstance(body, dict) and body["tmonDealNo"] == deal.deal_no]
        assert len(tries) == (deal.status == "D2"), "a write that may have taken effect is never repeated"
    kept = await outside.order(store, order.order_no)
    confirmed = all(deal.status == "D2" for deal in order.deals)
    assert kept.state is (OrderState.CONFIRMED if confirmed else OrderState.NEW)
    shown = await known_card(outside, store, order)
    assert can_be_confirmed(shown) is not confirmed
    assert (f"<@{outside.owner}>" in str(shown.blocks)) is confirmed
    return kept.state


async def crash_and_recover(outside: Outside, store: Store, fatal: Moment) -> None:
    """One order, one press, one crash, one restart; the same bot then serves the next round."""
    order = await new_card(outside, store)
    outside.watch(fatal, hold=PRESS)
    await press(outside, cards(outside, order)[0])
    assert outside.child is not None
    assert outside.child.returncode == -9, "it was not hit"
    outside.watch()
    await outside.restart()
    await outside.rest(timedelta(seconds=50))
    if await check_truth(outside, store, order) is OrderState.NEW:
        await press(outside, await known_card(outside, store, order))
        assert await check_truth(outside, store, order) is OrderState.CONFIRMED


async def test_every_call_of_a_confirmation(outside: Outside, on_postgres: bool, subtests: pytest.Subtests) -> None:
    store = await outside.add_store()
    outside.child = await outside.start()
    order = await new_card(outside, store)
    outside.watch(hold=PRESS)
    await press(outside, cards(outside, order)[0])
    calls = list(outside.calls)
    assert (calls.count("orders.confirm"), calls.count("orders.get"), calls.count("chat.update")) == (2, 2, 2)
    assert await check_truth(outside, store, order) is OrderState.CONFIRMED
    moments = [
        Moment(name, calls[: position + 1].count(name), phase)
        for position, name in enumerate(calls)
        for phase in ("received", "answered")
    ]
    for moment in MOMENTS_ON_POSTGRES if on_postgres else moments:
        with subtests.test(str(moment)):
            await crash_and_recover(outside, store, moment)
        if outside.child.returncode is not None:
            outside.watch()
            await outside.restart()


async def test_every_call_from_an_order_to_its_card(
    outside: Outside, on_postgres: bool, subtests: pytest.Subtests
) -> None:
    store = await outside.add_store()
    outside.child = await outside.start()
    outside.watch()
    await new_card(outside, store)
    calls = list(outside.calls)
    assert calls.count("chat.postMessage") == 1, "a card"
    moments = [
        Moment(name, calls[: position + 1].count(name), phase)
        for position, name in enumerate(calls)
        for phase in ("received", "answered")
        if name in ("orders.list", "chat.postMessage")
    ]
    for moment in moments[-4:] if on_postgres else moments:
        with subtests.test(str(moment)):
            await crash_while_an_order_comes(outside, store, moment)
        if outside.child.returncode is not None:
            outside.watch()
            await outside.restart()


async def crash_while_an_order_comes(outside: Outside, store: Store, fatal: Moment) -> None:
    """The order is there once, its card at least once, and a copy that a crash left behind can be used like the card."""
    known = {order.order_no for order in await outside.orders()}
    order = outside.tmon.new_order(store.seller_id, deals=2)
    outside.watch(fatal)
    await ask_for_orders(outside)
    await outside.rest(after=lambda: False)
    assert outside.child is not None
    assert outside.child.returncode == -9, "it was not hit"
    outside.watch()
    await outside.restart(after=timedelta(seconds=outside.settings.collect_orders_seconds))
    await outside.rest(after=lambda: len(cards(outside, order)) > 0)
    assert {kept.order_no for kept in await outside.orders()} == known | {order.order_no}
    await check_truth(outside, store, order)
    reported = [m for m in outside.posts("주문") if "새 주문" in m.text and not m.ephemeral_for]
    assert reported
    # the oldest copy is the one that a person would find; pressing it acts on the order and brings it up to date
    oldest, *_ = shown = cards(outside, order)
    assert 1 <= len(shown) <= 2
    await press(outside, oldest)
    assert await check_truth(outside, store, order) is OrderState.CONFIRMED
    # where it was a second copy, it is gone
    assert not any(can_be_confirmed(message) for message in cards(outside, order) if message.ts == oldest.ts)


async def test_killed_in_the_middle_of_1200_orders(outside: Outside) -> None:
    store = await outside.add_store()
    orders = outside.tmon.new_orders(store.seller_id, 1200)
    outside.child = await outside.start()

    async def stored() -> int:
        async with outside.db.read() as session:
            return await session.scalar(select(func.count()).select_from(Order)) or 0

    while not await stored():
        pass
    await outside.kill()
    assert 0 < await stored() < 1200, "killed between two chunks"
    await outside.restart()
    async with asyncio.timeout(START_SECONDS):
        while await stored() < 1200:  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.05)
    await outside.rest()
    assert [order.order_no for order in await outside.orders()] == sorted(order.order_no for order in orders)
    async with outside.db.read() as session:
        shown = await session.execute(select(col(Order.batch_id), func.count()).group_by(col(Order.batch_id)))
        sizes: dict[str | None, int] = dict(list(shown))
        fixed = await session.scalars(select(col(OrderBatch.id)).where(col(OrderBatch.frozen_at).is_not(None)))
    assert set(sizes) == set(fixed), "each order on one card that people see"
    assert sum(sizes.values()) == 1200
    assert len(outside.posts("주문")) < 12
