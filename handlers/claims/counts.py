"""What a run of the collection of claims changed, in words."""

from collections.abc import Mapping

from handlers.texts import Texts


def counts_text(t: Texts, counts: Mapping[str, int]) -> str:
    """Describe what a run changed; empty for nothing."""
    keys = {"new": "claims.count_new", "ended": "claims.count_ended"}
    return " · ".join(t(key, n=counts[name]) for name, key in keys.items() if counts.get(name))
