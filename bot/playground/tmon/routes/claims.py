"""Cancels, returns, exchanges and redeliveries (docs/tmon-api.md, ch. 10)."""

from collections.abc import Callable, Mapping
from functools import partial

from bot.playground.tmon.claim_events import add_claim, claimable, end_claim, returned_by, ship_refused
from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import BuyerClaim, ClaimType, OrderedDeal, ParcelInvoice
from bot.playground.tmon.routes import bodies
from bot.playground.tmon.routes.codes import claim_reasons
from bot.playground.tmon.routes.orders import order_of
from bot.playground.tmon.routes.queries import one_of, page_of, path_number, window
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.routes.waybills import claim_waybill
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import encrypt, moment, without_absent

PATHS: Mapping[str, ClaimType] = {"cancellations": "C", "refunds": "R", "exchanges": "X", "redeliveries": "D"}
COMPLETED = "클레임 처리 완료된 건입니다.(C3)"
"""TMON's exact message (docs/tmon-api.md, ch. 13.2)."""
CANCEL_COMPLETED = "이미 취소가 완료된 클레임입니다."
RETURN_COMPLETED = "이미 환불이 완료된 클레임입니다."
_STATUSES = ("C1", "C2", "C3", "C4", "C8", "C9")
_REJECT_FAMILIES: Mapping[ClaimType, str] = {"C": "JCD", "R": "JRD", "X": "JXD", "D": "JDD"}
_HOLD_FAMILIES: Mapping[ClaimType, str] = {"R": "HRD", "X": "HXD"}
_OVER = {"C4": "미입금 취소된 클레임입니다.", "C8": "고객이 철회한 클레임입니다.", "C9": "이미 거절된 클레임입니다."}

Act = Callable[[Sandbox, AuthorizedRequest], object]


def search(kind: ClaimType, sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /{claimKind}/search`: by the date of the request, exactly one state."""
    status = one_of(request, "claimStatus", _STATUSES, ", ".join(_STATUSES))
    start, end = window(request, rested=False)
    found = [
        claim
        for claim in sandbox.claims.values()
        if claim.partner_id == request.partner.partner_id
        and (claim.kind, claim.status) == (kind, status)
        and start <= claim.requested_at <= end
    ]
    found.sort(key=lambda claim: (claim.requested_at, claim.claim_no))
    return page_of(request, [_claim(claim, request) for claim in found])


def get(kind: ClaimType, sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /{claimKind}/{claimNo}`; of a return or exchange with pictures and money (docs/tmon-api.md, ch. 10.4)."""
    claim = _claim_of(kind, sandbox, request)
    item = _claim(claim, request)
    if kind in {"R", "X"}:
        item |= without_absent(
            deduction=claim.return_fee if kind == "R" else None,
            returnDeliveryFee=claim.return_fee,
            refundAmount=claim.refund_amount if kind == "R" else None,
            pictures={str(deal_no): list(urls) for deal_no, urls in claim.pictures.items()} or None,
        )
    return item


def of_order(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /orders/{tmonOrderNo}/claims`: a bare array of all kinds."""
    order = order_of(sandbox, request)
    return [_claim(claim, request) for claim in order.claims if claim.partner_id == request.partner.partner_id]


def create(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /cancellations`: cancel at once, in D1 and D2 only. Answers with the bare number of the claim, which is C3."""
    fields = bodies.fields_of(request.body)
    order = sandbox.orders.get(bodies.number(fields, "tmonOrderNo"))
    deals = order.deals_of(request.partner.partner_id) if order else []
    if order is None or not deals:
        raise ApiError(500, "존재하지 않는 주문입니다.")
    delivery_no = bodies.text(fields, "deliveryNo")
    lines: dict[int, dict[int, int]] = {}
    reasons: dict[int, tuple[str, str | None]] = {}
    for row in bodies.rows(fields, "tmonDeals"):
        deal_no = bodies.number(row, "tmonDealNo")
        reason = bodies.text(row, "reason")
        if reason not in claim_reasons(sandbox, "RCD"):
            raise ApiError(500, "유효하지 않은 사유 코드입니다.")
        reasons[deal_no] = (reason, bodies.text(row, "reasonDetail"))
        options = bodies.rows(row, "tmonDealOptions")
        wanted = {bodies.number(one, "tmonDealOptionNo"): bodies.number(one, "qty", 1) for one in options}
        deal = next((d for d in deals if (d.delivery_no, d.deal_no) == (delivery_no, deal_no)), None)
        if deal is None or deal_no in lines or len(wanted) < len(options):
            raise ApiError(500, "해당 주문의 배송 정보가 올바르지 않습니다.")
        if deal.status not in {"D1", "D2"}:
            raise ApiError(500, f"즉시취소가 불가능한 배송상태입니다. current_state: {deal.status}")
        left = claimable(sandbox, "C", deal, order)
        if any(qty > left.get(option_no, 0) for option_no, qty in wanted.items()):
            raise ApiError(500, "취소 가능한 수량을 초과했습니다.")
        lines[deal_no] = wanted
    claim = add_claim(sandbox, "C", order, request.partner.partner_id, lines, reasons)
    claim.by_seller = True
    end_claim(sandbox, claim, "C3", claim.requested_at, "partner")
    return claim.claim_no


def approve_cancel(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /cancellations/{claimNo}/approve`: nothing or an empty object."""
    claim = _claim_of("C", sandbox, request)
    if request.body not in (None, {}):
        raise ApiError(400, "요청 본문은 비어 있어야 합니다.")
    _check_open(claim)
    _end(sandbox, claim, request, "C3")
    return None


def reject_cancel(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /cancellations/{claimNo}/reject`: it has been shipped already, by this waybill. Its deals go to D4."""
    claim = _claim_of("C", sandbox, request)
    fields = bodies.fields_of(request.body)
    reason = _code(sandbox, fields, "JCD")
    parcel = bodies.fields_of(fields.get("deliveryInvoice", {}))
    _check_open(claim)
    invoice = claim_waybill(sandbox, parcel, partner=request.partner, claim=claim, unused=False)
    ship_refused(sandbox, claim, invoice)
    _end(sandbox, claim, request, "C9", (reason, None))
    return None


def approve_return(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /refunds/{claimNo}/approve`: with or without the waybill by which the goods came back. It refunds at once."""
    claim = _claim_of("R", sandbox, request)
    fields = bodies.fields_of({} if request.body is None else request.body)
    _check_open(claim)
    if "returnDeliveryInvoice" in fields:
        returned_by(sandbox, claim, _waybill(sandbox, request, claim, fields, "returnDeliveryInvoice"))
    _end(sandbox, claim, request, "C3")
    return None


def send_again(kind: ClaimType, sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /exchanges|redeliveries/{claimNo}/approve`: the goods leave again by this waybill, and the claim is done."""
    claim = _claim_of(kind, sandbox, request)
    fields = bodies.fields_of(request.body)
    _check_open(claim)
    claim.redelivery_invoice = _waybill(sandbox, request, claim, fields, "redeliveryInvoice")
    claim.redelivery_status = "D3" if kind == "D" else None
    _end(sandbox, claim, request, "C3")
    return None


def reject(kind: ClaimType, sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /refunds|exchanges|redeliveries/{claimNo}/reject`: a reason of the kind's family with 10 to 50 characters."""
    claim = _claim_of(kind, sandbox, request)
    fields = bodies.fields_of(request.body)
    reason = _code(sandbox, fields, _REJECT_FAMILIES[kind]), _detail(fields)
    _check_open(claim)
    _end(sandbox, claim, request, "C9", reason)
    return None


def return_invoice(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /exchanges/{claimNo}/return-invoice`: the waybill by which the goods come back; it moves the deadline once."""
    claim = _claim_of("X", sandbox, request)
    fields = bodies.fields_of(request.body)
    _check_open(claim)
    returned_by(sandbox, claim, claim_waybill(sandbox, fields, partner=request.partner, claim=claim))
    return None


def hold(kind: ClaimType, sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /exchanges|refunds/{claimNo}/hold`: a reason per deal, and the return waybill if there is one."""
    _check_offered(kind, sandbox)
    claim = _claim_of(kind, sandbox, request)
    fields = bodies.fields_of(request.body)
    reasons = []
    for row in bodies.rows(fields, "items"):
        _check_deal(claim, bodies.number(row, "tmonDealNo"))
        reasons.append((_code(sandbox, row, _HOLD_FAMILIES[kind]), _detail(row)))
    _check_open(claim)
    if claim.holding:
        raise ApiError(500, "이미 보류 중인 클레임입니다.")
    if "returnDeliveryInvoice" in fields:
        returned_by(sandbox, claim, _waybill(sandbox, request, claim, fields, "returnDeliveryInvoice"))
    claim.holding, claim.hold_reason, claim.held_at, claim.released_at = True, reasons[0], request.now, None
    return None


def release(kind: ClaimType, sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /exchanges|refunds/{claimNo}/release`: a bare array of deal numbers."""
    _check_offered(kind, sandbox)
    claim = _claim_of(kind, sandbox, request)
    if not isinstance(request.body, list) or not request.body:
        raise ApiError(400, "tmonDealNo 배열을 입력해 주세요.")
    for value in request.body:
        _check_deal(claim, bodies.number({"tmonDealNo": value}, "tmonDealNo"))
    _check_open(claim)
    if not claim.holding:
        raise ApiError(500, "보류 중인 클레임이 아닙니다.")
    claim.holding, claim.released_at = False, request.now
    return None


def _claim_of(kind: ClaimType, sandbox: Sandbox, request: AuthorizedRequest) -> BuyerClaim:
    claim = sandbox.claims.get(path_number(request, "claimNo"))
    if claim is None or claim.kind != kind or claim.partner_id != request.partner.partner_id:
        raise ApiError(500, "존재하지 않는 클레임입니다.")
    return claim


def _check_open(claim: BuyerClaim) -> None:
    if claim.status == "C3":
        raise ApiError(500, CANCEL_COMPLETED if claim.kind == "C" else COMPLETED)
    if not claim.open:
        raise ApiError(500, _OVER[claim.status])


def _check_offered(kind: ClaimType, sandbox: Sandbox) -> None:
    if kind == "R" and not sandbox.refund_hold:
        raise ApiError(404, "Not Found")


def _check_deal(claim: BuyerClaim, deal_no: int) -> None:
    if deal_no not in claim.lines:
        raise ApiError(500, "클레임에 포함되지 않은 딜입니다.")


def _code(sandbox: Sandbox, fields: bodies.Fields, family: str) -> str:
    code = bodies.text(fields, "reason")
    if code not in claim_reasons(sandbox, family):
        raise ApiError(500, "유효하지 않은 사유 코드입니다.")
    return code


def _detail(fields: bodies.Fields) -> str:
    detail = bodies.text(fields, "reasonDetail")
    if not 10 <= len(detail) <= 50:
        raise ApiError(500, "상세 사유는 10자 이상 50자 이하로 입력해주세요.")
    return detail


def _waybill(
    sandbox: Sandbox, request: AuthorizedRequest, claim: BuyerClaim, fields: bodies.Fields, name: str
) -> ParcelInvoice:
    return claim_waybill(sandbox, bodies.fields_of(fields.get(name, {})), partner=request.partner, claim=claim)


def _end(
    sandbox: Sandbox,
    claim: BuyerClaim,
    request: AuthorizedRequest,
    status: str,
    reason: tuple[str, str | None] | None = None,
) -> None:
    at = request.now.replace(microsecond=0)
    end_claim(sandbox, claim, "C3" if status == "C3" else "C9", at, "partner", reason)


def _claim(claim: BuyerClaim, request: AuthorizedRequest) -> dict[str, object]:
    item = without_absent(
        claimNo=claim.claim_no,
        tmonOrderNo=claim.order_no,
        claimType=claim.kind,
        claimStatus=claim.status,
        userId=encrypt(claim.order.buyer.user_id, request.vendor.personal_data_key),
        userName=encrypt(claim.order.buyer.name, request.vendor.personal_data_key),
        orderDate=moment(claim.order.ordered_at),
        requestedDate=moment(claim.requested_at),
        approvedDate=claim.approved_at and moment(claim.approved_at),
        completedDate=claim.completed_at and moment(claim.completed_at),
        approvalReason=claim.approval_reason and claim.approval_reason[0],
        approvalReasonDetail=claim.approval_reason and claim.approval_reason[1],
        claimDeals=[_claim_deal(claim, deal) for deal in claim.deals],
    )
    return item if claim.kind == "C" else item | _transport(claim, request)


def _transport(claim: BuyerClaim, request: AuthorizedRequest) -> dict[str, object]:
    """What only claims about shipped goods say."""

    def sealed(text: str | None) -> str | None:
        return encrypt(text, request.vendor.personal_data_key) if text else text

    pickup = claim.pickup
    address = pickup and pickup.address
    confirmer = {"partner": request.partner.name, "tmon": "티몬 고객센터", "buyer": None, None: None}[claim.decided_by]
    common = without_absent(
        confirmer=sealed(confirmer),
        originDeliveryInvoice=_invoice(claim.origin_invoice),
        returnDeliveryName=pickup and sealed(pickup.name),
        returnDeliveryZipCode=address and sealed(address.zip_code),
        returnDeliveryFirstAddress=address and sealed(address.lot),
        returnDeliverySecondAddress=address and sealed(address.detail),
        returnDeliveryStreetAddress=address and sealed(address.street),
    )
    if claim.kind == "D":
        return common | without_absent(
            reDeliveryInvoice=_invoice(claim.redelivery_invoice),
            reDeliveryStatus=claim.redelivery_status,
            compensatable=False,
        )
    return common | without_absent(
        returnDeliveryMobile=pickup and sealed(pickup.mobile),
        holding=claim.holding,
        holdingReason=claim.hold_reason and claim.hold_reason[0],
        holdingDate=claim.held_at and moment(claim.held_at),
        clearHoldingDate=claim.released_at and moment(claim.released_at),
        partnerRtnDeliveryProcess=claim.partner_collects,
        autoRefundWaiting=claim.open and claim.return_status == "R3" if claim.kind == "R" else None,
        returnDeliveryInvoice=_invoice(claim.return_invoice),
        reDeliveryInvoice=_invoice(claim.redelivery_invoice) if claim.kind == "X" else None,
        returnDeliveryStatus=claim.return_status,
        returnDeliveryCompletedDate=claim.returned_at and moment(claim.returned_at),
        claimImageRegistration=bool(claim.pictures),
    )


def _invoice(invoice: ParcelInvoice | None) -> dict[str, object] | None:
    if invoice is None:
        return None
    return without_absent(
        deliveryCorp=int(invoice.carrier),
        invoiceNo=invoice.number,
        additionalInvoices=list(invoice.more) or None,
    )


def _claim_deal(claim: BuyerClaim, deal: OrderedDeal) -> dict[str, object]:
    reason, detail = claim.reasons[deal.deal_no]
    lines = claim.lines[deal.deal_no]
    return without_absent(
        tmonDealNo=deal.deal_no,
        dealTitle=deal.title,
        requestReason=reason,
        requestReasonDetail=detail,
        claimDealOptions=[
            {"tmonDealOptionNo": option.option_no, "dealOptionTitle": option.title, "qty": lines[option.option_no]}
            for option in deal.options
            if option.option_no in lines
        ],
    )


def _put(kind: str, verb: str, act: Act, *, bodyless: bool = False, proposed: bool = False) -> Route:
    path = f"/{kind}/{{claimNo}}/{verb}"
    return Route(f"{kind}.{verb.replace('-', '_')}", "PUT", path, act, bodyless=bodyless, proposed=proposed)


ROUTES = (
    *(Route(f"{path}.search", "GET", f"/{path}/search", partial(search, kind)) for path, kind in PATHS.items()),
    *(Route(f"{path}.get", "GET", f"/{path}/{{claimNo}}", partial(get, kind)) for path, kind in PATHS.items()),
    Route("orders.claims", "GET", "/orders/{tmonOrderNo}/claims", of_order, proposed=True),
    Route("cancellations.create", "POST", "/cancellations", create),
    _put("cancellations", "approve", approve_cancel, bodyless=True),
    _put("cancellations", "reject", reject_cancel),
    _put("refunds", "approve", approve_return, bodyless=True),
    _put("refunds", "reject", partial(reject, "R"), proposed=True),
    _put("refunds", "hold", partial(hold, "R"), proposed=True),
    _put("refunds", "release", partial(release, "R"), proposed=True),
    _put("exchanges", "approve", partial(send_again, "X")),
    _put("exchanges", "reject", partial(reject, "X"), proposed=True),
    _put("exchanges", "return-invoice", return_invoice, proposed=True),
    _put("exchanges", "hold", partial(hold, "X"), proposed=True),
    _put("exchanges", "release", partial(release, "X"), proposed=True),
    _put("redeliveries", "approve", partial(send_again, "D"), proposed=True),
    _put("redeliveries", "reject", partial(reject, "D"), proposed=True),
)
