"""Rows of settlement as TMON sends them: what may be missing, and what must be right."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tmon.api.decoding import decode
from tmon.api.settlement import MAX_WON, SettlementItem, _read_day
from tmon.api.wire import MalformedResponse, Records

ROW: dict[str, Any] = {
    "txSeqNo": "2026030500012345",
    "orderNo": {"tmonOrderNo": 9100200301, "tmonOrderSubNo": 1, "individualOrderNo": None},
    "dealNo": {
        "tmonDealNo": 7700112200,
        "tmonDealOptionNo": 7700112201,
        "managedTitle": "수건",
        "dealOptionTitle": "10장",
    },
    "partnerNo": 40077,
    "settleDealType": "SALE",
    "salesDateTime": "2026-03-05T00:07",
    "payDueDate": "2026-04-10",
    "sellAmount": 29900,
    "payBaseAmount": 29400,
    "payRate": 88.5,
    "vendorAmount": 0,
    "tmonAmount": 500,
}


def sent(*rows: Any, **document: Any) -> Records[SettlementItem]:
    """The rows as they come off the wire."""
    return _read_day(decode(json.dumps({"settlementData": rows, "extraData": [{"a": 1}], **document}).encode()))


def row(**over: Any) -> dict[str, Any]:
    return {name: value for name, value in (ROW | over).items() if value is not ...}


def test_a_row_is_read_with_its_order_its_goods_and_its_money() -> None:
    (one,) = sent(row(settleDealDetailType="A", adjustCode=3, discountPolicyNo=7, discountPolicyName="할인"))
    assert one.tx_no == "2026030500012345"
    assert (one.order.order_no, one.order.sub_no, one.order.individual_no) == (9100200301, 1, None)
    assert (one.goods.deal_no, one.goods.option_no) == (7700112200, 7700112201)
    assert (one.goods.title, one.goods.option_title) == ("수건", "10장")
    assert one.sold_at == datetime(2026, 3, 4, 15, 7, tzinfo=UTC)
    assert one.pay_due == date(2026, 4, 10)
    assert (one.sell_amount, one.base_amount, one.tmon_amount, one.vendor_amount) == (29900, 29400, 500, 0)
    assert one.rate == Decimal("88.5")
    assert (one.kind, one.detail_kind, one.adjust_code) == ("SALE", "A", 3)
    assert (one.discount_no, one.discount_name) == (7, "할인")


NOTHING = {"tmonOrderNo": None, "tmonOrderSubNo": None, "individualOrderNo": None}


@pytest.mark.parametrize(
    "over",
    [
        {"orderNo": NOTHING, "dealNo": {"tmonDealNo": None, "managedTitle": None}},
        {"orderNo": None, "dealNo": None},
        {"orderNo": ..., "dealNo": ...},
        {"orderNo": {}, "dealNo": {}},
        {"orderNo": {"tmonOrderNo": ""}, "dealNo": {"tmonDealNo": ""}},
    ],
    ids=["null members", "null", "left out", "empty", "empty texts"],
)
def test_a_row_may_be_about_no_order_and_no_goods(over: dict[str, Any]) -> None:
    (one,) = sent(row(**over))
    assert (one.order.order_no, one.goods.deal_no, one.goods.title) == (None, None, "")
    assert one.sell_amount == 29900


def test_numbers_may_come_as_texts() -> None:
    as_texts = {"sellAmount": "-29900", "payBaseAmount": "-29400", "payRate": "0.885", "orderNo": {"tmonOrderNo": "91"}}
    (one,) = sent(row(txSeqNo=12345, settleDealType=4, **as_texts))
    assert (one.tx_no, one.kind, one.order.order_no) == ("12345", "4", 91)
    assert (one.sell_amount, one.base_amount, one.rate) == (-29900, -29400, Decimal("0.885"))


@pytest.mark.parametrize(
    ("name", "attribute", "value"),
    [
        ("payDueDate", "pay_due", None),
        ("payRate", "rate", None),
        ("tmonAmount", "tmon_amount", 0),
        ("vendorAmount", "vendor_amount", 0),
        ("settleDealType", "kind", ""),
        ("settleDealDetailType", "detail_kind", ""),
        ("adjustCode", "adjust_code", None),
        ("discountPolicyName", "discount_name", ""),
    ],
)
@pytest.mark.parametrize("absent", [..., None, ""], ids=["left out", "null", "empty"])
def test_what_a_row_can_do_without_may_be_absent(name: str, attribute: str, value: object, absent: object) -> None:
    (one,) = sent(row(**{name: absent}))
    assert getattr(one, attribute) == value


BAD: list[tuple[str, Any, str, str]] = [
    ("txSeqNo", None, "txSeqNo", "missing"),
    ("txSeqNo", "x" * 65, "txSeqNo", "too_long"),
    ("txSeqNo", True, "txSeqNo", "malformed"),
    ("sellAmount", ..., "sellAmount", "missing"),
    ("sellAmount", None, "sellAmount", "missing"),
    ("sellAmount", 99.5, "sellAmount", "fraction"),
    ("sellAmount", True, "sellAmount", "malformed"),
    ("sellAmount", MAX_WON + 1, "sellAmount", "too_large"),
    ("payBaseAmount", "많음", "payBaseAmount", "malformed"),
    ("payBaseAmount", float("nan"), "payBaseAmount", "too_large"),
    ("tmonAmount", 0.5, "tmonAmount", "fraction"),
    ("payRate", "높음", "payRate", "malformed"),
    ("payRate", float("inf"), "payRate", "too_large"),
    ("payRate", True, "payRate", "malformed"),
    ("payRate", 1001, "payRate", "too_large"),
    ("payDueDate", "10일", "payDueDate", "malformed"),
    ("salesDateTime", ..., "salesDateTime", "missing"),
    ("salesDateTime", "0026-03-05T10:00", "salesDateTime", "malformed"),
    ("orderNo", "9100200301", "orderNo", "malformed"),
    ("orderNo", {"tmonOrderNo": "9100-2"}, "orderNo.tmonOrderNo", "malformed"),
    ("orderNo", {"tmonOrderNo": 2**63}, "orderNo.tmonOrderNo", "too_large"),
    ("dealNo", [1], "dealNo", "malformed"),
]


@pytest.mark.parametrize(("name", "value", "field", "why"), BAD, ids=lambda one: str(one)[:12])
def test_a_row_whose_money_or_order_is_wrong_is_set_aside_alone(name: str, value: Any, field: str, why: str) -> None:
    found = sent(row(txSeqNo="1"), row(**{name: value}), row(txSeqNo="3"), 7)
    assert [one.tx_no for one in found] == ["1", "3"]
    noted, other = found.unread
    assert (noted.field, noted.why) == (field, why)
    assert noted.number == {"txSeqNo": "x" * 20 if value == "x" * 65 else ""}.get(name, ROW["txSeqNo"])
    assert other.number == ""


@pytest.mark.parametrize("number", ["한글", "a b", "1;drop", "", "  "], ids=repr)
def test_only_what_looks_like_a_number_is_noted_of_a_row(number: str) -> None:
    assert [one.number for one in sent(row(txSeqNo=number, sellAmount=None)).unread] == [""]


def test_an_empty_day_has_no_rows() -> None:
    assert sent() == []
    assert sent(settlementData=None) == []


@pytest.mark.parametrize("document", [{}, {"extraData": []}, [], None, "정산", {"settlementData": {"a": 1}}], ids=repr)
def test_an_answer_without_a_list_of_rows_is_no_empty_day(document: Any) -> None:
    with pytest.raises(MalformedResponse):
        _read_day(document)
