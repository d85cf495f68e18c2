"""The demo shops: what is in them, that they are the same each time, that life goes on in them."""

import asyncio
import re
from random import Random

import httpx
import pytest

from bot.playground.tmon import DEMO_PARTNERS, DEMO_VENDOR, PlacedOrder, Sandbox, demo_sandbox, serve
from bot.playground.tmon.__main__ import run, simulate_event
from tests.clock import MovableClock
from tests.playground.tmon.caller import Caller


def picture(sandbox: Sandbox) -> object:
    return [vars(order) for order in sandbox.orders.values()], [claim.requested_at for claim in sandbox.claims.values()]


async def test_each_shop_has_waiting_prepared_and_cancelled_orders(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    server = await serve(sandbox)
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        caller = Caller(sandbox, http)
        await caller.fetch_token()
        for partner in DEMO_PARTNERS:
            assert len(await caller.list_orders("D1", partner.partner_id)) == 3
            assert len(await caller.list_orders("D2", partner.partner_id)) == 2
    await server.stop()
    assert [claim.status for claim in sandbox.claims.values()] == ["C3", "C3"]
    dates = [order.ordered_at for order in sandbox.orders.values()]
    assert dates == sorted(dates)


def test_each_shop_has_addresses_templates_and_its_deals(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    for partner in DEMO_PARTNERS:
        own = [address for address in sandbox.addresses.values() if address.partner_id == partner.partner_id]
        assert [address.kind for address in own] == ["D", "R"]
        assert any(template.partner_id == partner.partner_id for template in sandbox.templates.values())
        assert {goods.deal_no for goods in partner.goods} == {
            no for no, deal in sandbox.deals.items() if deal.partner_id == partner.partner_id
        }
    assert sandbox.repeated_templates == []
    sold = {deal.deal_no for order in sandbox.orders.values() for deal in order.deals}
    assert sold <= sandbox.deals.keys()


def test_a_customer_may_find_nothing_on_sale(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    for deal in sandbox.deals.values():
        deal.paused = True
    assert "finds nothing on sale" in simulate_event(sandbox, Random(1))
    assert len(sandbox.orders) == 18


def test_the_same_seed_and_clock_give_the_same_shops(clock: MovableClock) -> None:
    assert picture(demo_sandbox(clock)) == picture(demo_sandbox(clock))
    assert picture(demo_sandbox(clock)) != picture(demo_sandbox(clock, seed=2))


def test_one_sandbox_does_not_change_the_next(clock: MovableClock) -> None:
    first = demo_sandbox(clock)
    first.vendors["demo-vendor"].client_secret = "changed"
    first.new_order("hanbit_living")
    second = demo_sandbox(clock)
    assert second.vendors["demo-vendor"] == DEMO_VENDOR
    assert len(second.partners["hanbit_living"].orders) == 9


@pytest.fixture
def many(clock: MovableClock) -> list[PlacedOrder]:
    sandbox = demo_sandbox(clock)
    return [order for partner_id in sandbox.partners for order in sandbox.new_orders(partner_id, 300)]


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


def test_no_number_can_ring_and_no_address_exists(many: list[PlacedOrder]) -> None:
    for order in many:
        for phone in (order.buyer.phone, order.receiver_phone):
            assert phone is None or re.fullmatch(r"(010|0504|0507|0508)-0\d{3}-\d{4}", phone)
        assert order.address.street is None or "가상로" in order.address.street
        assert order.address.lot is None or "가상동" in order.address.lot
        assert order.ordered_at <= order.deposited_at


def test_numbers_are_never_given_twice(many: list[PlacedOrder]) -> None:
    assert len({order.order_no for order in many}) == len(many)
    parcels: dict[str, set[int]] = {}
    for order in many:
        for deal in order.deals:
            parcels.setdefault(deal.delivery_no, set()).add(order.order_no)
    assert all(len(orders) == 1 for orders in parcels.values())


def test_orders_arrive_and_some_are_cancelled(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    told = [simulate_event(sandbox, Random(n)) for n in range(60)]
    cancels = [line for line in told if "cancel requested" in line]
    assert 0 < len(cancels) < 20
    assert len(sandbox.orders) == 18 + 60 - len(cancels)
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
