"""Messages about stock in a store's channel."""

from typing import Any

from tmon.models.outbox import MessageArgs


class MinuteDigest(MessageArgs):
    """Findings of one minute: the first few, and their number."""

    store: str
    what: str
    found: list[Any]
    n: int


class StockShortage(MinuteDigest):
    """SKUs with low stock or without stock; `found`: their ids."""

    kind = "stock_shortage"


class ChangeRefused(MinuteDigest):
    """Changes that TMON refused; `found`: pairs of deal and option number, 0 for the deal itself."""

    kind = "stock_refused"


class StockMismatch(MessageArgs):
    """Unexplained stock at TMON."""

    kind = "stock_mismatch"

    store: str
    deal: int
    option: int
    mismatch: str


class StockCallNotOffered(MessageArgs):
    """TMON does not offer a call for display or sale status."""

    kind = "stock_not_offered"

    store: str
    call: str
