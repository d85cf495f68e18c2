"""Cancellations for reading (docs/tmon-api.md, ch. 10.1-10.3)."""

from datetime import UTC, datetime

import pytest

from tests.tmon.api.examples import cancellation
from tests.tmon.api.stub_server import StubServer, json_reply, paths
from tmon.api import ClaimStatus, ClaimType, StoreApi, UnexpectedResponse

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 5, 12, tzinfo=UTC)


async def test_search(stub_server: StubServer, store: StoreApi) -> None:
    done = cancellation() | {"claimNo": 2, "claimStatus": "C3", "completedDate": "2024-03-06T10:00"}
    stub_server.says(
        json_reply({"items": [cancellation()], "hasNext": True}), json_reply({"items": [done], "hasNext": False})
    )
    pages = [page async for page in store.cancellations.search(START, END, ClaimStatus.C1)]
    ((first,), (second,)) = pages
    assert set(paths(stub_server.asked)) == {"/cancellations/search"}
    assert stub_server.asked[1].query == {
        "startDate": "2024-03-01T09:00:00",
        "endDate": "2024-03-05T21:00:00",
        "claimStatus": "C1",
        "page": "2",
    }
    assert (first.claim_no, first.order_no) == (550001234, 9100200301)
    assert (first.type, first.status) == (ClaimType.CANCEL, ClaimStatus.C1)
    assert first.requested_at == datetime(2024, 3, 6, 0, 20, tzinfo=UTC)
    assert first.completed_at is None
    assert second.completed_at == datetime(2024, 3, 6, 1, 0, tzinfo=UTC)
    (deal,) = first.deals or ()
    assert (deal.deal_no, deal.reason, deal.reason_detail) == (7700112233, "RCD5", "사이즈를 잘못 골랐어요")
    assert [(option.option_no, option.quantity) for option in deal.options] == [(7700112302, 1)]
    assert "사이즈를" not in repr(first)


async def test_one(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(cancellation() | {"claimStatus": "C5", "claimType": "Z"}))
    claim = await store.cancellations.get(550001234)
    assert paths(stub_server.asked) == ["/cancellations/550001234"]
    assert (claim.type, claim.status) == (ClaimType.UNKNOWN, ClaimStatus.UNKNOWN)


async def test_of_an_order_items_may_carry_little(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply([{"claimNo": "7", "claimStatus": "C8"}, cancellation()]))
    little, full = await store.cancellations.of_order(9100200301)
    assert paths(stub_server.asked) == ["/orders/9100200301/claims"]
    assert (little.claim_no, little.order_no, little.status) == (7, 9100200301, ClaimStatus.C8)
    assert (little.type, little.deals) == (ClaimType.UNKNOWN, None)
    assert full.type is ClaimType.CANCEL


@pytest.mark.parametrize("field", ["claimNo", "tmonOrderNo"])
async def test_missing_field_is_named(stub_server: StubServer, store: StoreApi, field: str) -> None:
    claim = cancellation()
    del claim[field]
    stub_server.says(json_reply(claim))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.cancellations.get(1)
    assert caught.value.field == field
