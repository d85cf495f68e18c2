"""Claims for reading (docs/tmon-api.md, ch. 10.1-10.4)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tmon.api.examples import KEY, cancellation, exchange
from tests.tmon.api.stub_server import StubServer, json_reply, paths
from tmon.api import ClaimKind, ClaimStatus, StoreApi, UnexpectedResponse, unread_of
from tmon.api.claims import read_claim
from tmon.api.personal_data import Decryptor

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 5, 12, tzinfo=UTC)
PATHS = {
    ClaimKind.CANCEL: "cancellations",
    ClaimKind.RETURN: "refunds",
    ClaimKind.EXCHANGE: "exchanges",
    ClaimKind.REDELIVERY: "redeliveries",
}


async def test_search(stub_server: StubServer, store: StoreApi) -> None:
    done = cancellation() | {"claimNo": 2, "claimStatus": "C3", "completedDate": "2024-03-06T10:00"}
    stub_server.says(
        json_reply({"items": [cancellation()], "hasNext": True}), json_reply({"items": [done], "hasNext": False})
    )
    pages = [page async for page in store.claims.search(ClaimKind.CANCEL, START, END, ClaimStatus.C1)]
    ((first,), (second,)) = pages
    assert set(paths(stub_server.asked)) == {"/cancellations/search"}
    assert stub_server.asked[1].query == {
        "startDate": "2024-03-01T09:00:00",
        "endDate": "2024-03-05T21:00:00",
        "claimStatus": "C1",
        "page": "2",
    }
    assert (first.claim_no, first.order_no) == (550001234, 9100200301)
    assert (first.kind, first.status) == (ClaimKind.CANCEL, ClaimStatus.C1)
    assert first.requested_at == datetime(2024, 3, 6, 0, 20, tzinfo=UTC)
    assert first.completed_at is None
    assert second.completed_at == datetime(2024, 3, 6, 1, 0, tzinfo=UTC)
    (deal,) = first.deals or ()
    assert (deal.deal_no, deal.reason, deal.reason_detail) == (7700112233, "RCD5", "사이즈를 잘못 골랐어요")
    assert [(option.option_no, option.quantity) for option in deal.options] == [(7700112302, 1)]
    assert "사이즈를" not in repr(first)


@pytest.mark.parametrize("kind", list(ClaimKind))
async def test_each_kind_has_its_path(stub_server: StubServer, store: StoreApi, kind: ClaimKind) -> None:
    stub_server.says(json_reply({"items": [], "hasNext": False}), json_reply(exchange() | {"claimType": kind.value}))
    assert [page async for page in store.claims.search(kind, START, END, ClaimStatus.C2)] == [[]]
    assert (await store.claims.get(kind, 7)).kind is kind
    assert paths(stub_server.asked) == [f"/{PATHS[kind]}/search", f"/{PATHS[kind]}/7"]


async def test_one(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(cancellation() | {"claimStatus": "C5", "claimType": "Z"}))
    claim = await store.claims.get(ClaimKind.CANCEL, 550001234)
    assert paths(stub_server.asked) == ["/cancellations/550001234"]
    assert (claim.kind, claim.status) == (None, ClaimStatus.UNKNOWN)


async def test_of_an_order_items_may_carry_little(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply([{"claimNo": "7", "claimStatus": "C8"}, cancellation()]))
    little, full = await store.claims.of_order(9100200301)
    assert paths(stub_server.asked) == ["/orders/9100200301/claims"]
    assert (little.claim_no, little.order_no, little.status) == (7, 9100200301, ClaimStatus.C8)
    assert (little.kind, little.deals) == (None, None)
    assert full.kind is ClaimKind.CANCEL


@pytest.mark.parametrize("field", ["claimNo", "tmonOrderNo"])
async def test_missing_field_is_named(stub_server: StubServer, store: StoreApi, field: str) -> None:
    claim = cancellation()
    del claim[field]
    stub_server.says(json_reply(claim))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.claims.get(ClaimKind.CANCEL, 1)
    assert caught.value.field == field


def test_every_field_of_an_exchange_is_read() -> None:
    more = {
        "approvedDate": "2024-03-10T10:00",
        "holding": "true",
        "holdingReason": "HXD7",
        "holdingDate": "2024-03-10T09:00:01",
        "partnerRtnDeliveryProcess": "Y",
        "returnDeliveryStatus": "R2",
        "returnDeliveryCompletedDate": "2024-03-11T10:00",
        "reDeliveryInvoice": {"deliveryCorp": "10001", "invoiceNo": 600100200411, "additionalInvoices": [1, "", "2"]},
        "deduction": 0,
        "returnDeliveryFee": "2500",
        "refundAmount": 15900,
        "pictures": {"7700112233": ["https://img.tmon.kr/1.jpg", 5, " "], "x": ["https://img.tmon.kr/2.jpg"]},
    }
    claim = read_claim(exchange() | more, Decryptor(KEY))
    assert (claim.kind, claim.holding, claim.seller_collects, claim.has_pictures) == (
        ClaimKind.EXCHANGE,
        True,
        True,
        True,
    )
    assert claim.original_waybill is not None
    assert (claim.original_waybill.carrier, claim.original_waybill.number) == ("10001", "600100200300")
    assert claim.return_waybill is not None
    assert (claim.return_waybill.carrier, claim.return_waybill.number) == ("10001", None)
    assert claim.redelivery_waybill is not None
    assert (claim.redelivery_waybill.number, claim.redelivery_waybill.more_numbers) == ("600100200411", ("1", "2"))
    assert (claim.deduction, claim.return_fee, claim.refund_amount) == (0, 2500, 15900)
    who = claim.claimant
    assert (who.pickup_name, who.pickup_mobile, who.pickup_zip_code) == ("김서연", "010-1234-5678", "04532")
    assert (who.pickup_street_address, who.pickup_address_detail) == ("서울특별시 중구 가상로 12", "101동 1203호")
    assert who.pictures == ((7700112233, ("https://img.tmon.kr/1.jpg",)),)
    assert "김서연" not in f"{claim!r} {who!r}"


@pytest.mark.parametrize(
    "strange",
    [
        {"originDeliveryInvoice": "10001"},
        {"holding": None},
        {"returnDeliveryStatus": "R" * 50},
        {"pictures": ["https://img.tmon.kr/1.jpg"]},
        {"refundAmount": "1.5"},
        {"requestedDate": "yesterday"},
        {"returnDeliveryName": "김서연"},
    ],
)
def test_a_claim_is_read_without_what_is_malformed_and_not_needed(strange: dict[str, Any]) -> None:
    claim = read_claim(exchange() | strange, Decryptor(KEY))
    assert claim.claim_no == 550009876
    assert claim.claimant.unreadable == (("returnDeliveryName",) if "returnDeliveryName" in strange else ())


async def test_one_unreadable_claim_stops_no_other(stub_server: StubServer, store: StoreApi) -> None:
    bad = exchange() | {"tmonOrderNo": "none"}
    stub_server.says(json_reply({"items": [bad, exchange() | {"claimNo": 3}], "hasNext": False}))
    (page,) = [page async for page in store.claims.search(ClaimKind.EXCHANGE, START, END, ClaimStatus.C1)]
    assert [claim.claim_no for claim in page] == [3]
    assert [(item.number, item.field) for item in unread_of(page)] == [("550009876", "tmonOrderNo")]
