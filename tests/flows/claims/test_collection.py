"""Collecting claims: how often TMON is asked for what, how claims end, and that nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.playground.tmon import Sandbox, accept_claim, complete_claim, reject_claim, withdraw_claim
from tests.flows.cards import posted, shows
from tests.flows.claims.claiming import (
    EVERY,
    cancelled,
    card,
    claim_of,
    claimed,
    claims,
    collect,
    reads,
    searches,
    unread,
)
from tests.flows.world import World
from tmon.claims.collector import CLAIMS
from tmon.claims.storing import store_claims
from tmon.models.claims import ClaimEnd, ClaimKind
from tmon.models.orders import OrderState

DAY = timedelta(days=1)


async def test_open_claims_are_asked_for_in_every_run_and_ended_ones_every_half_hour(world: World) -> None:
    await world.add_store()
    await collect(world)
    await collect(world, DAY + EVERY)  # the once-a-day part is read, and windows are those of every day
    counts = []
    for _ in range(12):
        before = searches(world)
        await collect(world)
        counts.append(searches(world) - before)
    assert counts == [8, 8, 8, 8, 8, 20] * 2
    assert reads(world) == 0


async def test_by_hand_every_state_is_asked_for(world: World) -> None:
    await world.add_store()
    await collect(world)
    await collect(world)
    before = searches(world)
    await world.command(world.owner, "수집 클레임")
    assert searches(world) - before == 4 * 6


async def test_no_call_while_the_order_switch_is_off(world: World) -> None:
    await world.add_store(order_on=False)
    await collect(world)
    await world.command(world.owner, "수집 클레임")
    assert searches(world) + reads(world) == 0


@pytest.mark.parametrize("kind", ["R", "X", "D"])
async def test_each_kind_has_a_card_that_follows_it(world: World, kind: str) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, kind)
    await collect(world)
    shown = shows(await card(world, store, claim))
    assert {"R": "반품 요청", "X": "교환 요청", "D": "재배송 요청"}[kind] in shown
    assert f"주문 `{claim.order_no}`" in shown
    assert "한쪽이 깨져 있어요" in shown
    assert "(참고)" in shown
    row = await claim_of(world, claim)
    assert (row.kind, row.status, row.order_no) == (ClaimKind(kind), "C1", claim.order_no)
    assert row.deadline is not None
    withdraw_claim(world.tmon, claim.claim_no)
    await collect(world)
    row = await claim_of(world, claim)
    assert (row.status, row.end) == ("C8", ClaimEnd.WITHDRAWN)
    assert "철회" in shows(await card(world, store, claim))
    assert len(await posted(world, "claim/")) == 1, "edited in place"


async def test_what_tmon_refunds_at_its_deadline_says_so(world: World) -> None:
    store = await world.add_store()
    _, claim = await cancelled(world, store)
    await collect(world)
    assert "자동환불" in shows(await card(world, store, claim))
    await collect(world, timedelta(days=2))
    row = await claim_of(world, claim)
    assert (row.end, row.ended_at is not None) == (ClaimEnd.AUTO_REFUNDED, True)
    assert row.deadline == claim.deadline, "it says in which month the case counts"
    assert "티몬 자동환불" in shows(await card(world, store, claim))


async def test_what_was_approved_in_time_is_not_called_a_refund_by_tmon_when_it_is_completed_later(
    world: World,
) -> None:
    store = await world.add_store()
    _, claim = await cancelled(world, store)
    accept_claim(world.tmon, claim.claim_no)
    await collect(world)
    await collect(world, timedelta(days=2))
    row = await claim_of(world, claim)
    assert (row.status, row.completed_at, row.end) == ("C3", claim.deadline, ClaimEnd.ELSEWHERE)
    assert "파트너센터에서 처리됨" in shows(await card(world, store, claim))


@pytest.mark.parametrize("decide", [complete_claim, reject_claim])
async def test_what_is_decided_elsewhere_before_the_deadline_says_so(
    world: World, decide: Callable[[Sandbox, int], None]
) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "R")
    await collect(world)
    decide(world.tmon, claim.claim_no)
    await collect(world)
    assert (await claim_of(world, claim)).end is ClaimEnd.ELSEWHERE
    assert "파트너센터에서 처리됨" in shows(await card(world, store, claim))


async def test_an_approved_claim_is_open_until_it_is_completed(world: World) -> None:
    store = await world.add_store()
    order, claim = await cancelled(world, store)
    accept_claim(world.tmon, claim.claim_no)
    await collect(world)
    assert (await claim_of(world, claim)).ended_at is None
    assert (await world.order(store, order.order_no)).note == "orders.note_cancel_requested"
    complete_claim(world.tmon, claim.claim_no)
    await collect(world)
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED


async def test_a_return_that_tmon_refunds_on_its_own_authority_is_told(world: World) -> None:
    store = await world.add_store()
    await collect(world)
    claim = await claimed(world, store, "R")
    complete_claim(world.tmon, claim.claim_no)
    await collect(world, timedelta(minutes=35))
    assert "파트너센터에서 처리됨" in shows(await card(world, store, claim))


async def test_what_had_ended_before_the_first_run_is_no_news(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "R")
    complete_claim(world.tmon, claim.claim_no)
    await collect(world)
    await collect(world, timedelta(minutes=35))
    assert (await claim_of(world, claim)).end is ClaimEnd.ELSEWHERE
    assert await posted(world, "claim") == []


async def test_more_than_five_new_claims_of_one_run_are_one_message(world: World) -> None:
    store = await world.add_store()
    await collect(world)
    found = [await claimed(world, store, "R") for _ in range(6)]
    await collect(world)
    assert await posted(world, "claim/") == []
    (message,) = await posted(world, "claims/")
    assert "새 클레임 6건" in shows(message)
    assert "목록 보기" in shows(message)
    for claim in found:
        withdraw_claim(world.tmon, claim.claim_no)
    await collect(world)
    (message,) = await posted(world, "claims/")
    assert "모두 끝났습니다" in shows(message)


async def test_the_message_about_many_tells_what_tmon_refunded_by_itself(world: World) -> None:
    store = await world.add_store()
    await collect(world)
    for _ in range(6):
        await claimed(world, store, "R")
    await collect(world)
    await collect(world, timedelta(days=8))
    (message,) = await posted(world, "claims/")
    assert "티몬 자동환불 6건" in shows(message)


async def test_five_new_claims_have_a_card_each(world: World) -> None:
    store = await world.add_store()
    await collect(world)
    for _ in range(5):
        await claimed(world, store, "X")
    await collect(world)
    assert len(await posted(world, "claim/")) == 5


async def test_after_a_long_pause_nothing_is_lost(world: World) -> None:
    store = await world.add_store()
    old, young = await claimed(world, store, "R"), await claimed(world, store, "X")
    await collect(world)
    world.clock.advance(3 * DAY)
    unseen, gone = await claimed(world, store, "X"), await claimed(world, store, "R")
    withdraw_claim(world.tmon, old.claim_no)
    complete_claim(world.tmon, gone.claim_no)
    await collect(world, 12 * DAY)
    rows = await claims(world)
    assert rows[old.claim_no].end is ClaimEnd.WITHDRAWN
    assert rows[young.claim_no].ended_at is not None
    assert rows[unseen.claim_no].ended_at is not None
    assert rows[gone.claim_no].end is ClaimEnd.ELSEWHERE


async def test_a_claim_that_is_older_than_the_lists_is_read_by_number_every_half_hour(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "X")
    world.tmon.claims[claim.claim_no].holding = True
    for _ in range(4):
        await collect(world, 2 * DAY)
    before = reads(world)
    for _ in range(12):
        await collect(world)
    assert reads(world) - before == 2
    withdraw_claim(world.tmon, claim.claim_no)
    await collect(world, timedelta(minutes=35))
    assert (await claim_of(world, claim)).end is ClaimEnd.WITHDRAWN


async def test_a_claim_that_is_open_for_sixty_days_is_given_up_with_a_sentence(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "X")
    world.tmon.claims[claim.claim_no].holding = True
    await collect(world)
    await collect(world, 61 * DAY)
    assert (await claim_of(world, claim)).end is ClaimEnd.GIVEN_UP
    assert "60일 넘게" in shows(await card(world, store, claim))
    before = reads(world)
    await collect(world, timedelta(minutes=35))
    assert reads(world) == before


async def test_many_that_leave_the_open_ones_at_once_are_read_in_lists(world: World) -> None:
    store = await world.add_store()
    await collect(world)
    found = [await claimed(world, store, "R") for _ in range(23)]
    await collect(world, timedelta(minutes=31))
    for claim in found:
        withdraw_claim(world.tmon, claim.claim_no)
    before = reads(world)
    await collect(world)
    assert reads(world) == before
    assert {row.end for row in (await claims(world)).values()} == {ClaimEnd.WITHDRAWN}


async def test_a_claim_that_tmon_does_not_know_any_more_blocks_nothing(world: World) -> None:
    store = await world.add_store()
    order, claim = await cancelled(world, store)
    await collect(world)
    assert (await world.order(store, order.order_no)).note == "orders.note_cancel_requested"
    world.tmon.claims.pop(claim.claim_no)
    await collect(world)
    assert (await claim_of(world, claim)).end is ClaimEnd.GONE
    assert (await world.order(store, order.order_no)).note is None


async def test_one_kind_that_fails_stops_no_other(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "X")
    world.tmon.faults.mode, world.tmon.faults.only = "error_500", {"refunds.search"}
    await collect(world)
    assert (await claim_of(world, claim)).status == "C1"
    assert len(await posted(world, "claim/")) == 1


async def test_a_claim_that_cannot_be_read_stops_no_other(world: World) -> None:
    store = await world.add_store()
    one, other = await claimed(world, store, "R"), await claimed(world, store, "R")

    def spoil(page: Any) -> Any:
        items = [item | {"tmonOrderNo": None} if item["claimNo"] == one.claim_no else item for item in page["items"]]
        return page | {"items": items}

    world.tmon.faults.rewrites["refunds.search"] = spoil
    await collect(world)
    assert set(await claims(world)) == {other.claim_no}
    assert await unread(world) == [("return", str(one.claim_no), "missing")]
    world.tmon.faults.rewrites.clear()
    await collect(world)
    assert set(await claims(world)) == {one.claim_no, other.claim_no}
    assert await unread(world) == []


async def test_a_kind_that_tmon_does_not_offer_is_told_once_and_the_others_go_on(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "X")
    world.tmon.faults.not_offered = {"redeliveries.search"}
    for _ in range(3):
        await collect(world)
    assert (await claim_of(world, claim)).status == "C1"
    assert len(await posted(world, "claims_not_offered/")) == 1
    assert len(world.tmon.calls_of("redeliveries.search")) == 1


async def test_the_same_claims_again_change_nothing(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "X")
    await collect(world)
    before, updated = await card(world, store, claim), (await claim_of(world, claim)).updated_at
    await world.restart()  # nothing is remembered of what was stored
    await collect(world)
    assert (await claim_of(world, claim)).updated_at == updated
    assert (await card(world, store, claim)).edited_ts == before.edited_ts


async def test_the_collection_stands_beside_that_of_orders(world: World) -> None:
    await world.add_store()
    await collect(world)
    await world.command(world.owner, "상태")
    assert "클레임 수집" in str(world.modal(world.owner).blocks)
    assert CLAIMS == "claims"


async def test_an_older_reading_changes_nothing(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "R")
    client = world.bot.services.core.clients.for_store(store)
    before, old = world.clock(), await client.claims.get(ClaimKind.RETURN, claim.claim_no)
    withdraw_claim(world.tmon, claim.claim_no)
    await collect(world)
    new = await client.claims.get(ClaimKind.RETURN, claim.claim_no)
    sealer = world.bot.services.core.sealer
    for item, moment in ((new, world.clock()), (old, before), (old, world.clock())):
        async with world.db.write() as session:
            await store_claims(session, sealer, store, ClaimKind.RETURN, [item], moment)
        assert (await claim_of(world, claim)).end is ClaimEnd.WITHDRAWN
    async with world.db.write() as session:  # a list may be late by seconds, not by an hour
        await store_claims(session, sealer, store, ClaimKind.RETURN, [old], world.clock() + timedelta(hours=1))
    row = await claim_of(world, claim)
    assert (row.status, row.end, row.ended_at) == ("C1", None, None)


async def test_one_claim_that_cannot_be_stored_stops_no_other(world: World) -> None:
    store = await world.add_store()
    one, other = await claimed(world, store, "R"), await claimed(world, store, "R")

    def spoil(page: Any) -> Any:
        items = [item | {"claimNo": 2**63 - 1} if item["claimNo"] == one.claim_no else item for item in page["items"]]
        return page | {"items": items}

    world.tmon.faults.rewrites["refunds.search"] = spoil
    await collect(world)
    assert other.claim_no in await claims(world)
