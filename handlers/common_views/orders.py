"""What several features say of orders: counts of a run, who acted, what waits."""

from collections.abc import Mapping
from datetime import datetime

from handlers.texts import Texts, mention

_COUNTED = {
    "new": "orders.report_new",
    "auto_confirmed": "orders.report_auto_confirmed",
    "preparing": "orders.report_preparing",
    "confirmed_elsewhere": "orders.report_confirmed_elsewhere",
    "changed": "orders.report_changed",
    "cancelled": "orders.report_cancelled",
}
"""What a run counts, in the order in which it is said."""


def counts_text(t: Texts, counts: Mapping[str, int]) -> str:
    """What a run changed, in words; empty for nothing."""
    return " · ".join(t(key, n=counts[name]) for name, key in _COUNTED.items() if counts.get(name))


def who(t: Texts, actor: str | None) -> str:
    """A mention of who acted, or the name of what did."""
    if actor in (None, "tmon"):
        return t("orders.by_tmon")
    return t("orders.by_auto") if actor == "auto" else mention(actor or "")


def waiting_text(t: Texts, waiting: int, held: int, urgent_by: datetime | None) -> str:
    """How many orders wait, held ones included, and the nearest clock among them."""
    if not waiting or urgent_by is None:
        return t("status.nothing_waits")
    text = t("status.waiting", n=waiting, until=t.until(urgent_by))
    return t("status.waiting_held", waiting=text, n=held) if held else text
