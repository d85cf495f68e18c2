"""Messages about orders."""

from tmon.models.outbox import MessageArgs


class OrderCard(MessageArgs):
    """One order's own card."""

    kind = "order"

    store: str
    order: int


class BatchCard(MessageArgs):
    """Many orders on one card."""

    kind = "batch"

    batch: str


class RunReport(MessageArgs):
    """What one run of the collection changed."""

    kind = "report"

    run: str


class OrderReminder(MessageArgs):
    """A reply in the thread of a card, which mentions those in charge before a clock ends."""

    kind = "reminder"

    store: str
    batch: str | None = None
    order: int


class WaitingBuyersDestroyed(MessageArgs):
    """Buyers' data of orders that still wait were destroyed: 180 days have passed since their payment."""

    kind = "waiting_buyers_destroyed"

    store: str
    orders: int
