"""Errors shown to users. Their sentences are in the text catalogs of `handlers`; code refers to them by key."""

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
