"""A deal as TMON tells it: what it did not tell is missing, and a carrier is its code."""

from typing import Any

import pytest

from tests.tmon.api.examples import deal as example
from tmon import api
from tmon.codes.tables import OWN, Carrier
from tmon.listings.documents import SheetContent, SheetDeal, dump_values, remote_of
from tmon.listings.fields import UNTOLD, F

CARRIERS = (Carrier("10001", "CJ대한통운"), OWN)


def told(**over: Any) -> dict[F, Any]:
    return remote_of(api.Deal.model_validate(example() | over), CARRIERS).values


def test_everything_that_tmon_tells() -> None:
    values = told()
    assert values[F.TITLE] == "가상브랜드 데일리 티셔츠"
    assert values[F.CATEGORY] == 51010101
    assert values[F.SECTIONS] == ("색상", "사이즈")
    assert values[F.NOTICE], values[F.NOTICE_TEXT] == ("의류", (("제품 소재", "면 100%"),))
    assert not UNTOLD & values.keys()


@pytest.mark.parametrize(
    ("said", "code"), [("10001", "10001"), ("CJ 대한통운", "10001"), ("10077", "10077"), ("비둘기", None)]
)
def test_a_carrier_that_is_told_by_name_is_its_code(said: str, code: str | None) -> None:
    assert told(dealDeliveryInfo={"deliveryCorp": said, "productType": "DP07"}).get(F.CARRIER) == code


def test_several_notices_are_none_that_a_sheet_could_say() -> None:
    group = {"productType": "의류", "productInfos": [{"section": "소재", "description": "면"}]}
    contents = {"title": "가", "productInfos": [group, group | {"productType": "가방"}]}
    assert not {F.NOTICE, F.NOTICE_TEXT} & told(dealContents=contents).keys()


def test_a_deal_without_groups_has_options_with_titles() -> None:
    options = [{"tmonDealOptionNo": 1, "title": "한 장", "salesPrice": 1, "stock": 1, "display": True}]
    remote = remote_of(api.Deal.model_validate(example() | {"sections": [], "dealOptions": options}), CARRIERS)
    assert remote.values[F.SECTIONS] == ()
    assert remote.groups() == 0
    assert [one.sections for one in remote.options] == [("한 장",)]


def test_groups_that_cannot_be_read_are_counted_by_the_options() -> None:
    remote = remote_of(api.Deal.model_validate(example() | {"sections": None}), CARRIERS)
    if any(len(one.sections) > 1 for one in remote.options):
        assert F.SECTIONS not in remote.values
        assert remote.groups() == 2


def test_a_form_is_a_sheet_of_one_product_and_survives_being_kept() -> None:
    values: dict[F, Any] = {F.IMAGES: ["https://img.example.com/1.jpg"], F.NOTICE_TEXT: [["소재", "면"]]}
    content = SheetContent(deals=[SheetDeal(line=1, number="A-1", values=values)])
    again = SheetContent.model_validate_json(content.model_dump_json())
    assert again == content
    assert again.deals[0].values[F.NOTICE_TEXT] == (("소재", "면"),)
    assert dump_values(again.deals[0].values)["images"] == ["https://img.example.com/1.jpg"]
