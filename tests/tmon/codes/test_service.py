"""Looking up carriers and reasons: before TMON told any, afterwards, and what was used last."""

from datetime import timedelta

import pytest

from handlers.samples.fixtures import store
from tests.clock import MovableClock
from tests.core import make_core
from tmon.codes.reasons import Family
from tmon.codes.service import CodeTables, check_carrier, delete_of_store
from tmon.codes.tables import OWN, Carrier, Reason
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.codes import CodeTable
from tmon.scope import StoreKey

PLACE = ("T1", "st_1")
GROUPS = {
    "DeliveryCorp": [["10001", "CJ대한통운"], ["10002", "우체국택배"], ["10003", "한진택배"], ["10099", "직접배송"]],
    "ClaimReason": [["RCD1", "단순변심"], ["JCD1", "이미 출고"], ["JCD2", "제작 중"], ["HRD1", "상품 확인 중"]],
}


@pytest.fixture
def tables(db: Database, clock: MovableClock) -> CodeTables:
    return CodeTables(make_core(db, clock))


async def store_codes(db: Database, clock: MovableClock) -> None:
    async with db.write() as session:
        session.add(CodeTable(team_id="T1", store_id="st_1", groups=GROUPS, read_at=clock(), due_at=clock()))


async def test_without_codes_there_is_own_delivery_and_what_was_seen_in_use(tables: CodeTables) -> None:
    assert await tables.carriers(*PLACE) == (OWN,)
    assert await tables.reasons(*PLACE, Family.JCD) == (Reason("JCD1", "이미 출고"),)
    assert await tables.reasons(*PLACE, Family.JRD) == (Reason("JRD5", "반품상품 미도착"),)
    assert await tables.reasons(*PLACE, Family.JXD) == (Reason("JXD3", "재고부족"),)
    assert await tables.reasons(*PLACE, Family.HXD) == (Reason("HXD7", "교환 진행중"),)
    assert [reason.code for reason in await tables.reasons(*PLACE, Family.RCD)] == ["RCD4", "RCDd", "RCD8"]
    assert not await tables.has_family(*PLACE, Family.JDD)
    assert not await tables.has_family(*PLACE, Family.HRD)


async def test_with_codes_tmon_says_what_there_is(tables: CodeTables, db: Database, clock: MovableClock) -> None:
    await store_codes(db, clock)
    assert await tables.carriers(*PLACE) == (
        Carrier("10001", "CJ대한통운"),
        Carrier("10002", "우체국택배"),
        Carrier("10003", "한진택배"),
        OWN,
    )
    assert [reason.code for reason in await tables.reasons(*PLACE, Family.JCD)] == ["JCD1", "JCD2"]
    assert await tables.has_family(*PLACE, Family.HRD)
    assert await tables.has_family(*PLACE, Family.JRD), "TMON names none, but one was seen in use"
    assert await tables.carrier_name(*PLACE, "10002") == "우체국택배"
    assert await tables.carrier_name(*PLACE, "10077") == "10077"
    assert await tables.meanings(*PLACE, ["RCD1", "RXD4", "?"]) == {"RCD1": "단순변심", "RXD4": "오배송", "?": "?"}
    assert await tables.carriers("T1", "st_2") == (OWN,), "another store's are not shown"


async def test_what_was_used_last_comes_first_also_a_typed_code(
    tables: CodeTables, db: Database, clock: MovableClock
) -> None:
    await store_codes(db, clock)
    for code in ("10003", "10077", "10099", "10003"):
        clock.advance(timedelta(minutes=1))
        async with db.write() as session:
            await tables.used(session, StoreKey(*PLACE), code)
    found = [carrier.code for carrier in await tables.carriers(*PLACE)]
    assert found == ["10003", "10099", "10077", "10001", "10002"]


async def test_nothing_is_left_of_a_removed_store(tables: CodeTables, db: Database, clock: MovableClock) -> None:
    await store_codes(db, clock)
    async with db.write() as session:
        await tables.used(session, StoreKey(*PLACE), "10003")
        await delete_of_store(session, store(team_id=PLACE[0], id=PLACE[1]), clock())
    assert await tables.carriers(*PLACE) == (OWN,)


@pytest.mark.parametrize(
    ("code", "key"), [("", "codes.no_carrier"), ("direct", "codes.five_digits"), ("1009", "codes.five_digits")]
)
def test_a_carrier_is_five_digits(code: str, key: str) -> None:
    with pytest.raises(AppError) as refused:
        check_carrier(code)
    assert (refused.value.key, refused.value.field) == (key, "carrier")
    assert check_carrier("10099") == "10099"
