"""Codes and categories."""

from tests.playground.tmon.caller import Caller


async def test_codes_and_categories(caller: Caller) -> None:
    codes = (await caller.get("/codes")).json()
    assert {"code": "10099", "description": "자체배송"} in codes["DeliveryCorp"]
    assert len(codes) == 12
    categories = (await caller.get("/categories")).json()
    kitchen = next(node for node in categories if node["no"] == 49000000)
    assert kitchen["selectable"] is False
    middle = next(iter(kitchen["subcategories"].values()))
    (key, leaf), *_ = middle["subcategories"].items()
    assert key == str(leaf["no"])
    assert leaf["selectable"] is True
    assert leaf["subcategories"] == {}


async def test_a_small_category_may_have_details(caller: Caller) -> None:
    categories = (await caller.get("/categories")).json()
    fashion = next(node for node in categories if node["name"] == "패션의류")
    shirts = fashion["subcategories"]["51020000"]["subcategories"]["51020100"]
    assert (shirts["name"], shirts["selectable"]) == ("티셔츠", False)
    assert [leaf["selectable"] for leaf in shirts["subcategories"].values()] == [True, True]
    assert shirts["subcategories"]["51020102"]["name"] == "긴팔"
