"""The fields of a product and of its options, the names of their columns, and the words that stand in cells."""

from collections.abc import Mapping
from enum import StrEnum

from tmon.api import KcSubmission, OriginCountry, ProductType
from tmon.api.deal_limits import MAX_IMAGES


class Tab(StrEnum):
    """A tab of the sheet. A CSV has the columns of both."""

    DEALS = "deals"  # 상품
    OPTIONS = "options"  # 옵션


class F(StrEnum):
    """A field of a product."""

    TITLE = "title"
    MANAGED = "managed_title"
    PROMO = "promotion"
    CATEGORY = "category"
    TYPE = "product_type"
    TEMPLATE = "template"
    CARRIER = "carrier"
    IMAGES = "images"
    DETAIL = "detail"
    ORIGIN = "origin"
    ORIGIN_DETAIL = "origin_detail"
    KC = "kc"
    KC_NUMBERS = "kc_numbers"
    NOTICE = "notice"
    NOTICE_TEXT = "notice_text"
    SECTIONS = "sections"
    MOST = "max_quantity"
    ADULT = "adult_only"
    KEYWORDS = "keywords"
    BRAND = "brand"
    START = "sales_start"
    END = "sales_end"


class O(StrEnum):  # noqa: E742
    """A field of an option."""

    SECTIONS = "sections"
    PRICE = "price"
    STOCK = "stock"
    DISPLAY = "display"
    SKU = "sku_code"


CREATE_ONLY = frozenset({F.TYPE, F.SECTIONS})
"""Fixed once the product is registered (docs/tmon-api.md, ch. 8.2)."""
UNTOLD = frozenset({F.KC, F.KC_NUMBERS, F.KEYWORDS, F.BRAND})
"""TMON's answer lacks them (docs/tmon-api.md, ch. 8.3)."""
PERIOD = frozenset({F.START, F.END})
"""Set by a call of their own once the product is registered."""
REQUIRED: tuple[F, ...] = (
    F.MANAGED,
    F.TITLE,
    F.PROMO,
    F.CATEGORY,
    F.TYPE,
    F.TEMPLATE,
    F.CARRIER,
    F.IMAGES,
    F.DETAIL,
    F.KC,
    F.NOTICE,
    F.NOTICE_TEXT,
)
"""Without which no product is registered."""

NUMBER = "number"
"""Column 판매자 상품번호 of both tabs, and 판매자 옵션번호 of the tab of options: see `OPTION_NUMBER`."""
OPTION_NUMBER = "option_number"
UNMANAGED = "#"
"""How the number of a deal or an option begins that is not managed here: TMON's follows. No seller's number can begin so."""
MAX_GROUPS = 3
"""Columns `옵션 구분` and `옵션`."""


_SEVERAL = {str(F.IMAGES): MAX_IMAGES, str(F.SECTIONS): MAX_GROUPS}
"""Fields with several columns, of products and of options."""


def part(field: F | O, number: int) -> str:
    """Return the name of one of the columns that a field has several of, counted from 1: `images_1`."""
    return f"{field}_{number}"


def columns_of(field: F | O) -> tuple[str, ...]:
    """Return the names of the columns of a field."""
    most = _SEVERAL.get(str(field))
    return (str(field),) if most is None else tuple(part(field, number) for number in range(1, most + 1))


def option_field(number_key: str, field: O) -> str:
    """Return how a field of one option is named beside those of its product, which are named by `F`."""
    return f"{number_key}/{field}"


KEPT_DETAIL = "(길어서 생략 – 그대로 둠)"
"""What is exported for a detail that no cell takes; uploaded again, it changes nothing."""

YES, NO = "사용", "사용 안 함"
TYPE_WORDS: Mapping[ProductType, str] = {
    ProductType.DP01: "냉장냉동·신선",
    ProductType.DP02: "해외직배송",
    ProductType.DP03: "해외구매대행",
    ProductType.DP04: "화물설치",
    ProductType.DP05: "주문제작",
    ProductType.DP06: "주문후발주",
    ProductType.DP07: "일반상품",
    ProductType.DP08: "예외상품",
}
ORIGIN_WORDS: Mapping[OriginCountry, str] = {
    OriginCountry.KOREA: "국산",
    OriginCountry.SEE_DETAIL: "상품상세참조",
    OriginCountry.TYPED: "직접입력",
    OriginCountry.NONE: "없음",
}
KC_WORDS: Mapping[KcSubmission, str] = {
    KcSubmission.SUBMITTED: "제출",
    KcSubmission.NOT_APPLICABLE: "해당 없음",
    KcSubmission.IN_CONTENTS: "상세 참조",
}
"""What stands in the cells of these fields, in every language."""
