"""Ids and parameters of the counters. They live on in old views: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Day, Id, PageNumber, Payload
from tmon.counters.definitions import Counter


class CounterAction(StrEnum):
    """Buttons of the counters."""

    OPEN = "counter.open"
    PAGE = "counter.page"
    MONTH = "counter.month"
    OVERDUE = "counter.overdue"


class CounterView(StrEnum):
    """Modals of the counters."""

    LIST = "counter.list"
    OVERDUE = "counter.overdue_list"


class CounterRef(Payload):
    """A page of the cases of one counter."""

    counter: Counter
    store: Id | None = None
    """None: all stores."""
    month: Day | None = None
    """Any day of it; None: this month."""
    page: PageNumber = 0


class OverdueRef(Payload):
    """A page of what is past its deadline and still open, of every counter and store."""

    page: PageNumber = 0
