"""Lists that are shown page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

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


@dataclass(frozen=True)
class StablePage(Generic[T]):
    """One page of a list whose rows keep their places while a person looks at it.

    It need not begin at a multiple of `size`: rows leave the list, and the next page begins where the last one ended.
    """

    size: ClassVar[int]
    """Items on a page."""

    items: Sequence[T]
    start: int
    """Position of the first one in the list, counted from 0."""
    total: int
    """Items on all pages."""

    @property
    def number(self) -> int:
        """Number of the page, counted from 0."""
        return -(-self.start // self.size)

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return self.number + max(1, -(-(self.total - self.start) // self.size))

    @classmethod
    def nearest_start(cls, start: int, total: int) -> int:
        """`start`, or the beginning of the last page if the list has become shorter."""
        return start if start < total else max(0, total - 1) // cls.size * cls.size


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
