"""What is said of changes of products alike on a product's page and in the result of a list."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.blocks import clip
from handlers.texts import Texts
from tmon.listings.changes import ChangeResult
from tmon.models.listings import ChangeState, ChangeWait

_VALUE = 120


def waits(t: Texts, result: ChangeResult) -> str | None:
    """Say what a change waits for, and until when; None if it does not."""
    if result.state is not ChangeState.WAITING or result.wait is None:
        return None
    if result.wait is ChangeWait.AHEAD:
        return t("listings.waits_ahead")
    key = "listings.waits_limit" if result.wait is ChangeWait.LIMIT else "listings.waits_retry"
    return t(key, moment=t.moment(result.due_at))


def filled(t: Texts, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fills a sentence about a change: texts are shortened, and `why` is the key of a sentence of its own."""
    found = {name: clip(value, _VALUE) if isinstance(value, str) else value for name, value in values.items()}
    if "why" in found:
        found["why"] = t(str(found["why"]))
    return found


def price_range(t: Texts, prices: Sequence[int]) -> str:
    """The lowest and the highest of some prices, or the one there is."""
    least, most = min(prices), max(prices)
    return t.money(least) if least == most else f"{t.money(least)}~{t.money(most)}"
