"""What is kept of an order as TMON tells it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from tests.clock import TUESDAY
from tests.tmon.orders.told import STORE, deal, option, order, stored
from tmon import api
from tmon.api import DeliveryStatus
from tmon.clock import KST
from tmon.models.orders import BuyerRecord, DealState, OrderState
from tmon.orders import mapping
from tmon.orders.transitions import apply_remote, apply_remote_deals, mark_cancelled, order_state
from tmon.sealing import Sealer


@given(st.lists(st.tuples(st.sampled_from(["P1", "P2", "P3"]), st.sampled_from([0, 2500, 3000])), max_size=8))
def test_a_fee_counts_once_for_each_delivery(parcels: list[tuple[str, int]]) -> None:
    fees = dict(reversed(parcels))
    deals = [deal(number, parcel=parcel, fee=fees[parcel]) for number, (parcel, _) in enumerate(parcels)]
    assert mapping.delivery_fee(deals) == sum(fees.values())


def test_the_buyers_share_of_the_fee_and_of_the_island_surcharge_counts() -> None:
    fee = api.DeliveryFee(
        amount=9000, user_amount=2000, tmon_amount=1000, long_distance_amount=5000, long_distance_user_amount=3000
    )
    assert mapping.delivery_fee([deal(delivery_fee=fee), deal(2, delivery_fee=None)]) == 5000


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["D1"], OrderState.NEW),
        (["D1", "D2"], OrderState.NEW),
        (["D2", "D2"], OrderState.CONFIRMED),
        (["D3", "D5"], OrderState.CONFIRMED),
    ],
)
def test_an_order_waits_while_one_of_its_deals_waits(states: list[str], expected: OrderState) -> None:
    told = order(*(deal(number, state) for number, state in enumerate(states)))
    row = mapping.order_row(STORE, told, sealed_buyer="", now=TUESDAY)
    assert row["state"] is expected
    assert (row["confirmed_by"] == "tmon") is (expected is OrderState.CONFIRMED)


def test_sums_and_clocks() -> None:
    told = order(deal(1, options=(option(1, 2), option(2, 1, 9900))), deal(2), paid_at=None)
    row = mapping.order_row(STORE, told, sealed_buyer="", now=TUESDAY)
    assert (row["amount"], row["quantity"], row["title"], row["delivery_fee"]) == (15_900, 5, "상품 1", 2500)
    assert row["paid_at"] == TUESDAY, "the time of ordering where TMON leaves the payment out"
    assert row["confirm_by"] == datetime(2026, 3, 11, 18, tzinfo=KST)
    assert row["ship_by"] == datetime(2026, 3, 13, 23, 59, 59, tzinfo=KST)


def test_everything_personal_is_in_one_record_and_only_there() -> None:
    buyer = api.Buyer(
        user_id="seo01",
        user_name="김서연",
        user_phone="010-0111-2222",
        receiver_name="박하늘",
        receiver_phone="0507-0333-4444",
        zip_code="04001",
        address="가상동 1-2",
        address_detail="101동 202호",
        street_address="가상로 12",
        delivery_memo="문 앞",
        additional_message="각인: 서연",
        safety_phone_expires="2026-05-01",
    )
    message = option().model_copy(update={"additional_message": "서연이네"})
    told = order(deal(7, customs_id="P000012345678", options=(message,)), buyer=buyer)
    record = mapping.buyer_of(told)
    for name in BuyerRecord.model_fields:
        assert getattr(record, name), name
    rest = str([mapping.order_row(STORE, told, sealed_buyer="…", now=TUESDAY), mapping.deal_rows(STORE, told)])
    for value in ("서연", "하늘", "010-", "0507", "가상", "문 앞", "P0000", "04001"):
        assert value not in rest, value
        assert value not in repr(record), value


@pytest.mark.parametrize("name", ["receiver_name", "receiver_phone", "zip_code", "address_detail", "street_address"])
def test_a_change_of_any_part_of_the_address_is_one(name: str) -> None:
    record = BuyerRecord(receiver_name="김서연", street_address="가상로 12")
    assert not mapping.same_address(record, record.model_copy(update={name: "다른 곳"}))
    assert mapping.same_address(record, record.model_copy(update={"delivery_memo": "문 앞", "user_name": "다른 이"}))


def test_a_changed_address_is_kept_and_marked(sealer: Sealer) -> None:
    row, deals = stored(order(deal()), sealer)
    later = TUESDAY + timedelta(hours=1)
    moved = order(deal(), buyer=api.Buyer(receiver_name="김서연", zip_code="63001", street_address="가상로 99"))
    assert apply_remote(AsyncSession(), sealer, row, deals, moved, None, later).shown
    assert row.address_changed_at == row.updated_at == later
    assert sealer.open_as(BuyerRecord, str(row.buyer)).zip_code == "63001"
    assert not apply_remote(AsyncSession(), sealer, row, deals, moved, None, later).shown, (
        "the second time nothing is new"
    )


def test_a_deal_that_is_named_no_more_is_cancelled(sealer: Sealer) -> None:
    row, deals = stored(order(deal(1), deal(2)), sealer)
    assert apply_remote_deals(AsyncSession(), row, deals, order(deal(1)), TUESDAY)
    assert (deals[1].state, deals[2].state) == (DealState.OPEN, DealState.CANCELLED)
    assert order_state(deals.values()) is OrderState.NEW


def test_a_cancelled_option_stays_cancelled_where_tmon_still_lists_it(sealer: Sealer) -> None:
    told = order(deal(1, options=(option(1), option(2))))
    row, deals = stored(told, sealer)
    assert mark_cancelled(deals, {(1, 2): 2})
    assert not mark_cancelled(deals, {(1, 2): 2}), "known already"
    assert not apply_remote_deals(AsyncSession(), row, deals, told, TUESDAY)
    assert [bool(kept.get("cancelled")) for kept in deals[1].options] == [False, True]
    assert mark_cancelled(deals, {(1, 1): 2})
    assert order_state(deals.values()) is OrderState.CANCELLED


def test_a_state_that_nobody_has_heard_of_is_not_taken_for_done() -> None:
    unheard = deal(1, "D9")
    assert unheard.status is DeliveryStatus.UNKNOWN
    assert mapping.deal_state(unheard) is DealState.OPEN


@given(st.integers(0, 23), st.integers(0, 59))
def test_confirm_by_is_the_next_business_day_whatever_the_hour(hour: int, minute: int) -> None:
    paid = datetime(2026, 2, 13, hour, minute, tzinfo=KST)  # a Friday before Seollal
    row = mapping.order_row(STORE, order(deal(), paid_at=paid.astimezone(UTC)), sealed_buyer="", now=TUESDAY)
    assert row["confirm_by"] == datetime(2026, 2, 19, 18, tzinfo=KST)


def test_a_cancel_of_some_pieces_leaves_the_rest_waiting(sealer: Sealer) -> None:
    row, deals = stored(order(deal(options=(option(quantity=3),))), sealer)
    left = order(deal(options=(option(quantity=2),)))
    assert apply_remote_deals(AsyncSession(), row, deals, left, TUESDAY)
    assert not mark_cancelled(deals, {(1, 1): 1})
    assert (order_state(deals.values()), deals[1].options[0]["quantity"]) == (OrderState.NEW, 2)


def test_a_refusal_stays_until_tmon_moves(sealer: Sealer) -> None:
    row, deals = stored(order(deal(1)), sealer)
    deals[1].state, deals[1].refusal = DealState.REFUSED, "거절"
    assert not apply_remote(AsyncSession(), sealer, row, deals, order(deal(1)), None, TUESDAY).shown
    assert deals[1].refusal == "거절"
    apply_remote(AsyncSession(), sealer, row, deals, order(deal(1, "D2")), None, TUESDAY)
    assert deals[1].refusal is None
    assert order_state(deals.values()) is OrderState.CONFIRMED
