"""The demo shops: what is in them, that they are the same each time, that life goes on in them."""

import asyncio
import re
from random import Random

import httpx
import pytest

from bot.playground.tmon import DEMO_PARTNERS, DEMO_VENDOR, PlacedOrder, demo_sandbox, serve
from bot.playground.tmon.__main__ import run, simulate_event
from tests.clock import MovableClock
from tests.playground.tmon.caller import Caller


async def test_each_shop_has_waiting_prepared_and_cancelled_orders(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    server = await serve(sandbox)
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        caller = Caller(sandbox, http)
        await caller.fetch_token()
        for partner in DEMO_PARTNERS[:2]:
            assert len(await caller.list_orders("D1", partner.partner_id)) == 3
            assert len(await caller.list_orders("D2", partner.partner_id)) == 2
        for partner in DEMO_PARTNERS[2:]:  # they have just opened
            assert len(await caller.list_orders("D1", partner.partner_id)) == 1
    await server.stop()
    assert [claim.status for claim in sandbox.claims.values()] == ["C3", "C3"]
    dates = [order.ordered_at for order in sandbox.orders.values()]
    assert dates == sorted(dates)


def test_a_customer_may_find_nothing_on_sale(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    for deal in sandbox.deals.values():
        deal.paused = True
    assert "finds nothing on sale" in simulate_event(sandbox, Random(1))
    assert len(sandbox.orders) == 20


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
    cancels = [line for line in told if "cancel requested" in line]
    assert 0 < len(cancels) < 20
    assert len(sandbox.orders) == 20 + 60 - len(cancels)
    assert len(sandbox.claims) == 2 + len(cancels)


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
