"""What an order takes of the stock, and what comes back."""

import pytest

from bot.playground.tmon import Listing, Partner, Sandbox, buyer_cancels, complete_claim, open_shop, withdraw_claim
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller
from tests.playground.tmon.deal_calls import MINUTE, stocks


def test_an_order_takes_from_the_stock_and_a_cancel_gives_back(sandbox: Sandbox, clock: MovableClock) -> None:
    before = stocks(sandbox)
    orders = [sandbox.new_order(HANBIT, shared_with=SODAM) for _ in range(20)]
    sold: dict[int, int] = {}
    for deal in [deal for order in orders for deal in order.deals]:
        for option in deal.options:
            assert option.option_no in sandbox.deals[deal.deal_no].options
            sold[option.option_no] = sold.get(option.option_no, 0) + option.qty
    assert sold
    assert stocks(sandbox) == {no: stock - sold.get(no, 0) for no, stock in before.items()}
    for order in orders:
        for partner_id in (HANBIT, SODAM):
            claim = buyer_cancels(sandbox, order.order_no, partner_id=partner_id)
            assert claim is not None
            taken = stocks(sandbox)
            complete_claim(sandbox, claim.claim_no)
            assert stocks(sandbox) != taken
    assert stocks(sandbox) == before


def test_a_request_that_is_withdrawn_gives_nothing_back(sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT)
    taken = stocks(sandbox)
    claim = buyer_cancels(sandbox, order.order_no)
    assert claim is not None
    withdraw_claim(sandbox, claim.claim_no)
    assert stocks(sandbox) == taken


async def test_one_option_is_sold(caller: Caller, sandbox: Sandbox, deal: Listing, clock: MovableClock) -> None:
    option_no = next(iter(deal.options))
    order = sandbox.sell(option_no, 3)
    assert [(line.option_no, line.qty) for line in order.deals[0].options] == [(option_no, 3)]
    assert deal.options[option_no].stock == 297
    assert (order.ordered_at, await caller.list_orders()) == (clock(), [])
    clock.advance(30 * MINUTE)
    (listed,) = await caller.list_orders()
    assert (listed["tmonOrderNo"], listed["deals"][0]["tmonDealNo"]) == (order.order_no, deal.deal_no)
    deal.options[option_no].stock = 2
    with pytest.raises(ValueError, match="cannot be ordered 3 times"):
        sandbox.sell(option_no, 3)
    deal.paused = True
    with pytest.raises(ValueError, match="cannot be ordered"):
        sandbox.sell(option_no)
    assert (deal.options[option_no].stock, len(sandbox.orders)) == (2, 1)


def test_a_changed_quantity_comes_out_of_the_stock(sandbox: Sandbox, deal: Listing) -> None:
    option_no = next(iter(deal.options))
    order = sandbox.sell(option_no, 2)
    sandbox.change_quantity(order.order_no, 5)
    assert deal.options[option_no].stock == 295
    sandbox.change_quantity(order.order_no, 1)
    assert deal.options[option_no].stock == 299
    deal.options[option_no].stock = 0
    with pytest.raises(ValueError, match="only 0 left"):
        sandbox.change_quantity(order.order_no)
    assert order.deals[0].options[0].qty == 1


def test_a_partner_put_in_by_hand_sells_without_end_and_touches_no_stock(sandbox: Sandbox, deal: Listing) -> None:
    sandbox.partners["by_hand"] = Partner("by_hand", "token", "가게", 1)
    before = stocks(sandbox)
    order = sandbox.new_order("by_hand")
    assert {part.partner_id for part in order.deals} == {"by_hand"}
    claim = buyer_cancels(sandbox, order.order_no)
    assert claim is not None
    complete_claim(sandbox, claim.claim_no)
    assert stocks(sandbox) == before
    with pytest.raises(ValueError, match="is there already"):
        open_shop(sandbox, sandbox.partners["by_hand"])
