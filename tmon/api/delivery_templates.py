"""Delivery templates: delivery fees, ship-from and return addresses (docs/tmon-api.md, ch. 7)."""

from collections.abc import AsyncIterator
from typing import Any

from pydantic.alias_generators import to_camel

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import ApiEnum, ApiModel, Number, Records, Switch, read, read_each, require_known


class FeePolicy(ApiEnum):
    """Who pays the delivery fee, and when (docs/tmon-api.md, ch. 12.7)."""

    FREE = "FREE"  # 무료
    CONDITION = "CONDITION"  # 조건부 무료: free from an amount
    PER = "PER"  # 선불
    AFTER = "AFTER"  # 착불
    UNKNOWN = "unknown"


class ProductType(ApiEnum):
    """The kind of goods; equal for a deal and its template (docs/tmon-api.md, ch. 12.8)."""

    DP01 = "DP01"  # 냉장냉동·신선
    DP02 = "DP02"  # 해외직배송
    DP03 = "DP03"  # 해외구매대행
    DP04 = "DP04"  # 화물설치
    DP05 = "DP05"  # 주문제작
    DP06 = "DP06"  # 주문후발주
    DP07 = "DP07"  # 일반상품
    DP08 = "DP08"  # 예외상품
    UNKNOWN = "unknown"


class DeliveryType(ApiEnum):
    """When goods are shipped (docs/tmon-api.md, ch. 12.8)."""

    DD = "DD"  # 당일
    ND = "ND"  # 익일
    ED = "ED"  # 예외: for DP04 and DP05
    UNKNOWN = "unknown"


class NewTemplate(ApiModel):
    """A template to be sent, with TMON's field names. Fees are KRW; fields that the policy does not use are None."""

    delivery_template_name: str
    bundled_delivery_able: bool
    """묶음배송. If False, every deal is charged its own fee, even if deals share the template."""
    delivery_fee_policy: FeePolicy
    delivery_fee: Number
    """Outbound, and one-way return. FREE: one-way return only. CONDITION: charged below the threshold."""
    delivery_fee_free_price: Number | None = None
    """CONDITION: order amount from which delivery is free."""
    product_type: ProductType
    delivery_type: DeliveryType
    dday_delivery_time: str | None = None
    """DD: the cut-off time. Its format has never been observed."""
    long_distance_delivery_available: Switch = False
    """Whether it is delivered to Jeju and other islands (도서산간)."""
    long_distance_delivery_prepay: bool | None = None
    """Whether the island surcharge is paid with the order."""
    long_distance_delivery_fee_jeju: Number | None = None
    """Prepaid: 0..300,000 on top of `delivery_fee`."""
    long_distance_delivery_fee_excluding_jeju: Number | None = None
    """Prepaid, other islands: 0..300,000 on top of `delivery_fee`."""
    long_distance_delivery_discription_min: Number | None = None
    """Not prepaid: displayed lower bound, 0..300,000. Misspelled as in TMON's API."""
    long_distance_delivery_discription_max: Number | None = None
    """Not prepaid: displayed upper bound, 0..300,000. Misspelled as in TMON's API."""
    partner_delivery_address_no: Number
    """An address of type SHIP_FROM."""
    partner_return_address_no: Number
    """An address of type RETURN_TO."""
    tmon_return_cargo_using: Switch = False
    """티몬지정 반품택배."""
    user_directly_return_delivery_selectable: bool | None = None
    """Undocumented: whether buyers may send returns themselves."""


class Template(NewTemplate):
    """A template at TMON. It cannot be changed or deleted."""

    delivery_template_no: Number


class _Created(ApiModel):
    delivery_template_no: Number


TemplateList = Records[Template]  # an alias, because inside `DeliveryTemplates` the name `list` is a method


def _read_templates(data: Any) -> TemplateList:
    return read_each(data, lambda item: read(Template, item), "deliveryTemplateNo")


class DeliveryTemplates:
    """A store's delivery templates."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def create(self, template: NewTemplate) -> int:
        """Create a template and return its number. TMON accepts duplicates; none can be changed or deleted.

        Never repeated. Raises UnknownOutcome if it was sent and its number is not known, ValueError for an unknown code.
        """
        created = await self._session.write(
            endpoints.TEMPLATE_CREATE, lambda data: read(_Created, data), _body(template)
        )
        return created.delivery_template_no

    def list(self) -> AsyncIterator[TemplateList]:
        """Yield all templates, one list per page. The call is a proposal: be ready for NotOffered."""
        return self._session.pages(endpoints.TEMPLATES, _read_templates, query={})

    async def get(self, no: int) -> Template:
        """Return one template. The call is a proposal: be ready for NotOffered."""
        return await self._session.read(endpoints.TEMPLATE, lambda data: read(Template, data), no=no)


def _body(template: NewTemplate) -> dict[str, Any]:
    for code in (template.delivery_fee_policy, template.product_type, template.delivery_type):
        require_known(code)
    # A copy of an existing template is sent without that template's number.
    fields = template.model_dump(include=set(NewTemplate.model_fields), exclude_none=True)
    return {to_camel(name): value for name, value in fields.items()}
