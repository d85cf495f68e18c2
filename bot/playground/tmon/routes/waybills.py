"""What TMON takes as a waybill: carriers and the form of their numbers (docs/tmon-api.md, ch. 9.7, 10.6 to 10.9, 13.2).

The forms are not known. Here a number has 9 to 14 digits, hyphens between them aside, and not all of them are zeros.
"""

import re

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import BuyerClaim, ParcelInvoice, Partner
from bot.playground.tmon.routes import bodies
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import parse_compact_day, parse_number

OWN_DELIVERY = "10099"
CARRIERS = {
    "10001": "CJ대한통운",
    "10002": "우체국택배",
    "10003": "한진택배",
    "10004": "롯데택배",
    "10005": "로젠택배",
    "10006": "일양로지스",
    "10007": "대신택배",
    "10008": "경동택배",
    "10009": "천일택배",
    "10010": "합동택배",
    "10011": "건영택배",
    "10012": "CU 편의점택배",
    "10013": "GS25 편의점택배",
    "10014": "농협택배",
    "10015": "EMS",
    "10016": "DHL",
    OWN_DELIVERY: "자체배송",
}

BAD_NUMBER = "형식에 맞지 않는 운송장번호입니다"
BOTH_NEEDED = "택배사코드, 송장번호 모두 입력해주세요"
USED_ALREADY = "중복된 송장입니다"
UNKNOWN_CARRIER = "유효하지 않은 택배사 코드입니다."
_NUMBER = re.compile(r"\d+(-\d+)*", re.ASCII)


def carrier_of(fields: bodies.Fields) -> str:
    """The carrier's code (`deliveryCorp`), a number or a string. Raises ApiError."""
    code = parse_number(fields.get("deliveryCorp"))
    if str(code) not in CARRIERS:
        raise ApiError(500, UNKNOWN_CARRIER)
    return str(code)


def is_waybill_number(sandbox: Sandbox, number: object) -> bool:
    """Whether a carrier could know this number."""
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        return False
    digits = digits_of(number)
    return 9 <= len(digits) <= 14 and digits.strip("0") != "" and digits not in sandbox.unknown_waybills


def digits_of(number: str) -> str:
    """The number without hyphens."""
    return number.replace("-", "")


def claim_waybill(
    sandbox: Sandbox, fields: bodies.Fields, *, partner: Partner, claim: BuyerClaim, unused: bool = True
) -> ParcelInvoice:
    """A waybill in a call about a claim: carrier and number, for own deliveries the day as `yyyyMMdd`.

    `unused`: refuse a number that the partner has used for another parcel. Raises ApiError.
    """
    number = fields.get("invoiceNo")
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if fields.get("deliveryCorp") in (None, "") or number in (None, ""):
        raise ApiError(500, BOTH_NEEDED)
    carrier = carrier_of(fields)
    if carrier == OWN_DELIVERY:
        if not isinstance(number, str) or parse_compact_day(number) is None:
            raise ApiError(500, BAD_NUMBER)
        return ParcelInvoice(carrier, number)
    if not isinstance(number, str) or not is_waybill_number(sandbox, number):
        raise ApiError(500, BAD_NUMBER)
    if unused and (carrier, digits_of(number)) in _used(sandbox, partner, claim):
        raise ApiError(500, USED_ALREADY)
    return ParcelInvoice(carrier, number)


def _used(sandbox: Sandbox, partner: Partner, claim: BuyerClaim) -> set[tuple[str, str]]:
    """The partner's waybills of orders and claims, but for the one by which this claim's goods come back."""
    used = [deal.invoice for order in partner.orders for deal in order.deals if deal.partner_id == partner.partner_id]
    for other in sandbox.claims.values():
        if other.partner_id == partner.partner_id:
            used += [other.return_invoice, other.redelivery_invoice]
    own = claim.return_invoice
    return {
        (invoice.carrier, digits_of(number))
        for invoice in used
        if invoice is not None and invoice != own
        for number in (invoice.number, *invoice.more)
        if number
    }
