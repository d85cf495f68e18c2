"""Claims on orders: given back at the end of the work, and free when a process left them behind."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from tests.clock import MovableClock
from tests.core import make_core
from tmon.core import Core
from tmon.database import Database
from tmon.models.orders import Order, OrderState
from tmon.orders.order_claims import OrderClaim, OrderClaims
from tmon.orders.transitions import load, load_one
from tmon.scope import StoreKey

KEY = StoreKey("T1", "st_1")


def order(number: int, now: datetime) -> Order:
    """An order that is being confirmed."""
    facts: dict[str, Any] = dict.fromkeys(
        ("ordered_at", "paid_at", "confirm_by", "ship_by", "first_seen_at", "updated_at"), now
    )
    facts |= {"amount": 1000, "delivery_fee": 0, "quantity": 1, "title": "귤"}
    return Order(**KEY._asdict(), order_no=number, state=OrderState.CONFIRMING, **facts)


class Party(OrderClaims):
    """The claims of one process."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self.process = core.process


async def another(db: Database, clock: MovableClock) -> Party:
    """The claims of another process, which is alive."""
    core = make_core(db, clock)
    await core.process.begin(alone=False)
    return Party(core)


@pytest.fixture
async def claims(db: Database, clock: MovableClock) -> Party:
    """The claims of a process that is alive, with two orders."""
    async with db.write() as session:
        session.add_all([order(1, clock()), order(2, clock())])
    return await another(db, clock)


async def free(db: Database, claims: OrderClaims) -> list[int]:
    """The orders that nobody works on, in the eyes of a process."""
    async with db.read() as session:
        return list(await session.scalars(select(col(Order.order_no)).where(claims.is_free()).order_by("order_no")))


async def take(db: Database, claim: OrderClaim, *numbers: int) -> None:
    async with db.write() as session:
        await claim.take(session, numbers)


async def test_what_is_claimed_is_free_for_nobody_until_the_work_ends(
    db: Database, clock: MovableClock, claims: Party
) -> None:
    others = await another(db, clock)
    async with claims.open(KEY) as claim:
        await take(db, claim, 1)
        assert (await free(db, claims), await free(db, others)) == ([2], [2])
    assert (await free(db, claims), await free(db, others)) == ([1, 2], [1, 2])


async def test_what_ends_in_a_failure_is_given_back(db: Database, clock: MovableClock, claims: Party) -> None:
    others = await another(db, clock)

    async def fail() -> None:
        async with claims.open(KEY) as claim:
            await take(db, claim, 1, 2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await free(db, others) == [1, 2]


async def test_a_claim_is_over_without_renewal_but_never_for_whoever_works_on_it(
    db: Database, clock: MovableClock, claims: Party
) -> None:
    others = await another(db, clock)
    async with claims.open(KEY) as claim:
        await take(db, claim, 1)
        clock.advance(timedelta(minutes=2))
        for party in (claims, others):
            await party.process.beat()
        assert (await free(db, claims), await free(db, others)) == ([2], [1, 2])


async def test_a_claim_of_a_process_that_is_gone_is_free(db: Database, clock: MovableClock, claims: Party) -> None:
    async with claims.open(KEY) as claim:
        await take(db, claim, 1)
        clock.advance(timedelta(seconds=20))
        others = await another(db, clock)
        assert await free(db, others) == [1, 2]
        async with others.open(KEY) as later:
            await take(db, later, 1)
            async with db.read() as session:
                assert [await one.is_held(session, 1) for one in (claim, later)] == [False, True]
    async with db.read() as session:
        kept = await session.get_one(Order, (*KEY, 1))
    assert kept.claim_token is None


async def test_whoever_lost_a_claim_does_not_give_it_back(db: Database, clock: MovableClock, claims: Party) -> None:
    others = await another(db, clock)
    async with others.open(KEY) as later:
        async with claims.open(KEY) as claim:
            await take(db, claim, 1)
            await take(db, later, 1)
        assert await free(db, claims) == [2]
        async with db.read() as session:
            assert await later.is_held(session, 1)


async def test_what_is_locked_is_read_again(db: Database, claims: Party) -> None:
    async with db.read() as session:
        (before, _) = (await load(session, *KEY, [1]))[1]
        await session.commit()
        async with db.write() as other:
            (await other.get_one(Order, (*KEY, 1))).note = "orders.note_down"
        (after, _) = await load_one(session, *KEY, 1)
        assert after is before
        assert after.note == "orders.note_down"
