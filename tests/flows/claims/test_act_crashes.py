"""kill -9 around each write about a claim: TMON hears of each once, and the claim comes true here."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.model import Message
from bot.playground.tmon import BuyerClaim, PlacedOrder, buyer_claims, withdraw_claim
from handlers.claims.ids import ActAction, ActView
from tests.flows.cards import posted
from tests.flows.claims.acting import CARRIER, NUMBER, PATHS, WORDS, Kind, button_of, fields
from tests.flows.process import Moment, Outside
from tests.flows.world import until
from tmon.claims.cards import claim_key
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.orders import OrderState
from tmon.models.stores import Store
from tmon.orders.cards import order_key

pytestmark = pytest.mark.timeout(900)

LATER = timedelta(minutes=6)
"""Long enough for an act that TMON does not show to be known as not done."""
STARTED_SECONDS = 60
"""Real seconds in which a bot that was started on a busy machine has settled what it left."""
PARCEL = {"carrier": CARRIER, "number": NUMBER}
ACTS: tuple[tuple[Kind, str, str, dict[str, Any]], ...] = (
    ("C", "취소 승인", "approve", {}),
    ("C", "취소 거부", "reject", {**PARCEL, "sure": ["yes"]}),
    ("R", "반품 승인", "approve", {}),
    ("R", "반품 거부", "reject", {"reason": "JRD5", "detail": WORDS}),
    ("X", "반송장 등록", "return_invoice", PARCEL),
    ("X", "교환 보류", "hold", {"reason": "HXD7", "detail": WORDS}),
    ("X", "재발송 송장 등록", "approve", PARCEL),
    ("X", "교환 거부", "reject", {"reason": "JXD3", "detail": WORDS}),
    ("D", "재배송 송장 등록", "approve", PARCEL),
    ("D", "재배송 거부", "reject", {"reason": "JDD1", "detail": WORDS}),
)
EVERY_STEP = ACTS[6]
"""The act that is killed at every call; the others before or after their write."""


async def command(outside: Outside, text: str) -> None:
    """`/tmon text`."""
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", text)
    await outside.rest()


async def shown(outside: Outside, key: str) -> Message:
    """The message with that outbox key, once it is there."""
    async with asyncio.timeout(STARTED_SECONDS):
        while not (found := await posted(outside, key)):
            await outside.rest()
    return found[-1]


async def claimed(outside: Outside, store: Store, kind: Kind) -> BuyerClaim:
    """A claim that is collected and has a card."""
    order = outside.tmon.new_order(store.seller_id, deals=1)
    await command(outside, "collect orders")
    outside.tmon.move_to(order.order_no, "D2" if kind == "C" else "D5")
    claim = buyer_claims(outside.tmon, kind, order.order_no)
    assert claim is not None
    outside.clock.advance(timedelta(minutes=1))
    await command(outside, "collect claims")
    return claim


def key_of(store: Store, claim: BuyerClaim) -> str:
    return claim_key(store.id, ClaimKind(claim.kind), claim.claim_no)


async def act(outside: Outside, store: Store, claim: BuyerClaim, words: str, values: dict[str, Any]) -> None:
    """Presses the button, and fills the form in where there is one; a bot that dies of it acknowledges nothing."""
    message = await shown(outside, key_of(store, claim))
    for view in reversed(outside.slack.open_modal(outside.owner)):
        await outside.slack.close(outside.owner, view.id)
    await outside.slack.click(
        outside.owner, channel=message.channel, ts=message.ts, action_id=button_of(message, words)["action_id"]
    )
    if words == "취소 승인":
        await outside.rest()
        return
    await until(lambda: outside.slack.open_modal(outside.owner), STARTED_SECONDS)
    view = outside.modal(outside.owner)
    names = fields(view)
    if "carrier" in values:
        await outside.slack.suggest(outside.owner, view.id, names["carrier"], values["carrier"])
    await outside.slack.submit(outside.owner, view.id, {names[name]: value for name, value in values.items()})
    await outside.rest()


async def crash(outside: Outside, fatal: Moment, doing: Any) -> None:
    """Does something, dies at `fatal`, and starts again a while later."""
    outside.watch(fatal)
    await doing
    assert outside.child is not None
    assert outside.child.returncode == -9, "it was not hit"
    outside.watch()
    await outside.restart(LATER)
    await outside.writes_settled()


def truth(claim: BuyerClaim, verb: str) -> bool:
    """Whether TMON has carried the act out."""
    match verb:
        case "hold":
            return claim.holding
        case "return_invoice":
            return claim.return_invoice is not None and claim.return_invoice.number is not None
        case "reject":
            return claim.status == "C9"
        case _:
            return claim.status == "C3"


def tries(outside: Outside, claim: BuyerClaim, verb: str) -> int:
    """How often TMON was asked to carry the act out."""
    calls = outside.tmon.calls_of(f"{PATHS[claim.kind]}.{verb}")
    return sum(f"/{claim.claim_no}/" in call.path for call in calls)


async def check(outside: Outside, store: Store, claim: BuyerClaim, verb: str) -> bool:
    """Nothing happened twice, and TMON and the database agree. Returns whether it was done."""
    async with outside.db.read() as session:
        row = await session.get_one(Claim, (store.team_id, store.id, ClaimKind(claim.kind), claim.claim_no))
    done = truth(claim, verb)
    assert (row.act, row.act_unknown, row.status) == (None, False, claim.status)
    assert row.holding == claim.holding
    expected = {"approve": ClaimEnd.APPROVED, "reject": ClaimEnd.REFUSED}.get(verb) if done else None
    assert (row.end, row.decided_by) == (expected, outside.owner if expected else None)
    assert tries(outside, claim, verb) <= 1, "an act that may have taken effect is never repeated"
    return done


async def start(outside: Outside) -> Store:
    """A store, and a bot that knows TMON's codes."""
    store = await outside.add_store()
    outside.child = await outside.start()
    await outside.rest()
    return store


async def test_no_act_happens_twice(outside: Outside, on_postgres: bool, subtests: pytest.Subtests) -> None:
    store = await start(outside)
    phases = itertools.cycle(("received", "answered"))
    path = PATHS[EVERY_STEP[0]]
    steps = [
        (one, Moment(f"{PATHS[one[0]]}.{one[2]}", 1, next(phases))) for one in (ACTS[2:4] if on_postgres else ACTS)
    ]
    if not on_postgres:
        moments = [
            ("get", 1, "received"),
            ("get", 1, "answered"),
            (EVERY_STEP[2], 1, "answered"),
            ("get", 2, "received"),
        ]
        steps += [(EVERY_STEP, Moment(f"{path}.{verb}", number, phase)) for verb, number, phase in moments]
    for turn, ((kind, words, verb, given), fatal) in enumerate(steps):
        values = {**given, "number": f"60010021{turn:04}"} if "number" in given else given  # each parcel has its own
        with subtests.test(act=words, fatal=str(fatal)):
            claim = await claimed(outside, store, kind)
            await crash(outside, fatal, act(outside, store, claim, words, values))
            if not await check(outside, store, claim, verb):
                outside.tmon.calls.clear()
                await act(outside, store, claim, words, values)
                assert await check(outside, store, claim, verb)
            outside.tmon.calls.clear()
            if claim.open:
                withdraw_claim(outside.tmon, claim.claim_no)


async def cancel(outside: Outside, store: Store, order: PlacedOrder) -> None:
    """품절 취소 of everything."""
    message = await shown(outside, order_key(store.id, order.order_no))
    for view in reversed(outside.slack.open_modal(outside.owner)):
        await outside.slack.close(outside.owner, view.id)
    action = next(
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"].startswith(f"{ActAction.SOLD_OUT}#")
    )
    await outside.slack.click(outside.owner, channel=message.channel, ts=message.ts, action_id=action)
    await until(lambda: outside.slack.open_modal(outside.owner), STARTED_SECONDS)
    view = outside.modal(outside.owner)
    assert view.callback_id == ActView.SOLD_OUT
    goods = [f"{deal.deal_no}-{one.option_no}" for deal in order.deals for one in deal.options if one.qty]
    values = {"goods": goods, "detail": "창고에 재고가 없습니다", "sure": ["yes"]}
    await outside.slack.submit(outside.owner, view.id, values)
    await outside.rest()


async def test_no_goods_are_cancelled_twice(outside: Outside, on_postgres: bool, subtests: pytest.Subtests) -> None:
    store = await start(outside)
    calls = ["cancellations.create"] if on_postgres else ["orders.get", "cancellations.create", "cancellations.get"]
    for fatal in [Moment(call, 1, phase) for call in calls for phase in ("received", "answered")]:
        with subtests.test(fatal=str(fatal)):
            order = outside.tmon.new_order(store.seller_id, deals=1)
            await command(outside, "collect orders")
            outside.tmon.calls.clear()
            await crash(outside, fatal, cancel(outside, store, order))
            made = [claim for claim in outside.tmon.claims.values() if claim.order is order]
            assert len(outside.tmon.calls_of("cancellations.create")) <= 1
            state = (await outside.order(store, order.order_no)).state
            assert state is (OrderState.CANCELLED if made else OrderState.NEW)
            if not made:
                outside.tmon.calls.clear()
                await cancel(outside, store, order)
                assert (await outside.order(store, order.order_no)).state is OrderState.CANCELLED
            await command(outside, "collect claims")
            async with outside.db.read() as session:
                rows = list(await session.scalars(select(Claim).where(col(Claim.order_no) == order.order_no)))
            assert [(row.end, row.decided_by) for row in rows] == [(ClaimEnd.SOLD_OUT, outside.owner)]


async def test_all_deliveries_that_were_to_be_cancelled_are(
    outside: Outside, on_postgres: bool, subtests: pytest.Subtests
) -> None:
    store = await start(outside)
    calls = [("orders.get", 1), ("cancellations.create", 1), ("cancellations.create", 2)]
    moments = [Moment(call, number, phase) for call, number in calls for phase in ("received", "answered")]
    for fatal in moments[2:4] if on_postgres else moments:
        with subtests.test(fatal=str(fatal)):
            order = outside.tmon.new_order(store.seller_id, deals=3)
            for number, deal in enumerate(order.deals):
                deal.delivery_no = f"{order.order_no}{number}"
            await command(outside, "collect orders")
            outside.tmon.calls.clear()
            await crash(outside, fatal, cancel(outside, store, order))
            sent = [one.body["deliveryNo"] for one in outside.tmon.calls_of("cancellations.create")]  # type: ignore[index]
            assert sorted(sent) == sorted(deal.delivery_no for deal in order.deals), "nobody has pressed again"
            made = [claim for claim in outside.tmon.claims.values() if claim.order is order]
            assert len(made) >= len(order.deals) - 1, "only what was on its way when the bot was killed may be lost"
            state = (await outside.order(store, order.order_no)).state
            assert state is (OrderState.CANCELLED if len(made) == len(order.deals) else OrderState.NEW)
