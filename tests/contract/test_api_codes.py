"""Code tables and categories (wire contract, ch. 5)."""

import pytest

from tests.contract.far_side import FarSide, json_reply, paths
from tmon.api import StoreApi, UnexpectedResponse


async def test_codes(far_side: FarSide, store: StoreApi) -> None:
    far_side.says(
        json_reply(
            {"DeliveryCorp": [{"code": 10099, "description": "자체배송", "x": 1}], "ClaimType": [], "DealStatus": []}
        )
    )
    groups = await store.codes.all()
    assert paths(far_side.asked) == ["/codes"]
    assert list(groups) == ["DeliveryCorp", "ClaimType", "DealStatus"]
    assert [(code.code, code.description) for code in groups["DeliveryCorp"]] == [("10099", "자체배송")]


@pytest.mark.parametrize(
    ("answer", "field"),
    [([], "(answer)"), ({"DeliveryCorp": {}}, "(answer)"), ({"DeliveryCorp": [{"code": "1"}]}, "description")],
)
async def test_codes_of_another_shape(far_side: FarSide, store: StoreApi, answer: object, field: str) -> None:
    far_side.says(json_reply(answer))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.codes.all()
    assert caught.value.field == field


async def test_categories(far_side: FarSide, store: StoreApi) -> None:
    leaf = {"no": 51010101, "name": "반팔", "selectable": "true"}
    middle = {"no": 51010000, "name": "티셔츠", "selectable": False, "subcategories": {"51010101": leaf}}
    big = {"no": "51000000", "name": "패션", "selectable": False, "subcategories": {"51010000": middle}}
    far_side.says(json_reply([big, {"no": 1, "name": "빈", "selectable": True, "subcategories": None}]))
    fashion, empty = await store.categories.tree()
    assert paths(far_side.asked) == ["/categories"]
    assert (fashion.no, fashion.name, fashion.selectable) == (51000000, "패션", False)
    assert fashion.children[0].children[0].no == 51010101
    assert fashion.children[0].children[0].selectable
    assert empty.children == ()


async def test_categories_of_another_shape(far_side: FarSide, store: StoreApi) -> None:
    far_side.says(json_reply([{"no": 1, "name": "a", "selectable": False, "subcategories": {"2": {"no": 2}}}]))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.categories.tree()
    assert caught.value.field == "subcategories.0.name"
