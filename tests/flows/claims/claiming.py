"""Buyers' claims, runs of their collection, and what is stored and shown of them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.model import Message
from bot.playground.tmon import BuyerClaim, PlacedOrder, buyer_cancels, buyer_claims, settle_overdue_claims
from tests.flows.cards import posted
from tests.flows.world import World
from tmon.claims.cards import claim_key
from tmon.claims.collector import CLAIMS
from tmon.claims.deadlines import deadline_of, next_reminder
from tmon.models.claims import Claim, ClaimKind
from tmon.models.collection import UnreadRecord
from tmon.models.stores import Store

EVERY = timedelta(minutes=5)
PATHS = ("cancellations", "refunds", "exchanges", "redeliveries")


async def collect(world: World, after: timedelta = EVERY) -> None:
    """The next run of the collection of claims, when it is due."""
    world.clock.advance(after)
    settle_overdue_claims(world.tmon)
    await world.collect(CLAIMS)


async def claims(world: World) -> dict[int, Claim]:
    """Every stored claim, by number."""
    async with world.db.read() as session:
        return {row.claim_no: row for row in await session.scalars(select(Claim).order_by(col(Claim.claim_no)))}


async def claim_of(world: World, claim: BuyerClaim) -> Claim:
    """The stored row of a buyer's claim."""
    return (await claims(world))[claim.claim_no]


async def card(world: World, store: Store, claim: BuyerClaim) -> Message:
    """The card of a claim."""
    (found,) = await posted(world, claim_key(store.id, ClaimKind(claim.kind), claim.claim_no))
    return found


async def unread(world: World) -> list[tuple[str, str, str]]:
    """Kind, number and reason of the records that could not be read."""
    async with world.db.read() as session:
        rows = await session.scalars(select(UnreadRecord).order_by(col(UnreadRecord.number)))
        return [(row.what.value, row.number, row.why.value) for row in rows]


async def cancelled(
    world: World, store: Store, *, deals: int = 1, qty: int | None = None
) -> tuple[PlacedOrder, BuyerClaim]:
    """A collected order whose buyer asks to cancel it, or so many pieces of its first option."""
    order = world.tmon.new_order(store.seller_id, deals=deals)
    if qty is not None:
        world.tmon.change_quantity(order.order_no, 3)
    world.clock.advance(timedelta(minutes=40))
    await world.collect()
    option = order.deals[0].options[0].option_no
    claim = buyer_cancels(world.tmon, order.order_no, quantities=None if qty is None else {option: qty})
    assert claim is not None
    return order, claim


async def claimed(world: World, store: Store, kind: str, words: str | None = "한쪽이 깨져 있어요") -> BuyerClaim:
    """A shipped order whose buyer makes a claim about it."""
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=40))
    await world.collect()
    world.tmon.move_to(order.order_no, "D5")
    code = {"R": "RRD4", "X": "RXD1", "D": "RDD1"}[kind]
    claim = buyer_claims(world.tmon, kind, order.order_no, reason=(code, words))  # type: ignore[arg-type]
    assert claim is not None
    return claim


async def add_claim(
    world: World, store: Store, kind: ClaimKind, number: int, requested_at: datetime, **over: Any
) -> Claim:
    """A stored claim that TMON does not know; it has no card."""
    values: dict[str, Any] = {
        "team_id": store.team_id,
        "store_id": store.id,
        "kind": kind,
        "claim_no": number,
        "order_no": 9100200000 + number,
        "status": "C1",
        "requested_at": requested_at,
        "deadline": deadline_of(kind, requested_at),
        "goods": [{"deal": 1, "title": "귤 5kg", "reason": "RCD1", "options": []}],
        "first_seen_at": requested_at,
        "read_at": requested_at,
        "updated_at": requested_at,
        **over,
    }
    claim = Claim(**values)
    claim.remind_at = next_reminder(claim, claim.first_seen_at)
    async with world.db.write() as session:
        session.add(claim)
    return claim


def searches(world: World) -> int:
    """How many calls for lists of claims TMON has had."""
    return sum(len(world.tmon.calls_of(f"{path}.search")) for path in PATHS)


def reads(world: World) -> int:
    """How many calls for single claims TMON has had."""
    return sum(len(world.tmon.calls_of(f"{path}.get")) for path in PATHS)
