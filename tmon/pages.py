"""Lists that are shown page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    number: int
    """Counted from 0."""
    pages: int
    """At least 1: an empty list has one empty page."""
    total: int
    """Items on all pages."""

    @classmethod
    def of(cls, items: Sequence[T], number: int, size: int) -> "Page[T]":
        """Page `number` of `items`, or the nearest one that exists. `size`: items on a page."""
        number, pages = nearest_page(number, len(items), size)
        return Page(items[number * size : (number + 1) * size], number, pages, len(items))

    def with_items(self, items: Sequence[U]) -> "Page[U]":
        """The same page with something else made of its items."""
        return Page(items, self.number, self.pages, self.total)


def nearest_page(number: int, total: int, size: int) -> tuple[int, int]:
    """The existing page nearest to `number`, and how many pages there are: a list may have shrunk since it was shown."""
    pages = max(1, -(-total // size))
    return min(max(number, 0), pages - 1), pages


async def fetch_page(session: AsyncSession, query: Select[T], number: int, size: int) -> Page[T]:
    """Page `number` of the rows of an ordered query on one table, or the nearest one that exists."""
    count = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = await session.scalar(count) or 0
    number, pages = nearest_page(number, total, size)
    rows = await session.scalars(query.limit(size).offset(number * size))
    return Page(rows.all(), number, pages, total)
