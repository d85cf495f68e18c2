"""Messages about stock in a store's channel."""

from typing import Any

from tmon.models.outbox import MessageArgs


class Gathered(MessageArgs):
    """What was found within a minute: the first few, and how many."""

    store: str
    what: str
    found: list[Any]
    n: int


class StockShortage(Gathered):
    """SKUs that run out or have run out; `found` are their ids."""

    kind = "stock_shortage"


class ChangeRefused(Gathered):
    """What TMON did not take; `found` are pairs of deal and option number, 0 for the deal itself."""

    kind = "stock_refused"


class StockMismatch(MessageArgs):
    """Stock at TMON that nothing explains."""

    kind = "stock_mismatch"

    store: str
    deal: int
    option: int
    mismatch: str


class StockCallNotOffered(MessageArgs):
    """TMON has no such call for display or sale status."""

    kind = "stock_not_offered"

    store: str
    call: str
