"""Every error of a sheet stands at its cell, and nowhere else."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from handlers.texts import LANGUAGES, entries
from tests.tmon.listings.sheets import STORE, STORE_FACTS, Found, book, deal, found, judged, option, read
from tmon.listings.documents import Kind
from tmon.listings.fields import KEPT_DETAIL, NUMBER, OPTION_NUMBER, F, O, Tab, part
from tmon.listings.identity import longest_number

IMAGE, SECTION, VALUE = (
    [part(name, place) for place in range(1, most + 1)]
    for name, most in ((F.IMAGES, 6), (F.SECTIONS, 3), (O.SECTIONS, 3))
)
MOST = longest_number(STORE)


@dataclass(frozen=True)
class Case:
    """A product with one thing wrong: the error, its column, and what differs from a product that is right."""

    key: str
    name: str
    deal: dict[str, object] = field(default_factory=dict)
    options: tuple[dict[str, object], ...] = ({},)
    tab: Tab = Tab.DEALS
    row: int = 0
    """Which of the options has it, where it stands in the tab of options."""


def of(key: str, name: str, value: object, **more: object) -> Case:
    return Case(key, name, {name: value, **more})


def of_option(key: str, name: str, value: object, **more: object) -> Case:
    return Case(key, name, options=({name: value, **more},), tab=Tab.OPTIONS)


CASES = (
    of("managed_missing", F.MANAGED, None),
    of("managed_long", F.MANAGED, "가" * 61),
    of("title_missing", F.TITLE, None),
    of("title_long", F.TITLE, "가" * 61),
    of("promotion_missing", F.PROMO, None),
    of("promotion_long", F.PROMO, "가" * 21),
    of("category_missing", F.CATEGORY, None),
    of("category_unknown", F.CATEGORY, "없는 것"),
    of("category_several", F.CATEGORY, "티셔츠"),
    of("category_not_leaf", F.CATEGORY, "패션 > 여성의류"),
    of("category_near", F.CATEGORY, "스탠더드"),
    of("type_missing", F.TYPE, None),
    of("type_unknown", F.TYPE, "특수상품"),
    of("type_template", F.TEMPLATE, "주문제작 배송"),
    of("template_missing", F.TEMPLATE, None),
    of("template_unknown", F.TEMPLATE, "없는 템플릿"),
    of("template_several", F.TEMPLATE, "두 번"),
    of("carrier_missing", F.CARRIER, None),
    of("carrier_unknown", F.CARRIER, "비둘기"),
    of("carrier_near", F.CARRIER, "CJ대한통훈"),
    of("image_missing", IMAGE[0], None),
    of("image_url", IMAGE[0], "ftp://img.example.com/1.jpg"),
    of("image_long", IMAGE[1], "https://img.example.com/" + "a" * 500),
    of("image_twice", IMAGE[1], "https://img.example.com/1.jpg"),
    of("image_gap", IMAGE[2], "https://img.example.com/3.jpg"),
    of("detail_missing", F.DETAIL, None),
    of("detail_mark_new", F.DETAIL, KEPT_DETAIL),
    of("origin_unknown", F.ORIGIN, "화성"),
    of("origin_detail_missing", F.ORIGIN_DETAIL, None, **{F.ORIGIN: "직접입력"}),
    of("origin_detail_extra", F.ORIGIN_DETAIL, "중국", **{F.ORIGIN: "국산"}),
    of("origin_detail_long", F.ORIGIN_DETAIL, "중" * 101, **{F.ORIGIN: "직접입력"}),
    of("kc_missing", F.KC, None),
    of("kc_unknown", F.KC, "아마도"),
    of("kc_numbers_missing", F.KC_NUMBERS, None, **{F.KC: "제출"}),
    of("kc_numbers_extra", F.KC_NUMBERS, "안전인증: HU1"),
    of("kc_line", F.KC_NUMBERS, "안전인증: HU1\nHU2", **{F.KC: "제출"}),
    of("notice_missing", F.NOTICE, None),
    of("notice_text_missing", F.NOTICE_TEXT, None),
    of("notice_line", F.NOTICE_TEXT, "제품 소재: 면\n색상 검정"),
    of("notice_twice", F.NOTICE_TEXT, "색상: 검정\n색상: 흰색"),
    of("line_long", F.NOTICE_TEXT, "색상: " + "검" * 500),
    of("section_long", SECTION[0], "가" * 11),
    Case("section_gap", SECTION[2], {SECTION[1]: None, SECTION[2]: "재질"}),
    of("section_twice", SECTION[1], "색상"),
    of("most_number", F.MOST, 1000),
    of("yes_no", F.ADULT, "글쎄요"),
    of("keyword_many", F.KEYWORDS, "가, 나, 다, 라, 마, 바"),
    of("keyword_long", F.KEYWORDS, "가" * 21),
    of("keyword_twice", F.KEYWORDS, "가, 나, 가"),
    of("brand_long", F.BRAND, "가" * 51),
    of("moment", F.START, "내일"),
    of("period_order", F.END, "2026-12-01", **{F.START: "2026-12-02"}),
    of("period_past", F.END, "2026-11-01 10:00"),
    of("period_far", F.END, "2901-01-01"),
    of("no_options", NUMBER, "E-no-options"),
    of_option("option_value_missing", VALUE[1], None),
    of_option("option_value_extra", VALUE[2], "면"),
    of_option("option_value_long", VALUE[0], "가" * 101),
    of_option("option_value_empty", VALUE[0], "^^"),
    of_option("price_missing", O.PRICE, None),
    of_option("price_number", O.PRICE, "만 원"),
    of_option("price_zero", O.PRICE, 0),
    of_option("stock_missing", O.STOCK, None),
    of_option("stock_number", O.STOCK, -1),
    of_option("yes_no", O.DISPLAY, "아마"),
    of_option("display_single", O.DISPLAY, "사용 안 함"),
    of_option("sku_long", O.SKU, "S" * 51),
    of_option("option_number_missing", OPTION_NUMBER, None),
    of_option("number_signs", OPTION_NUMBER, "A 1"),
    of_option("number_long", OPTION_NUMBER, "A" * (MOST + 1)),
    of_option("cell_date", OPTION_NUMBER, datetime(2026, 1, 2)),
    of_option("cell_boolean", O.DISPLAY, True),
    of("cell_formula", F.TITLE, "=A1&B1"),
    of("cell_error", F.BRAND, "#N/A"),
    of("cell_boolean", F.ADULT, False),
    of("cell_format", F.MOST, 0.5),
    of("number_long", NUMBER, "N" * (MOST + 1)),
    of("number_signs", NUMBER, "N#1"),
    of("number_missing", NUMBER, None),
    of("cell_scientific", NUMBER, "1E+5"),
    Case(
        "option_same_text",
        VALUE[0],
        options=({}, {VALUE[0]: "검정 "}),
        tab=Tab.OPTIONS,
        row=1,
    ),
    Case(
        "display_all",
        O.DISPLAY,
        options=({O.DISPLAY: "사용 안 함"}, {O.DISPLAY: "사용 안 함", VALUE[1]: "M"}),
        tab=Tab.OPTIONS,
    ),
)


def sheet() -> tuple[bytes, Found]:
    """One sheet with all cases, and what has to be found in it."""
    deals: list[dict[str, object]] = [deal("GOOD-1")]
    options: list[dict[str, object]] = [option("GOOD-1", "GOOD-1-L")]
    wanted: list[tuple[Tab, int, str, str]] = []
    for number, case in enumerate(CASES):
        deals.append({**deal(f"E-{number}"), **case.deal})
        name = deals[-1][NUMBER]
        wanted_line = len(deals) + 1
        if case.key != "no_options" and isinstance(name, str) and name != "1E+5":
            for place, differing in enumerate(case.options):
                options.append({**option(name, f"E-{number}-{place}"), **differing})
                if case.tab is Tab.OPTIONS and place == case.row:
                    wanted_line = len(options) + 1
        wanted.append((case.tab, wanted_line, case.name, case.key))
    deals += [deal("TWICE"), deal("TWICE"), deal("Case"), deal("CASE")]
    first = len(deals) - 2
    wanted += [(Tab.DEALS, first + place, NUMBER, "row_twice") for place in (0, 1)]
    wanted += [(Tab.DEALS, first + place, NUMBER, "number_case") for place in (2, 3)]
    # The second rows of both have no options of their own: those belong to the first.
    wanted += [(Tab.DEALS, first + place, NUMBER, "no_options") for place in (1, 3)]
    options += [option(name, f"{name}-1") for name in ("TWICE", "Case")]
    options += [
        option("NOWHERE", "NOWHERE-1"),
        option("Case", "TWO", **{VALUE[1]: "M"}),
        option("NOWHERE", "two", **{VALUE[1]: "M"}),
    ]
    last = len(options) + 1
    wanted.append((Tab.OPTIONS, last - 2, NUMBER, "deal_missing"))
    wanted += [(Tab.OPTIONS, line, OPTION_NUMBER, "option_twice") for line in (last - 1, last)]
    deals += [deal("HIDDEN"), deal("MERGED")]
    options += [option(name, f"{name}-1") for name in ("HIDDEN", "MERGED")]
    hidden = len(deals)
    wanted += [(Tab.DEALS, hidden, "", "row_hidden"), (Tab.DEALS, hidden + 1, IMAGE[4], "row_merged")]

    def change(made: Any) -> None:
        tab = made["상품"]
        tab.row_dimensions[hidden].hidden = True
        tab.merge_cells(start_row=hidden + 1, end_row=hidden + 1, start_column=13, end_column=14)
        for line in range(2, hidden):
            if tab.cell(line, 25).value == 0.5:
                tab.cell(line, 25).number_format = "0%"

    data = book(deals, options, change)
    letters = read(data).columns
    return data, {(tab, line, letters[tab].get(name, ""), key) for tab, line, name, key in wanted}


def test_each_error_of_a_sheet_stands_at_its_cell() -> None:
    data, wanted = sheet()
    content = read(data)
    results = judged(content)
    assert found(content, results) ^ wanted == set()
    assert len({key for *_, key in wanted}) >= 60
    assert [one.deal.number for one in results if one.kind is not Kind.WRONG] == ["GOOD-1"]


def test_a_product_without_an_error_beside_wrong_ones_is_new() -> None:
    content = read(
        book([deal("A-1"), deal("A-2", **{F.TITLE: None})], [option("A-1", "A-1-L"), option("A-2", "A-2-L")])
    )
    assert [one.kind for one in judged(content)] == [Kind.NEW, Kind.WRONG]


def test_without_a_policy_number_every_new_product_says_whose_it_is_to_get_one() -> None:
    content = read(book([deal("A-1")], [option("A-1", "A-1-L")]))
    notes = {
        problem.note
        for whom in ("store", "operator")
        for one in judged(content, store=replace(STORE_FACTS, has_policy=False, policy_whom=whom))
        for problem in one.deal.problems
    }
    assert notes == {"listing_sheet.no_policy_store", "listing_sheet.no_policy_operator"}


def test_every_error_has_its_sentence_in_both_languages() -> None:
    keys = {f"listing_sheet.{case.key}" for case in CASES if not case.key.startswith("cell_")}
    sentences = entries()
    assert {key for key in keys if not all(sentences.get(key, {}).get(language) for language in LANGUAGES)} == set()
