"""What TMON says when it does not carry out a call for a product, sentence by sentence (docs/tmon-api.md, ch. 13.2)."""

from datetime import datetime
from itertools import cycle

import pytest

from tests.databases import SqliteDatabases
from tests.tmon.listings.desk import ADD, CREATE, SETTLED, UPDATE, Desk
from tests.tmon.listings.goods import change_of
from tmon.clock import KST
from tmon.listings.changes import ChangeResult
from tmon.listings.documents import Kind, Sale, SheetOption, Wanted
from tmon.listings.steps import Act
from tmon.models.listings import ChangeState

PERIOD, DISPLAY, PAUSE, RESUME = "deals.sales_period", "deals.display", "deals.pause", "deals.resume"
END = datetime(2026, 12, 31, 23, 59, 59, tzinfo=KST)
CORRECTED = {
    "상품명에 금칙어가 포함되어 있습니다.": (CREATE, UPDATE),
    "배송템플릿의 상품유형이 딜의 상품유형과 일치하지 않습니다.": (CREATE, UPDATE),
    "해당 배송템플릿(612345)가 없습니다": (CREATE, UPDATE),
    "정상적인 이미지 URL 이 아닙니다.": (CREATE, UPDATE),
    "중복된 옵션 타이틀": (CREATE, UPDATE, ADD),
    "관리명은 60자를 넘을 수 없습니다.": (CREATE,),
}
"""What a person has to correct, and the calls that say it."""
GONE = ("해당 딜(A-1)가 없습니다", "삭제된 딜입니다.(A-1)")
PASSING = (
    "org.springframework.web.client.ResourceAccessException: I/O error",
    "이미지 파일에 대해 응답이 없습니다",
    "CannotCreateTransactionException",
    "javax.persistence.PersistenceException",
    "502 Bad Gateway",
)
ACTS = {
    CREATE: Act.REGISTER,
    UPDATE: Act.CHANGE,
    ADD: Act.ADD,
    PERIOD: Act.PERIOD,
    DISPLAY: Act.DISPLAY,
    PAUSE: Act.PAUSE,
    RESUME: Act.RESUME,
}


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """On one kind of database: what differs is what TMON says, not what is stored."""
    return sqlite_databases


async def send(desk: Desk, call: str, number: str = "A-1") -> ChangeResult:
    """Let `call` be made for a product, which is there unless it is registered by that."""
    match call:
        case _ if call == CREATE:
            return await desk.send(desk.goods(number=number))
        case _ if call == UPDATE:
            return await desk.send(change_of(number=number, title=f"이름 {len(desk.tmon.calls)}"))
        case _ if call == ADD:
            option = SheetOption(line=2, number=f"{number}-S", sections=("검정", "S"), price=14900, stock=3)
            return await desk.send(change_of(option, number=number))
        case _ if call == PERIOD:
            return await desk.send(change_of(number=number, end=END))
        case _ if call == DISPLAY:
            return await desk.send(change_of(SheetOption(line=2, number=f"{number}-L", display=False), number=number))
    wanted = Wanted(sale=Sale.PAUSE if call == PAUSE else Sale.RESUME)
    change = await desk.changes.submit(desk.person, desk.store.id, number.lower(), wanted)
    await desk.rest()
    return await desk.changes.outcome("T1", change, 0)


def says(desk: Desk, call: str, sentence: str) -> None:
    """TMON answers the next such call with a sentence."""
    faults = desk.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = "error_500_json", {call}, 1, sentence


async def test_what_a_person_has_to_correct_is_told_and_the_corrected_sheet_goes(desk: Desk) -> None:
    await desk.send(desk.goods())
    for sentence, calls in CORRECTED.items():
        for call in calls:
            says(desk, call, sentence)
            result = await send(desk, call, "B-1" if call == CREATE else "A-1")
            assert (result.state, result.note, result.detail) == (ChangeState.FAILED, "listings.refused", sentence)
        desk.clock.advance(SETTLED)
    made = {call: desk.calls(call) for call in (CREATE, UPDATE, ADD)}
    await desk.later()  # nothing is tried again by itself
    assert {call: desk.calls(call) for call in made} == made
    for call in made:
        assert (await send(desk, call, "B-1" if call == CREATE else "A-1")).state is ChangeState.DONE


@pytest.mark.parametrize("sentence", GONE)
async def test_a_deal_that_is_gone_when_the_call_comes_is_registered_again(desk: Desk, sentence: str) -> None:
    await desk.send(desk.goods())
    for call in (UPDATE, ADD):
        says(desk, call, sentence)
        result = await send(desk, call)
        assert (result.state, result.note) == (ChangeState.FAILED, "listings.gone")
    first = desk.deal()
    first.deleted = True
    desk.clock.advance(SETTLED * 2)
    upload = await desk.preview(desk.goods())
    assert [one.kind for one in upload.content.judged] == [Kind.NEW]
    await desk.uploads.accept(desk.person, upload.id)
    await desk.rest()
    assert (await desk.result()).state is ChangeState.DONE
    product = await desk.product()
    assert product.deal_no not in (None, first.deal_no)
    assert {option.option_no for option in await desk.rows(type(await desk.option("A-1-L")))}.isdisjoint(first.options)


async def test_trouble_within_tmon_is_told_and_passes(desk: Desk) -> None:
    """Whatever the call: it is made again, and carried out once."""
    for call, sentence in zip(ACTS, cycle(PASSING)):
        says(desk, call, sentence)
        assert (await send(desk, call)).is_open, call
        assert desk.calls(call) == 1
        await desk.later(SETTLED)
        result = await desk.result()
        assert (result.state, result.note, result.done) == (ChangeState.DONE, None, (ACTS[call],)), call
        assert len([one for one in desk.tmon.calls_of(call) if one.took_effect]) == 1, call


async def test_a_dead_token_is_replaced(desk: Desk) -> None:
    for call in ACTS:
        desk.tmon.faults.expire_tokens()
        assert (await send(desk, call)).state is ChangeState.DONE
