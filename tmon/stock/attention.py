"""Stock tasks that need a person, counted per store for the home tab."""

from typing import Any

from sqlalchemy import ColumnElement, exists, null
from sqlmodel import col

from tmon.feature import Attention
from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink
from tmon.scope import scope


def _still_there(table: Any) -> ColumnElement[bool]:
    """Return the condition that TMON has the deal: a deleted one is never retried, so its last problem would stay forever."""
    return exists().where(
        *scope(Deal, table),
        col(Deal.deal_no) == table.deal_no,
        col(Deal.deleted_at).is_(None),
    )


def _synchronised(table: Any, *option: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the deal has a mapped option: without one, nothing is retried either."""
    return exists().where(
        *scope(OptionLink, table),
        col(OptionLink.deal_no) == table.deal_no,
        *option,
    )


ATTENTION = (
    # Unexplained stock at TMON: nothing is pushed until a person resolves it.
    Attention.count("mismatch", OptionLink, OptionLink.watch_at, col(OptionLink.mismatch).is_not(None)),
    # Stock pushes that TMON refused.
    Attention.count(
        "refused", OptionLink, OptionLink.pushed_at, col(OptionLink.problem).is_not(None), _still_there(OptionLink)
    ),
    # Options that TMON refused to hide or show.
    Attention.count(
        "display",
        DealOption,
        null(),
        col(DealOption.display_problem).is_not(None),
        _still_there(DealOption),
        _synchronised(DealOption, col(OptionLink.option_no) == col(DealOption.option_no)),
    ),
    # Deals that TMON refused to pause or resume.
    Attention.count(
        "sale", Deal, null(), col(Deal.sale_problem).is_not(None), col(Deal.deleted_at).is_(None), _synchronised(Deal)
    ),
)
