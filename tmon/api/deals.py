"""Deals: reading, registering and changing them, stock, display, sale status and period (docs/tmon-api.md, ch. 8, 17)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasPath,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from tmon.api import endpoints
from tmon.api.deal_contents import (
    DealChange,
    NewDeal,
    NewOption,
    Notice,
    OriginCountry,
    change_body,
    new_deal_body,
    options_body,
)
from tmon.api.deal_limits import DETAIL_LENGTH
from tmon.api.deal_results import DealChanged, Registered, read_changed, read_option_numbers, read_registered
from tmon.api.delivery_templates import ProductType
from tmon.api.errors import UnexpectedResponse
from tmon.api.responses import tidy
from tmon.api.session import ApiSession
from tmon.api.wire import (
    IF_READABLE,
    ApiEnum,
    ApiModel,
    Key,
    Label,
    MaybeNumber,
    Moment,
    Number,
    Title,
    as_object,
    discard,
    format_datetime,
    read,
)

_TMONS_NUMBER = {"dealNoType": "TMON_DEAL_NUMBER"}
"""Without it, TMON interprets the number in the path as the vendor's (docs/tmon-api.md, ch. 3)."""


def _all_or_none(value: object, parse: ValidatorFunctionWrapHandler) -> Any:
    try:
        return parse(value)
    except ValueError:
        return ()


Texts = Annotated[tuple[Annotated[str, Field(max_length=2000)], ...], WrapValidator(_all_or_none)]
"""Names, or addresses of images; empty where one of them is malformed."""


class SalesStatus(ApiEnum):
    """Sale status of a deal (docs/tmon-api.md, ch. 12.9)."""

    PAUSE = "PAUSE"
    READY = "READY"
    ON_SALE = "ON_SALE"
    END = "END"
    UNKNOWN = "unknown"


class DealOption(ApiModel):
    """An option of a deal. `price` is KRW per unit, `stock` the units left to sell."""

    option_no: Number = Field(validation_alias="tmonDealOptionNo")
    vendor_option_no: Key = Field(default=None, validation_alias="vendorDealOptionNo")
    """The seller's key, by which stock and display are set; None for an option created outside of the API."""
    title: Title = ""
    sections: Texts = ()
    """Its value for each of the deal's `sections`, if it has those."""
    price: Number = Field(validation_alias="salesPrice")
    stock: Number
    display: bool

    @model_validator(mode="before")
    @classmethod
    def _title_of_sections(cls, data: Any) -> Any:
        # An option has either a title or a value for each of the deal's sections (docs/tmon-api.md, ch. 8.1).
        if isinstance(data, dict) and not data.get("title") and isinstance(data.get("sections"), list):
            return data | {"title": " / ".join(map(str, data["sections"]))}
        return data


class Deal(ApiModel):
    """One deal. `deal_no` is TMON's number, `vendor_deal_no` the seller's; None for a deal created outside of the API.

    What is None, or an empty list, TMON does not tell, or not in a form that we know: it is nothing to compare with. Of
    KC certificates, keywords and brand it tells nothing (docs/tmon-api.md, ch. 8.3).
    """

    deal_no: Number = Field(validation_alias="tmonDealNo")
    vendor_deal_no: Key = None
    title: Title = Field(default="", validation_alias=AliasPath("dealContents", "title"))
    sales_status: SalesStatus
    status: Label = None
    """A code of the group `DealStatus`."""
    sales_start: Moment | None = Field(default=None, validation_alias=AliasPath("salesPeriod", "start"))
    sales_end: Moment | None = Field(default=None, validation_alias=AliasPath("salesPeriod", "end"))
    delivery_template_no: MaybeNumber = None
    product_type: ProductType = Field(
        default=ProductType.UNKNOWN, validation_alias=AliasPath("dealDeliveryInfo", "productType")
    )
    category_no: MaybeNumber = None
    sections: Texts = ()
    """Names of the option groups."""
    managed_title: Label = None
    title_decoration: Label = Field(default=None, validation_alias=AliasPath("dealContents", "titleDecoration"))
    adult_only: Annotated[bool | None, IF_READABLE] = None
    max_purchase_qty: MaybeNumber = None
    images: Texts = Field(default=(), validation_alias=AliasPath("dealContents", "mainImages"))
    detail: Annotated[str | None, Field(max_length=DETAIL_LENGTH), IF_READABLE] = Field(
        default=None, validation_alias=AliasPath("dealContents", "detailContents"), repr=False
    )
    origin: Annotated[OriginCountry | None, IF_READABLE] = Field(
        default=None, validation_alias=AliasPath("dealContents", "originCountryType")
    )
    origin_detail: Label = Field(default=None, validation_alias=AliasPath("dealContents", "originCountryDetail"))
    notices: Annotated[tuple[Notice, ...] | None, IF_READABLE] = Field(
        default=None, validation_alias=AliasPath("dealContents", "productInfos")
    )
    carrier: Label = Field(default=None, validation_alias=AliasPath("dealDeliveryInfo", "deliveryCorp"))
    """Its code, or its name: clients send either."""
    options: tuple[DealOption, ...] = Field(validation_alias="dealOptions")


OrOne = Annotated[Number, BeforeValidator(lambda value: 1 if value is None or value == "" else value)]


class _Pages(ApiModel):
    total: OrOne = Field(default=1, validation_alias=AliasPath("dealOptionsPageInfo", "totalPage"))


class OptionResult(ApiModel):
    """Result of a write for one option. `message` is TMON's error message, only for display to the user."""

    success: bool
    message: Annotated[str | None, AfterValidator(lambda text: tidy(text) if text else None)] = Field(
        default=None, repr=False
    )


class Deals:
    """A store's deals, by TMON's number. TMON has no call that lists them.

    The writes are never repeated. They raise UnknownOutcome if they were sent without a conclusive answer, Unavailable if
    nothing was sent, Throttled if the rate limit is exceeded, and Rejected, with `.deal_gone` if the deal does not exist.
    """

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def get(self, deal_no: int) -> Deal:
        """Return the current state of a deal with all its options."""
        deal = await self._read(*_named(deal_no))
        if deal.deal_no != deal_no:  # the number was interpreted as the vendor's
            raise UnexpectedResponse(endpoints.DEAL.name, field="tmonDealNo")
        return deal

    async def by_vendor_no(self, vendor_deal_no: str) -> Deal:
        """Return a deal by the seller's own number. Raises ValueError if it cannot be part of a path."""
        deal = await self._read(*_named(vendor_deal_no))
        if deal.vendor_deal_no != vendor_deal_no:  # the number was interpreted as TMON's
            raise UnexpectedResponse(endpoints.DEAL.name, field="vendorDealNo")
        return deal

    @property
    def policy_no(self) -> int | None:
        """The vendor's policy number; None: deals cannot be registered."""
        return self._session.policy_no

    async def create(self, deal: NewDeal) -> Registered:
        """Register a deal with its options; return TMON's numbers.

        Raises Rejected with `.deal_exists` if there is one with this key, UnknownOutcome if it was sent and its numbers
        are not known: it can be looked up by its key. Raises ValueError if there is no policy number, for an unknown
        code, and for one key given to two options.
        """
        if self.policy_no is None:
            raise ValueError("a deal cannot be registered without a policy number")
        keys = [option.vendor_option_no for option in deal.options]
        return await self._session.write(
            endpoints.DEAL_CREATE,
            lambda data: read_registered(data, deal.vendor_deal_no, keys),
            new_deal_body(deal, self.policy_no),
        )

    async def update(self, deal: str | int, change: DealChange) -> DealChanged:
        """Change a deal, and prices and texts of its options; return the result of both.

        `deal`: the seller's own number, or, for a deal without one, TMON's. Changes neither stock, display nor sale
        period, and adds no option. Raises ValueError as `create` and `by_vendor_no` do.
        """
        query, deal_no = _named(deal)
        return await self._session.write(
            endpoints.DEAL_UPDATE, read_changed, change_body(change), query=query, deal_no=deal_no
        )

    async def add_options(self, deal: str | int, options: Sequence[NewOption]) -> dict[str, int]:
        """Add options to a deal; return TMON's numbers by `vendor_option_no`. `deal` and errors: as for `update`."""
        query, deal_no = _named(deal)
        keys = [option.vendor_option_no for option in options]
        return await self._session.write(
            endpoints.DEAL_ADD_OPTIONS,
            lambda data: read_option_numbers(data, keys),
            options_body(options),
            query=query,
            deal_no=deal_no,
        )

    async def set_stock(self, deal_no: int, stock: Mapping[str, int]) -> dict[str, OptionResult]:
        """Set the stock of options, by `vendor_option_no`; return the result of each.

        Options fail independently (docs/tmon-api.md, ch. 8.5). Raises ValueError for a negative stock.
        """
        if any(left < 0 for left in stock.values()):
            raise ValueError("stock cannot be negative")
        return await self._session.write(
            endpoints.DEAL_STOCK,
            lambda data: {no: read(OptionResult, as_object(data).get(no)) for no in stock},
            _options("stock", stock),
            query=_TMONS_NUMBER,
            deal_no=deal_no,
        )

    async def set_display(self, deal_no: int, display: Mapping[str, bool]) -> dict[str, OptionResult]:
        """Show or hide options, by `vendor_option_no`; not for a deal with one option (docs/tmon-api.md, ch. 8.6).

        TMON's answer has never been observed: an option that it does not mention counts as successful.
        """
        return await self._session.write(
            endpoints.DEAL_DISPLAY,
            lambda data: {no: _result(data, no) for no in display},
            _options("display", display),
            query=_TMONS_NUMBER,
            deal_no=deal_no,
        )

    async def pause(self, deal_no: int) -> None:
        """Pause the sale: PAUSE."""
        await self._session.write(endpoints.DEAL_PAUSE, discard, query=_TMONS_NUMBER, deal_no=deal_no)

    async def resume(self, deal_no: int) -> None:
        """Resume the sale: ON_SALE."""
        await self._session.write(endpoints.DEAL_RESUME, discard, query=_TMONS_NUMBER, deal_no=deal_no)

    async def set_sales_period(self, deal_no: int, end: datetime, start: datetime | None = None) -> None:
        """Set the end of the sale, and the start if given. The call is a proposal: be ready for NotOffered."""
        body = {} if start is None else {"salesStartDate": format_datetime(start)}
        body["salesEndDate"] = format_datetime(end)
        await self._session.write(endpoints.DEAL_SALES_PERIOD, discard, body, query=_TMONS_NUMBER, deal_no=deal_no)

    async def _read(self, query: Mapping[str, str], deal_no: int | str) -> Deal:
        deal, pages = await self._session.read(endpoints.DEAL, _read_page, query=query, deal_no=deal_no)
        options = {option.option_no: option for option in deal.options}
        for number in range(2, pages + 1):
            page, _ = await self._session.read(
                endpoints.DEAL, _read_page, query={**query, "page": str(number)}, deal_no=deal_no
            )
            more = {option.option_no: option for option in page.options}
            if more.keys() <= options.keys():  # `page` is a proposal: TMON may ignore it
                raise UnexpectedResponse(endpoints.DEAL.name, field="dealOptions")
            options |= more
        return deal.model_copy(update={"options": tuple(options.values())})


def _named(deal: str | int) -> tuple[Mapping[str, str], str | int]:
    """Return the query and the part of the path that name a deal to TMON."""
    if deal in ("", ".", ".."):
        raise ValueError("not a deal number")
    return (_TMONS_NUMBER if isinstance(deal, int) else {}), deal


def _read_page(data: Any) -> tuple[Deal, int]:
    return read(Deal, data), read(_Pages, data).total


def _options(field: str, values: Mapping[str, int]) -> dict[str, Any]:
    return {"dealOptions": [{"vendorDealOptionNo": no, field: value} for no, value in values.items()]}


def _result(data: Any, no: str) -> OptionResult:
    result = data.get(no) if isinstance(data, dict) else None
    return OptionResult(success=True) if result is None else read(OptionResult, result)
