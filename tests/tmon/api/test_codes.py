"""Code tables and categories (docs/tmon-api.md, ch. 5)."""

import pytest

from tests.tmon.api.stub_server import StubServer, json_reply, paths
from tmon.api import StoreApi, UnexpectedResponse


async def test_codes(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(
        json_reply(
            {"DeliveryCorp": [{"code": 10099, "description": "자체배송", "x": 1}], "ClaimType": [], "DealStatus": []}
        )
    )
    groups = await store.codes.all()
    assert paths(stub_server.asked) == ["/codes"]
    assert list(groups) == ["DeliveryCorp", "ClaimType", "DealStatus"]
    assert [(code.code, code.description) for code in groups["DeliveryCorp"]] == [("10099", "자체배송")]


@pytest.mark.parametrize(
    ("answer", "field"),
    [([], "(answer)"), ({"DeliveryCorp": {}}, "(answer)"), ({"DeliveryCorp": [{"code": "1"}]}, "description")],
)
async def test_codes_of_another_shape(stub_server: StubServer, store: StoreApi, answer: object, field: str) -> None:
    stub_server.says(json_reply(answer))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.codes.all()
    assert caught.value.field == field


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


async def test_categories_of_another_shape(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply([{"no": 1, "name": "a", "selectable": False, "subcategories": {"2": {"no": 2}}}]))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.categories.tree()
    assert caught.value.field == "subcategories.0.name"
