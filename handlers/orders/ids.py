"""Ids and parameters of orders that come back from Slack. They live on in old messages: never rename, only add."""

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
    """One order of one store."""

    store: str
    order: int


class BatchRef(Payload):
    """One batch card."""

    batch: str


class ListRef(Payload):
    """A page of a list of orders: a batch's members, or what waits in one store or in all of them."""

    batch: str | None = None
    store: str | None = None
    page: int = 0


class HoldRef(Payload):
    """The order that a hold form is about, and the list that it was opened from."""

    store: str
    order: int
    list_view: str | None = None
    list: ListRef | None = None
