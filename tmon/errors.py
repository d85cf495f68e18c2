"""What a person may be told. Sentences live in the `texts.toml` files of `handlers`; code carries their keys."""

from typing import Any


class AppError(Exception):
    """A failure whose reason a person may see.

    `key` names a sentence of the text catalog, `values` fill its placeholders (never secrets or personal data);
    `field` is the form field that it concerns, if any.
    """

    def __init__(self, key: str, *, field: str | None = None, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.field = field
        self.values = values


def state_key(prefix: str, state: str) -> str:
    """The key of the sentence about a state: `stock.sale` and `hidden` make `stock.sale_hidden`, a whole section such as
    `checks` and `passed` make `checks.passed`. What TMON writes in capitals is lowered.
    """
    return f"{prefix}{'_' if '.' in prefix else '.'}{state.lower()}"
