"""What of stock waits for a person: counted per store for the home tab."""

from typing import Any

from sqlalchemy import ColumnElement, exists, null
from sqlmodel import col

from tmon.feature import Attention
from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink
from tmon.scope import scope


def _still_there(table: Any) -> ColumnElement[bool]:
    """Whether TMON has the deal: of one that is gone nothing is tried again, so what was refused last would stay for ever."""
    return exists().where(
        *scope(Deal, table),
        col(Deal.deal_no) == table.deal_no,
        col(Deal.deleted_at).is_(None),
    )


def _synchronised(table: Any, *option: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something of the deal sells a SKU: where that was removed, nothing is tried again either."""
    return exists().where(
        *scope(OptionLink, table),
        col(OptionLink.deal_no) == table.deal_no,
        *option,
    )


ATTENTION = (
    # Stock at TMON that nothing explains: nothing is pushed until somebody chooses.
    Attention.count("mismatch", OptionLink, OptionLink.watch_at, col(OptionLink.mismatch).is_not(None)),
    # Stock that TMON did not take.
    Attention.count(
        "refused", OptionLink, OptionLink.pushed_at, col(OptionLink.problem).is_not(None), _still_there(OptionLink)
    ),
    # Options that TMON would not hide or show.
    Attention.count(
        "display",
        DealOption,
        null(),
        col(DealOption.display_problem).is_not(None),
        _still_there(DealOption),
        _synchronised(DealOption, col(OptionLink.option_no) == col(DealOption.option_no)),
    ),
    # Deals that TMON would not pause or resume.
    Attention.count(
        "sale", Deal, null(), col(Deal.sale_problem).is_not(None), col(Deal.deleted_at).is_(None), _synchronised(Deal)
    ),
)
