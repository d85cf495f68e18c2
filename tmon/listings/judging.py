"""The judgement of a product of a sheet: what changes, and everything that is wrong with it. Pure functions."""

from typing import Any

from tmon.listings.documents import Judged, SheetDeal, Standing, StoreFacts
from tmon.listings.fields import F


def judge(deal: SheetDeal, standing: Standing, store: StoreFacts) -> Judged:
    """Judge a product as a sheet or a form has it against what is known of it."""
    raise NotImplementedError


def compare(field: F, old: Any, new: Any) -> bool:
    """Return whether TMON would show two values of a field as the same."""
    raise NotImplementedError
