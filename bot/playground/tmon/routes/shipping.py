"""Waybills and delay notices of orders (docs/tmon-api.md, ch. 9.7, 9.8)."""

from datetime import date

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import OrderedDeal, ParcelInvoice
from bot.playground.tmon.routes import bodies
from bot.playground.tmon.routes.orders import order_of
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.routes.waybills import OWN_DELIVERY, carrier_of, digits_of, is_waybill_number
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import parse_day
from tmon.clock import KST

REPEATED = "동일 송장 등록 요청 오류"
INVALID = "INVALID_INVOICE: 유효하지 않은 운송장번호입니다."
DELAY_REASONS = {"DLD1": "재고부족", "DLD2": "주문제작", "DLD3": "고객요청", "DLD9": "기타"}


def register(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /orders/{tmonOrderNo}/invoices`: one deal of one delivery, D2 → D3, with all its options as they are now.

    An open cancel request (C1) does not prevent it: only the deal's state counts.
    """
    deal, invoice, scheduled_on = _waybill(sandbox, request)
    if deal.status == "D3" and deal.invoice == invoice:
        raise ApiError(500, REPEATED)
    if deal.status != "D2":
        raise _wrong_state(deal)
    deal.status = "D3"
    deal.invoice, deal.scheduled_on, deal.updated_at = invoice, scheduled_on, request.now
    return None


def change(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /orders/{tmonOrderNo}/invoices`: another waybill, in D3 only."""
    deal, invoice, scheduled_on = _waybill(sandbox, request)
    if deal.status != "D3":
        raise _wrong_state(deal)
    if (deal.invoice, deal.scheduled_on) == (invoice, scheduled_on):
        raise ApiError(500, REPEATED)
    deal.invoice, deal.scheduled_on, deal.updated_at = invoice, scheduled_on, request.now
    return None


def delay(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /orders/{tmonOrderNo}/delay`: one notice per deal of a delivery, before it is shipped."""
    fields = bodies.fields_of(request.body)
    deal = _deal_of(sandbox, request, fields)
    code = bodies.one_of(fields, "delayedReasonCode", tuple(DELAY_REASONS))
    detail = bodies.text(fields, "delayedReasonDetail")
    day = _coming_day(fields, request)
    if deal.status not in {"D1", "D2"}:
        raise _wrong_state(deal)
    if deal.delay is not None:
        raise ApiError(500, "이미 발송지연 안내가 등록된 배송입니다.")
    deal.delay, deal.scheduled_on, deal.updated_at = (code, detail), day, request.now
    return None


def _waybill(sandbox: Sandbox, request: AuthorizedRequest) -> tuple[OrderedDeal, ParcelInvoice, date | None]:
    fields = bodies.fields_of(request.body)
    deal = _deal_of(sandbox, request, fields)
    lines = [
        (bodies.number(row, "tmonDealOptionNo"), bodies.number(row, "qty", 1))
        for row in bodies.rows(fields, "tmonDealOptions")
    ]
    invoice, scheduled_on = _invoice(sandbox, request, fields)
    if sorted(lines) != sorted((option.option_no, option.qty) for option in deal.open_options):
        raise ApiError(500, "배송에 포함된 딜 옵션 및 수량과 일치하지 않습니다.")
    return deal, invoice, scheduled_on


def _deal_of(sandbox: Sandbox, request: AuthorizedRequest, fields: bodies.Fields) -> OrderedDeal:
    order = order_of(sandbox, request)
    delivery_no, deal_no = bodies.text(fields, "deliveryNo"), bodies.number(fields, "tmonDealNo")
    for deal in order.deals_of(request.partner.partner_id):
        if (deal.delivery_no, deal.deal_no) == (delivery_no, deal_no):
            return deal
    raise ApiError(500, "해당 주문의 배송 정보가 올바르지 않습니다.")


def _invoice(sandbox: Sandbox, request: AuthorizedRequest, fields: bodies.Fields) -> tuple[ParcelInvoice, date | None]:
    """The waybill, and of an own delivery the planned day, which stands beside it and not in it."""
    parcel = bodies.fields_of(fields.get("invoice"))
    carrier = carrier_of(parcel)
    if carrier == OWN_DELIVERY:
        if parcel.keys() & {"invoiceNo", "additionalInvoices"}:
            raise ApiError(400, "자체배송은 invoiceNo를 보낼 수 없습니다.")
        return ParcelInvoice(carrier), _coming_day(fields, request)
    if "deliveryScheduledDate" in fields:
        raise ApiError(400, "deliveryScheduledDate는 자체배송에만 보낼 수 있습니다.")
    more = parcel.get("additionalInvoices", [])
    if not isinstance(more, list):
        raise ApiError(400, "additionalInvoices는 배열이어야 합니다.")
    numbers = [bodies.text(parcel, "invoiceNo"), *more]
    if not all(is_waybill_number(sandbox, number) for number in numbers):
        raise ApiError(500, INVALID)
    if len({digits_of(number) for number in numbers}) < len(numbers):
        raise ApiError(500, INVALID)
    return ParcelInvoice(carrier, numbers[0], tuple(more)), None


def _coming_day(fields: bodies.Fields, request: AuthorizedRequest) -> date:
    day = parse_day(bodies.text(fields, "deliveryScheduledDate"))
    if day is None:
        raise ApiError(400, "deliveryScheduledDate는 yyyy-MM-dd 형식이어야 합니다.")
    if day < request.now.astimezone(KST).date():
        raise ApiError(400, "deliveryScheduledDate는 오늘 이후여야 합니다.")
    return day


def _wrong_state(deal: OrderedDeal) -> ApiError:
    """Long and nested, as TMON's business errors can be (docs/tmon-api.md, ch. 13.1)."""
    return ApiError(
        500,
        "송장 처리가 불가능한 배송상태입니다. InvalidDeliveryStateException: "
        f"{{deliveryNo: {deal.delivery_no}, current_state: {deal.status}}}",
    )


ROUTES = (
    Route("orders.invoice", "POST", "/orders/{tmonOrderNo}/invoices", register),
    Route("orders.change_invoice", "PUT", "/orders/{tmonOrderNo}/invoices", change),
    Route("orders.delay", "PUT", "/orders/{tmonOrderNo}/delay", delay, proposed=True),
)
