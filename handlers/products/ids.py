"""Ids and parameters of products. They live on in old messages: never rename, only add."""

from enum import StrEnum

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


class ProductView(StrEnum):
    """Modals about deals."""

    LIST = "products.list"
    CHOICE = "products.choice"
    ADD = "products.add_form"
    DEAL = "products.deal"
    DAY = "products.day_view"


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
