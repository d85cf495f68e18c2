"""Keys of inquiries, by which answers and drafts belong to them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

from tmon.models.inquiries import Inquiry, Source


@dataclass(frozen=True)
class InquiryOf:
    """An inquiry of a store. `part` is 0 for questions."""

    team_id: str
    store_id: str
    source: Source
    number: int
    part: int = 0

    @property
    def primary_key(self) -> tuple[str, str, Source, int, int]:
        """The key of its row."""
        return self.team_id, self.store_id, self.source, self.number, self.part

    def fields(self) -> dict[str, Any]:
        """The key as columns of a row."""
        return dict(zip(KEY, self.primary_key, strict=True))

    def every_part(self, table: Any) -> tuple[ColumnElement[bool], ...]:
        """The conditions on the rows of `table` that belong to any message of it."""
        return tuple(col(getattr(table, name)) == value for name, value in self.fields().items() if name != "part")


KEY = ("team_id", "store_id", "source", "number", "part")
"""Columns of the key."""


def key_of(inquiry: Inquiry) -> InquiryOf:
    """Return the key of a row."""
    return InquiryOf(inquiry.team_id, inquiry.store_id, inquiry.source, inquiry.number, inquiry.part)
