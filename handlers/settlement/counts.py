"""What a run of the collection of settlement read and changed, in words."""

from collections.abc import Mapping

from handlers.texts import Texts

_COUNTED = {
    "days": "settlement.count_days",
    "new_rows": "settlement.count_new",
    "changed_rows": "settlement.count_changed",
    "gone_rows": "settlement.count_gone",
}
"""Text keys of a run's counts, in display order."""


def counts_text(t: Texts, counts: Mapping[str, int]) -> str:
    """Describe what a run read and changed; empty if it read nothing."""
    said = [t(key, n=counts[name]) for name, key in _COUNTED.items() if counts.get(name)]
    if counts.keys() == {"days"}:
        said.append(t("settlement.count_none"))
    return " · ".join(said)
