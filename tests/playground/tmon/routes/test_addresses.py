"""Addresses: listed, found, registered, changed; refused where TMON refuses."""

from typing import Any

import pytest

from bot.playground.tmon import Sandbox
from tests.playground.tmon.address_calls import NEW, PATH
from tests.playground.tmon.caller import HANBIT, SODAM, Caller


def without(name: str) -> dict[str, Any]:
    """`NEW` without a field; one of the place is named after a dot."""
    outer, _, inner = name.partition(".")
    if inner:
        return {**NEW, "address": {key: value for key, value in NEW["address"].items() if key != inner}}
    return {key: value for key, value in NEW.items() if key != outer}


async def names(caller: Caller, partner_id: str = HANBIT, **query: object) -> list[str]:
    answer = await caller.get(PATH, partner_id, **query)
    assert answer.status_code == 200
    return [address["addressName"] for address in answer.json()]


async def test_each_shop_has_a_ship_from_and_a_return_address(caller: Caller) -> None:
    for partner_id in (HANBIT, SODAM):
        book = (await caller.get(PATH, partner_id)).json()
        assert [address["type"] for address in book] == ["D", "R"]
        assert [address["defaultAddress"] for address in book] == [True, False]


async def test_a_new_address_is_answered_complete_and_found(caller: Caller, sandbox: Sandbox) -> None:
    answer = await caller.post(PATH, NEW)
    assert answer.status_code == 200
    document = answer.json()
    assert document == NEW | {"no": document["no"], "partnerNo": 40077, "defaultAddress": False, "available": True}
    assert sandbox.addresses[document["no"]].manager_phone == "02-1544-0000"
    assert (await caller.get(PATH, addressName="WH-SEOUL-01_D")).json() == [document]
    assert len(await names(caller)) == 3
    assert [call.name for call in sandbox.calls][1:] == ["addresses.create", "addresses.list", "addresses.list"]


async def test_a_book_belongs_to_its_partner(caller: Caller, sandbox: Sandbox) -> None:
    no = (await caller.post(PATH, NEW)).json()["no"]
    assert await names(caller, SODAM, addressName="WH-SEOUL-01_D") == []
    answer = await caller.put(f"{PATH}/{no}", NEW, SODAM)
    assert (answer.status_code, answer.json()) == (500, {"error": f"존재하지 않는 주소지입니다.({no})"})
    assert (await caller.post(PATH, NEW, SODAM)).status_code == 200
    assert sandbox.addresses[no].partner_id == HANBIT


async def test_a_name_is_given_once(caller: Caller, sandbox: Sandbox) -> None:
    no = (await caller.post(PATH, NEW)).json()["no"]
    answer = await caller.post(PATH, {**NEW, "type": "R"})
    assert answer.status_code == 500
    assert "주소지명과 중복될 수 없습니다" in answer.json()["error"]
    other = (await caller.post(PATH, {**NEW, "addressName": "WH-SEOUL-02"})).json()["no"]
    answer = await caller.put(f"{PATH}/{other}", {"addressName": "WH-SEOUL-01_D"})
    assert "주소지명과 중복될 수 없습니다" in answer.json()["error"]
    assert sandbox.addresses[other].name == "WH-SEOUL-02"
    assert (await caller.put(f"{PATH}/{no}", NEW)).status_code == 200  # its own name is no duplicate


@pytest.mark.parametrize(
    "name",
    [
        "type", "addressName", "address", "managerName", "managerPhone",
        "address.zipCode", "address.address", "address.addressDetail",
    ],
)  # fmt: skip
async def test_required_fields(caller: Caller, sandbox: Sandbox, name: str) -> None:
    for lacking in (without(name), {**NEW, name: None} if "." not in name else without(name)):
        answer = await caller.post(PATH, lacking)
        assert answer.status_code == 400
        assert "필수 항목" in answer.json()["error"]
    assert len(sandbox.addresses) == 8


async def test_the_road_name_address_may_be_missing(caller: Caller) -> None:
    document = (await caller.post(PATH, without("address.streetAddress"))).json()
    assert "streetAddress" not in document["address"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"type": "X"}, "D, R"),
        ({"addressName": "  "}, "addressName"),
        ({"address": {**NEW["address"], "zipCode": "100-45"}}, "5자리"),
        ({"address": {**NEW["address"], "zipCode": "150900"}}, "5자리"),
        ({"address": "서울"}, "JSON 객체"),
        ({"managerPhone": "080-123-4567"}, "080"),
        ({"managerPhone": "1544-0000"}, "지역번호"),
        ({"managerPhone": "0215440000"}, "하이픈"),
        ({"managerName": 7}, "문자열"),
        ({"defaultAddress": "yes"}, "true 또는 false"),
    ],
)
async def test_field_rules(caller: Caller, sandbox: Sandbox, wrong: dict[str, Any], words: str) -> None:
    answer = await caller.post(PATH, NEW | wrong)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    no = next(iter(sandbox.addresses))
    assert (await caller.put(f"{PATH}/{no}", wrong)).status_code == 400
    assert len(sandbox.addresses) == 8


async def test_a_change_keeps_what_it_does_not_name(caller: Caller, sandbox: Sandbox) -> None:
    before = (await caller.post(PATH, NEW)).json()
    place = {"zipCode": "10045", "address": "경기도 김포시 가상동 1-2", "addressDetail": "3층"}
    answer = await caller.put(f"{PATH}/{before['no']}", {"addressName": "김포 창고", "address": place})
    assert answer.json() == {**before, "addressName": "김포 창고", "address": place}
    assert await names(caller, addressName="김포 창고") == ["김포 창고"]
    assert await names(caller, addressName="WH-SEOUL-01_D") == []
    sandbox.addresses[before["no"]].available = False
    assert (await caller.put(f"{PATH}/{before['no']}", NEW)).json()["available"] is False


async def test_a_new_default_unsets_the_previous_one(caller: Caller, sandbox: Sandbox) -> None:
    first = (await caller.post(PATH, {**NEW, "defaultAddress": "true"})).json()
    assert first["defaultAddress"] is True
    book = (await caller.get(PATH)).json()
    assert [address["no"] for address in book if address["defaultAddress"]] == [first["no"]]
    other = book[0]["no"]
    await caller.put(f"{PATH}/{other}", {"defaultAddress": True})
    book = (await caller.get(PATH)).json()
    assert [address["no"] for address in book if address["defaultAddress"]] == [other]
    assert [address.default for address in sandbox.addresses.values() if address.partner_id == SODAM] == [True, False]


async def test_an_address_of_a_template_keeps_its_type(caller: Caller, sandbox: Sandbox) -> None:
    used = next(iter(sandbox.templates.values())).policy["partnerDeliveryAddressNo"]
    answer = await caller.put(f"{PATH}/{used}", {"type": "R"})
    assert answer.status_code == 500
    assert "배송템플릿" in answer.json()["error"]
    free = (await caller.post(PATH, NEW)).json()["no"]
    assert (await caller.put(f"{PATH}/{free}", {"type": "R"})).json()["type"] == "R"
