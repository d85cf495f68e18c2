"""Lists of TMON with one bad member at any depth: the others are read."""

import json
from typing import Any

import pytest

from tests.tmon.api.examples import address, deal, template
from tmon.api.addresses import _read_addresses
from tmon.api.categories import _read_tree
from tmon.api.codes import _read_groups
from tmon.api.deals import _read_page
from tmon.api.decoding import decode
from tmon.api.delivery_templates import _read_templates


def sent(document: Any) -> Any:
    """The document as it comes off the wire."""
    return decode(json.dumps(document).encode())


BAD: list[Any] = [
    None,
    7,
    1.5,
    True,
    "",
    "x",
    [],
    [[]],
    {},
    {"no": None},
    float("nan"),
    float("inf"),
    10**40,
    [None],
    {"": {}},
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_group_or_code_takes_no_other_with_it(bad: Any) -> None:
    good = [{"code": "10099", "description": "자체배송"}]
    groups = _read_groups(sent({"Bad": bad, "Mixed": [bad, *good, {"code": bad}], "DeliveryCorp": good}))
    assert [code.code for code in groups["DeliveryCorp"]] == ["10099"]
    assert "10099" in [code.code for code in groups["Mixed"]]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_category_takes_no_other_with_it(bad: Any) -> None:
    leaf = {"no": 2, "name": "수건", "selectable": True}
    tree = _read_tree(
        sent(
            [
                bad,
                {"no": 1, "name": "생활", "selectable": False, "subcategories": {"a": bad, "2": leaf}},
                {"no": 3, "name": "주방", "selectable": True, "subcategories": bad},
                {"no": bad, "name": bad, "selectable": bad},
            ]
        )
    )
    assert {1, 3} <= {category.no for category in tree}
    living = next(category for category in tree if category.no == 1)
    assert [child.no for child in living.children] == [2]


@pytest.mark.parametrize("bad", BAD, ids=str)
@pytest.mark.parametrize(
    "field", ["no", "addressName", "address", "managerName", "managerPhone", "defaultAddress", "type"]
)
def test_a_bad_address_takes_no_other_with_it(field: str, bad: Any) -> None:
    found = _read_addresses(sent([bad, address() | {field: bad}, address() | {"no": 4711}]))
    assert found[-1].no == 4711
    assert len(found) + len(found.unread) == 3


@pytest.mark.parametrize("bad", BAD, ids=str)
@pytest.mark.parametrize(
    "field", ["deliveryTemplateNo", "deliveryFee", "deliveryFeePolicy", "deliveryType", "tmonReturnCargoUsing"]
)
def test_a_bad_template_takes_no_other_with_it(field: str, bad: Any) -> None:
    found = _read_templates(sent([bad, template() | {field: bad}, template() | {"deliveryTemplateNo": 4711}]))
    assert found[-1].delivery_template_no == 4711
    assert len(found) + len(found.unread) == 3


def test_an_address_without_a_second_line_is_read() -> None:
    one = address()
    for detail in (None, "missing"):
        place = {name: value for name, value in one["address"].items() if name != "addressDetail"}
        if detail is None:
            place["addressDetail"] = None
        (found,) = _read_addresses(sent([one | {"address": place, "defaultAddress": None}]))
        assert (found.address_detail, found.default) == ("", False)


@pytest.mark.parametrize("pages", [None, "", 1, "1"])
def test_a_deal_without_a_number_of_pages_has_one(pages: Any) -> None:
    assert _read_page(sent(deal() | {"dealOptionsPageInfo": {"totalPage": pages}}))[1] == 1
