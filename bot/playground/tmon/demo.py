"""Demo data: one vendor and four small shops, two of them with a few days of history, one of these with claims."""

from dataclasses import replace
from datetime import timedelta

from bot.playground.tmon.claim_events import buyer_cancels, buyer_claims, complete_claim, goods_come_back
from bot.playground.tmon.demo_catalog import IMPORTED, LIVING, MARKET, PETS
from bot.playground.tmon.inquiry_events import seed_inquiries
from bot.playground.tmon.models import BuyerClaim, ClaimType, Partner, PlacedOrder, Vendor
from bot.playground.tmon.seed_shop import open_shop
from bot.playground.tmon.settlement_events import seed_settlement
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
    Partner("moong_pet", "2ad95c17-8b06-47e3-b1f4-6c3d20e97a58", "뭉치네펫샵", 40158, PETS),
    Partner(
        "nordic_direct",
        "97b3f0e2-41da-4c68-a5b7-d80e19c4f36b",
        "노르딕 다이렉트 해외직구 라이프스타일 셀렉트숍 공식 스토어",
        40203,
        IMPORTED,
    ),
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
"""Age and current state of the orders of the first two shops; the shops are some minutes apart."""
_SHOPS_WITH_HISTORY = 2


def demo_sandbox(clock: Clock = system_clock, *, seed: int = 1) -> Sandbox:
    """A sandbox with the demo vendor and its four shops."""
    sandbox = Sandbox(clock, seed=seed)
    _open_shops(sandbox)
    return sandbox


def _open_shops(sandbox: Sandbox) -> None:
    """Fill `sandbox`. Each shop gets its deals. The first two also get three new orders, two in preparation, three shipped
    or delivered, one cancelled, inquiries, and the settlement of last month and this one; the second one more in preparation and a claim of each kind. The others have
    just opened, with one new order each."""
    now = sandbox.clock()
    sandbox.vendors[DEMO_VENDOR.client_id] = replace(DEMO_VENDOR)
    for partner in DEMO_PARTNERS:
        open_shop(sandbox, partner)
    grown, opened = list(sandbox.partners)[:_SHOPS_WITH_HISTORY], list(sandbox.partners)[_SHOPS_WITH_HISTORY:]
    for age, status in _HISTORY:
        for position, partner_id in enumerate(grown):
            ordered_at = now - age + timedelta(minutes=6, seconds=17) * position
            order = sandbox.new_order(partner_id, ordered_at=ordered_at)
            if status == _CANCELLED:
                _cancel(sandbox, order)
            else:
                _bring_to(sandbox, order, status)
    seed_inquiries(sandbox, grown)
    for partner_id in opened:
        sandbox.new_order(partner_id, ordered_at=now - timedelta(minutes=36))
    _add_claims(sandbox, grown[-1])
    in_time = sorted(sandbox.orders.values(), key=lambda order: (order.ordered_at, order.order_no))
    sandbox.orders = {order.order_no: order for order in in_time}
    for partner in sandbox.partners.values():
        partner.orders.sort(key=lambda order: (order.ordered_at, order.order_no))
    seed_settlement(sandbox, grown)


def _bring_to(sandbox: Sandbox, order: PlacedOrder, status: str) -> None:
    if status != "D1":
        sandbox.move_to(order.order_no, status)
        for deal in order.deals:
            deal.updated_at = order.deposited_at + timedelta(minutes=47)


def _add_claims(sandbox: Sandbox, partner_id: str) -> None:
    """Add an open claim of each kind, and two orders to one recipient.

    TMON decides on the cancel and on the exchange tomorrow night, on the return in 28 hours.
    """
    now = sandbox.clock()

    def claim(
        kind: ClaimType, ordered: timedelta, requested: timedelta, reason: tuple[str, str | None], *, deals: int = 1
    ) -> BuyerClaim:
        order = sandbox.new_order(partner_id, ordered_at=now - ordered, deals=deals)
        _bring_to(sandbox, order, "D2" if kind == "C" else "D5")
        made = buyer_claims(sandbox, kind, order.order_no, deal_no=order.deals[0].deal_no, reason=reason)
        if made is None:
            raise AssertionError("an order of this state can be claimed")
        made.requested_at = (now - requested).replace(microsecond=0)
        return made

    returned = claim(
        "R", timedelta(days=9), timedelta(days=5, hours=20), ("RRD4", "한쪽이 깨져서 왔어요. 사진 올렸습니다")
    )
    goods_come_back(sandbox, returned.claim_no)
    returned.return_invoice_at = now - timedelta(days=3)
    returned.returned_at = (now - timedelta(days=1, hours=2)).replace(microsecond=0)
    claim("X", timedelta(days=8), timedelta(days=4), ("RXD1", "한 치수 큰 걸로 바꿔 주세요"))
    claim("D", timedelta(days=6, hours=5), timedelta(hours=20), ("RDD1", "두 개 시켰는데 하나만 왔어요"))
    first, second = (
        sandbox.new_order(partner_id, ordered_at=now - timedelta(days=1, hours=hours), deals=1) for hours in (8, 7)
    )
    second.buyer, second.address = first.buyer, first.address
    second.receiver_name, second.receiver_phone = first.receiver_name, first.receiver_phone
    second.safety_phone_until = first.safety_phone_until
    for order in (first, second):
        _bring_to(sandbox, order, "D2")
    claim("C", timedelta(days=1, hours=4), timedelta(hours=3), ("RCD5", "사이즈를 잘못 골랐어요"), deals=2)


def _cancel(sandbox: Sandbox, order: PlacedOrder) -> None:
    """Cancel the order as of one hour after it was placed, completed by TMON."""
    claim = buyer_cancels(sandbox, order.order_no)
    if claim is None:
        raise AssertionError("a new order can be cancelled")
    complete_claim(sandbox, claim.claim_no)
    claim.requested_at = order.ordered_at + timedelta(hours=1)
    claim.approved_at = claim.completed_at = claim.requested_at + timedelta(minutes=20)
    for deal in order.deals:
        deal.updated_at = claim.completed_at
