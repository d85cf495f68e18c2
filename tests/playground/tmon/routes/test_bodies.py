"""Bodies that are malformed."""

from typing import Any

import pytest

from bot.playground.tmon import Sandbox
from tests.playground.tmon.address_calls import NEW, PATH
from tests.playground.tmon.caller import HANBIT, Caller


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"tmonDealNo": 1},
        {"tmonDealNo": 1, "tmonDealOptions": []},
        {"tmonDealNo": 1, "tmonDealOptions": [1]},
        {"tmonDealNo": 1, "tmonDealOptions": [{"tmonDealOptionNo": 1}]},
        {"tmonDealNo": 1, "tmonDealOptions": [{"tmonDealOptionNo": 1, "qty": "two"}]},
        {"tmonDealNo": True, "tmonDealOptions": [{"tmonDealOptionNo": 1, "qty": 1}]},
    ],
)
async def test_a_malformed_body_is_refused(caller: Caller, sandbox: Sandbox, body: Any) -> None:
    order = sandbox.new_order(HANBIT)
    answer = await caller.put(f"/orders/{order.order_no}/confirm", body)
    assert answer.status_code == 400
    assert "tmonDealOptions" in answer.json()["error"]


async def test_what_is_not_json_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    url = f"/api/SAMPLEVENDOR/orders/{sandbox.new_order(HANBIT).order_no}/confirm"
    as_json = caller.headers() | {"Content-Type": "application/json"}
    assert (await caller.http.put(url, content=b"{", headers=as_json)).status_code == 400
    assert (await caller.http.put(url, data={"tmonDealNo": "1"}, headers=caller.headers())).status_code == 415


async def test_bodies_must_be_json_objects(caller: Caller) -> None:
    assert (await caller.post(PATH, [NEW])).status_code == 400
    headers = caller.headers()
    url = f"/api/SAMPLEVENDOR{PATH}"
    answer = await caller.http.post(url, content=b"{", headers={**headers, "Content-Type": "application/json"})
    assert answer.status_code == 400
    assert (await caller.http.post(url, data={"type": "D"}, headers=headers)).status_code == 415
