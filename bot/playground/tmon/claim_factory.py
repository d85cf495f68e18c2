"""What a buyer's claim says: reasons, pictures, the address to collect from, and money."""

from collections.abc import Mapping
from random import Random

from bot.playground.tmon.models import BuyerClaim, ClaimType, ParcelInvoice, Pickup

_REASONS: Mapping[ClaimType, tuple[tuple[str, str | None], ...]] = {
    "C": (
        ("RCD1", None),
        ("RCD5", "사이즈를 잘못 골랐어요"),
        ("RCD2", None),
        ("RCDc", "다른 상품이랑 같이 다시 주문할게요"),
    ),
    "R": (
        ("RRD1", "생각보다 커서 반품할게요"),
        ("RRD4", "한쪽이 깨져서 왔어요. 사진 올렸습니다"),
        ("RRDg", None),
        ("RRDh", "주문한 것과 다른 상품이 왔어요"),
    ),
    "X": (
        ("RXD1", "한 치수 큰 걸로 바꿔 주세요"),
        ("RXD3", "박음질이 터져 있어요"),
        ("RXD4", "다른 색상이 왔습니다"),
    ),
    "D": (
        ("RDD1", "두 개 시켰는데 하나만 왔어요"),
        ("RDD2", "배송완료라는데 받은 게 없습니다"),
    ),
}
_SHOWN_IN_PICTURES = {"RRD2", "RRD3", "RRD4", "RRD5", "RRDb", "RRDd", "RRDh", "RXD2", "RXD3", "RXD4"}
_BUYER_PAYS = {"RRD1", "RRD7", "RRDg", "RXD1", "RXD5"}
_ONE_WAY = 3000
"""One-way fee of a return in KRW."""
_RETURN_CARRIER = "10001"


def choose_reason(kind: ClaimType, rng: Random) -> tuple[str, str | None]:
    """A buyer's reason for this kind of claim: code and own words."""
    return rng.choice(_REASONS[kind])


def complete_claim_facts(claim: BuyerClaim, rng: Random) -> None:
    """Add to a shipped order's claim what TMON knows of it: the parcel, where to collect, pictures and money."""
    if claim.kind == "C":
        return
    order = claim.order
    claim.origin_invoice = next((deal.invoice for deal in claim.deals if deal.invoice), None)
    claim.pickup = Pickup(order.receiver_name, order.receiver_phone, order.address)
    if claim.kind == "D":
        return
    claim.return_status = "R1"
    claim.partner_collects = rng.random() < 0.25
    if not claim.partner_collects:
        claim.return_invoice = ParcelInvoice(_RETURN_CARRIER)  # to be collected: the number follows
    codes = {code for code, _ in claim.reasons.values()}
    if codes & _SHOWN_IN_PICTURES:
        claim.pictures = {
            deal_no: [
                f"https://image.tmon.co.kr/claim/{claim.claim_no}/{deal_no}_{n}.jpg"
                for n in range(1, rng.randint(2, 5))
            ]
            for deal_no in claim.lines
        }
    prices = {option.option_no: option.price for deal in claim.deals for option in deal.options}
    ways = 1 if claim.kind == "R" else 2
    claim.return_fee = _ONE_WAY * ways if codes & _BUYER_PAYS else 0
    if claim.kind == "R":
        paid = sum(prices[option_no] * qty for lines in claim.lines.values() for option_no, qty in lines.items())
        claim.refund_amount = max(0, paid - claim.return_fee)
