"""The category tree (docs/tmon-api.md, ch. 5.2)."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import ApiModel, Number, Title, read, read_each


def _children(value: object) -> object:
    # TMON sends children as a map from number to node. One that cannot be read does not take its parent with it.
    nodes = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return tuple(read_each(nodes, lambda node: read(Category, node), "no"))


class Category(ApiModel):
    """A category; a `selectable` one is a leaf that deals may be assigned to."""

    no: Number
    name: Title
    selectable: bool
    children: Annotated[tuple["Category", ...], BeforeValidator(_children)] = Field(
        default=(), validation_alias="subcategories"
    )


def _read_tree(data: Any) -> list[Category]:
    return read_each(data, lambda node: read(Category, node), "no")


PERMISSION_CATEGORIES = frozenset({57000000, 48000000, 49000000, 52000000, 54000000})
"""Top-level categories whose deals need a `legal_permission`: 가전·컴퓨터, 뷰티, 생활·주방, 식품·건강, 출산·유아동 (ch. 5.2)."""


def leaves(categories: Sequence[Category]) -> Iterator[tuple[Category, ...]]:
    """Yield each category that deals may be assigned to with those above it, from the top."""
    for category in categories:
        if category.selectable:
            yield (category,)
        else:
            yield from ((category, *below) for below in leaves(category.children))


class Categories:
    """TMON's categories."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def tree(self) -> list[Category]:
        """Return the top-level categories with their descendants. The path is a proposal: be ready for NotOffered."""
        return await self._session.read(endpoints.CATEGORIES, _read_tree)
