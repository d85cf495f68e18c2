"""Errors shown to users. Their sentences are in the `texts.toml` files of `handlers`; code refers to them by key."""

from typing import Any


class AppError(Exception):
    """An error whose reason is shown to the user.

    `key` is the text key of the sentence, `values` fill its placeholders (never secrets or personal data);
    `field` is the form field concerned, if any.
    """

    def __init__(self, key: str, *, field: str | None = None, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.field = field
        self.values = values


class RepeatedPress(AppError):
    """The same person pressed the same thing again while the first press is at work, or after it was done.

    Nobody needs to hear of it: an impatient second click is no fault. After a failure it is not raised.
    """


def state_key(prefix: str, state: str) -> str:
    """The key of the sentence about a state: `stock.sale` and `hidden` make `stock.sale_hidden`, a whole section such as
    `checks` and `passed` make `checks.passed`. What TMON writes in capitals is lowered.
    """
    return f"{prefix}{'_' if '.' in prefix else '.'}{state.lower()}"
