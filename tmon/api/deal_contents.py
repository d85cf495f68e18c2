"""Deals as they are registered and changed (docs/tmon-api.md, ch. 8.1, 8.2, 8.4), with the names that `Deal` has too."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AliasGenerator, AwareDatetime, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tmon.api.delivery_templates import ProductType
from tmon.api.wire import ApiEnum, ApiModel, Count, Number, format_datetime, require_known


class OriginCountry(ApiEnum):
    """Where goods come from (docs/tmon-api.md, ch. 12.9)."""

    KOREA = "O"  # 국산
    SEE_DETAIL = "D"  # 상품상세참조
    TYPED = "E"  # 직접입력: `origin_detail` says it
    NONE = "N"
    UNKNOWN = "unknown"


class KcSubmission(ApiEnum):
    """How KC certificates are shown (docs/tmon-api.md, ch. 12.9)."""

    SUBMITTED = "Y"  # 제출: `kc_auths` has them
    NOT_APPLICABLE = "N"  # 해당 없음
    IN_CONTENTS = "X"  # 상세 참조
    UNKNOWN = "unknown"


NO_PERMISSION = "NONE"
"""The `legal_permission` of goods that need none, in the categories that ask for it (docs/tmon-api.md, ch. 5.2, 8.1)."""

CUSTOMS_ID_TYPES = frozenset({ProductType.DP02, ProductType.DP03})
"""Goods from abroad: the buyer has to give a customs id (docs/tmon-api.md, ch. 8.1)."""


class _Sent(ApiModel):
    """Base of objects that are sent with TMON's names, and kept with ours."""

    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=to_camel, serialization_alias=to_camel))


class NoticeItem(_Sent):
    """One line of a statutory notice."""

    section: str
    description: str


class Notice(_Sent):
    """상품정보제공고시. `group` is the name of the notice group, for example 의류."""

    group: str = Field(validation_alias="productType", serialization_alias="productType")
    items: tuple[NoticeItem, ...] = Field(validation_alias="productInfos", serialization_alias="productInfos")


class KcAuth(_Sent):
    """A KC certificate."""

    section: str
    no: str


class OptionFields(_Sent):
    """Key and texts of an option: either a `title`, or a value for each of the deal's `sections`."""

    vendor_option_no: str = Field(serialization_alias="vendorDealOptionNo")
    title: str | None = None
    sections: tuple[str, ...] | None = None


class NewOption(OptionFields):
    """An option to be added. `price` is the whole price of one, in won; not a surcharge."""

    price: Number = Field(serialization_alias="salesPrice", gt=0)
    stock: Count
    display: bool = True


class OptionChange(OptionFields):
    """What changes of an option; None: unchanged."""

    price: Number | None = Field(default=None, serialization_alias="salesPrice", gt=0)


class DealFields(_Sent):
    """What can be given when a deal is registered and changed later; None is left out."""

    delivery_template_no: Number | None = None
    category_no: Number | None = None
    managed_title: str | None = None
    title: str | None = None
    title_decoration: str | None = None
    legal_permission: str | None = Field(default=None, serialization_alias="legalPermissionType")
    adult_only: bool | None = None
    max_purchase_qty: Number | None = None
    images: tuple[str, ...] | None = Field(default=None, serialization_alias="mainImages")
    detail: str | None = Field(default=None, serialization_alias="detailContents", repr=False)
    origin: OriginCountry | None = Field(default=None, serialization_alias="originCountryType")
    origin_detail: str | None = Field(default=None, serialization_alias="originCountryDetail")
    notices: tuple[Notice, ...] | None = Field(default=None, serialization_alias="productInfos")
    kc: KcSubmission | None = Field(default=None, serialization_alias="kcAuthSubmitType")
    kc_auths: tuple[KcAuth, ...] | None = None
    """All of them: they replace those that the deal has."""
    carrier: str | None = Field(default=None, serialization_alias="deliveryCorp")
    """Its code."""
    keywords: tuple[str, ...] | None = None
    brand: str | None = Field(default=None, serialization_alias="brandName")


class NewDeal(DealFields):
    """A deal to be registered. The vendor's policy number is that of the credentials."""

    vendor_deal_no: str
    product_type: ProductType
    sections: tuple[str, ...] | None = None
    """Names of the option groups; fixed from then on."""
    sales_start: AwareDatetime | None = Field(default=None, serialization_alias="salesStartDate")
    """None: at once."""
    sales_end: AwareDatetime | None = Field(default=None, serialization_alias="salesEndDate")
    """None: never."""
    delivery_template_no: Number
    category_no: Number
    managed_title: str
    title: str
    title_decoration: str
    images: tuple[str, ...] = Field(serialization_alias="mainImages")
    detail: str = Field(serialization_alias="detailContents", repr=False)
    notices: tuple[Notice, ...] = Field(serialization_alias="productInfos")
    kc: KcSubmission = Field(serialization_alias="kcAuthSubmitType")
    options: tuple[NewOption, ...] = Field(serialization_alias="dealOptions")


class DealChange(DealFields):
    """What changes of a deal; None: unchanged."""

    adult_only: Literal[True] | None = None
    """TMON does not take it back."""
    options: tuple[OptionChange, ...] | None = Field(default=None, serialization_alias="dealOptions")


def new_deal_body(deal: NewDeal, policy_no: int) -> dict[str, Any]:
    """Return a new deal with TMON's names. Raises ValueError for an unknown code, or one key given to two options."""
    return {
        **_deal_body(deal),
        **options_body(deal.options),
        "productType": require_known(deal.product_type),
        "useCustomsIdNo": deal.product_type in CUSTOMS_ID_TYPES,
        "vendorPolicyNo": policy_no,
    }


def change_body(change: DealChange) -> dict[str, Any]:
    """Return what changes with TMON's names. Raises ValueError as `new_deal_body` does."""
    return _deal_body(change) | ({} if change.options is None else options_body(change.options))


def options_body(options: Sequence[OptionFields]) -> dict[str, Any]:
    """Return options with TMON's names. Raises ValueError if two have the same key."""
    if len({option.vendor_option_no for option in options}) < len(options):
        raise ValueError("two options with the same key")
    return {"dealOptions": [_option_body(option) for option in options]}


def _deal_body(deal: DealFields) -> dict[str, Any]:
    for code in (deal.origin, deal.kc):
        if code is not None:
            require_known(code)
    fields = deal.model_dump(by_alias=True, exclude_none=True, exclude={"options"})
    return {name: format_datetime(value) if isinstance(value, datetime) else value for name, value in fields.items()}


def _option_body(option: OptionFields) -> dict[str, Any]:
    fields = option.model_dump(by_alias=True, exclude_none=True)
    if "salesPrice" in fields:
        fields["price"] = fields["salesPrice"]  # the list price has to be the same (docs/tmon-api.md, ch. 8.1)
    return fields
