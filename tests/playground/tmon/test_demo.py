"""The demo shops: what is in them, that they are the same each time, that life goes on in them."""

import asyncio
import re
from datetime import datetime, timedelta
from random import Random

import httpx
import pytest

from bot.playground.tmon import DEMO_PARTNERS, DEMO_VENDOR, PlacedOrder, demo_sandbox, serve, settle_overdue_claims
from bot.playground.tmon.__main__ import run, simulate_event
from tests.clock import MovableClock
from tests.playground.tmon.caller import Caller
from tmon.clock import KST


async def test_each_shop_has_waiting_prepared_and_cancelled_orders(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    server = await serve(sandbox)
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        caller = Caller(sandbox, http)
        await caller.fetch_token()
        for partner, prepared in zip(DEMO_PARTNERS[:2], (2, 5), strict=True):
            assert len(await caller.list_orders("D1", partner.partner_id)) == 3
            assert len(await caller.list_orders("D2", partner.partner_id)) == prepared
        for partner in DEMO_PARTNERS[2:]:  # they have just opened
            assert len(await caller.list_orders("D1", partner.partner_id)) == 1
    await server.stop()
    assert [claim.status for claim in sandbox.claims.values()] == ["C3", "C3", "C1", "C1", "C1", "C1"]
    dates = [order.ordered_at for order in sandbox.orders.values()]
    assert dates == sorted(dates)


def test_a_customer_may_find_nothing_on_sale(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    for deal in sandbox.deals.values():
        deal.paused = True
    assert "finds nothing on sale" in simulate_event(sandbox, Random(1))
    assert len(sandbox.orders) == 26


def test_the_second_shop_has_a_claim_of_each_kind_and_two_orders_to_one_recipient(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    claims = {claim.kind: claim for claim in sandbox.claims.values() if claim.open}
    assert claims.keys() == {"C", "R", "X", "D"}
    assert {claim.partner_id for claim in claims.values()} == {DEMO_PARTNERS[1].partner_id}
    now = clock()
    assert claims["C"].deadline == datetime(2026, 3, 11, 23, tzinfo=KST)
    assert claims["X"].deadline == datetime(2026, 3, 11, 22, tzinfo=KST)
    assert claims["R"].deadline == now + timedelta(hours=28)
    assert (claims["R"].return_status, claims["X"].return_status) == ("R3", "R1")
    assert claims["R"].pictures
    (cancelled,) = claims["C"].lines
    assert len(claims["C"].order.deals) == 2  # a part of its order
    assert cancelled == claims["C"].order.deals[0].deal_no
    prepared = [o for o in sandbox.partners[DEMO_PARTNERS[1].partner_id].orders if o.deals[0].status == "D2"]
    assert len({(order.receiver_name, order.address.zip_code) for order in prepared}) == len(prepared) - 1
    settle_overdue_claims(sandbox)
    assert all(claim.open for claim in claims.values())


def test_orders_have_the_variety_of_a_real_shop(many: list[PlacedOrder]) -> None:
    deals = [deal for order in many for deal in order.deals]
    assert {len(order.deals) for order in many} == {1, 2, 3}
    assert any(len({deal.delivery_no for deal in order.deals}) < len(order.deals) for order in many)
    assert any(len({deal.delivery_no for deal in order.deals}) > 1 for order in many)
    assert {deal.fee.island_amount for deal in deals} == {0, 3000, 5000}
    assert any(order.receiver_phone.startswith("050") and order.safety_phone_until for order in many)
    assert any(re.search(r"010-0\d{3}-\d{4}", order.delivery_memo or "") for order in many)
    assert {len(order.address.zip_code) for order in many} == {5, 6}
    assert all((deal.customs_id is not None) == (deal.product_type == "DP03") for deal in deals)
    assert any(deal.customs_id for deal in deals)
    assert any(option.discount for deal in deals for option in deal.options)


def test_orders_arrive_and_some_are_cancelled(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    told = [simulate_event(sandbox, Random(n)) for n in range(60)]
    claims = [line for line in told if " requested for " in line]
    assert 0 < sum("cancel requested" in line for line in claims) < len(claims) < 20
    assert len(sandbox.orders) == 26 + 60 - len(claims)
    assert len(sandbox.claims) == 6 + len(claims)


async def test_it_runs_until_it_is_told_to_stop() -> None:
    told: list[str] = []
    listening = asyncio.Event()

    def announce(line: str) -> None:
        told.append(line)
        if len(told) == 4:
            listening.set()

    running = asyncio.create_task(run("127.0.0.1", 0, announce))
    await asyncio.wait_for(listening.wait(), 5)
    url = told[0].removeprefix("TMON sandbox: ")
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        answer = await http.post(
            "/oauth/token",
            auth=(DEMO_VENDOR.client_id, DEMO_VENDOR.client_secret),
            data={"grant_type": "client_credentials"},
        )
        assert answer.json()["vendorId"] == DEMO_VENDOR.vendor_id
        running.cancel()
        await asyncio.wait([running])
        with pytest.raises(httpx.ConnectError):
            await http.get("/")
    assert all(partner.token in "\n".join(told) for partner in DEMO_PARTNERS)
