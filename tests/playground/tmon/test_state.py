"""What a sandbox holds: the same for the same seed, and nobody else's."""

from bot.playground.tmon import DEMO_VENDOR, PlacedOrder, Sandbox, demo_sandbox
from tests.clock import MovableClock


def picture(sandbox: Sandbox) -> object:
    return [vars(order) for order in sandbox.orders.values()], [claim.requested_at for claim in sandbox.claims.values()]


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


def test_numbers_are_never_given_twice(many: list[PlacedOrder]) -> None:
    assert len({order.order_no for order in many}) == len(many)
    parcels: dict[str, set[int]] = {}
    for order in many:
        for deal in order.deals:
            parcels.setdefault(deal.delivery_no, set()).add(order.order_no)
    assert all(len(orders) == 1 for orders in parcels.values())
