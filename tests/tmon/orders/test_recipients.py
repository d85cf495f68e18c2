"""Which recipients count as the same, and that their hashes tell nothing without the key."""

from typing import Any

import pytest

from tests.core import KEY
from tmon.models.orders import BuyerRecord
from tmon.orders.recipients import recipient_hash
from tmon.scope import StoreKey
from tmon.sealing import Sealer

SEALER = Sealer([KEY], hash_key="0123")
STORE = StoreKey("T1", "st_1")
BUYER = BuyerRecord(
    receiver_name="김서연",
    receiver_phone="010-0123-4567",
    zip_code="04001",
    address="서울특별시 마포구 가상동 12-3",
    address_detail="ABC빌라 101동 202호",
    street_address="서울특별시 마포구 가상로 12",
)


def hashed(store: StoreKey = STORE, sealer: Sealer = SEALER, **over: str | None) -> str | None:
    return recipient_hash(sealer, store, BUYER.model_copy(update=over))


@pytest.mark.parametrize(
    "over",
    [
        {"receiver_phone": "050-7000-0000"},
        {"receiver_phone": None, "delivery_memo": "문 앞"},
        {"receiver_name": " 김 서연 "},
        {"receiver_name": "김서연"},  # decomposed letters, as a Mac types them
        {"address_detail": "abc빌라  101동\u3000202호"},
        {"address_detail": "ＡＢＣ빌라 １０１동 ２０２호"},
        {"address": "서울특별시\u00a0마포구 가상동 12-3\u200b"},
        {"zip_code": "０４００１"},
        {"street_address": None},
    ],
)
def test_what_people_type_differently_is_the_same_recipient(over: dict[str, Any]) -> None:
    assert hashed(**over) == hashed()


@pytest.mark.parametrize(
    "over",
    [
        {"receiver_name": "김서현"},
        {"zip_code": "04002"},
        {"zip_code": None},
        {"address": "서울특별시 마포구 가상동 1-23"},
        {"address_detail": "ABC빌라 102동 202호"},
        {"address_detail": None},
        {"address": "서울특별시 마포구 가상동 12-", "address_detail": "3 ABC빌라 101동 202호"},
    ],
)
def test_another_name_or_address_is_another_recipient(over: dict[str, Any]) -> None:
    assert hashed(**over) != hashed()


@pytest.mark.parametrize(
    "over", [{"receiver_name": None}, {"receiver_name": " \u200b"}, {"address": None, "street_address": None}]
)
def test_without_a_name_or_an_address_nothing_can_be_compared(over: dict[str, Any]) -> None:
    assert hashed(**over) == ""


def test_the_street_counts_where_tmon_leaves_out_the_lot() -> None:
    assert hashed(address=None) == hashed(address=None) != hashed()
    assert hashed(address=None, street_address="서울특별시 마포구 가상로 13") != hashed(address=None)


def test_stores_and_keys_have_hashes_of_their_own() -> None:
    made = {
        hashed(),
        hashed(StoreKey("T1", "st_2")),
        hashed(StoreKey("T2", "st_1")),
        hashed(sealer=Sealer([KEY], hash_key="4567")),
    }
    assert len(made) == 4


def test_without_a_key_there_is_no_hash() -> None:
    assert hashed(sealer=Sealer([KEY])) is None
