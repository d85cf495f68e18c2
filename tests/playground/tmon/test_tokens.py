"""Tokens: who gets one, how long it is good."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.playground.tmon import DEMO_VENDOR, Sandbox, Vendor
from tests.clock import MovableClock
from tests.playground.tmon.caller import Caller
from tests.playground.tmon.token_calls import GRANT

BASIC = (DEMO_VENDOR.client_id, DEMO_VENDOR.client_secret)


TOKEN_REFUSED = {"error": "invalid_token", "error_description": "Invalid access token"}


@pytest.mark.parametrize(
    "request_body",
    [
        pytest.param({"files": {"grant_type": (None, "client_credentials")}}, id="multipart"),
        pytest.param({"params": GRANT, "headers": {"Content-Type": "application/json"}}, id="query, empty JSON"),
        pytest.param({"data": GRANT}, id="form"),
    ],
)
async def test_a_token_is_given_for_each_body_variant(caller: Caller, request_body: dict[str, Any]) -> None:
    answer = await caller.http.post("/oauth/token", auth=BASIC, **request_body)
    assert answer.status_code == 200
    document = answer.json()
    UUID(document.pop("access_token"))
    assert document == {
        "token_type": "bearer",
        "expires_in": 43200,
        "scope": "read write",
        "vendorId": "SAMPLEVENDOR",
    }


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
async def test_basic_comes_in_both_alphabets(caller: Caller, sandbox: Sandbox, encode: Any) -> None:
    sandbox.vendors["ÿ>"] = Vendor("ÿ>", "ï~?ÿ", "OTHER", "fedcba9876543210")
    plain, safe = base64.b64encode("ÿ>:ï~?ÿ".encode()), base64.urlsafe_b64encode("ÿ>:ï~?ÿ".encode())
    assert plain != safe
    credentials = encode("ÿ>:ï~?ÿ".encode()).decode()
    answer = await caller.http.post("/oauth/token", data=GRANT, headers={"Authorization": f"Basic {credentials}"})
    assert answer.json()["vendorId"] == "OTHER"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic ***",
        *(f"Basic {base64.b64encode(pair).decode()}" for pair in (b"demo-vendor:wrong", b"a:b")),
    ],
)
async def test_a_wrong_client_is_refused(caller: Caller, authorization: str) -> None:
    answer = await caller.http.post("/oauth/token", data=GRANT, headers={"Authorization": authorization})
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("data", "error"), [({}, "invalid_request"), ({"grant_type": "password"}, "unsupported_grant_type")]
)
async def test_a_wrong_grant_is_refused(caller: Caller, data: dict[str, str], error: str) -> None:
    answer = await caller.http.post("/oauth/token", data=data, auth=BASIC)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


async def test_many_tokens_are_good_at_once_each_for_twelve_hours(caller: Caller, clock: MovableClock) -> None:
    first = caller.token
    clock.advance(timedelta(hours=1))
    second = await caller.fetch_token()
    assert first != second
    for token in (first, second):
        caller.token = token
        assert (await caller.get("/codes")).status_code == 200
    clock.advance(timedelta(hours=11) - timedelta(seconds=1))
    caller.token = first
    assert (await caller.get("/codes")).status_code == 200
    clock.advance(timedelta(seconds=1))
    answer = await caller.get("/codes")
    assert (answer.status_code, answer.json()) == (401, TOKEN_REFUSED)
    caller.token = second
    assert (await caller.get("/codes")).status_code == 200


async def test_the_scheme_is_compared_without_case_and_unknown_tokens_are_refused(caller: Caller) -> None:
    headers = caller.headers() | {"Authorization": f"bearer {caller.token}"}
    assert (await caller.http.get("/api/SAMPLEVENDOR/codes", headers=headers)).status_code == 200
    for authorization in ("", "Bearer", "Bearer 11111111-2222-4333-8444-555555555555", f"Basic {caller.token}"):
        answer = await caller.http.get(
            "/api/SAMPLEVENDOR/codes", headers=caller.headers() | {"Authorization": authorization}
        )
        assert (answer.status_code, answer.json()) == (401, TOKEN_REFUSED)
