"""Categories: read, and refused in another shape."""

from typing import Any

import pytest

from tests.tmon.api.stub_server import StubServer, json_reply, paths
from tmon.api import StoreApi, UnexpectedResponse, leaves


async def test_categories(stub_server: StubServer, store: StoreApi) -> None:
    leaf = {"no": 51010101, "name": "반팔", "selectable": "true"}
    middle = {"no": 51010000, "name": "티셔츠", "selectable": False, "subcategories": {"51010101": leaf}}
    big = {"no": "51000000", "name": "패션", "selectable": False, "subcategories": {"51010000": middle}}
    stub_server.says(json_reply([big, {"no": 1, "name": "빈", "selectable": True, "subcategories": None}]))
    fashion, empty = await store.categories.tree()
    assert paths(stub_server.asked) == ["/categories"]
    assert (fashion.no, fashion.name, fashion.selectable) == (51000000, "패션", False)
    assert fashion.children[0].children[0].no == 51010101
    assert fashion.children[0].children[0].selectable
    assert empty.children == ()


async def test_category_of_another_shape_is_left_out(stub_server: StubServer, store: StoreApi) -> None:
    whole = {"no": 1, "name": "a", "selectable": False, "subcategories": {"2": {"no": 2}}}
    stub_server.says(json_reply([whole, {"no": None}]))
    (one,) = await store.categories.tree()
    assert (one.no, one.children) == (1, ())
    stub_server.says(json_reply({"no": 1}))
    with pytest.raises(UnexpectedResponse):
        await store.categories.tree()


async def test_leaves_come_with_what_they_are_below(stub_server: StubServer, store: StoreApi) -> None:
    def node(no: int, *below: dict[str, Any], selectable: bool = False) -> dict[str, Any]:
        children = {str(child["no"]): child for child in below}
        return {"no": no, "name": str(no), "selectable": selectable, "subcategories": children}

    shirt, coat, rest = node(4, selectable=True), node(6, selectable=True), node(8, selectable=True)
    stub_server.says(json_reply([node(1, node(2, node(3, shirt), node(5, coat)), node(7)), rest]))
    found = list(leaves(await store.categories.tree()))
    assert [[one.no for one in path] for path in found] == [[1, 2, 3, 4], [1, 2, 5, 6], [8]]
    assert list(leaves([])) == []
