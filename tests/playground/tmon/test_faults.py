"""The switches, each over a real socket."""

import asyncio
import json
from typing import Any, cast

import httpx
import pytest

from bot.playground.tmon import (
    PROPOSED_CALLS,
    CallPhase,
    ClaimType,
    Faults,
    LoggedCall,
    Mode,
    PlacedOrder,
    Sandbox,
    buyer_claims,
    serve,
)
from tests.playground.tmon.caller import HANBIT, SODAM, Caller, confirmation


@pytest.fixture
def order(sandbox: Sandbox) -> PlacedOrder:
    return sandbox.new_order(HANBIT, deals=1)


async def confirm(caller: Caller, order: PlacedOrder, **how: Any) -> httpx.Response:
    return await caller.http.put(
        f"/api/SAMPLEVENDOR/orders/{order.order_no}/confirm",
        json=confirmation(order.deals[0]),
        headers=caller.headers(),
        **how,
    )


@pytest.mark.parametrize(
    ("mode", "status", "text"),
    [
        ("error_500", 500, "<h1>500 Internal Server Error</h1>"),
        ("html_502", 502, "<h1>502 Bad Gateway</h1>"),
        ("html_503", 503, "<h1>503 Service Temporarily Unavailable</h1>"),
        ("error_500_json", 500, '{"error":"요청을 처리하는 중 오류가 발생했습니다."}'),
        ("throttled", 429, '{"error":"요청 횟수를'),
    ],
)
async def test_an_outage_answers_and_does_nothing(
    caller: Caller, sandbox: Sandbox, order: PlacedOrder, mode: Any, status: int, text: str
) -> None:
    sandbox.faults.mode = mode
    answer = await confirm(caller, order)
    assert answer.status_code == status
    assert text in answer.text
    is_json = answer.headers["Content-Type"].startswith("application/json")
    assert is_json == text.startswith("{")
    assert order.deals[0].status == "D1"
    assert sandbox.calls[-1].status == status


async def test_throttling_may_say_how_long(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.mode = "throttled"
    assert "Retry-After" not in (await caller.get("/codes")).headers
    sandbox.faults.retry_after = 7
    assert (await caller.get("/codes")).headers["Retry-After"] == "7"


async def test_a_temporary_trouble_inside_tmon_can_be_worded(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.mode, sandbox.faults.error_text = "error_500_json", "ResourceAccessException: I/O error"
    assert (await caller.get("/codes")).json() == {"error": "ResourceAccessException: I/O error"}


async def test_empty_and_truncated_spoil_the_answer_only(caller: Caller, sandbox: Sandbox, order: PlacedOrder) -> None:
    whole = (await caller.get(f"/orders/{order.order_no}")).content
    sandbox.faults.mode = "truncated"
    answer = await caller.get(f"/orders/{order.order_no}")
    assert (answer.status_code, answer.content) == (200, whole[: len(whole) // 2])
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    sandbox.faults.mode = "empty"
    answer = await caller.get(f"/orders/{order.order_no}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await confirm(caller, order)).status_code == 200
    assert order.deals[0].status == "D2"


async def test_down_closes_the_connection_and_does_nothing(
    caller: Caller, sandbox: Sandbox, order: PlacedOrder
) -> None:
    sandbox.faults.mode = "down"
    with pytest.raises(httpx.TransportError):
        await confirm(caller, order)
    assert order.deals[0].status == "D1"
    assert sandbox.calls[-1].status is None


@pytest.mark.parametrize(("mode", "state"), [("hang", "D1"), ("hang_after_write", "D2")])
async def test_a_hanging_call_does_or_does_not_take_effect(
    caller: Caller, sandbox: Sandbox, order: PlacedOrder, mode: Any, state: str
) -> None:
    sandbox.faults.mode = mode
    with pytest.raises(httpx.ReadTimeout):
        await confirm(caller, order, timeout=0.2)
    assert order.deals[0].status == state
    sandbox.faults.clear()
    read = (await caller.get(f"/orders/{order.order_no}")).json()
    assert read["deals"][0]["deliveryStatus"] == state


async def test_slow_answers_come_late(caller: Caller, sandbox: Sandbox, order: PlacedOrder) -> None:
    sandbox.faults.slow_seconds = 0.3
    started = asyncio.get_running_loop().time()
    assert (await caller.get("/codes")).status_code == 200
    assert asyncio.get_running_loop().time() - started >= 0.3


async def test_a_slow_write_takes_effect_although_its_caller_has_gone(
    caller: Caller, sandbox: Sandbox, order: PlacedOrder
) -> None:
    sandbox.faults.slow_seconds = 0.2
    with pytest.raises(httpx.ReadTimeout):
        await confirm(caller, order, timeout=0.05)
    assert order.deals[0].status == "D1"
    await caller.get("/codes")  # as slow, and begun later
    assert order.deals[0].status == "D2"


@pytest.mark.parametrize("fault", ["hang", "hang_after_write", "slow"])
async def test_a_stop_ends_what_hangs_at_once(sandbox: Sandbox, fault: Any) -> None:
    server = await serve(sandbox)
    if fault == "slow":
        sandbox.faults.slow_seconds = 600
    else:
        sandbox.faults.mode = fault
    received = asyncio.Event()

    async def note(_call: LoggedCall, _phase: CallPhase) -> None:
        received.set()

    sandbox.on_call = note
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        waiting = asyncio.create_task(http.post("/oauth/token", timeout=60))
        await received.wait()
        async with asyncio.timeout(20):
            await server.stop()
            with pytest.raises(httpx.TransportError):
                await waiting
        with pytest.raises(httpx.ConnectError):
            await http.get("/")


async def test_faults_can_be_narrowed_to_calls_partners_and_a_number(caller: Caller, sandbox: Sandbox) -> None:
    faults = sandbox.faults
    faults.mode, faults.only, faults.partners = "error_500", {"codes"}, {SODAM}
    assert (await caller.get("/codes")).status_code == 200
    assert (await caller.get("/categories", SODAM)).status_code == 200
    assert (await caller.get("/codes", SODAM)).status_code == 500
    faults.clear()
    faults.mode, faults.times, faults.only = "html_502", 2, {"codes"}
    assert (await caller.get("/categories")).status_code == 200
    assert [(await caller.get("/codes")).status_code for _ in range(4)] == [502, 502, 200, 200]
    assert faults == Faults(sandbox.tokens, only={"codes"})


async def test_tokens_can_be_expired_and_told_inside_a_good_answer(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.expire_tokens()
    answer = await caller.get("/codes")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    sandbox.faults.token_error_status = 200
    answer = await caller.get("/codes")
    assert (answer.status_code, answer.json()["error"]) == (200, "invalid_token")
    await caller.fetch_token()
    assert "DeliveryCorp" in (await caller.get("/codes")).json()


async def test_a_rejected_vendor_gets_no_token_and_uses_none(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.reject_vendor = True
    answer = await caller.http.post(
        "/oauth/token", auth=("demo-vendor", "demo-vendor-secret"), data={"grant_type": "client_credentials"}
    )
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert (await caller.get("/codes")).json()["error"] == "invalid_token"
    sandbox.faults.clear()
    assert (await caller.get("/codes")).status_code == 200


async def test_rejected_partners_and_missing_calls(caller: Caller, sandbox: Sandbox, order: PlacedOrder) -> None:
    sandbox.faults.reject_partners = {HANBIT}
    assert (await caller.get("/codes")).status_code == 401
    sandbox.faults.clear()
    sandbox.faults.not_offered = {"orders.initial"}
    assert (await caller.get(f"/orders/{order.order_no}/initial")).status_code == 404
    assert (await caller.get(f"/orders/{order.order_no}")).status_code == 200


async def test_the_hook_stands_before_the_effect_and_after_the_answer(
    caller: Caller, sandbox: Sandbox, order: PlacedOrder
) -> None:
    seen: list[tuple[str, CallPhase, int | None, str]] = []
    answered = asyncio.Event()
    go_on = asyncio.Event()

    async def watch(call: LoggedCall, phase: CallPhase) -> None:
        seen.append((call.name, phase, call.status, order.deals[0].status))
        if phase is CallPhase.ANSWERED:
            answered.set()
            await go_on.wait()

    sandbox.on_call = watch
    answer = await confirm(caller, order)  # arrives although the hook has not come back
    assert answer.status_code == 200
    await answered.wait()
    go_on.set()
    assert seen == [
        ("orders.confirm", CallPhase.RECEIVED, None, "D1"),
        ("orders.confirm", CallPhase.ANSWERED, 200, "D2"),
    ]


async def test_the_hook_never_sees_an_answer_that_was_not_given(
    caller: Caller, sandbox: Sandbox, order: PlacedOrder
) -> None:
    phases: list[CallPhase] = []

    async def watch(_call: LoggedCall, phase: CallPhase) -> None:
        phases.append(phase)

    sandbox.on_call = watch
    sandbox.faults.mode = "down"
    with pytest.raises(httpx.TransportError):
        await confirm(caller, order)
    assert phases == [CallPhase.RECEIVED]


WAYBILL = {"deliveryCorp": 10001, "invoiceNo": "600100209999"}
REJECT = {"reasonDetail": "상세 사유를 열 자 넘게 적습니다"}
WRITES_OF_CLAIMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "cancellations.approve": ("C", "approve", {}),
    "cancellations.reject": ("C", "reject", {"reason": "JCD1", "deliveryInvoice": WAYBILL}),
    "refunds.approve": ("R", "approve", {}),
    "refunds.reject": ("R", "reject", REJECT | {"reason": "JRD5"}),
    "exchanges.approve": ("X", "approve", {"redeliveryInvoice": WAYBILL}),
    "exchanges.reject": ("X", "reject", REJECT | {"reason": "JXD3"}),
    "exchanges.return_invoice": ("X", "return-invoice", WAYBILL),
    "redeliveries.approve": ("D", "approve", {"redeliveryInvoice": WAYBILL}),
    "redeliveries.reject": ("D", "reject", REJECT | {"reason": "JDD1"}),
}
SECTIONS = {"C": "cancellations", "R": "refunds", "X": "exchanges", "D": "redeliveries"}


@pytest.mark.parametrize("name", list(WRITES_OF_CLAIMS))
async def test_faults_meet_decisions_on_claims_as_any_other_call(
    caller: Caller, sandbox: Sandbox, order: PlacedOrder, name: str
) -> None:
    kind, verb, body = WRITES_OF_CLAIMS[name]
    sandbox.move_to(order.order_no, "D2" if kind == "C" else "D5")
    claim = buyer_claims(sandbox, cast("ClaimType", kind), order.order_no)
    assert claim is not None
    before = (claim.status, claim.return_invoice)
    path = f"/{SECTIONS[kind]}/{claim.claim_no}/{verb}"
    sandbox.faults.only = {name}
    without_effect: tuple[Mode, ...] = ("error_500", "error_500_json", "html_502", "throttled", "empty_without_effect")
    for mode in without_effect:
        sandbox.faults.mode = mode
        answer = await caller.put(path, body)
        assert (answer.status_code == 200) == (mode == "empty_without_effect")
    sandbox.faults.mode = "down"
    with pytest.raises(httpx.TransportError):
        await caller.put(path, body)
    sandbox.faults.mode = None
    for status in (404, 405):
        sandbox.faults.not_offered, sandbox.faults.not_offered_status = {name}, cast("Any", status)
        assert (await caller.put(path, body)).status_code == status
    sandbox.faults.not_offered = set()
    assert (claim.status, claim.return_invoice) == before
    assert not any(call.took_effect for call in sandbox.calls_of(name))
    sandbox.faults.mode = "hang_after_write"
    with pytest.raises(httpx.TransportError):
        await caller.http.put(f"/api/SAMPLEVENDOR{path}", json=body, headers=caller.headers(), timeout=0.2)
    assert (claim.status, claim.return_invoice) != before
    assert [call.took_effect for call in sandbox.calls_of(name)].count(True) == 1
    assert sandbox.calls_of(name)[-1].status is None


def test_calls_that_nobody_has_seen_are_known_as_such() -> None:
    assert {name for name in WRITES_OF_CLAIMS if name not in PROPOSED_CALLS} == {
        "cancellations.approve",
        "cancellations.reject",
        "refunds.approve",
        "exchanges.approve",
    }
    assert {"orders.delay", "orders.claims", "exchanges.hold", "exchanges.release", "refunds.hold"} < PROPOSED_CALLS
    assert not PROPOSED_CALLS & {"orders.invoice", "orders.change_invoice", "cancellations.create"}
