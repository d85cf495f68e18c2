"""The rules for single cells: what is taken for what, and what is refused with which sentence."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tmon.clock import KST
from tmon.codes.tables import OWN, Carrier
from tmon.listings import checks
from tmon.listings.checks import CategoryFacts, TemplateFacts
from tmon.listings.fields import KC_WORDS, KEPT_DETAIL, ORIGIN_WORDS, TYPE_WORDS
from tmon.spreadsheets.cells import CellProblem

CATEGORIES = (
    CategoryFacts(51010101, "패션 > 여성의류 > 티셔츠", 51000000),
    CategoryFacts(51010102, "패션 > 여성의류 > 기타", 51000000),
    CategoryFacts(57010101, "가전·컴퓨터 > 소형(주방) > 기타", 57000000),
    CategoryFacts(58000001, "선물", 58000001),
)
TEMPLATES = (
    TemplateFacts(612345, "기본", None),
    TemplateFacts(612346, "제주 (2)", None),
    TemplateFacts(612347, "묶음", None),
    TemplateFacts(612348, "묶음", None),
)
CARRIERS = (Carrier("10001", "CJ대한통운"), Carrier("10008", "경동택배"), OWN)


def of_categories(text: str) -> int:
    return checks.category(text, CATEGORIES)


def of_templates(text: str) -> int:
    return checks.template(text, TEMPLATES)


def of_carriers(text: str) -> str:
    return checks.carrier(text, CARRIERS)


def start(text: str) -> datetime:
    return checks.moment(text, end=False)


def end(text: str) -> datetime:
    return checks.moment(text, end=True)


TAKEN: list[tuple[Callable[[str], Any], str, Any]] = [
    (checks.title, " 가상  브랜드\n티셔츠 ", "가상 브랜드 티셔츠"),
    (checks.title, "가" * 60, "가" * 60),
    (checks.title, "\u1100\u1161" * 60, "가" * 60),
    (of_categories, "패션 > 여성의류 > 티셔츠 (51010101)", 51010101),
    (of_categories, "패션>여성의류>티셔츠", 51010101),
    (of_categories, "여성의류 > 기타", 51010102),
    (of_categories, "티셔츠", 51010101),
    (of_categories, "선물", 58000001),
    (of_categories, "가전·컴퓨터 > 소형(주방) > 기타", 57010101),
    (of_categories, "51010101", 51010101),
    (of_categories, "(99999999)", 99999999),
    (of_templates, "기본 (612345)", 612345),
    (of_templates, "기본", 612345),
    (of_templates, "제주 (2)", 612346),
    (of_templates, "제주 (2) (612346)", 612346),
    (of_templates, "묶음 (612348)", 612348),
    (of_templates, "700001", 700001),
    (of_carriers, "cj 대한통운", "10001"),
    (of_carriers, "10008", "10008"),
    (of_carriers, "자체배송", "10099"),
    (checks.product_type, "일반 상품", "DP07"),
    (checks.product_type, "dp05", "DP05"),
    (checks.image, " https://img.example.com/가/1.jpg?w=1 ", "https://img.example.com/가/1.jpg?w=1"),
    (checks.detail, "<p>\n가</p>\n", "<p>\n가</p>\n"),
    (checks.detail, " (길어서 생략 - 그대로 둠)", KEPT_DETAIL),
    (
        checks.kc_numbers,
        "안전인증: CB061R001-9001\n\n전파：R-R-1\n",
        (("안전인증", "CB061R001-9001"), ("전파", "R-R-1")),
    ),
    (checks.notice_text, "제품 소재: 면 100% : 폴리 0%", (("제품 소재", "면 100% : 폴리 0%"),)),
    (checks.notice, " 의류 ", "의류"),
    (checks.most, "999개", 999),
    (checks.yes_no, "사용", True),
    (checks.yes_no, "사용안함", False),
    (checks.keywords, "티셔츠, 긴팔，가을 신상,,", ("티셔츠", "긴팔", "가을 신상")),
    (checks.brand, "가상브랜드", "가상브랜드"),
    (start, "2026-12-01", datetime(2026, 12, 1, tzinfo=KST)),
    (end, "2026-12-01", datetime(2026, 12, 1, 23, 59, 59, tzinfo=KST)),
    (end, "2026-12-01 09:00", datetime(2026, 12, 1, 9, tzinfo=KST)),
    (start, "2026.12.1T9:05:07", datetime(2026, 12, 1, 9, 5, 7, tzinfo=KST)),
    (start, "2026년 12월 1일 09:00", datetime(2026, 12, 1, 9, tzinfo=KST)),
    (end, "2900-12-31", datetime(2900, 12, 31, 23, 59, 59, tzinfo=KST)),
    (checks.option_value, "검정 #1", "검정 #1"),
    (checks.price, "15,900원", 15900),
    (checks.stock, "0", 0),
    (checks.sku_code, "SKU-1", "SKU-1"),
    *((checks.origin, word, code.value) for code, word in ORIGIN_WORDS.items()),
    *((checks.kc, word, code.value) for code, word in KC_WORDS.items()),
    *((checks.product_type, word, code.value) for code, word in TYPE_WORDS.items()),
]

REFUSED: list[tuple[Callable[[str], Any], str, str, dict[str, Any]]] = [
    (checks.managed_title, "가" * 61, "managed_long", {"most": 60, "n": 61}),
    (checks.title, "가" * 61, "title_long", {"most": 60, "n": 61}),
    (checks.promotion, "가" * 21, "promotion_long", {"most": 20, "n": 21}),
    (of_categories, "패션 > 여성의류", "category_not_leaf", {}),
    (of_categories, "여성의류", "category_not_leaf", {}),
    (of_categories, "패션 (51000000)", "category_not_leaf", {}),
    (of_categories, "기타", "category_several", {}),
    (of_categories, "티셔트", "category_near", {"value": "티셔트", "near": "티셔츠"}),
    (of_categories, "자동차 > 부품", "category_unknown", {"value": "자동차 > 부품", "near": ""}),
    (of_templates, "묶음", "template_several", {}),
    (of_templates, "기분", "template_unknown", {"value": "기분"}),
    (of_carriers, "CJ대한통은", "carrier_near", {"value": "CJ대한통은", "near": "CJ대한통운"}),
    (of_carriers, "비둘기", "carrier_unknown", {"value": "비둘기", "near": ""}),
    (checks.product_type, "의류", "type_unknown", {"value": "의류"}),
    (checks.image, "img.example.com/1.jpg", "image_url", {}),
    (checks.image, "ftp://img.example.com/1.jpg", "image_url", {}),
    (checks.image, "https:///1.jpg", "image_url", {}),
    (checks.image, "https://[/1.jpg", "image_url", {}),
    (checks.image, "https://img.example.com/a b.jpg", "image_url", {}),
    (checks.image, "https://img.example.com/" + "a" * 480, "image_long", {"most": 500}),
    (checks.detail, "가" * 500_001, "detail_long", {"n": 500_001}),
    (checks.origin, "중국", "origin_unknown", {"value": "중국"}),
    (checks.origin_detail, "가" * 101, "origin_detail_long", {"most": 100, "n": 101}),
    (checks.kc, "있음", "kc_unknown", {"value": "있음"}),
    (checks.kc_numbers, "안전인증: 1\nCB061", "kc_line", {"n": 2}),
    (checks.notice_text, "소재: 면\n\n색상 검정", "notice_line", {"n": 3}),
    (checks.notice_text, "소재:", "notice_line", {"n": 1}),
    (checks.notice_text, "소재: 면\n소재 : 마", "notice_twice", {"n": 2}),
    (checks.notice_text, "소재: " + "면" * 500, "line_long", {"n": 1, "most": 500}),
    (checks.most, "0", "most_number", {"most": 999}),
    (checks.most, "1000", "most_number", {"most": 999}),
    (checks.most, "많이", "most_number", {"most": 999}),
    (checks.yes_no, "네", "yes_no", {}),
    (checks.keywords, "가,나,다,라,마,바", "keyword_many", {"most": 5}),
    (checks.keywords, "가" * 21, "keyword_long", {"value": "가" * 19 + "…", "most": 20}),
    (checks.keywords, "가,나, 가", "keyword_twice", {"value": "가"}),
    (checks.brand, "가" * 51, "brand_long", {"most": 50, "n": 51}),
    (start, "내일", "moment", {"value": "내일"}),
    (start, "2026-02-30", "moment", {"value": "2026-02-30"}),
    (start, "2026-12-01 24:00", "moment", {"value": "2026-12-01 24:00"}),
    (end, "2901-01-01", "period_far", {}),
    (checks.option_value, "#<>", "option_value_empty", {}),
    (checks.option_value, "가" * 101, "option_value_long", {"most": 100}),
    (checks.price, "만원", "price_number", {"value": "만원"}),
    (checks.price, "15900.5", "price_number", {"value": "15900.5"}),
    (checks.price, "-1", "price_number", {"value": "-1"}),
    (checks.price, "0", "price_zero", {}),
    (checks.stock, "-1", "stock_number", {"value": "-1"}),
    (checks.sku_code, "s" * 51, "sku_long", {"most": 50, "n": 51}),
]


@pytest.mark.parametrize(("check", "text", "value"), TAKEN)
def test_taken(check: Callable[[str], Any], text: str, value: Any) -> None:
    assert check(text) == value


@pytest.mark.parametrize(("check", "text", "key", "values"), REFUSED)
def test_refused(check: Callable[[str], Any], text: str, key: str, values: dict[str, Any]) -> None:
    with pytest.raises(CellProblem) as refused:
        check(text)
    assert refused.value == CellProblem(f"listing_sheet.{key}", values)


def test_each_image_has_its_own_problem() -> None:
    first, third = "https://img.example.com/1.jpg", "https://img.example.com/3.jpg"
    found, problems = checks.images([first, "", third, first, "x", None, ""])
    assert found == (first,)
    assert {number: problem.key for number, problem in problems.items()} == {
        3: "listing_sheet.image_gap",
        4: "listing_sheet.image_twice",
        5: "listing_sheet.image_url",
    }
    assert problems[4].values == {"other": 1}


def test_option_groups_stand_without_a_gap_and_differ() -> None:
    assert checks.sections(["색상", "사이즈", ""]) == (("색상", "사이즈"), {})
    assert checks.sections(["", "", ""]) == ((), {})
    found, problems = checks.sections(["색상", "색상", "가" * 11])
    assert found == ("색상",)
    assert [problem.key for problem in problems.values()] == [
        "listing_sheet.section_twice",
        "listing_sheet.section_long",
    ]
