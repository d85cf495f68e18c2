"""Deals (docs/tmon-api.md, ch. 8): reading, and changing stock, display, sale status and sale period.

TMON limits "create and update together" to 10 calls in 20 minutes per deal (docs/tmon-api.md, ch. 8.2). `deals.update` counts here, and
`deals.sales_period` too, as it is unknown whether it does: a client that respects that is safe either way. Calls that
fail for another reason count as well, calls rejected because of the limit do not.
"""

from datetime import datetime, timedelta

from bot.playground.tmon.deal_listings import NO_END, DealChange, ListedOption, Listing
from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.routes.bodies import Fields, fields_of, flag, number, rows, text
from bot.playground.tmon.routes.queries import page_number
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.routes.templates import template_of
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import moment, parse_moment, parse_number, without_absent

TOO_OFTEN = "딜 등록/수정은 20분간 10회까지 가능합니다."
"""docs/tmon-api.md, ch. 17."""

_LIMIT = 10
_LIMIT_SPAN = timedelta(minutes=20)
_STATUS_CODES = {"READY": "DS01", "ON_SALE": "DS02", "PAUSE": "DS03", "END": "DS04"}
_OPTIONS_PER_PAGE = 200


def get(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /deals/{dealNo}`."""
    return _wire(deal_of(sandbox, request), request)


def update(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /deals/{dealNo}`: title, template, prices and titles of options; deal and options succeed or fail separately (docs/tmon-api.md, ch. 8.2).

    Other fields are ignored.
    """
    listing = deal_of(sandbox, request)
    _count(listing, request)
    fields = fields_of(request.body)
    wanted = [_wanted(row) for row in rows(fields, "dealOptions")] if "dealOptions" in fields else []
    return {
        "deal": _update_deal(sandbox, request, listing, fields),
        "dealOptions": _update_options(request, listing, wanted),
    }


def _wanted(row: Fields) -> tuple[str, str | None, int | None]:
    """Key, title and price of an option; None: unchanged."""
    title = text(row, "title") if "title" in row else None
    return text(row, "vendorDealOptionNo"), title, number(row, "salesPrice", 1) if "salesPrice" in row else None


def _update_deal(sandbox: Sandbox, request: AuthorizedRequest, listing: Listing, fields: Fields) -> dict[str, object]:
    if "title" not in fields and "deliveryTemplateNo" not in fields:
        return _result(skip=True)
    title, template_no = listing.title, listing.template_no
    if "title" in fields:
        title = text(fields, "title")
    if "deliveryTemplateNo" in fields:
        template = template_of(sandbox, request, number(fields, "deliveryTemplateNo"))
        if template.policy["productType"] != listing.goods.product_type:
            return _result("배송템플릿의 상품유형이 딜의 상품유형과 일치하지 않습니다.")
        template_no = template.no
    _note(listing, request, "deals.update", None, (listing.title, listing.template_no), (title, template_no))
    listing.title, listing.template_no = title, template_no
    return _result()


def _update_options(
    request: AuthorizedRequest, listing: Listing, wanted: list[tuple[str, str | None, int | None]]
) -> dict[str, object]:
    changed = {}
    for key, title, price in wanted:
        option = _option(listing, key)
        if option is None:
            return _result(f"존재하지 않는 딜옵션입니다.({key})")
        changed[option.option_no] = (title or option.title, price or option.price)
    if not changed:
        return _result(skip=True)
    titles = [changed.get(option.option_no, (option.title, 0))[0] for option in listing.options.values()]
    if len(set(titles)) < len(titles):
        return _result("중복된 옵션 타이틀")
    for option_no, after in changed.items():
        option = listing.options[option_no]
        _note(listing, request, "deals.update", option_no, (option.title, option.price), after)
        option.title, option.price = after
    return _result()


def _result(message: str | None = None, *, skip: bool = False) -> dict[str, object]:
    return without_absent(success=message is None, skip=skip, message=message)


def stock(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /deals/{dealNo}/stock`: absolute quantities; each option succeeds or fails separately inside an HTTP 200."""
    listing = deal_of(sandbox, request)
    wanted = [
        (text(row, "vendorDealOptionNo"), number(row, "stock")) for row in rows(fields_of(request.body), "dealOptions")
    ]
    results = {}
    for key, left in wanted:
        option = _option(listing, key)
        if option is None:
            results[key] = {"success": False, "message": f"존재하지 않는 딜옵션입니다.({key})"}
        elif key in sandbox.faults.failing_options:
            results[key] = {"success": False, "message": "재고를 변경하지 못했습니다. 잠시 후 다시 시도해 주세요."}
        else:
            _note(listing, request, "deals.stock", option.option_no, option.stock, left)
            option.stock = left
            results[key] = {"success": True}
    return results


def display(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /deals/{dealNo}/options/display`: not for a deal with one option; an unknown key fails the whole call (docs/tmon-api.md, ch. 8.6).

    The real response is unknown. Here it is empty, or like that of `stock` if an option fails.
    """
    listing = deal_of(sandbox, request)
    if len(listing.options) == 1:
        raise ApiError(500, "옵션이 한 개인 딜은 옵션 진열 상태를 변경할 수 없습니다.")
    wanted = {}
    for row in rows(fields_of(request.body), "dealOptions"):
        key = text(row, "vendorDealOptionNo")
        option = _option(listing, key)
        if option is None:
            raise ApiError(500, f"존재하지 않는 딜옵션입니다.({key})")
        wanted[key] = (option, flag(row, "display"))
    failing = wanted.keys() & sandbox.faults.failing_options
    for key, (option, shown) in wanted.items():
        if key not in failing:
            _note(listing, request, "deals.display", option.option_no, option.display, shown)
            option.display = shown
    if not failing:
        return None
    failure = {"success": False, "message": "진열 상태를 변경하지 못했습니다. 잠시 후 다시 시도해 주세요."}
    return {key: failure if key in failing else {"success": True} for key in wanted}


def pause(sandbox: Sandbox, request: AuthorizedRequest) -> None:
    """`PUT /deals/{dealNo}/pause`: stop orders; pausing twice is not an error."""
    _set_paused(sandbox, request, "deals.pause", True)


def resume(sandbox: Sandbox, request: AuthorizedRequest) -> None:
    """`PUT /deals/{dealNo}/resume`: sell again, within the sale period."""
    _set_paused(sandbox, request, "deals.resume", False)


def _set_paused(sandbox: Sandbox, request: AuthorizedRequest, call: str, paused: bool) -> None:
    listing = deal_of(sandbox, request)
    _note(listing, request, call, None, listing.paused, paused)
    listing.paused = paused


def sales_period(sandbox: Sandbox, request: AuthorizedRequest) -> None:
    """`PUT /deals/{dealNo}/sales-period`: set the end, and optionally the start; an ended deal can be reopened."""
    listing = deal_of(sandbox, request)
    _count(listing, request)
    fields = fields_of(request.body)
    start = _date(fields, "salesStartDate") if "salesStartDate" in fields else listing.sales_start
    end = _date(fields, "salesEndDate")
    if end <= start:
        raise ApiError(400, "salesEndDate은(는) salesStartDate보다 늦어야 합니다.")
    if end > NO_END:
        raise ApiError(400, "salesEndDate은(는) 2900-12-31T23:59:59보다 늦을 수 없습니다.")
    _note(listing, request, "deals.sales_period", None, (listing.sales_start, listing.sales_end), (start, end))
    listing.sales_start, listing.sales_end = start, end


def deal_of(sandbox: Sandbox, request: AuthorizedRequest) -> Listing:
    """The deal in the path: the seller's own number, or TMON's with `dealNoType=TMON_DEAL_NUMBER` (docs/tmon-api.md, ch. 3).

    Raises ApiError if it does not exist or belongs to another partner.
    """
    given = request.path["dealNo"]
    match request.query.getall("dealNoType", []):
        case []:
            found = [listing for listing in sandbox.deals.values() if listing.vendor_deal_no == given]
        case ["TMON_DEAL_NUMBER"]:
            found = [listing for listing in sandbox.deals.values() if listing.deal_no == parse_number(given)]
        case _:
            raise ApiError(400, "dealNoType은(는) TMON_DEAL_NUMBER여야 합니다.")
    if not found or found[0].partner_id != request.partner.partner_id:
        raise ApiError(500, f"해당 딜({given})가 없습니다")
    if found[0].deleted:
        raise ApiError(500, f"삭제된 딜입니다.({given})")
    return found[0]


def _count(listing: Listing, request: AuthorizedRequest) -> None:
    recent = [at for at in listing.limited_calls if request.now - at < _LIMIT_SPAN]
    if len(recent) >= _LIMIT:
        raise ApiError(429, TOO_OFTEN)
    listing.limited_calls = [*recent, request.now]


def _option(listing: Listing, key: str) -> ListedOption | None:
    return next((option for option in listing.options.values() if option.vendor_option_no == key), None)


def _note(
    listing: Listing, request: AuthorizedRequest, call: str, option_no: int | None, before: object, after: object
) -> None:
    listing.changes.append(DealChange(request.now, call, option_no, before, after))


def _date(fields: Fields, name: str) -> datetime:
    parsed = parse_moment(text(fields, name))
    if parsed is None:
        raise ApiError(400, f"{name}은(는) yyyy-MM-dd'T'HH:mm:ss 형식이어야 합니다.")
    return parsed


def _wire(listing: Listing, request: AuthorizedRequest) -> dict[str, object]:
    made_here = listing.vendor_deal_no is not None
    page = page_number(request)
    options = list(listing.options.values())[(page - 1) * _OPTIONS_PER_PAGE : page * _OPTIONS_PER_PAGE]
    status = listing.sales_status(request.now)
    return without_absent(
        vendorId=request.vendor.vendor_id if made_here else None,
        vendorDealNo=listing.vendor_deal_no,
        tmonDealNo=listing.deal_no,
        vendorPolicyNo=999 if made_here else None,
        deliveryTemplateNo=listing.template_no,
        dealType="D",
        managedTitle=listing.goods.title,
        adultOnly=False,
        additionalInput=listing.goods.product_type == "DP05",
        maxPurchaseQty=999,
        purchaseResetPeriod=7,
        dealProductStatus="NEW",
        dealSellMethod="NOT_APPLICABLE",
        salesPeriod={"start": moment(listing.sales_start), "end": moment(listing.sales_end)},
        dealContents={"title": listing.title, "titleDecoration": "오늘의 추천", "originCountryType": "N"},
        dealDeliveryInfo={
            "deliveryCorp": "10001",
            "parallelImport": False,
            "useCustomsIdNo": listing.goods.product_type == "DP03",
            "productType": listing.goods.product_type,
            "distanceFeeGradeUsing": False,
            "extraInstallationCostUsing": False,
            "simpleRefundAble": listing.goods.product_type not in {"DP01", "DP05"},
        },
        status=_STATUS_CODES[status],
        salesStatus=status,
        dealOptionsPageInfo={
            "totalCount": len(listing.options),
            "totalPage": -(-len(listing.options) // _OPTIONS_PER_PAGE),
            "currentPage": page,
        },
        dealOptions=[_wire_option(option, listing, request) for option in options],
        creator=request.vendor.client_id if made_here else None,
        createDate=moment(listing.sales_start) if made_here else None,
    )


def _wire_option(option: ListedOption, listing: Listing, request: AuthorizedRequest) -> dict[str, object]:
    return without_absent(
        vendorId=request.vendor.vendor_id if option.vendor_option_no else None,
        vendorDealNo=listing.vendor_deal_no,
        tmonDealNo=listing.deal_no,
        vendorDealOptionNo=option.vendor_option_no,
        tmonDealOptionNo=option.option_no,
        title=option.title,
        mainOption=option.option_no == min(listing.options),
        price=option.price,
        salesPrice=option.price,
        stock=option.stock,
        display=option.display,
        status=_STATUS_CODES[listing.sales_status(request.now)],
    )


ROUTES = (
    Route("deals.get", "GET", "/deals/{dealNo}", get),
    Route("deals.update", "PUT", "/deals/{dealNo}", update),
    Route("deals.stock", "PUT", "/deals/{dealNo}/stock", stock),
    Route("deals.display", "PUT", "/deals/{dealNo}/options/display", display),
    Route("deals.pause", "PUT", "/deals/{dealNo}/pause", pause, bodyless=True),
    Route("deals.resume", "PUT", "/deals/{dealNo}/resume", resume, bodyless=True),
    Route("deals.sales_period", "PUT", "/deals/{dealNo}/sales-period", sales_period, proposed=True),
)
