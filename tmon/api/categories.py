"""The category tree (docs/tmon-api.md, ch. 5.2)."""

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


class Categories:
    """TMON's categories."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def tree(self) -> list[Category]:
        """Return the top-level categories with their descendants. The path is a proposal: be ready for NotOffered."""
        return await self._session.read(endpoints.CATEGORIES, _read_tree)
