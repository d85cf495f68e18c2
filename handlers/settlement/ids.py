"""Ids and parameters of settlement. They live on in old messages and views: never rename, only add."""

from datetime import date
from enum import StrEnum

from handlers.payloads import Day, Id, PageNumber, Payload
from tmon.settlement.months import Basis


class SettlementAction(StrEnum):
    """Buttons and menus of settlement."""

    OPEN = "settlement.open"
    """The month from a report."""
    BACK = "settlement.back"
    PRODUCTS = "settlement.products"
    PRODUCT_PAGE = "settlement.product_page"
    CHECK = "settlement.check"
    CHECK_PAGE = "settlement.check_page"
    SHOWN = "settlement.shown"
    EXPORT = "settlement.export"
    COLLECT = "settlement.collect"


class SettlementView(StrEnum):
    """Modals of settlement."""

    MONTH = "settlement.month"
    PRODUCTS = "settlement.products"
    CHECK = "settlement.check"


class Shown(StrEnum):
    """Which part of the matching is listed (보기)."""

    ATTENTION = "attention"
    UNSETTLED = "unsettled"
    DIFFERENT = "different"
    WITHOUT_ORDER = "without_order"
    EXPECTED = "expected"
    SETTLED = "settled"
    GONE = "gone"


class SettlementRef(Payload):
    """A month of a store, and where in its lists a person is."""

    store: Id
    month: Day | None = None
    """Any day of it; None: this month."""
    basis: Basis = Basis.PAY_DUE
    page: PageNumber = 0
    shown: Shown = Shown.ATTENTION

    def month_or(self, this_month: date) -> date:
        """Return the first day of the month."""
        return this_month if self.month is None else self.month.replace(day=1)
