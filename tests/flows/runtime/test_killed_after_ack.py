"""Web and worker in processes of their own: what was acknowledged is done, whichever of them is killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, func, select
from sqlmodel import col

from bot.playground.slack.model import Message
from bot.playground.tmon import CallPhase, LoggedCall, PlacedOrder, new_review
from handlers.claims.ids import ActAction
from handlers.orders.ids import OrderAction
from handlers.waybills.ids import WaybillAction
from tests.flows.cards import action, buttons, card_of, direct
from tests.flows.process import START_SECONDS, ForkedBot, Moment, Outside
from tests.flows.reviews.reviewing import REPLY, action_of
from tests.flows.waybills.parcels import CARRIER, CORRECT, DELAY, NUMBER, OTHER, carrier_block
from tests.flows.world import until
from tmon.models.inquiries import AnswerState
from tmon.models.orders import OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.reviews import Review
from tmon.models.shipping_files import WaybillUpload
from tmon.models.stores import Store
from tmon.models.waybills import Waybill, WaybillState
from tmon.models.writes import OPEN_STEPS, WriteRecord
from tmon.orders.cards import order_key
from tmon.sealing import Place, Sealer
from tmon.waybills.upload_results import INTERRUPTED
from tmon.waybills.upload_rows import UploadContent

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


@asynccontextmanager
async def worker(outside: Outside) -> AsyncIterator[ForkedBot]:
    """A worker, killed at the end."""
    started = ForkedBot(outside.folder, outside.environment(), "worker")
    try:
        yield started
    finally:
        started.kill()
        await started.wait()


@asynccontextmanager
async def collecting(outside: Outside) -> AsyncIterator[tuple[Store, PlacedOrder]]:
    """An order whose card is in the channel, and within the block the worker that has done so; it is killed at the end."""
    outside.settings = outside.settings.model_copy(update={"engine": "queue", "stalled_seconds": 2})
    store = await outside.add_store()
    order = outside.tmon.new_order(store.seller_id, deals=2)

    async with worker(outside):
        card = select(Row).where(col(Row.key) == order_key(store.id, order.order_no), col(Row.ts).is_not(None))
        await until_stored(outside, card)
        yield store, order


async def collected(outside: Outside) -> tuple[Store, PlacedOrder, Message]:
    """An order whose card is in the channel; the worker that has done so is killed."""
    async with collecting(outside) as (store, order):
        pass
    return store, order, await card_of(outside, store.id, order)


async def until_stored(outside: Outside, wanted: Select[Any]) -> None:
    """Waits until there is such a row, which another process stores."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            async with outside.db.read() as session:
                if await session.scalar(wanted) is not None:
                    return
            await asyncio.sleep(0.1)


async def press(outside: Outside, card: Message) -> None:
    acted = await outside.slack.click(
        outside.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.CONFIRM)
    )
    assert acted.ok, acted.error


async def confirmed(outside: Outside, store: Store, order: PlacedOrder) -> None:
    """Waits until it is; the clock moves on."""
    async with asyncio.timeout(START_SECONDS):
        while (await outside.order(store, order.order_no)).state is not OrderState.CONFIRMED:
            outside.clock.advance(timedelta(seconds=1))
            await asyncio.sleep(0.1)


async def test_a_press_that_a_web_had_acknowledged_when_it_was_killed_is_carried_out(outside: Outside) -> None:
    store, order, card = await collected(outside)
    outside.child = await outside.start(role="web")
    outside.watch()
    await press(outside, card)
    await outside.kill()
    assert (await outside.order(store, order.order_no)).state is OrderState.CONFIRMING
    assert "orders.confirm" not in outside.calls, "that is for a worker"
    async with worker(outside):
        await confirmed(outside, store, order)
    assert outside.calls.count("orders.confirm") == len(order.deals)


async def test_a_form_that_a_web_had_acknowledged_when_it_was_killed_is_carried_out(outside: Outside) -> None:
    async with collecting(outside) as (store, _):
        review = new_review(outside.tmon, store.seller_id, score=5)
        outside.clock.advance(timedelta(hours=1))
        await until_stored(outside, select(Review).where(col(Review.review_no) == review.review_no))
    outside.child = await outside.start(role="web")
    outside.watch()
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", "reviews")
    await until(lambda: outside.slack.open_modal(outside.owner), START_SECONDS)
    view = outside.modal(outside.owner)
    await outside.slack.click(outside.owner, view_id=view.id, action_id=action_of(view.blocks, "답글 달기"))
    await until(lambda: len(outside.slack.open_modal(outside.owner)) == 2, START_SECONDS)
    acted = await outside.slack.submit(outside.owner, outside.modal(outside.owner).id, {"reply": REPLY})
    assert (acted.ok, acted.errors) == (True, {})
    await outside.kill()
    assert "reviews.reply" not in outside.calls, "that is for a worker"
    async with worker(outside):
        await until_stored(outside, select(Review).where(col(Review.reply_state) == AnswerState.DONE))
    assert review.replies == [REPLY]


async def test_what_was_typed_is_not_lost_when_a_web_is_killed_that_still_reads_before_it_sends(
    outside: Outside,
) -> None:
    _, order, card = await to_ship(outside, WaybillAction.REGISTER)
    outside.child = await outside.start(role="web")
    outside.watch()
    await outside.slack.click(
        outside.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, WaybillAction.REGISTER)
    )
    await until(lambda: outside.slack.open_modal(outside.owner), START_SECONDS)
    form = outside.modal(outside.owner)
    await outside.slack.suggest(outside.owner, form.id, carrier_block(form), CARRIER)
    outside.tmon.on_call = never_answers  # its claims are read first
    acted = await outside.slack.submit(outside.owner, form.id, {"number": NUMBER, carrier_block(form): CARRIER})
    assert (acted.ok, acted.errors) == (True, {})
    await outside.kill()
    outside.tmon.on_call = None
    outside.clock.advance(timedelta(minutes=2))  # the next look at lists
    async with worker(outside):
        async with asyncio.timeout(START_SECONDS):
            while not direct(outside, outside.owner):
                outside.clock.advance(timedelta(seconds=1))
                await asyncio.sleep(0.1)
    (sentence,) = direct(outside, outside.owner)
    assert "송장 등록 결과" in sentence
    async with outside.db.read() as session:
        (upload,) = (await session.scalars(select(WaybillUpload))).all()
    sealer = Sealer(outside.settings.fernet_keys())
    rows = sealer.open_as(UploadContent, upload.content, Place.of(upload, "content")).rows
    assert [(row.deal_no, row.number, row.note) for row in rows] == [
        (deal.deal_no, NUMBER, INTERRUPTED) for deal in order.deals
    ]
    assert {deal.status for deal in order.deals} == {"D2"}


async def test_all_notices_of_a_press_are_sent_although_the_web_was_killed(outside: Outside) -> None:
    _, order, card = await to_ship(outside, WaybillAction.DELAY)
    day = (outside.clock() + timedelta(days=20)).date().isoformat()
    await pressed(outside, card, WaybillAction.DELAY, {"reason": "DLD1", "detail": "입고 지연", "day": day})
    await all_done(outside, DELAY, [deal.deal_no for deal in order.deals])
    assert [deal.delay for deal in order.deals] == [("DLD1", "입고 지연")] * len(order.deals)


async def test_all_corrections_of_a_press_are_sent_although_the_web_was_killed(outside: Outside) -> None:
    _, order, card = await to_ship(outside, WaybillAction.CORRECT)
    await pressed(outside, card, WaybillAction.CORRECT, {"number": OTHER})
    await all_done(outside, CORRECT, [deal.deal_no for deal in order.deals])
    assert [deal.invoice.number for deal in order.deals if deal.invoice] == [OTHER] * len(order.deals)


async def test_all_deliveries_of_a_press_are_cancelled_although_the_web_was_killed(outside: Outside) -> None:
    store, order, card = await collected(outside)
    assert len({deal.delivery_no for deal in order.deals}) == len(order.deals)
    goods = [f"{deal.deal_no}-{one.option_no}" for deal in order.deals for one in deal.options if one.qty]
    values = {"goods": goods, "detail": "창고에 재고가 없습니다", "sure": ["yes"]}
    await pressed(outside, card, ActAction.SOLD_OUT, values)
    await all_done(outside, CANCEL, [deal.delivery_no for deal in order.deals])
    assert (await outside.order(store, order.order_no)).state is OrderState.CANCELLED


CANCEL = "cancellations.create"
SUBJECT = {DELAY: "tmonDealNo", CORRECT: "tmonDealNo", CANCEL: "deliveryNo"}
"""What the body of a call tells of its subject."""


async def to_ship(outside: Outside, wanted: str) -> tuple[Store, PlacedOrder, Message]:
    """A confirmed order whose deals go together, with its card that has the `wanted` button; to be corrected: shipped."""
    async with collecting(outside) as (store, order):
        outside.tmon.move_to(order.order_no, "D3" if wanted == WaybillAction.CORRECT else "D2")
        for deal in order.deals:
            deal.delivery_no = order.deals[0].delivery_no
        if wanted == WaybillAction.CORRECT:
            async with outside.db.write() as session:
                session.add_all(sent_by_us(outside, store, order))
        outside.clock.advance(timedelta(minutes=6))  # the next collection
        await confirmed(outside, store, order)
        card = await card_with(outside, store, order, wanted)
    return store, order, card


def sent_by_us(outside: Outside, store: Store, order: PlacedOrder) -> list[Waybill]:
    """The numbers that TMON has, as if they were typed in here."""
    now = outside.clock()
    return [
        Waybill(
            team_id=store.team_id,
            store_id=store.id,
            order_no=order.order_no,
            delivery_no=deal.delivery_no,
            deal_no=deal.deal_no,
            carrier=CARRIER,
            number=deal.invoice.number if deal.invoice else None,
            state=WaybillState.REGISTERED,
            sent_by=outside.owner,
            sent_at=now,
            updated_at=now,
        )
        for deal in order.deals
    ]


async def pressed(outside: Outside, card: Message, wanted: str, values: dict[str, Any]) -> None:
    """A form that a button of the card opens is sent; the web is killed right after it has acknowledged."""
    outside.child = await outside.start(role="web")
    await outside.slack.click(outside.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, wanted))
    await until(lambda: outside.slack.open_modal(outside.owner), START_SECONDS)
    form = outside.modal(outside.owner)
    if wanted == WaybillAction.CORRECT:
        await outside.slack.suggest(outside.owner, form.id, carrier_block(form), CARRIER)
        values = {**values, carrier_block(form): CARRIER}
    outside.watch()
    acted = await outside.slack.submit(outside.owner, form.id, values)
    assert (acted.ok, acted.errors) == (True, {})
    await outside.kill()
    assert not {*SUBJECT} & {*outside.calls}, "that is for a worker"


async def all_done(outside: Outside, call: str, subjects: list[Any]) -> None:
    """A worker has sent all of them, each once; nobody presses again."""
    async with worker(outside), asyncio.timeout(START_SECONDS):
        while await open_writes(outside):
            outside.clock.advance(timedelta(seconds=1))
            await asyncio.sleep(0.1)
    bodies = [one.body for one in outside.tmon.calls_of(call)]
    assert sorted(body[SUBJECT[call]] for body in bodies if isinstance(body, dict)) == sorted(subjects)


async def open_writes(outside: Outside) -> int:
    """How many writes have not ended."""
    async with outside.db.read() as session:
        found = select(func.count()).select_from(WriteRecord).where(col(WriteRecord.state).in_(OPEN_STEPS))
        return await session.scalar(found) or 0


async def never_answers(call: LoggedCall, phase: CallPhase) -> None:
    """Nothing comes of whatever is asked."""
    await asyncio.Event().wait()


async def card_with(outside: Outside, store: Store, order: PlacedOrder, wanted: str) -> Message:
    """The card of an order, once it has a button."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            card = await card_of(outside, store.id, order)
            if wanted in {name.partition("#")[0] for name in buttons(card.blocks)}:
                return card
            outside.clock.advance(timedelta(seconds=1))
            await asyncio.sleep(0.1)


async def test_a_worker_that_is_killed_while_it_confirms_leaves_the_rest_to_another(outside: Outside) -> None:
    store, order, card = await collected(outside)
    outside.child = web = await outside.start(role="web")
    assert isinstance(web, ForkedBot)
    async with worker(outside) as first:
        outside.child = first
        outside.watch(Moment("orders.confirm", 2, "answered"))
        await press(outside, card)
        await until(lambda: first.returncode is not None, START_SECONDS)
    outside.child = web
    async with worker(outside):
        await confirmed(outside, store, order)
    assert outside.calls.count("orders.confirm") == len(order.deals)


async def test_a_worker_that_is_killed_between_two_notices_leaves_the_rest_to_another(outside: Outside) -> None:
    _, order, card = await to_ship(outside, WaybillAction.DELAY)
    day = (outside.clock() + timedelta(days=20)).date().isoformat()
    await pressed(outside, card, WaybillAction.DELAY, {"reason": "DLD1", "detail": "입고 지연", "day": day})
    async with worker(outside) as first:
        outside.child = first
        outside.watch(Moment(DELAY, 1, "answered"))
        await until(lambda: first.returncode is not None, START_SECONDS)
    await all_done(outside, DELAY, [deal.deal_no for deal in order.deals])
    assert [deal.delay for deal in order.deals] == [("DLD1", "입고 지연")] * len(order.deals)
