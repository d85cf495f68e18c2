"""Queries that are refused."""

import pytest

from tests.playground.tmon.caller import Caller


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"startDate": "2026-03-09"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"startDate": "2026-03-09T09:00"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"endDate": "2026-03-09T09:00:00Z"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"endDate": "2026-02-30T09:00:00"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"endDate": ""}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"startDate": None}, "startDate"),
        ({"endDate": None}, "endDate"),
        ({"startDate": "2026-03-10T00:00:01", "endDate": "2026-03-10T00:00:00"}, "endDate"),
        ({"deliveryStatus": None}, "deliveryStatus"),
        ({"deliveryStatus": "D3"}, "D1, D2"),
        ({"deliveryStatus": "d1"}, "D1, D2"),
    ],
)
async def test_a_wrong_query_is_refused_with_the_rule(caller: Caller, change: dict[str, str | None], word: str) -> None:
    query = {"startDate": "2026-03-08T09:00:00", "endDate": "2026-03-10T09:00:00", "deliveryStatus": "D1"} | change
    answer = await caller.get("/orders", **{name: value for name, value in query.items() if value is not None})
    assert answer.status_code == 400
    assert word in answer.json()["error"]


async def test_a_parameter_given_twice_is_refused(caller: Caller) -> None:
    query = "startDate=2026-03-08T09:00:00&endDate=2026-03-10T09:00:00&deliveryStatus=D1&deliveryStatus=D2"
    answer = await caller.http.get(f"/api/SAMPLEVENDOR/orders?{query}", headers=caller.headers())
    assert answer.status_code == 400
