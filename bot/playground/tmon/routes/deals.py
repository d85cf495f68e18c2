"""Deals (docs/tmon-api.md, ch. 8): reading, and changing stock, display, sale status and sale period.

`deal_registration` has the calls that register and change them.
"""

from collections.abc import Mapping

from bot.playground.tmon.deal_listings import NO_END, ListedOption, Listing
from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.routes.bodies import fields_of, flag, number, rows, text
from bot.playground.tmon.routes.deal_forms import read_date
from bot.playground.tmon.routes.queries import page_number
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import moment, parse_number, without_absent

TOO_OFTEN = "딜 등록/수정은 20분간 10회까지 가능합니다."
"""docs/tmon-api.md, ch. 17."""
_STATUS_CODES = {"READY": "DS01", "ON_SALE": "DS02", "PAUSE": "DS03", "END": "DS04"}
_OPTIONS_PER_PAGE = 200


def get(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /deals/{dealNo}`."""
    return _wire(deal_of(sandbox, request), request)


def stock(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /deals/{dealNo}/stock`: absolute quantities; each option succeeds or fails separately inside an HTTP 200."""
    listing = deal_of(sandbox, request)
    wanted = [
        (text(row, "vendorDealOptionNo"), number(row, "stock")) for row in rows(fields_of(request.body), "dealOptions")
    ]
    results = {}
    for key, left in wanted:
        option = listing.option_with_key(key)
        if option is None:
            results[key] = {"success": False, "message": f"존재하지 않는 딜옵션입니다.({key})"}
        elif key in sandbox.faults.failing_options:
            results[key] = {"success": False, "message": "재고를 변경하지 못했습니다. 잠시 후 다시 시도해 주세요."}
        else:
            listing.note(request.now, "deals.stock", option.option_no, option.stock, left)
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
        option = listing.option_with_key(key)
        if option is None:
            raise ApiError(500, f"존재하지 않는 딜옵션입니다.({key})")
        wanted[key] = (option, flag(row, "display"))
    failing = wanted.keys() & sandbox.faults.failing_options
    for key, (option, shown) in wanted.items():
        if key not in failing:
            listing.note(request.now, "deals.display", option.option_no, option.display, shown)
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
    listing.note(request.now, call, None, listing.paused, paused)
    listing.paused = paused


def sales_period(sandbox: Sandbox, request: AuthorizedRequest) -> None:
    """`PUT /deals/{dealNo}/sales-period`: set the end, and optionally the start; an ended deal can be reopened."""
    listing = deal_of(sandbox, request)
    count_change(sandbox, listing.limit_key)
    fields = fields_of(request.body)
    start = read_date(fields, "salesStartDate") if "salesStartDate" in fields else listing.sales_start
    end = read_date(fields, "salesEndDate")
    if end <= start:
        raise ApiError(400, "salesEndDate은(는) salesStartDate보다 늦어야 합니다.")
    if end > NO_END:
        raise ApiError(400, "salesEndDate은(는) 2900-12-31T23:59:59보다 늦을 수 없습니다.")
    listing.note(request.now, "deals.sales_period", None, (listing.sales_start, listing.sales_end), (start, end))
    listing.sales_start, listing.sales_end = start, end


def deal_of(sandbox: Sandbox, request: AuthorizedRequest) -> Listing:
    """The deal in the path: the seller's own number, or TMON's with `dealNoType=TMON_DEAL_NUMBER` (docs/tmon-api.md, ch. 3).

    Raises ApiError if it does not exist or belongs to another partner.
    """
    given = request.path["dealNo"]
    match request.query.getall("dealNoType", []):
        case []:
            found = [listing for listing in sandbox.deals.values() if listing.vendor_deal_no == given]
            found.sort(key=lambda listing: listing.deleted)  # the number of a deleted deal can be used again
        case ["TMON_DEAL_NUMBER"]:
            found = [listing for listing in sandbox.deals.values() if listing.deal_no == parse_number(given)]
        case _:
            raise ApiError(400, "dealNoType은(는) TMON_DEAL_NUMBER여야 합니다.")
    if not found or found[0].partner_id != request.partner.partner_id:
        raise ApiError(500, f"해당 딜({given})가 없습니다")
    if found[0].deleted:
        raise ApiError(500, f"삭제된 딜입니다.({given})")
    return found[0]


def count_change(sandbox: Sandbox, deal_key: str) -> None:
    """Count a call towards the limit of the deal (docs/tmon-api.md, ch. 8.2). Raises ApiError (429) beyond it."""
    if not sandbox.count_deal_call(deal_key):
        raise ApiError(429, TOO_OFTEN)


_TOP = [
    "sections",
    "managedTitle",
    "adultOnly",
    "categoryNo",
    "subcategoryNos",
    "legalPermissionType",
    "importAdvertisementCertificate",
    "additionalInput",
    "additionalInputTitle",
    "maxPurchaseQty",
    "purchaseResetPeriod",
    "dealProductStatus",
    "dealSellMethod",
]
_CONTENTS = [
    "title",
    "titleDecoration",
    "mainImages",
    "detailContents",
    "productInfos",
    "originCountryType",
    "originCountryDetail",
    "homeRecommendedImage",
    "dealMainVideo",
]
_DELIVERY = [
    "deliveryCorp",
    "parallelImport",
    "importDeclarationCertificate",
    "useCustomsIdNo",
    "productType",
    "distanceFeeGradeUsing",
    "distanceFeeGradeContents",
    "extraInstallationCostUsing",
    "simpleRefundAble",
    "simpleRefundNotAvailableReason",
]
"""What the answer says of a deal (docs/tmon-api.md, ch. 8.3): neither KC, keywords, brand nor where it is shown."""


def _wire(listing: Listing, request: AuthorizedRequest) -> dict[str, object]:
    made_here = listing.vendor_deal_no is not None
    page = page_number(request)
    options = list(listing.options.values())[(page - 1) * _OPTIONS_PER_PAGE : page * _OPTIONS_PER_PAGE]
    status = listing.sales_status(request.now)
    said = {"homeRecommendedImage": listing.document["mainImages"][0], **listing.document}
    return without_absent(
        vendorId=request.vendor.vendor_id if made_here else None,
        vendorDealNo=listing.vendor_deal_no,
        tmonDealNo=listing.deal_no,
        vendorPolicyNo=request.vendor.policy_no if made_here else None,
        deliveryTemplateNo=listing.template_no,
        dealType="D",
        **_some(said, _TOP),
        salesPeriod={"start": moment(listing.sales_start), "end": moment(listing.sales_end)},
        dealContents=_some(said, _CONTENTS),
        dealDeliveryInfo=_some(said, _DELIVERY),
        status=_STATUS_CODES[status],
        salesStatus=status,
        dealOptionsPageInfo={
            "totalCount": len(listing.options),
            "totalPage": -(-len(listing.options) // _OPTIONS_PER_PAGE),
            "currentPage": page,
        },
        dealOptions=[_wire_option(option, listing, request) for option in options],
        creator=request.vendor.client_id if made_here else None,
        createDate=moment(listing.created_at) if made_here else None,
    )


def _some(document: Mapping[str, object], names: list[str]) -> dict[str, object]:
    return {name: document[name] for name in names if name in document}


def _wire_option(option: ListedOption, listing: Listing, request: AuthorizedRequest) -> dict[str, object]:
    return without_absent(
        vendorId=request.vendor.vendor_id if option.vendor_option_no else None,
        vendorDealNo=listing.vendor_deal_no,
        tmonDealNo=listing.deal_no,
        vendorDealOptionNo=option.vendor_option_no,
        tmonDealOptionNo=option.option_no,
        title=None if option.sections else option.title,
        description=option.description,
        sections=list(option.sections) or None,
        mainOption=option.option_no == listing.main_option_no(),
        price=option.price,
        salesPrice=option.price,
        stock=option.stock,
        display=option.display,
        status=_STATUS_CODES[listing.sales_status(request.now)],
    )


ROUTES = (
    Route("deals.get", "GET", "/deals/{dealNo}", get),
    Route("deals.stock", "PUT", "/deals/{dealNo}/stock", stock),
    Route("deals.display", "PUT", "/deals/{dealNo}/options/display", display),
    Route("deals.pause", "PUT", "/deals/{dealNo}/pause", pause, bodyless=True),
    Route("deals.resume", "PUT", "/deals/{dealNo}/resume", resume, bodyless=True),
    Route("deals.sales_period", "PUT", "/deals/{dealNo}/sales-period", sales_period, proposed=True),
)
