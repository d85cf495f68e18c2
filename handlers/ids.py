"""Names of everything that comes back from Slack. They live on in old messages: never rename, only add."""

from enum import StrEnum

COMMAND = "/tmon"


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
