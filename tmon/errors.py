"""What a person may be told. Sentences live in the catalogs of `handlers/texts`; code carries their keys."""

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
