"""Texts about orders that several features use: counts of a run, the actor, waiting orders."""

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
"""Text keys of a run's counts, in display order."""


def counts_text(t: Texts, counts: Mapping[str, int]) -> str:
    """Describe what a run changed; empty for nothing."""
    return " · ".join(t(key, n=counts[name]) for name, key in _COUNTED.items() if counts.get(name))


def who(t: Texts, actor: str | None) -> str:
    """Mention the person who acted, or name the system that did."""
    if actor in (None, "tmon"):
        return t("orders.by_tmon")
    return t("orders.by_auto") if actor == "auto" else mention(actor or "")


def waiting_text(t: Texts, waiting: int, held: int, urgent_by: datetime | None) -> str:
    """The number of waiting orders, held ones included, and the earliest deadline among them."""
    if not waiting or urgent_by is None:
        return t("status.nothing_waits")
    text = t("status.waiting", n=waiting, until=t.until(urgent_by))
    return t("status.waiting_held", waiting=text, n=held) if held else text
