"""Cancellations, read only (docs/tmon-api.md, ch. 10)."""

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import CancelClaim
from bot.playground.tmon.routes.orders import order_of
from bot.playground.tmon.routes.queries import one_of, page_of, path_number, window
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import encrypt, moment, without_absent

_STATUSES = ("C1", "C2", "C3", "C4", "C8", "C9")


def search(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /cancellations/search`: by the date of the request, exactly one state."""
    status = one_of(request, "claimStatus", _STATUSES, ", ".join(_STATUSES))
    start, end = window(request, rested=False)
    found = [
        claim
        for claim in sandbox.claims.values()
        if claim.partner_id == request.partner.partner_id
        and claim.status == status
        and start <= claim.requested_at <= end
    ]
    found.sort(key=lambda claim: (claim.requested_at, claim.claim_no))
    return page_of(request, [_claim(claim, request) for claim in found])


def get(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /cancellations/{claimNo}`."""
    claim = sandbox.claims.get(path_number(request, "claimNo"))
    if claim is None or claim.partner_id != request.partner.partner_id:
        raise ApiError(500, "존재하지 않는 클레임입니다.")
    return _claim(claim, request)


def of_order(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /orders/{tmonOrderNo}/claims`: a bare array."""
    order = order_of(sandbox, request)
    return [
        _claim(claim, request)
        for claim in sandbox.claims.values()
        if claim.order is order and claim.partner_id == request.partner.partner_id
    ]


def _claim(claim: CancelClaim, request: AuthorizedRequest) -> dict[str, object]:
    key = request.vendor.personal_data_key
    deals = {deal.deal_no: deal for deal in claim.order.deals if deal.partner_id == claim.partner_id}
    return without_absent(
        claimNo=claim.claim_no,
        tmonOrderNo=claim.order_no,
        claimType="C",
        claimStatus=claim.status,
        userId=encrypt(claim.order.buyer.user_id, key),
        userName=encrypt(claim.order.buyer.name, key),
        orderDate=moment(claim.order.ordered_at),
        requestedDate=moment(claim.requested_at),
        completedDate=claim.completed_at and moment(claim.completed_at),
        claimDeals=[
            without_absent(
                tmonDealNo=deal_no,
                dealTitle=deals[deal_no].title,
                requestReason=claim.reason,
                requestReasonDetail=claim.reason_detail,
                claimDealOptions=[
                    {
                        "tmonDealOptionNo": option.option_no,
                        "dealOptionTitle": option.title,
                        "qty": lines[option.option_no],
                    }
                    for option in deals[deal_no].options
                    if option.option_no in lines
                ],
            )
            for deal_no, lines in claim.lines.items()
        ],
    )


ROUTES = (
    Route("cancellations.search", "GET", "/cancellations/search", search),
    Route("cancellations.get", "GET", "/cancellations/{claimNo}", get),
    Route("orders.claims", "GET", "/orders/{tmonOrderNo}/claims", of_order, proposed=True),
)
