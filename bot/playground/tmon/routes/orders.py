"""Orders (docs/tmon-api.md, ch. 9)."""

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import OrderedDeal, OrderedOption, ParcelFee, PlacedOrder
from bot.playground.tmon.routes.queries import one_of, page_of, path_number, window
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import encrypt, moment, parse_number, without_absent

NOT_IN_D1 = "배송주문 확인처리가 불가능한 배송상태입니다."
"""TMON's exact message (docs/tmon-api.md, ch. 13.2)."""


def list_orders(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /orders`: a bare array, D1 or D2 only."""
    return _found(request, one_of(request, "deliveryStatus", ("D1", "D2"), "D1, D2"))


def search_orders(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /orders/search`: any state, paged."""
    statuses = ("D1", "D2", "D3", "D4", "D5")
    return page_of(request, _found(request, one_of(request, "deliveryStatus", statuses, ", ".join(statuses))))


def _found(request: AuthorizedRequest, status: str) -> list[dict[str, object]]:
    """Orders of the window (by order date) with a deal of the partner in `status`.

    It is not documented whether the other deals of such an order are included. Here they are, each with its own state: the
    harder case for a client, which must not assume the requested state for every deal.
    """
    start, end = window(request, rested=True)
    partner_id = request.partner.partner_id
    found = [
        order
        for order in request.partner.orders
        if start <= order.ordered_at <= end and any(deal.status == status for deal in order.deals_of(partner_id))
    ]
    found.sort(key=lambda order: (order.ordered_at, order.order_no))
    return [order_document(order, request) for order in found]


def get_order(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /orders/{tmonOrderNo}`. A fully cancelled order still exists, without deals."""
    return order_document(order_of(sandbox, request), request)


def initial(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /orders/{tmonOrderNo}/initial`: fees and promotions as they were when the order was placed."""
    order = order_of(sandbox, request)
    deals = [deal for deal in order.deals if deal.partner_id == request.partner.partner_id]
    fees = {deal.delivery_no: deal.fee for deal in deals}
    return {
        "deliveryFees": [{"deliveryNo": delivery_no, **_fee(fee)} for delivery_no, fee in fees.items()],
        "dealOptionPromotions": [
            {
                "tmonDealOptionNo": option.option_no,
                "discountAmount": option.discount,
                "partnerDiscountAmount": option.discount // 2,
                "discountPolicyNo": 20240000 + deal.deal_no % 1000,
            }
            for deal in deals
            for option in deal.options
            if option.discount
        ],
    }


def confirm(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /orders/{tmonOrderNo}/confirm`: one deal, D1 → D2, with all its options in their current quantities.

    An open cancel request (C1) does not prevent it: only the deal's state counts.
    """
    order = order_of(sandbox, request)
    deal_no, quantities = _confirmation(request.body)
    deals = [deal for deal in order.deals if deal.partner_id == request.partner.partner_id and deal.deal_no == deal_no]
    if not deals:
        raise ApiError(500, "해당 주문의 딜 정보가 올바르지 않습니다.")
    deal = deals[0]
    if deal.status != "D1" or deal.cancelled:
        raise ApiError(500, NOT_IN_D1)
    if sorted(quantities) != sorted((option.option_no, option.qty) for option in deal.open_options):
        raise ApiError(500, "주문한 딜 옵션 및 수량과 일치하지 않습니다.")
    deal.status, deal.updated_at = "D2", request.now
    return None


def _confirmation(body: object) -> tuple[int, list[tuple[int, int]]]:
    try:
        match body:
            case {"tmonDealNo": deal_no, "tmonDealOptions": [*options]} if options:
                return _required(deal_no), [
                    (_required(option["tmonDealOptionNo"]), _required(option["qty"])) for option in options
                ]
    except (KeyError, TypeError):
        pass
    raise ApiError(400, "tmonDealNo와 tmonDealOptions의 tmonDealOptionNo, qty를 숫자로 입력해 주세요.")


def _required(value: object) -> int:
    number = parse_number(value)
    if number is None:
        raise TypeError("not a number")
    return number


def order_of(sandbox: Sandbox, request: AuthorizedRequest) -> PlacedOrder:
    """The order in the path. Raises ApiError if it does not exist or has no deal of the partner."""
    order = sandbox.orders.get(path_number(request, "tmonOrderNo"))
    if order is None or all(deal.partner_id != request.partner.partner_id for deal in order.deals):
        raise ApiError(500, "존재하지 않는 주문입니다.")
    return order


def order_document(order: PlacedOrder, request: AuthorizedRequest) -> dict[str, object]:
    """The document of an order, with its buyer encrypted."""
    key = request.vendor.personal_data_key

    def sealed(text: str | None) -> str | None:
        return encrypt(text, key) if text else text

    address = order.address
    return without_absent(
        tmonOrderNo=order.order_no,
        userId=sealed(order.buyer.user_id),
        userName=sealed(order.buyer.name),
        userPhone=sealed(order.buyer.phone),
        receiverName=sealed(order.receiver_name),
        receiverPhone=sealed(order.receiver_phone),
        receiverAddress=without_absent(
            zipCode=sealed(address.zip_code),
            address=sealed(address.lot),
            addressDetail=sealed(address.detail),
            streetAddress=sealed(address.street),
        ),
        deliveryMemo=order.delivery_memo,
        additionalMessage=order.additional_message,
        safetyPhoneExpirationDate=order.safety_phone_until and moment(order.safety_phone_until),
        orderDate=moment(order.ordered_at),
        depositDate=moment(order.deposited_at),
        deals=[_deal(deal) for deal in order.deals_of(request.partner.partner_id)],
    )


def _deal(deal: OrderedDeal) -> dict[str, object]:
    return without_absent(
        tmonDealNo=deal.deal_no,
        dealTitle=deal.title,
        deliveryNo=deal.delivery_no,
        deliveryStatus=deal.status,
        deliveryScheduledDate=deal.scheduled_on and deal.scheduled_on.isoformat(),
        delayedReasonCode=deal.delay and deal.delay[0],
        delayedReasonDetail=deal.delay and deal.delay[1],
        updatedDate=moment(deal.updated_at),
        customsId=deal.customs_id,
        deliveryFee=_fee(deal.fee),
        dealOptions=[_option(option) for option in deal.open_options],
    )


def _option(option: OrderedOption) -> dict[str, object]:
    return without_absent(
        tmonDealOptionNo=option.option_no,
        dealOptionTitle=option.title,
        salesPrice=option.price,
        purchasePrice=option.price * option.qty,
        qty=option.qty,
        descriptions=option.description,
        additionalMessage=option.additional_message,
    )


def _fee(fee: ParcelFee) -> dict[str, object]:
    return {
        "amount": fee.amount,
        "tmonAmount": fee.tmon_amount,
        "partnerAmount": fee.partner_amount,
        "userAmount": fee.amount - fee.tmon_amount - fee.partner_amount,
        "longDistanceAmount": fee.island_amount,
        "longDistanceTmonAmount": 0,
        "longDistancePartnerAmount": 0,
        "longDistanceUserAmount": fee.island_amount,
    }


ROUTES = (
    Route("orders.list", "GET", "/orders", list_orders),
    Route("orders.search", "GET", "/orders/search", search_orders),
    Route("orders.get", "GET", "/orders/{tmonOrderNo}", get_order),
    Route("orders.initial", "GET", "/orders/{tmonOrderNo}/initial", initial, proposed=True),
    Route("orders.confirm", "PUT", "/orders/{tmonOrderNo}/confirm", confirm),
)
