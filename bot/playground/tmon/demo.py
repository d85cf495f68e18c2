"""Demo data: one vendor and two small shops with a few days of history."""

from dataclasses import replace
from datetime import timedelta

from bot.playground.tmon.demo_catalog import LIVING, MARKET
from bot.playground.tmon.inquiry_events import seed_inquiries
from bot.playground.tmon.models import Partner, PlacedOrder, Vendor
from bot.playground.tmon.seed_shop import open_shop
from bot.playground.tmon.state import Sandbox
from tmon.clock import Clock, system_clock

DEMO_VENDOR = Vendor(
    client_id="demo-vendor",
    client_secret="demo-vendor-secret",  # noqa: S106 -- opens nothing but the sandbox
    vendor_id="SAMPLEVENDOR",
    personal_data_key="0123456789abcdef",
)

DEMO_PARTNERS = (
    Partner("hanbit_living", "5f0d7a3e-2b64-4c1f-9a58-7e1c0b93d246", "한빛리빙", 40077, LIVING),
    Partner("sodam_market", "c81e4b90-6d3a-4f27-8e15-02a9f6b7d4c3", "소담마켓", 40112, MARKET),
)

_CANCELLED = "cancelled"
_HISTORY = (
    (timedelta(days=6, hours=3), "D5"),
    (timedelta(days=4, hours=1), "D4"),
    (timedelta(days=2, hours=20), "D3"),
    (timedelta(days=2, hours=4), "D2"),
    (timedelta(days=1, hours=5), _CANCELLED),
    (timedelta(days=1, hours=2), "D2"),
    (timedelta(hours=4, minutes=35), "D1"),
    (timedelta(hours=2, minutes=8), "D1"),
    (timedelta(minutes=46), "D1"),
)
"""Age and current state of each shop's orders; the shops are some minutes apart."""


def demo_sandbox(clock: Clock = system_clock, *, seed: int = 1) -> Sandbox:
    """A sandbox with the demo vendor and its two shops."""
    sandbox = Sandbox(clock, seed=seed)
    _open_shops(sandbox)
    return sandbox


def _open_shops(sandbox: Sandbox) -> None:
    """Fill `sandbox`. Each shop gets its deals, three new orders, two in preparation, three shipped or delivered, one
    cancelled, and inquiries."""
    now = sandbox.clock()
    sandbox.vendors[DEMO_VENDOR.client_id] = replace(DEMO_VENDOR)
    for partner in DEMO_PARTNERS:
        open_shop(sandbox, partner)
    for age, status in _HISTORY:
        for position, partner_id in enumerate(sandbox.partners):
            ordered_at = now - age + timedelta(minutes=6, seconds=17) * position
            order = sandbox.new_order(partner_id, ordered_at=ordered_at)
            if status == _CANCELLED:
                _cancel(sandbox, order)
            elif status != "D1":
                for deal in order.deals:
                    deal.status, deal.updated_at = status, order.deposited_at + timedelta(minutes=47)
    seed_inquiries(sandbox)


def _cancel(sandbox: Sandbox, order: PlacedOrder) -> None:
    """Cancel the order as of one hour after it was placed, completed by TMON."""
    claim = sandbox.buyer_cancels(order.order_no)
    if claim is None:
        raise AssertionError("a new order can be cancelled")
    sandbox.complete_cancel(claim.claim_no)
    claim.requested_at = order.ordered_at + timedelta(hours=1)
    claim.completed_at = claim.requested_at + timedelta(minutes=20)
    for deal in order.deals:
        deal.updated_at = claim.completed_at
