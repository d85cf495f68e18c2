"""Ids and parameters of products. They live on in old messages: never rename, only add."""

from datetime import date
from enum import StrEnum

from handlers.payloads import Payload


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

    store: str
    search: str = ""
    page: int = 0
    list_view: str = ""
    """View id of the list from which a form was opened."""


class DealRef(Payload):
    """A deal, and a page of its options."""

    store: str
    deal: int
    page: int = 0


class ExtensionRef(Payload):
    """The extensions of sale periods on a day: one deal, or a page of them."""

    store: str
    day: date
    deal: int = 0
    page: int = 0
