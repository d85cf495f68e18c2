"""Who is let in, and what is noted of calls."""

import pytest

from bot.playground.tmon import DEMO_VENDOR, Sandbox
from tests.playground.tmon.caller import HANBIT, SODAM, Caller
from tests.playground.tmon.token_calls import GRANT

PARTNER_REFUSED = {"error": "유효하지 않은 파트너 정보입니다."}


async def test_a_foreign_vendor_path_is_forbidden(caller: Caller) -> None:
    answer = await caller.http.get("/api/OTHERVENDOR/codes", headers=caller.headers())
    assert answer.status_code == 403
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "wrong",
    [{"X-Partner-Id": "nobody"}, {"X-Partner-Id": SODAM}, {"X-Partner-Token": "wrong"}, {"X-Partner-Token": ""}],
)
async def test_a_wrong_partner_is_refused(caller: Caller, wrong: dict[str, str]) -> None:
    answer = await caller.http.get("/api/SAMPLEVENDOR/codes", headers=caller.headers() | wrong)
    assert (answer.status_code, answer.json()) == (401, PARTNER_REFUSED)


async def test_missing_partner_headers_are_refused(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.token}"}
    answer = await caller.http.get("/api/SAMPLEVENDOR/codes", headers=headers)
    assert (answer.status_code, answer.json()) == (401, PARTNER_REFUSED)


async def test_a_revoked_key_is_refused_until_it_is_restored(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.revoke_key(HANBIT)
    assert (await caller.get("/codes")).json() == PARTNER_REFUSED
    assert (await caller.get("/codes", SODAM)).status_code == 200
    sandbox.restore_key(HANBIT)
    assert (await caller.get("/codes")).status_code == 200


async def test_unknown_paths_and_methods_answer_in_json(caller: Caller) -> None:
    for path in ("/api/SAMPLEVENDOR/advertisements", "/elsewhere"):
        answer = await caller.http.get(path, headers=caller.headers())
        assert answer.status_code == 404
        assert answer.json()["error"]
    answer = await caller.put("/orders", {})
    assert answer.status_code == 405
    assert answer.json()["error"]


async def test_the_body_of_a_get_is_ignored(caller: Caller) -> None:
    for body in (b"", b"{}", b"nonsense"):
        answer = await caller.http.request("GET", "/api/SAMPLEVENDOR/codes", content=body, headers=caller.headers())
        assert answer.status_code == 200


async def test_calls_are_noted_without_secrets(caller: Caller, sandbox: Sandbox) -> None:
    await caller.get("/orders/search", page=2)
    (call,) = sandbox.calls_of("orders.search")
    assert (call.method, call.path, call.query) == ("GET", "/api/SAMPLEVENDOR/orders/search", {"page": "2"})
    assert (call.partner_id, call.status, call.body) == (HANBIT, 400, None)
    (token_call,) = sandbox.calls_of("token")
    assert (token_call.partner_id, token_call.status, token_call.body) == (None, 200, GRANT)
    noted = repr(sandbox.calls) + repr(sandbox.vendors) + repr(sandbox.partners)
    assert DEMO_VENDOR.client_secret not in noted
    assert caller.token not in noted
    assert sandbox.partners[HANBIT].token not in noted
