"""How changes of products, problems and results are said."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.listings.wording import Outcome, Wording, is_steep, outcome_of
from handlers.samples.fixtures import MOMENT
from handlers.texts import Texts
from tmon.clock import KST
from tmon.listings.changes import ChangeResult
from tmon.listings.documents import FieldChange, Judged, Kind, Problem, SheetContent, SheetDeal, SheetOption
from tmon.listings.fields import F, O, Tab
from tmon.listings.names import FieldNames
from tmon.listings.steps import Act
from tmon.listings.uploads import Upload
from tmon.models.listings import ChangeState, ChangeWait, UploadSource, UploadState

NAMES = FieldNames(
    store="한빛리빙",
    categories={51010101: "패션 > 여성의류 > 티셔츠"},
    templates={612345: "기본"},
    ship_from={612345: "본사 창고"},
    carriers={"10001": "CJ대한통운"},
)
DEAL = SheetDeal(line=3, number="A-1", options=[SheetOption(line=5, number="A-1-L")])


def wording(source: UploadSource = UploadSource.FILE, *, one_list: bool = False) -> Wording:
    columns = {Tab.OPTIONS.value: {"price": "F"}}
    content = SheetContent(judged=[], columns=columns, one_list=one_list)
    t = Texts("ko", lambda: MOMENT, KST)
    return Wording(t, Upload("T1", "pu_1", "st_1", "U1", UploadState.PREVIEWED, source, content), NAMES)


def result(state: ChangeState, **over: Any) -> ChangeResult:
    usual: dict[str, Any] = {
        "id": "pc_1",
        "product_key": "a-1",
        "user_id": "U1",
        "is_new": False,
        "note": None,
        "values": {},
        "detail": None,
        "done": (),
        "due_at": MOMENT,
        "wait": None,
        "created_at": MOMENT,
        "ended_at": None,
    }
    return ChangeResult(**{**usual, **over, "state": state})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (FieldChange(field=F.TITLE, old="가", new="나 <!channel>"), "상품명 가 → 나 &lt;!channel&gt;"),
        (
            FieldChange(field=F.BRAND, new="올리브", old_known=False),
            "브랜드 → 올리브 (지금 값은 티몬이 알려 주지 않습니다)",
        ),
        (FieldChange(field=F.DETAIL, old=12_034, new=12_120), "상세설명 12,034자 → 12,120자"),
        (FieldChange(field=F.IMAGES, old=["a", "b"], new=["a", "c", "b"]), "대표이미지 2장 → 3장(바뀌는 번호 2, 3)"),
        (FieldChange(field=F.IMAGES, old=["a", "b"], new=["a"]), "대표이미지 2장 → 1장(바뀌는 번호 2)"),
        (
            FieldChange(
                field=F.NOTICE_TEXT, old=[["소재", "면"], ["색", "검정"]], new=[["소재", "마"], ["색", "검정"]]
            ),
            "고시 내용 소재: 면 → 소재: 마",
        ),
        (FieldChange(field=F.CATEGORY, old=1, new=51010101), "카테고리 1 → 패션 &gt; 여성의류 &gt; 티셔츠 (51010101)"),
        (FieldChange(field=F.TEMPLATE, old=1, new=612345), "배송 템플릿 1 → 기본 (612345)"),
        (FieldChange(field=F.CARRIER, old="10001", new="10099"), "택배사 CJ대한통운 → 10099"),
        (FieldChange(field=F.KC, old="N", new="Y"), "KC 인증 해당 없음 → 제출"),
        (FieldChange(field=F.ADULT, old=False, new=True), "성인 전용 사용 안 함 → 사용"),
        (FieldChange(field=F.MOST, new=1_000), "최대 구매 수량 없음 → 1,000"),
        (
            FieldChange(field=F.END, old=datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC), new="2026-12-31T14:59:59Z"),
            "판매 종료 2026-11-30 23:59 → 2026-12-31 23:59",
        ),
        (
            FieldChange(field=O.PRICE, option="A-1-L", old=15_900, new=17_900),
            "판매가(A-1-L) 15,900원 → 17,900원 (+12.6%)",
        ),
        (
            FieldChange(field=O.PRICE, option="A-1-L", old=10_000, new=4_999),
            "⚠️ 판매가(A-1-L) 10,000원 → 4,999원 (*-50.0%*)",
        ),
        (
            FieldChange(field=O.SECTIONS, option="A-1-L", old=["검정", "L"], new=["블랙", "L"]),
            "옵션(A-1-L) 검정 / L → 블랙 / L",
        ),
        (FieldChange(field=O.SKU, option="A-1-L", new="SKU-1"), "SKU 연결(A-1-L) 없음 → SKU-1"),
    ],
)
def test_a_change_is_said_with_its_names(change: FieldChange, said: str) -> None:
    assert wording().change(change) == said


@pytest.mark.parametrize(
    ("old", "new", "steep"), [(100, 150, False), (100, 151, True), (100, 50, False), (100, 49, True)]
)
def test_a_price_is_steep_that_changes_by_more_than_half(old: int, new: int, steep: bool) -> None:
    assert is_steep(FieldChange(field=O.PRICE, option="A-1-L", old=old, new=new)) is steep


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (wording(), "'옵션' 5행 F열 판매가: 원 단위 숫자를 적어 주세요: &lt;만원&gt;"),
        (wording(one_list=True), "5행 F열 판매가: 원 단위 숫자를 적어 주세요: &lt;만원&gt;"),
        (wording(UploadSource.FORM), "판매가(A-1-L): 원 단위 숫자를 적어 주세요: &lt;만원&gt;"),
    ],
    ids=["two tabs", "one list", "form"],
)
def test_a_problem_is_said_with_its_place(made: Wording, said: str) -> None:
    problem = Problem(
        tab=Tab.OPTIONS, line=5, field="price", note="listing_sheet.price_number", values={"value": "<만원>"}
    )
    assert made.problem(problem, Judged(deal=DEAL, kind=Kind.WRONG)) == said
    plain = made.problem(problem, Judged(deal=DEAL, kind=Kind.WRONG), plain=True)
    assert plain == said.replace("&lt;", "<").replace("&gt;", ">")


def test_a_problem_without_a_cell_in_the_file_names_the_column() -> None:
    problem = Problem(tab=Tab.DEALS, line=3, field="title", note="listing_sheet.title_missing")
    assert wording().problem(problem, Judged(deal=DEAL, kind=Kind.WRONG)) == "'상품' 3행 상품명: 상품명을 적어 주세요"


@pytest.mark.parametrize(
    ("kind", "given", "outcome"),
    [
        (Kind.WRONG, None, Outcome.WRONG),
        (Kind.SAME, None, Outcome.SAME),
        (Kind.CHANGED, None, Outcome.SAME),
        (Kind.NEW, result(ChangeState.DONE, is_new=True), Outcome.REGISTERED),
        (Kind.CHANGED, result(ChangeState.DONE), Outcome.CHANGED),
        (Kind.CHANGED, result(ChangeState.FAILED), Outcome.FAILED),
        (Kind.CHANGED, result(ChangeState.UNKNOWN), Outcome.UNKNOWN),
        (Kind.CHANGED, result(ChangeState.SENDING), Outcome.WAITING),
        (Kind.NEW, result(ChangeState.SUPERSEDED), Outcome.SUPERSEDED),
    ],
)
def test_what_became_of_a_product(kind: Kind, given: ChangeResult | None, outcome: Outcome) -> None:
    assert outcome_of(Judged(deal=DEAL, kind=kind), given) is outcome


@pytest.mark.parametrize(
    ("state", "over", "said"),
    [
        (
            ChangeState.FAILED,
            {
                "note": "listings.refused",
                "detail": "금칙어가\n있습니다",
                "done": (Act.CHANGE,),
                "values": {"left": ["display"]},
            },
            ["티몬이 거절했습니다 (금칙어가 있습니다)", "먼저 반영됨: 상품 정보와 판매가", "보내지 않음: 진열"],
        ),
        (
            ChangeState.WAITING,
            {"wait": ChangeWait.LIMIT},
            ["한 상품은 20분 동안 10번까지 바꿀 수 있어 오늘 10:00에 보냅니다."],
        ),
        (
            ChangeState.WAITING,
            {"wait": ChangeWait.RETRY, "note": "listings.down"},
            ["티몬이 응답하지 않습니다", "오늘 10:00에 다시 보냅니다."],
        ),
        (ChangeState.WAITING, {"wait": ChangeWait.AHEAD}, ["같은 상품의 앞선 변경을 먼저 보냅니다."]),
        (ChangeState.DONE, {}, []),
    ],
)
def test_why_a_change_failed_or_waits(state: ChangeState, over: Mapping[str, Any], said: list[str]) -> None:
    assert wording().reason(result(state, **over)) == said
