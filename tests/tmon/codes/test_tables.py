"""Carriers and reasons are found in whatever groups TMON puts them, whose names nobody has seen."""

from typing import Any

import pytest

from tmon.codes.reasons import MEANINGS, Family, Fault, fault_of
from tmon.codes.tables import (
    OWN,
    Carrier,
    Reason,
    find_carrier,
    find_carriers,
    find_meaning,
    find_reasons,
    is_carrier_code,
)
from tmon.models.claims import ClaimKind

CARRIERS = [["10001", "CJ대한통운"], ["10008", "경동택배"], ["10099", "직접배송"]]
OTHERS: dict[str, list[list[str]]] = {
    "DeliveryStatus": [["D1", "결제완료"], ["D5", "배송완료"]],
    "ClaimType": [["C", "취소"]],
    "Region": [["20001", "제주"], ["20002", "도서산간"]],
}


@pytest.mark.parametrize(
    "group",
    [
        "DeliveryCorp",
        "deliveryCorp",
        "delivery_corp_codes",
        "DELIVERY-CORP",
        "deliveryCompany",
        "택배사",
        "배송업체",
        "Couriers",
    ],
)
def test_carriers_are_found_by_the_name_of_their_group(group: str) -> None:
    assert find_carriers({**OTHERS, group: CARRIERS}) == (Carrier("10001", "CJ대한통운"), Carrier("10008", "경동택배"))


@pytest.mark.parametrize(
    "entries",
    [
        CARRIERS,
        [["10001", "CJ대한통운"], ["10008", "경동택배"]],
        [["10001", "CJ대한통운"], ["10008", ""], ["10099", "자체배송"]],
    ],
)
def test_carriers_in_a_group_with_another_name_are_found_by_what_they_are(entries: list[list[str]]) -> None:
    assert [carrier.code for carrier in find_carriers({**OTHERS, "G17": entries})] == ["10001", "10008"]


def test_what_is_no_carrier_is_not_taken_for_one() -> None:
    groups = {"DeliveryCorp": [["CJ", "CJ대한통운"], ["100011", "롯데택배"], ["10001", ""], ["10001", "다른 이름"]]}
    assert find_carriers(groups) == (Carrier("10001", "10001"),)
    assert find_carriers(OTHERS) == ()
    assert find_carriers({}) == ()
    assert not any(map(is_carrier_code, ("", "1009", "100990", "1009a", "１００９９", " 10099", "10099\n")))


def test_carriers_of_two_groups_are_put_together() -> None:
    groups = {"DeliveryCorp": CARRIERS, "DeliveryCorpOverseas": [["10031", "EMS"], ["10001", "CJ"]]}
    assert find_carriers(groups) == (
        Carrier("10001", "CJ대한통운"),
        Carrier("10008", "경동택배"),
        Carrier("10031", "EMS"),
    )


@pytest.mark.parametrize(
    "groups",
    [
        {"ClaimReason": [["RCD1", "단순변심"], ["JCD1", "이미 출고"], ["JCDa", "기타"]]},
        {
            "A": [["JCD1", "이미 출고"]],
            "B": [["JCDa", "기타"], ["JCD1", "둘째"]],
            "C": [["JRD5", "미도착"], ["JCD", "거부"]],
        },
        {"jcd": [["JCD1", ""], ["JCDa", "기타"]]},
    ],
)
def test_reasons_are_found_by_their_letters_in_any_group(groups: dict[str, Any]) -> None:
    assert find_reasons(groups, Family.JCD) == (Reason("JCD1", "이미 출고"), Reason("JCDa", "기타"))
    assert find_reasons(groups, Family.HRD) == ()


def test_the_meaning_of_a_reason_is_tmons_then_that_of_the_table_then_its_code() -> None:
    groups = {"Reasons": [["RCD1", "마음이 바뀜"]]}
    assert find_meaning(groups, "RCD1") == "마음이 바뀜"
    assert find_meaning(groups, "RRD4") == "제품하자"
    assert find_meaning(groups, "RRDz") == "RRDz"
    assert find_meaning({}, "") == ""


@pytest.mark.parametrize(
    ("kind", "reason", "fault"),
    [
        (ClaimKind.CANCEL, "RCD1", Fault.BUYER),
        (ClaimKind.CANCEL, "RCD3", Fault.SELLER),
        (ClaimKind.CANCEL, "RCDb", Fault.UNCLEAR),
        (ClaimKind.CANCEL, "RCDB", Fault.UNCLEAR),
        (ClaimKind.RETURN, "RRD4", Fault.SELLER),
        (ClaimKind.RETURN, "RRD9", Fault.CARRIER),
        (ClaimKind.RETURN, "RCD1", Fault.UNCLEAR),
        (ClaimKind.EXCHANGE, "RXD1", Fault.BUYER),
        (ClaimKind.EXCHANGE, "RXD6", Fault.CARRIER),
        (ClaimKind.REDELIVERY, "RDD1", Fault.SELLER),
        (ClaimKind.REDELIVERY, "", Fault.UNCLEAR),
        (ClaimKind.REDELIVERY, "RDDx", Fault.UNCLEAR),
    ],
)
def test_who_is_at_fault(kind: ClaimKind, reason: str, fault: Fault) -> None:
    assert fault_of(kind, reason) is fault


def test_every_reason_of_a_request_that_was_seen_has_a_fault_by_our_table() -> None:
    prefixes = {
        "RCD": ClaimKind.CANCEL,
        "RRD": ClaimKind.RETURN,
        "RXD": ClaimKind.EXCHANGE,
        "RDD": ClaimKind.REDELIVERY,
    }
    requests = [code for code in MEANINGS if code[:3] in prefixes]
    assert len(requests) == 15 + 17 + 6 + 5
    assert {fault_of(prefixes[code[:3]], code) for code in requests} == set(Fault)


CHOICE = (Carrier("10001", "CJ대한통운"), Carrier("10012", "CU 편의점택배"), OWN)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("CJ대한통운", "10001"),
        ("cj 대한통운", "10001"),
        ("CU편의점택배", "10012"),
        ("10001", "10001"),
        ("자체배송", "10099"),
        ("10099", "10099"),
        ("99999", None),
        ("대한통운", None),
        ("", None),
    ],
)
def test_a_carrier_is_found_by_its_name_or_code(typed: str, code: str | None) -> None:
    assert find_carrier(CHOICE, typed) == code


def test_while_tmon_has_named_no_carrier_any_code_is_taken() -> None:
    assert find_carrier((OWN,), "10001") == "10001"
    assert find_carrier((OWN,), "1001") is None
    assert find_carrier((OWN,), "CJ대한통운") is None
