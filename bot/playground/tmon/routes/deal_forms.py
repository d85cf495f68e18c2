"""What a vendor sends about a deal: its fields, their form and limits (docs/tmon-api.md, ch. 8.1, 12.8, 12.9).

Malformed fields raise ApiError (400). What only TMON's data can tell, such as a forbidden word, is judged in `deal_rules`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.routes.bodies import Fields, fields_of, flag, number, one_of, only, rows, text, texts
from bot.playground.tmon.routes.templates import PRODUCT_TYPES
from bot.playground.tmon.routes.waybills import CARRIERS, OWN_DELIVERY
from bot.playground.tmon.wire import parse_moment, parse_number

KEY_LENGTH = 50
MOST_OPTIONS = 200
_LONGEST_DETAIL = 500_000
_FREE_RETURN_EXCEPTIONS = ("DP01", "DP04", "DP05")
_CARRIERS_BY_NAME = {name: code for code, name in CARRIERS.items()} | {"직접배송": OWN_DELIVERY}
_WITH_CUSTOMS_ID = ("DP02", "DP03")

FIXED = frozenset({"productType", "sections", "useCustomsIdNo", "simpleRefundAble", "salesStartDate", "salesEndDate"})
"""Fields of a deal that only `POST /deals` takes; the sale period has a call of its own."""
_CHANGEABLE = frozenset(
    [
        "deliveryTemplateNo",
        "categoryNo",
        "subcategoryNos",
        "managedTitle",
        "title",
        "titleDecoration",
        "adultOnly",
        "legalPermissionType",
        "importAdvertisementCertificate",
        "maxPurchaseQty",
        "purchaseResetPeriod",
        "mainImages",
        "homeRecommendedImage",
        "dealMainVideo",
        "detailContents",
        "additionalInput",
        "additionalInputTitle",
        "originCountryType",
        "originCountryDetail",
        "productInfos",
        "kcAuthSubmitType",
        "kcAuths",
        "deliveryCorp",
        "search",
        "keywords",
        "priceComparison",
        "dealProductStatus",
        "dealSellMethod",
        "mainDealOptionNo",
        "parallelImport",
        "importDeclarationCertificate",
        "distanceFeeGradeUsing",
        "distanceFeeGradeContents",
        "extraInstallationCostUsing",
        "simpleRefundNotAvailableReason",
        "brandName",
    ]
)
_IDENTITY = frozenset({"vendorDealNo", "vendorPolicyNo", "dealOptions"})
_OPTION_TEXTS = frozenset({"vendorDealOptionNo", "title", "sections", "description", "price", "salesPrice"})
_FIXED_OPTION = frozenset({"stock", "display"})


@dataclass(frozen=True)
class OptionForm:
    """An option as sent; None: not sent, which only a change allows for the price."""

    key: str
    title: str | None
    """Of an option with `sections`: these, as orders show them."""
    sections: tuple[str, ...]
    description: str | None
    price: int | None
    stock: int = 0
    display: bool = True
    fixed: tuple[str, ...] = ()
    """Of a change: names of fields that it gives and that have a call of their own."""


def read_new_deal(fields: Fields) -> tuple[dict[str, Any], list[OptionForm]]:
    """The body of `POST /deals`: the deal as `read_document` has it, and its options."""
    only(fields, _CHANGEABLE | FIXED | _IDENTITY)
    return read_document(fields), read_new_options(fields)


def read_change(fields: Fields) -> tuple[Fields, list[OptionForm]]:
    """The body of `PUT /deals/{vendorDealNo}`: the deal's fields that it gives, `FIXED` ones included, and options."""
    only(fields, _CHANGEABLE | FIXED | _IDENTITY)
    changes = {name: value for name, value in fields.items() if name not in _IDENTITY}
    return changes, [_option(row, new=False) for row in rows(fields, "dealOptions")] if "dealOptions" in fields else []


def read_new_options(fields: Fields) -> list[OptionForm]:
    """`dealOptions` of a new deal, or of `POST /deals/{vendorDealNo}/options`."""
    given = rows(fields, "dealOptions")
    if len(given) > MOST_OPTIONS:
        raise ApiError(400, f"dealOptions은(는) {MOST_OPTIONS}개 이하여야 합니다.")
    return [_option(row, new=True) for row in given]


def _option(row: Fields, *, new: bool) -> OptionForm:
    only(row, _OPTION_TEXTS | _FIXED_OPTION)
    key = text(row, "vendorDealOptionNo", KEY_LENGTH)
    if "title" in row and "sections" in row:
        raise ApiError(400, "title과 sections 중 하나만 입력해 주세요.")
    sections = tuple(texts(row, "sections", 10, 100)) if "sections" in row else ()
    title = " / ".join(sections) if sections else text(row, "title", 100) if new or "title" in row else None
    price = number(row, "salesPrice", 1) if new or "salesPrice" in row else None
    if "price" in row and number(row, "price") != price:
        raise ApiError(400, "price은(는) salesPrice와 같아야 합니다.")
    return OptionForm(
        key=key,
        title=title,
        sections=sections,
        description=text(row, "description") if "description" in row else None,
        price=price,
        stock=number(row, "stock") if new else 0,
        display=flag(row, "display", True) if new else True,
        fixed=() if new else tuple(sorted(_FIXED_OPTION & row.keys())),
    )


def read_document(fields: Fields) -> dict[str, Any]:
    """The fields of a deal by their wire names, defaults filled in; those of its identity and its sale period left out."""
    return {
        "productType": one_of(fields, "productType", PRODUCT_TYPES),
        "deliveryTemplateNo": number(fields, "deliveryTemplateNo"),
        "categoryNo": number(fields, "categoryNo"),
        "adultOnly": flag(fields, "adultOnly", False),
        "search": flag(fields, "search", True),
        "priceComparison": flag(fields, "priceComparison", True),
        "dealProductStatus": _enum(fields, "dealProductStatus", "NEW"),
        "dealSellMethod": _enum(fields, "dealSellMethod", "NOT_APPLICABLE"),
        "maxPurchaseQty": number(fields, "maxPurchaseQty", 1, 999) if "maxPurchaseQty" in fields else 999,
        "purchaseResetPeriod": number(fields, "purchaseResetPeriod", 1) if "purchaseResetPeriod" in fields else 7,
        "extraInstallationCostUsing": flag(fields, "extraInstallationCostUsing", False),
        **_texts(fields),
        **_pictures(fields),
        **_lists(fields),
        **_notices(fields),
        **_pairs(fields),
        **_of_type(fields),
    }


def _texts(fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {
        "managedTitle": text(fields, "managedTitle"),  # its length is judged in TMON's own words
        "title": text(fields, "title", 60),
        "titleDecoration": text(fields, "titleDecoration", 20),
        "detailContents": text(fields, "detailContents", _LONGEST_DETAIL),
        "deliveryCorp": _carrier(fields),
    }
    for name, longest in (
        ("brandName", None),
        ("mainDealOptionNo", KEY_LENGTH),
        ("importAdvertisementCertificate", None),
    ):
        if name in fields:
            found[name] = text(fields, name, longest)
    if "legalPermissionType" in fields:
        found["legalPermissionType"] = one_of(fields, "legalPermissionType", ("NONE",))
    return found


def _carrier(fields: Fields) -> str:
    """The carrier's code; clients send the code or the name."""
    code = parse_number(fields.get("deliveryCorp"))
    given = text(fields, "deliveryCorp") if code is None else str(code)
    return _CARRIERS_BY_NAME.get(given, given)


def _pictures(fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {"mainImages": texts(fields, "mainImages", 6)}
    if len(set(found["mainImages"])) < len(found["mainImages"]):
        raise ApiError(400, "mainImages에 같은 이미지를 두 번 등록할 수 없습니다.")
    if "homeRecommendedImage" in fields:
        found["homeRecommendedImage"] = text(fields, "homeRecommendedImage")
    if "dealMainVideo" in fields:
        video = fields_of(fields["dealMainVideo"])
        found["dealMainVideo"] = {
            "flagMainVideo": flag(video, "flagMainVideo"),
            "mainVideoUrl": text(video, "mainVideoUrl"),
        }
    return found


def _lists(fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "sections" in fields:
        found["sections"] = texts(fields, "sections", 10, 10)
    if "keywords" in fields:
        found["keywords"] = texts(fields, "keywords", 5)
    if "subcategoryNos" in fields:
        given = fields["subcategoryNos"]
        numbers = [parse_number(item) for item in given] if isinstance(given, list) else []
        if not 1 <= len(numbers) <= 2 or None in numbers:
            raise ApiError(400, "subcategoryNos은(는) 1개 이상 2개 이하의 숫자여야 합니다.")
        found["subcategoryNos"] = numbers
    return found


def _notices(fields: Fields) -> dict[str, Any]:
    """Statutory notice (상품정보제공고시), origin and KC."""
    found: dict[str, Any] = {
        "productInfos": [
            {
                "productType": text(group, "productType"),
                "productInfos": [
                    {"section": text(row, "section"), "description": text(row, "description")}
                    for row in rows(group, "productInfos")
                ],
            }
            for group in rows(fields, "productInfos")
        ],
        "originCountryType": _enum(fields, "originCountryType", "N", "O", "D", "E"),
        "kcAuthSubmitType": one_of(fields, "kcAuthSubmitType", ("Y", "N", "X")),
    }
    if found["originCountryType"] == "E":
        found["originCountryDetail"] = text(fields, "originCountryDetail")
    if found["kcAuthSubmitType"] == "Y":
        found["kcAuths"] = [{"section": text(row, "section"), "no": text(row, "no")} for row in rows(fields, "kcAuths")]
    return found


def _pairs(fields: Fields) -> dict[str, Any]:
    """Switches that need a text when they are on."""
    found: dict[str, Any] = {}
    for switch, detail in (
        ("additionalInput", "additionalInputTitle"),
        ("parallelImport", "importDeclarationCertificate"),
        ("distanceFeeGradeUsing", "distanceFeeGradeContents"),
    ):
        found[switch] = flag(fields, switch, False)
        if found[switch]:
            found[detail] = text(fields, detail)
    return found


def _of_type(fields: Fields) -> dict[str, Any]:
    """What depends on the product type."""
    product_type = fields["productType"]
    found: dict[str, Any] = {
        "useCustomsIdNo": flag(fields, "useCustomsIdNo", False),
        "simpleRefundAble": flag(fields, "simpleRefundAble", True),
    }
    if product_type in _WITH_CUSTOMS_ID and not found["useCustomsIdNo"]:
        raise ApiError(400, f"useCustomsIdNo은(는) {', '.join(_WITH_CUSTOMS_ID)} 상품에서 true여야 합니다.")
    if not found["simpleRefundAble"]:
        if product_type not in _FREE_RETURN_EXCEPTIONS:
            raise ApiError(
                400, f"simpleRefundAble은(는) {', '.join(_FREE_RETURN_EXCEPTIONS)} 상품에서만 false일 수 있습니다."
            )
        found["simpleRefundNotAvailableReason"] = text(fields, "simpleRefundNotAvailableReason")
    return found


def _enum(fields: Fields, name: str, default: str, *others: str) -> str:
    return one_of(fields, name, (default, *others)) if name in fields else default


def read_date(fields: Fields, name: str) -> datetime:
    """A date-time in Korea time."""
    parsed = parse_moment(text(fields, name))
    if parsed is None:
        raise ApiError(400, f"{name}은(는) yyyy-MM-dd'T'HH:mm:ss 형식이어야 합니다.")
    return parsed
