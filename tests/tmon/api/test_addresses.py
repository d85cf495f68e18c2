"""The address book (docs/tmon-api.md, ch. 6)."""

import json
from typing import Any

import pytest

from tests.tmon.api.examples import NAME_TAKEN, address
from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, paths, text_reply
from tmon.api import AddressType, NewAddress, Rejected, Remedy, StoreApi, UnknownOutcome

NEW = NewAddress(
    type=AddressType.SHIP_FROM,
    name="WH-SEOUL-01_D",
    zip_code="04532",
    address="서울특별시 중구 가상동 34-5",
    address_detail="물류센터 2층",
    street_address="서울특별시 중구 가상로 12",
    manager_name="출고담당",
    manager_phone="02-1544-0000",
)


async def test_list(stub_server: StubServer, store: StoreApi) -> None:
    little = address() | {"no": "301123", "type": "R", "defaultAddress": "true", "available": False}
    little["address"] = {"zipCode": 63000, "address": "제주", "addressDetail": "1층"}
    odd = address() | {"type": "X"}
    del odd["available"], odd["defaultAddress"]
    stub_server.says(json_reply([address(), little, odd]))
    first, second, third = await store.addresses.list()
    (asked,) = stub_server.asked
    assert paths(stub_server.asked) == ["/partners/addresses"]
    assert asked.query == {}
    assert first.model_dump() == NEW.model_dump() | {"no": 301122, "available": True}
    assert (first.type, first.default) == (AddressType.SHIP_FROM, False)
    assert (second.no, second.type, second.default, second.available) == (301123, AddressType.RETURN_TO, True, False)
    assert (second.zip_code, second.street_address) == ("63000", None)
    assert (third.type, third.default, third.available) == (AddressType.UNKNOWN, False, True)


async def test_street_address_that_is_empty_is_absent(stub_server: StubServer, store: StoreApi) -> None:
    empty = address()
    empty["address"]["streetAddress"] = ""
    stub_server.says(json_reply([empty]))
    assert (await store.addresses.list())[0].street_address is None


async def test_by_name_takes_no_other(stub_server: StubServer, store: StoreApi) -> None:
    other = address() | {"no": 1, "addressName": "WH-SEOUL-01_D2"}
    stub_server.says(json_reply([other, address()]), json_reply([other]), json_reply([]))
    found = await store.addresses.by_name("WH-SEOUL-01_D")
    assert found is not None
    assert found.no == 301122
    assert stub_server.asked[0].query == {"addressName": "WH-SEOUL-01_D"}
    assert await store.addresses.by_name("WH-SEOUL-01_D") is None
    assert await store.addresses.by_name("서울 & 1") is None
    assert stub_server.asked[2].query == {"addressName": "서울 & 1"}


async def test_create_and_update(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(address()))
    made = await store.addresses.create(NEW)
    assert made.no == 301122
    lot_only = NEW.model_copy(update={"street_address": None, "default": True})
    assert (await store.addresses.update(301122, lot_only)).name == "WH-SEOUL-01_D"
    create, update = stub_server.asked
    assert (create.method, update.method) == ("POST", "PUT")
    assert paths(stub_server.asked) == ["/partners/addresses", "/partners/addresses/301122"]
    sent = address()
    del sent["no"], sent["partnerNo"], sent["available"]
    assert json.loads(create.body) == sent
    del sent["address"]["streetAddress"]
    assert json.loads(update.body) == sent | {"defaultAddress": True}


async def test_address_of_tmons_can_be_sent_back(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply([address()]), json_reply(address()))
    (found,) = await store.addresses.list()
    await store.addresses.update(found.no, found)
    assert not {"no", "available"} & json.loads(stub_server.asked[1].body).keys()


@pytest.mark.parametrize("status", [500, 400, 200])
async def test_name_that_is_taken(stub_server: StubServer, store: StoreApi, status: int) -> None:
    stub_server.says(json_reply({"error": NAME_TAKEN}, status))
    with pytest.raises(Rejected) as caught:
        await store.addresses.create(NEW)
    assert caught.value.duplicate_name
    assert not caught.value.already
    assert caught.value.remedy is Remedy.REREAD
    stub_server.says(json_reply({"error": "managerPhone 형식이 올바르지 않습니다."}, status))
    with pytest.raises(Rejected) as other:
        await store.addresses.update(1, NEW)
    assert not other.value.duplicate_name
    assert other.value.remedy is Remedy.CORRECT


WITHOUT_NUMBER = {name: value for name, value in address().items() if name != "no"}


@pytest.mark.parametrize(
    "reply",
    [drop_reply(), text_reply("", 503), text_reply(""), json_reply({}), json_reply(301122), json_reply(WITHOUT_NUMBER)],
)
async def test_answer_without_the_number_leaves_the_outcome_unknown(
    stub_server: StubServer, store: StoreApi, reply: Reply
) -> None:
    stub_server.says(reply)
    with pytest.raises(UnknownOutcome) as caught:
        await store.addresses.create(NEW)
    assert caught.value.remedy is Remedy.REREAD
    assert len(stub_server.asked) == 1


async def test_time_out_of_a_create(stub_server: StubServer, impatient: StoreApi) -> None:
    stub_server.says(stub_server.hang, json_reply(address()))
    with pytest.raises(UnknownOutcome):
        await impatient.addresses.create(NEW)
    assert len(stub_server.asked) == 1


async def test_unknown_type_is_not_sent(stub_server: StubServer, store: StoreApi) -> None:
    with pytest.raises(ValueError, match="AddressType"):
        await store.addresses.update(1, NEW.model_copy(update={"type": AddressType.UNKNOWN}))
    assert stub_server.asked == []


async def test_people_are_not_in_reprs(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply([address()]))
    told = repr(NEW) + repr(await store.addresses.list())
    assert "WH-SEOUL-01_D" in told
    for personal in ("출고담당", "1544", "가상로", "가상동", "물류센터", "04532"):
        assert personal not in told


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"no": None}, "no"),
        ({"no": "김서연"}, "no"),
        ({"addressName": None}, "addressName"),
        ({"address": None}, "address.zipCode"),
        ({"address": {"zipCode": "04532", "addressDetail": "1층"}}, "address"),
        ({"managerPhone": None}, "managerPhone"),
        ({"type": None}, "type"),
    ],
)
async def test_missing_field_is_named(
    stub_server: StubServer, store: StoreApi, change: dict[str, Any], field: str
) -> None:
    given = {name: value for name, value in (address() | change).items() if value is not None}
    stub_server.says(json_reply([address() | {"no": 7}, given]))
    found = await store.addresses.list()
    assert [one.no for one in found] == [7]
    assert [one.field for one in found.unread] == [field]
    assert "김서연" not in str(found.unread)
