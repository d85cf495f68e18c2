"""Ids and parameters of orders. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Payload


class OrderAction(StrEnum):
    """Buttons on order cards, batch cards and the order list."""

    CONFIRM = "order.confirm"
    HOLD = "order.hold"
    RELEASE = "order.release"
    CONFIRM_BATCH = "order.confirm_batch"
    LIST = "order.list"
    PAGE = "order.page"


class OrderView(StrEnum):
    """Modals about orders."""

    HOLD = "order.hold_form"
    LIST = "order.list_view"


class OrderRef(Payload):
    """An order of a store."""

    store: str
    order: int


class BatchRef(Payload):
    """A batch card."""

    batch: str


class ListRef(Payload):
    """A page of a list of orders: those of a batch, or the waiting ones of one store or of all."""

    batch: str | None = None
    store: str | None = None
    page: int = 0


class HoldRef(Payload):
    """The order of a hold form, and the list from which it was opened."""

    store: str
    order: int
    list_view: str | None = None
    list: ListRef | None = None
