"""The form as Excel opens it: tabs, notes, lists to choose from, examples; and the file of rows with problems."""

import io
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]

from handlers.listing_files.words import form_words
from handlers.samples.fixtures import MOMENT
from handlers.texts import LANGUAGES, Texts
from tests.tmon.listings.sheets import FACTS, book, deal, judged, option, read
from tmon.clock import KST
from tmon.errors import AppError
from tmon.listings.documents import Kind, Problem, SheetContent
from tmon.listings.fields import KEPT_DETAIL, NO, NUMBER, YES, F, O, Tab, part
from tmon.listings.sheet.examples import EXAMPLES
from tmon.listings.sheet.form import NOTICE_GROUPS, form_file
from tmon.listings.sheet.layouts import TITLES
from tmon.listings.sheet.problems import ProblemWords, problem_file

INTERFACE = {
    "상품": (
        "판매자 상품번호 · 관리명 · 상품명 · 홍보문구 · 카테고리 · 상품유형 · 배송 템플릿 · 택배사 · 대표이미지 1 · 대표이미지 2 · "
        "대표이미지 3 · 대표이미지 4 · 대표이미지 5 · 대표이미지 6 · 상세설명 · 원산지 · 원산지 상세 · KC 인증 · KC 번호 · 고시 품목 · "
        "고시 내용 · 옵션 구분 1 · 옵션 구분 2 · 옵션 구분 3 · 최대 구매 수량 · 성인 전용 · 검색어 · 브랜드 · 판매 시작 · 판매 종료"
    ),
    "옵션": "판매자 상품번호 · 판매자 옵션번호 · 옵션 1 · 옵션 2 · 옵션 3 · 판매가 · 재고 · 진열 · SKU코드",
}


def texts(language: str = "ko") -> Texts:
    return Texts(language, lambda: MOMENT, KST)


@cache
def form(language: str = "ko") -> Any:
    return load_workbook(io.BytesIO(form_file(FACTS, form_words(texts(language), FACTS))))


def offered(tab: str, title: str) -> tuple[str, list[str]]:
    """Where a column offers a list, and what it offers."""
    sheet = form()[tab]
    (letter,) = [cell.column_letter for cell in sheet[1] if cell.value == title]
    (rule,) = [one for one in sheet.data_validations.dataValidation if str(one.sqref).startswith(f"{letter}2:")]
    name, _, area = rule.formula1.rpartition("!")
    return str(rule.sqref), [cell.value for (cell,) in form()[name.strip("'")][area.replace("$", "")]]


def test_the_form_has_three_tabs_with_fixed_titles_and_a_hidden_one() -> None:
    made = form()
    assert [(sheet.title, sheet.sheet_state) for sheet in made] == [
        ("상품", "visible"),
        ("옵션", "visible"),
        ("안내", "visible"),
        ("목록", "hidden"),
    ]
    assert {tab: " · ".join(cell.value for cell in made[tab][1]) for tab in INTERFACE} == INTERFACE
    assert all(made[tab].freeze_panes == "A2" for tab in INTERFACE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_title_has_a_note_and_the_guide_has_its_lines(language: str) -> None:
    made = form(language)
    notes = [cell.comment.text for tab in INTERFACE for cell in made[tab][1]]
    assert all(notes)
    assert ("필수" in notes[0], "Required" in notes[0]) == (language == "ko", language == "en")
    lines = [cell.value for (cell,) in made["안내"].iter_rows(min_row=2)]
    assert len(lines) == 14
    assert not [line for line in [*notes, *lines] if "{" in line]


def test_columns_with_fixed_words_offer_lists() -> None:
    assert offered("상품", "카테고리") == ("E2:E2001", [f"{one.path} ({one.no})" for one in FACTS.categories])
    assert offered("상품", "배송 템플릿")[1][0] == "기본 배송 (612345)"
    assert offered("상품", "택배사")[1] == ["CJ대한통운", "한진택배"]
    assert offered("상품", "상품유형")[1][6] == "일반상품"
    assert offered("상품", "원산지")[1] == ["국산", "상품상세참조", "직접입력", "없음"]
    assert offered("상품", "KC 인증")[1] == ["제출", "해당 없음", "상세 참조"]
    assert offered("상품", "고시 품목")[1] == [*NOTICE_GROUPS]
    assert [offered("상품", "성인 전용")[1], offered("옵션", "진열")[1]] == [[YES, NO]] * 2


def test_prices_and_stock_are_numbers_and_all_else_is_text() -> None:
    sheet = form()["옵션"]
    rules = {
        str(one.sqref): (one.type, one.operator, one.formula1, one.errorStyle)
        for one in sheet.data_validations.dataValidation
    }
    assert rules["F2:F2001"] == ("whole", "greaterThanOrEqual", "1", "warning")
    assert rules["G2:G2001"][2] == "0"
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "s", "s", "n", "n", "n", "s", "s"]
    assert sheet.column_dimensions["A"].number_format == "@"


def test_a_list_that_is_not_known_is_not_offered_and_the_guide_says_so() -> None:
    facts = replace(FACTS, categories=[], templates=[])
    made = load_workbook(io.BytesIO(form_file(facts, form_words(texts(), facts))))
    rules = [str(one.sqref)[0] for one in made["상품"].data_validations.dataValidation]
    assert not {"E", "G"} & {*rules}
    assert made["안내"].max_row == 1 + 14 + 2


def test_an_untouched_form_has_nothing_to_read() -> None:
    with pytest.raises(AppError, match=r"listing_sheet\.nothing"):
        read(form_file(FACTS, form_words(texts(), FACTS)))


def test_the_examples_are_right_once_they_have_numbers_of_their_own() -> None:
    """One product for each kind of goods; nothing in them is refused."""
    made = load_workbook(io.BytesIO(form_file(FACTS, form_words(texts(), FACTS))))
    for tab in INTERFACE:
        for row in made[tab].iter_rows(min_row=2):
            if row[0].value:
                row[0].value = row[0].value.removeprefix("예시 ").replace(" ", "-")
    food = made["상품"][3]
    assert food[6].value == "배송 템플릿 이름 (번호)", "no template of the store is for goods that are kept cold"
    food[5].value, food[6].value = "일반상품", "기본 배송"
    assert [row[6].value for row in made["상품"].iter_rows(min_row=4, max_row=5)] == [
        "기본 배송 (612345)",
        "주문제작 배송 (612346)",
    ]
    assert [row[4].value for row in made["상품"].iter_rows(min_row=2, max_row=4)][::2] == [
        "패션 > 여성의류 > 티셔츠 (51010101)",
        "가전 > 조명 > 스탠드 (57010101)",
    ]
    saved = io.BytesIO()
    made.save(saved)
    results = judged(read(saved.getvalue()))
    assert [(one.kind, one.deal.problems) for one in results] == [(Kind.NEW, [])] * len(EXAMPLES)


# --- 문제 행 받기 ---


def words() -> ProblemWords:
    def sentence(problem: Problem) -> str:
        return texts()(problem.note, **problem.values)

    return ProblemWords(wrong="오류", failed="실패", elsewhere="다른 행", sentence=sentence)


def judged_content() -> SheetContent:
    long_detail = "<p>\n글</p>" * 100
    data = book(
        [
            deal("A-1"),
            deal("A-2", **{F.TITLE: None, F.BRAND: "=1+1", F.DETAIL: long_detail}),
            deal("A-3"),
            deal("A-4", **{F.START: "2026-12-01"}),
        ],
        [
            option("A-1", "A-1-L"),
            option("A-2", "A-2-L", **{O.PRICE: 0}),
            option("A-3", "A-3-L"),
            option("A-3", None),
            option("A-4", "A-4-L"),
        ],
        lambda made: setattr(made["상품"]["AB3"], "data_type", "s"),
    )
    content = read(data)
    content.judged = judged(content)
    content.deals = []
    return content


def test_rows_with_problems_come_back_as_they_were_with_what_is_wrong() -> None:
    content = judged_content()
    made = load_workbook(io.BytesIO(problem_file(content, {"a-4": "금칙어가 있습니다"}, words())))
    assert [cell.value for cell in made["상품"][1]][-3:] == ["행", "결과", "사유"]
    rows = {row[0].value: [cell.value for cell in row] for row in made["상품"].iter_rows(min_row=2)}
    assert {number: row[-3:] for number, row in rows.items()} == {
        "A-2": ["3", "오류", "상품명을 적어 주세요"],
        "A-3": ["4", "오류", "다른 행"],
        "A-4": ["5", "실패", "금칙어가 있습니다"],
    }
    letter = list(TITLES[Tab.DEALS]).index(F.BRAND)
    assert rows["A-2"][letter] == "=1+1"
    assert rows["A-2"][list(TITLES[Tab.DEALS]).index(F.DETAIL)] == "<p>\n글</p>" * 100
    options = [[cell.value for cell in row] for row in made["옵션"].iter_rows(min_row=2)]
    assert [(row[0], row[1], row[-3], row[-1]) for row in options] == [
        ("A-2", "A-2-L", "3", "0원은 쓸 수 없습니다. 1원 이상을 적어 주세요"),
        ("A-3", "A-3-L", "4", "다른 행"),
        ("A-3", None, "5", "판매자 옵션번호를 적어 주세요"),
        ("A-4", "A-4-L", "6", "다른 행"),
    ]


def test_rows_with_problems_are_read_as_before_when_they_are_uploaded_again() -> None:
    content = judged_content()
    again = read(problem_file(content, {}, words()))
    assert again.unread == 0
    before = {one.deal.number: one.deal for one in content.judged if one.kind is Kind.WRONG}
    for one in judged(again):
        assert one.deal.values == before[one.deal.number].values
        assert {problem.note for problem in one.deal.problems} == {
            problem.note for problem in before[one.deal.number].problems
        }


def test_a_product_of_which_only_options_were_listed_comes_back_too() -> None:
    content = read(book([], [{NUMBER: "B-1", part(O.SECTIONS, 1): "S"}]))
    content.judged = judged(content)
    made = load_workbook(io.BytesIO(problem_file(content, {}, words())))
    assert made["상품"].max_row == 1
    assert [cell.value for cell in made["옵션"][2]][:3] == ["B-1", None, "S"]


def test_a_detail_that_no_cell_takes_is_not_cut() -> None:
    content = judged_content()
    (wrong,) = (one for one in content.judged if one.deal.number == "A-2")
    wrong.deal.values[F.DETAIL] = "<p>글</p>" * 10_000
    made = load_workbook(io.BytesIO(problem_file(content, {}, words())))
    assert made["상품"][2][list(TITLES[Tab.DEALS]).index(F.DETAIL)].value == KEPT_DETAIL
