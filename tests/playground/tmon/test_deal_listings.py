"""Deals as a shop lists them, and when they can be bought."""

from datetime import timedelta

import pytest

from bot.playground.tmon import Listing, NothingOnSale, Sandbox
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller
from tests.playground.tmon.deal_calls import BY_TMON, deal_where, keys, read, set_end, set_stock, stocks
from tmon.clock import KST

DAY = timedelta(days=1)


async def test_the_shops_have_every_kind_of_deal(sandbox: Sandbox, clock: MovableClock) -> None:
    for partner_id in (HANBIT, SODAM):
        deals = [deal for deal in sandbox.deals.values() if deal.partner_id == partner_id]
        assert {deal.sales_status(clock()) for deal in deals} == {"ON_SALE", "PAUSE", "END"}
        left = [deal.sales_end - clock() for deal in deals if deal.sales_status(clock()) == "ON_SALE"]
        assert any(rest < 7 * DAY for rest in left)
        assert any(7 * DAY <= rest < 100 * DAY for rest in left)
        assert any(deal.sales_end.astimezone(KST).year == 2900 for deal in deals)
        assert [deal.vendor_deal_no for deal in deals].count(None) == 1
        assert any(len(deal.options) == 1 for deal in deals)
        assert any(option.stock < 10 for deal in deals for option in deal.options.values())
    given = [key for deal in sandbox.deals.values() for key in [deal.vendor_deal_no, *keys(deal)] if key]
    assert len(set(given)) == len(given)


async def test_a_deal_made_elsewhere_has_no_keys(caller: Caller, sandbox: Sandbox) -> None:
    elsewhere = deal_where(sandbox, lambda deal: deal.vendor_deal_no is None)
    document = await read(caller, elsewhere)
    assert {"vendorId", "vendorDealNo", "vendorPolicyNo", "creator", "createDate"}.isdisjoint(document)
    assert all({"vendorId", "vendorDealOptionNo"}.isdisjoint(option) for option in document["dealOptions"])
    results = (await set_stock(caller, elsewhere, {str(no): 1 for no in elsewhere.options})).json()
    assert not any(result["success"] for result in results.values())
    assert (await caller.command(f"/deals/{elsewhere.deal_no}/pause{BY_TMON}")).status_code == 200
    mixed = deal_where(sandbox, lambda deal: deal.vendor_deal_no is not None and not all(keys(deal)), SODAM)
    shown = (await read(caller, mixed))["dealOptions"]
    assert ["vendorDealOptionNo" in option for option in shown] == [True, False]


async def test_the_sale_follows_its_period(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    ending = deal_where(sandbox, lambda deal: timedelta() < deal.sales_end - clock() < 6 * DAY and not deal.paused)
    assert (await read(caller, ending))["salesPeriod"]["end"] == "2026-03-15T23:59:59"
    clock.set(ending.sales_end)
    await caller.fetch_token()
    assert (await read(caller, ending))["salesStatus"] == "ON_SALE"
    clock.advance(timedelta(seconds=1))
    assert (await read(caller, ending))["salesStatus"] == "END"
    for verb in ("pause", "resume"):
        await caller.command(f"/deals/{ending.vendor_deal_no}/{verb}")
        assert (await read(caller, ending))["salesStatus"] == "END"
    assert (await set_end(caller, ending, "2026-04-14T23:59:59")).status_code == 200
    assert (await read(caller, ending))["salesStatus"] == "ON_SALE"
    await set_end(caller, ending, "2026-04-14T23:59:59", salesStartDate="2026-04-01T00:00:00")
    document = await read(caller, ending)
    assert (document["salesStatus"], document["status"]) == ("READY", "DS01")
    assert document["salesPeriod"] == {"start": "2026-04-01T00:00", "end": "2026-04-14T23:59:59"}


def test_only_what_is_on_sale_is_bought(sandbox: Sandbox, deal: Listing, clock: MovableClock) -> None:
    own = [found for found in sandbox.deals.values() if found.partner_id == HANBIT]
    closed = {found.deal_no for found in own if found.sales_status(clock()) != "ON_SALE"}
    shown, hidden, sold_out, scarce = deal.options.values()
    hidden.display, sold_out.stock, scarce.stock = False, 0, 4
    bought: dict[int, int] = {}
    for order in sandbox.new_orders(HANBIT, 150):
        for part in order.deals:
            assert part.deal_no not in closed
            for line in part.options:
                bought[line.option_no] = bought.get(line.option_no, 0) + line.qty
    assert {hidden.option_no, sold_out.option_no}.isdisjoint(bought)
    assert (bought[shown.option_no] > 4, bought[scarce.option_no], scarce.stock) == (True, 4, 0)
    assert min(stocks(sandbox).values()) == 0
    for found in own:
        found.paused = True
    orders = len(sandbox.orders)
    with pytest.raises(NothingOnSale):
        sandbox.new_order(HANBIT)
    assert len(sandbox.orders) == len(sandbox.partners[HANBIT].orders) == orders
