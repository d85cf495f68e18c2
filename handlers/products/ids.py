"""Ids and parameters of products. They live on in old messages: never rename, only add."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.payloads import Day, Id, Name, Number, PageNumber, Payload, Words


class ProductAction(StrEnum):
    """Buttons about deals and their sale periods."""

    PAGE = "products.page"
    ADD = "products.add"
    OPEN = "products.open"
    OPTIONS = "products.options"
    DAY = "products.day"
    EXCLUDE = "products.exclude"
    INCLUDE = "products.include"
    PRICE_SELECTED = "products.price_selected"
    PRICE = "products.price"
    PRICE_PAGE = "products.price_page"
    PAUSE = "products.pause"
    RESUME = "products.resume"
    PERIOD = "products.period"
    ADD_OPTION = "products.add_option"
    EDIT = "products.edit"
    TAKE_OVER = "products.take_over"
    BACK = "products.back"


class ProductView(StrEnum):
    """Modals about deals."""

    LIST = "products.list"
    CHOICE = "products.choice"
    ADD = "products.add_form"
    DEAL = "products.deal"
    DAY = "products.day_view"
    WAITING = "products.waiting"
    """A form is being compared with what TMON has; or why it could not be."""
    PRICE = "products.price_form"
    PERCENT = "products.percent_form"
    PERIOD = "products.period_form"
    ADD_OPTION = "products.add_option_form"
    EDIT = "products.edit_form"
    TAKE_OVER = "products.take_over_form"


class ProductsRef(Payload):
    """A page of a store's known deals."""

    store: Id
    search: Words = ""
    page: PageNumber = 0
    list_view: Name = ""
    """View id of the list from which a form was opened."""


class DealRef(Payload):
    """A deal, and a page of its options."""

    store: Id
    deal: Number
    page: PageNumber = 0


class ExtensionRef(Payload):
    """The extensions of sale periods on a day: one deal, or a page of them."""

    store: Id
    day: Day
    deal: Number = 0
    page: PageNumber = 0


class PriceRef(Payload):
    """A page of the form of a deal's prices."""

    store: Id
    deal: Number
    page: PageNumber = 0
    upload: Id = ""
    """The draft with what was typed on other pages."""
    version: PageNumber = 0
    """Part of the inputs' block ids: a new version shows what is kept, and not what was typed here before."""


class PercentRef(Payload):
    """Deals whose prices change by a percentage: chosen ones, or those that match a search."""

    store: Id
    search: Words = ""
    deals: Annotated[tuple[Number, ...], Field(max_length=10)] = ()
    """TMON's numbers of the chosen ones."""


class PeriodRef(Payload):
    """The form of a deal's sale period."""

    store: Id
    deal: Number
    sooner: bool = False
    """It asks whether an end before the present one is meant."""


class TakeOverRef(Payload):
    """A page of the form that takes a deal over."""

    store: Id
    deal: Number
    page: PageNumber = 0
    number: Annotated[str, Field(max_length=50)] = ""
    """The product's number, as typed on the first page."""
