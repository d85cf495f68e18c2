"""Ids and parameters of orders. They live on in old messages: never rename, only add."""

from enum import StrEnum

from pydantic import Field

from handlers.payloads import Id, Name, Number, PageNumber, Payload
from tmon.orders.order_list import PAGE, Shown


class OrderAction(StrEnum):
    """Buttons on order cards, batch cards and the order list."""

    CONFIRM = "order.confirm"
    HOLD = "order.hold"
    RELEASE = "order.release"
    CONFIRM_BATCH = "order.confirm_batch"
    LIST = "order.list"
    PAGE = "order.page"
    TICK = "order.tick"
    CONFIRM_SELECTED = "order.selected"
    SHOWN = "order.shown"
    STORE = "order.store"
    CANCEL_REQUEST = "order.cancel_request"


class OrderView(StrEnum):
    """Modals about orders."""

    HOLD = "order.hold_form"
    LIST = "order.list_view"
    ORDER = "order.order_view"


class OrderRef(Payload):
    """An order of a store."""

    store: Id
    order: Number


class BatchRef(Payload):
    """A batch card."""

    batch: Id


class ListRow(Payload):
    """A row of a list, as it was when its page was shown."""

    store: str = Field(max_length=20)
    order: int = Field(ge=0, lt=2**63)
    pending: bool = False
    """It was still to be done."""


class ListRef(Payload):
    """A page of a list of orders: those of a batch or of a run, those with a number, or those of one store or of all."""

    batch: str | None = Field(default=None, max_length=20)
    run: str | None = Field(default=None, max_length=20)
    number: int | None = Field(default=None, ge=0, lt=2**63)
    store: str | None = Field(default=None, max_length=20)
    shown: Shown = Shown.WAITING
    page: PageNumber = 0
    start: int = Field(default=0, ge=0, lt=2**31)
    """Position of the first row in the list."""
    rows: tuple[ListRow, ...] = Field(default=(), max_length=PAGE)
    """What the page shows: it stays until the list is opened or turned anew."""
    turn: int = Field(default=0, ge=0, lt=2**31)
    """Number of changes of the filter: with each, Slack has to forget its ticks."""


class HoldRef(Payload):
    """The order of a hold form, and the list from which it was opened."""

    store: Id
    order: Number
    list_view: Name | None = None
    list: ListRef | None = None


class Under(Payload):
    """The modal from which a form was opened: a list, or one order. It is drawn anew when the form has done its work."""

    view: Name
    list: ListRef | None = None
    """None: it shows one order."""
