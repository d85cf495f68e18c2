"""A product of a sheet against what is known of it: every problem at its cell, every change field by field."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.tmon.listings.goods import NOW, STORE, VALUES, Tmon, change_of, row, sheet, store
from tmon.listings.documents import (
    FieldChange,
    Judged,
    Kind,
    OptionFacts,
    Problem,
    RemoteOption,
    SheetDeal,
    Standing,
    StoreFacts,
    wanted_of,
)
from tmon.listings.fields import KEPT_DETAIL, F, O, Tab
from tmon.listings.judging import judge
from tmon.listings.steps import Act
from tmon.models.listings import Origin, ProductState

Found = tuple[Tab, int, str, str]
D, P = Tab.DEALS, Tab.OPTIONS


def found(problems: list[Problem]) -> list[Found]:
    return [(one.tab, one.line, one.field, one.note.removeprefix("listing_sheet.")) for one in problems]


def registered(deal: SheetDeal | None = None) -> Tmon:
    tmon = Tmon()
    tmon.settle(tmon.accept(judge(deal or sheet(), Standing(), store())))
    return tmon


def changes(judged: Judged) -> list[tuple[str, str, Any, Any]]:
    return [(one.option, one.field, one.old, one.new) for one in judged.changes]


# --- new ones ---


def test_a_new_product_is_wanted_as_a_whole() -> None:
    judged = judge(sheet(), Standing(), store())
    assert (judged.kind, judged.deal.problems) == (Kind.NEW, [])
    assert judged.wanted is not None
    assert judged.wanted.is_new
    assert judged.wanted.values == VALUES
    assert [(key, one.sections, one.price, one.stock) for key, one in judged.wanted.options.items()] == [
        ("a-1-l", ("검정", "L"), 15900, 5),
        ("a-1-m", ("검정", "M"), 15900, 5),
    ]


NEW: list[tuple[SheetDeal, StoreFacts, list[Found]]] = [
    (sheet(managed=None), store(), [(D, 2, "managed_title", "managed_missing")]),
    (sheet(title=None), store(), [(D, 2, "title", "title_missing")]),
    (sheet(promo=None), store(), [(D, 2, "promotion", "promotion_missing")]),
    (sheet(category=None), store(), [(D, 2, "category", "category_missing")]),
    (sheet(type=None), store(), [(D, 2, "product_type", "type_missing")]),
    (sheet(template=None), store(), [(D, 2, "template", "template_missing")]),
    (sheet(carrier=None), store(), [(D, 2, "carrier", "carrier_missing")]),
    (sheet(images=None), store(), [(D, 2, "images_1", "image_missing")]),
    (sheet(detail=None), store(), [(D, 2, "detail", "detail_missing")]),
    (sheet(detail=KEPT_DETAIL), store(), [(D, 2, "detail", "detail_mark_new")]),
    (sheet(kc=None), store(), [(D, 2, "kc", "kc_missing")]),
    (sheet(kc="Y"), store(), [(D, 2, "kc_numbers", "kc_numbers_missing")]),
    (sheet(kc_numbers=(("안전인증", "1"),)), store(), [(D, 2, "kc_numbers", "kc_numbers_extra")]),
    (sheet(notice=None), store(), [(D, 2, "notice", "notice_missing")]),
    (sheet(notice_text=None), store(), [(D, 2, "notice_text", "notice_text_missing")]),
    (sheet(origin="E"), store(), [(D, 2, "origin_detail", "origin_detail_missing")]),
    (sheet(origin_detail="베트남"), store(), [(D, 2, "origin_detail", "origin_detail_extra")]),
    (sheet(origin="O", origin_detail="서울"), store(), [(D, 2, "origin_detail", "origin_detail_extra")]),
    (sheet(category=1), store(), [(D, 2, "category", "category_unknown")]),
    (sheet(category=1), store(tops={}), []),
    (sheet(template=1), store(), [(D, 2, "template", "template_unknown")]),
    (sheet(template=612346), store(), [(D, 2, "template", "type_template")]),
    (sheet(template=612347), store(), []),
    (sheet(end=NOW), store(), [(D, 2, "sales_end", "period_past")]),
    (
        sheet(start=NOW + timedelta(days=2), end=NOW + timedelta(days=1)),
        store(),
        [(D, 2, "sales_end", "period_order")],
    ),
    (sheet(), store(has_policy=False), [(D, 2, "number", "no_policy_store")]),
    (sheet(), store(has_policy=False, policy_whom="operator"), [(D, 2, "number", "no_policy_operator")]),
    (sheet(number="A 1"), store(), [(D, 2, "number", "number_signs")]),
    (sheet(number="A" * 35), store(), [(D, 2, "number", "number_long")]),
    (sheet().model_copy(update={"options": []}), store(), [(D, 2, "number", "no_options")]),
    (sheet(row("#1", "검정", "L")), store(), [(P, 2, "option_number", "number_signs")]),
    (sheet(row("L", "검정", "L")), store(option_owner={"l": "b-2"}), [(P, 2, "option_number", "option_elsewhere")]),
    (sheet(row("L", "검정")), store(), [(P, 2, "sections_2", "option_value_missing")]),
    (sheet(row("L", "", "L")), store(), [(P, 2, "sections_1", "option_value_missing")]),
    (sheet(row("L", "검정", "L", "긴팔")), store(), [(P, 2, "sections_3", "option_value_extra")]),
    (sheet(row("L", "검정", price=None), sections=("색상",)), store(), [(P, 2, "price", "price_missing")]),
    (sheet(row("L", "검정", stock=None), sections=("색상",)), store(), [(P, 2, "stock", "stock_missing")]),
    (
        sheet(row("L", "검정", stock=None, sku_code="SKU-2"), sections=("색상",)),
        store(),
        [(P, 2, "stock", "stock_missing")],
    ),
    (sheet(row("L", "검정", stock=None, sku_code="SKU-1"), sections=("색상",)), store(), []),
    (
        sheet(row("L", "검정", stock=None, sku_code="SKU-1"), sections=("색상",)),
        store(stock_on=False),
        [(P, 2, "stock", "stock_missing")],
    ),
    (sheet(row("L", "검정", display=False), sections=("색상",)), store(), [(P, 2, "display", "display_single")]),
    (
        sheet(row("L", "검정", display=False), row("M", "하양", line=3), sections=("색상",)),
        store(stock_on=False),
        [(P, 2, "display", "display_off")],
    ),
    (
        sheet(row("L", "검정", display=False), row("M", "하양", line=3, display=False), sections=("색상",)),
        store(),
        [(P, 2, "display", "display_all")],
    ),
    (
        sheet(row("L", "검 정"), row("M", "검 # 정", line=3), sections=("색상",)),
        store(),
        [(P, 3, "sections_1", "option_same_text")],
    ),
    (
        sheet(*(row(f"N{n}", f"색 {n}", line=n + 2) for n in range(201)), sections=("색상",)),
        store(),
        [(D, 2, "number", "options_many")],
    ),
    (sheet(row("L"), sections=None), store(), []),
    (
        sheet(row("L"), row("M", VALUES[F.TITLE], line=3), sections=None),
        store(),
        [(P, 3, "sections_1", "option_same_text")],
    ),
]


@pytest.mark.parametrize(("deal", "facts", "problems"), NEW)
def test_what_is_wrong_with_a_new_product(deal: SheetDeal, facts: StoreFacts, problems: list[Found]) -> None:
    judged = judge(deal, Standing(), facts)
    assert found(judged.deal.problems) == problems
    assert judged.kind is (Kind.WRONG if problems else Kind.NEW)
    assert (judged.wanted is None) == bool(problems)


def test_all_problems_are_collected_and_a_cell_with_one_is_not_missing() -> None:
    deal = sheet(row("L", price=None), title=None, kc=None, sections=None)
    read = [
        Problem(tab=D, line=2, field=F.TITLE, note="listing_sheet.title_long"),
        Problem(tab=P, line=2, field=O.PRICE, note="listing_sheet.price_number"),
    ]
    judged = judge(deal.model_copy(update={"problems": read}), Standing(), store())
    assert found(judged.deal.problems) == [
        (D, 2, "title", "title_long"),
        (P, 2, "price", "price_number"),
        (D, 2, "kc", "kc_missing"),
    ]
    assert judged.kind is Kind.WRONG


def test_an_end_that_means_none_is_not_sent() -> None:
    judged = judge(sheet(end=NOW.replace(year=2900, month=12, day=31)), Standing(), store())
    assert judged.kind is Kind.NEW
    assert F.END not in judged.deal.values


def test_options_without_a_row_of_their_product() -> None:
    deal = SheetDeal(tab=P, line=4, number="A-1", options=[row("L", "검정", line=4)])
    assert found(judge(deal, Standing(), store()).deal.problems) == [(P, 4, "number", "deal_missing")]


def test_an_only_option_is_called_as_the_product() -> None:
    judged = judge(sheet(row("L"), sections=None), Standing(), store())
    assert judged.wanted is not None
    assert judged.wanted.options["l"].sections == (VALUES[F.TITLE],)


def test_hints_stop_nothing() -> None:
    deal = sheet(row("L", "검정#1", sku_code="SKU-2"), row("M", "하양", line=3, sku_code="SKU-1"), sections=("색상",))
    judged = judge(deal, Standing(), store())
    assert judged.kind is Kind.NEW
    assert found(judged.notes) == [
        (P, 2, "sections_1", "text_cleaned"),
        (P, 2, "sku_code", "sku_unknown"),
        (P, 3, "stock", "sku_stock"),
    ]
    assert judged.notes[0].values == {"old": "검정#1", "new": "검정1"}
    assert judged.wanted is not None
    assert judged.wanted.options["l"].sections == ("검정1",)


@pytest.mark.parametrize(("category", "asks"), [(51010101, False), (57010101, True)])
def test_five_big_categories_ask_for_a_permission(category: int, asks: bool) -> None:
    judged = judge(sheet(category=category), Standing(), store())
    assert judged.wanted is not None
    assert judged.wanted.needs_permission is asks


# --- where it stands ---


def test_a_product_whose_registration_waits_is_new_and_one_under_way_is_busy() -> None:
    for state, kind in (
        (ProductState.PLANNED, Kind.NEW),
        (ProductState.FAILED, Kind.NEW),
        (ProductState.SENDING, Kind.WRONG),
        (ProductState.UNKNOWN, Kind.WRONG),
    ):
        product = replace(Tmon().product, state=state)
        judged = judge(sheet(), Standing(product=product), store())
        assert judged.kind is kind
        assert found(judged.deal.problems) == ([(D, 2, "number", "busy_new")] if kind is Kind.WRONG else [])


def test_a_product_that_tmon_has_and_we_know_nothing_of_is_not_ours() -> None:
    there = registered().remote
    assert found(judge(sheet(), Standing(remote=there), store()).deal.problems) == [(D, 2, "number", "not_ours")]


def test_a_product_that_could_not_be_read_is_not_sent() -> None:
    standing = registered().standing(remote=None, unread="common.tmon_silent")
    judged = judge(sheet(), standing, store())
    assert found(judged.deal.problems) == [(D, 2, "number", "not_read")]
    assert judged.deal.problems[0].values == {"why": "common.tmon_silent"}


def test_a_product_that_is_gone_is_registered_again() -> None:
    judged = judge(sheet(), registered().standing(remote=None), store())
    assert judged.kind is Kind.NEW
    assert found(judged.notes) == [(D, 2, "number", "gone")]


def test_a_take_over_that_is_not_finished_manages_nothing() -> None:
    tmon = registered()
    product = replace(tmon.product, origin=Origin.TAKEN_OVER, state=ProductState.PLANNED)
    judged = judge(sheet(), tmon.standing(product=product), store())
    assert found(judged.deal.problems) == [(D, 2, "number", "not_managed")]


def test_a_deal_of_others_may_stand_in_a_list_unchanged_only() -> None:
    there = registered().remote
    assert there is not None
    options = [row(f"#{one.option_no}", *one.sections, line=n) for n, one in enumerate(there.options, 2)]
    same = sheet(*options, number="#7700112233", kc=None)
    assert judge(same, Standing(remote=there), store()).kind is Kind.SAME
    other = sheet(*options, number="#7700112233", kc=None, title="다른 이름")
    assert found(judge(other, Standing(remote=there), store()).deal.problems) == [(D, 2, "number", "not_managed")]
    dearer = same.model_copy(update={"options": [options[0].model_copy(update={"price": 1}), options[1]]})
    assert found(judge(dearer, Standing(remote=there), store()).deal.problems) == [(D, 2, "number", "not_managed")]
    assert (D, 2, "number", "number_signs") in found(judge(same, Standing(), store()).deal.problems)


# --- changes ---


def test_what_is_filled_in_as_tmon_has_it_changes_nothing() -> None:
    tmon = registered()
    judged = judge(sheet(), tmon.standing(), store())
    assert (judged.kind, judged.changes, judged.notes, judged.wanted) == (Kind.SAME, [], [], None)


def test_only_what_changes_is_wanted() -> None:
    deal = sheet(row("A-1-L", "검정", "L", price=17900), title="새 이름", detail="<p>새 설명</p>")
    judged = judge(deal, registered().standing(), store())
    assert judged.kind is Kind.CHANGED
    assert changes(judged) == [
        ("", "title", "가상브랜드 데일리 티셔츠", "새 이름"),
        ("", "detail", 15, 11),
        ("A-1-L", "price", 15900, 17900),
    ]
    assert judged.wanted is not None
    assert judged.wanted.values == {F.TITLE: "새 이름", F.DETAIL: "<p>새 설명</p>"}
    assert {key: one.model_dump(exclude_none=True) for key, one in judged.wanted.options.items()} == {
        "a-1-l": {"number": "A-1-L", "is_new": False, "price": 17900}
    }
    assert found(judged.notes) == [(D, 2, "number", "missing_options")]


@pytest.mark.parametrize(
    "same",
    [
        {"title": "가상브랜드  데일리 티셔츠 "},
        {"detail": "<div>\r\n티셔츠</div>\n"},
        {"detail": KEPT_DETAIL},
        {"type": "DP07"},
        {"sections": ("색상", "사이즈")},
        {"adult": False},
        {"end": NOW.replace(year=2900, month=12, day=31)},
        {"start": NOW + timedelta(seconds=20)},
        {"kc": "N"},
    ],
)
def test_equal_as_tmon_would_show_it(same: dict[str, Any]) -> None:
    assert judge(change_of(**same), registered().standing(), store()).kind is Kind.SAME


def test_an_end_can_be_taken_back() -> None:
    tmon, ends = registered(), NOW + timedelta(days=9)
    assert tmon.remote is not None
    tmon.remote = tmon.remote.model_copy(update={"values": tmon.remote.values | {F.END: ends}})
    judged = judge(change_of(end=NOW.replace(year=2900, month=12, day=31)), tmon.standing(), store())
    assert [(one.field, one.old) for one in judged.changes] == [(F.END, ends)]
    wanted = tmon.accept(judged)
    assert tmon.settle(wanted) == [Act.PERIOD]
    assert tmon.has(F.END).year == 2900


CHANGED: list[tuple[SheetDeal, StoreFacts, list[Found]]] = [
    (change_of(type="DP05"), store(), [(D, 2, "product_type", "create_only")]),
    (change_of(sections=("색상",)), store(), [(D, 2, "sections_1", "create_only")]),
    (change_of(template=612346), store(), [(D, 2, "template", "type_template")]),
    (change_of(category=1), store(), [(D, 2, "category", "category_unknown")]),
    (change_of(origin="E"), store(), [(D, 2, "origin_detail", "origin_detail_missing")]),
    (change_of(kc="Y"), store(), [(D, 2, "kc_numbers", "kc_numbers_missing")]),
    (change_of(end=NOW - timedelta(minutes=1)), store(), [(D, 2, "sales_end", "period_past")]),
    (change_of(row("N", "하양", "L", price=None)), store(), [(P, 2, "price", "price_missing")]),
    (change_of(row("N", "하양", "L", stock=None)), store(), [(P, 2, "stock", "stock_missing")]),
    (change_of(row("N", "하양")), store(), [(P, 2, "sections_2", "option_value_missing")]),
    (change_of(row("N", "검정", "L")), store(), [(P, 2, "sections_1", "option_same_remote")]),
    (change_of(row("A-1-L", "검정", "M")), store(), [(P, 2, "sections_1", "option_same_remote")]),
    (
        change_of(row("A-1-L", display=False), row("A-1-M", display=False, line=3)),
        store(),
        [(P, 2, "display", "display_all")],
    ),
    (change_of(row("A-1-L", display=False)), store(stock_on=False), [(P, 2, "display", "display_off")]),
    (change_of(row("A-1-L", display=True)), store(stock_on=False), []),
    (
        change_of(*(row(f"N{n}", f"색 {n}", "L", line=n + 2) for n in range(199))),
        store(),
        [(D, 2, "number", "options_many")],
    ),
]


@pytest.mark.parametrize(("deal", "facts", "problems"), CHANGED)
def test_what_is_wrong_with_a_change(deal: SheetDeal, facts: StoreFacts, problems: list[Found]) -> None:
    judged = judge(deal, registered().standing(), facts)
    assert found(judged.deal.problems) == problems
    assert (judged.kind is Kind.WRONG) == bool(problems)


def test_adults_only_is_not_taken_back() -> None:
    tmon = registered(sheet(adult=True))
    assert found(judge(change_of(adult=False), tmon.standing(), store()).deal.problems) == [
        (D, 2, "adult_only", "adult_back")
    ]


def test_what_tmon_does_not_tell_is_compared_with_what_it_took() -> None:
    tmon = registered(sheet(keywords=("티셔츠",)))
    assert judge(change_of(keywords=("티셔츠",)), tmon.standing(), store()).kind is Kind.SAME
    judged = judge(change_of(keywords=("티셔츠", "긴팔")), tmon.standing(), store())
    assert judged.changes == [FieldChange(field="keywords", old=("티셔츠",), new=("티셔츠", "긴팔"))]
    unknown = judge(change_of(brand="가상"), tmon.standing(), store())
    assert unknown.changes == [FieldChange(field="brand", old=None, new="가상", old_known=False)]
    assert found(unknown.notes) == [(D, 2, "brand", "old_untold")]


def test_one_half_of_a_notice_needs_the_other_from_somewhere() -> None:
    tmon = registered()
    assert judge(change_of(notice="가방"), tmon.standing(), store()).kind is Kind.CHANGED
    assert tmon.remote is not None
    told = {name: value for name, value in tmon.remote.values.items() if name not in (F.NOTICE, F.NOTICE_TEXT)}
    untold = tmon.standing(remote=tmon.remote.model_copy(update={"values": told}), kept={})
    assert found(judge(change_of(notice="가방"), untold, store()).deal.problems) == [
        (D, 2, "notice_text", "notice_text_missing")
    ]
    assert found(judge(change_of(notice_text=(("소재", "면"),)), untold, store()).deal.problems) == [
        (D, 2, "notice", "notice_missing")
    ]


def test_stock_of_an_option_that_is_there_is_neither_compared_nor_sent() -> None:
    judged = judge(change_of(row("A-1-L", stock=99)), registered().standing(), store())
    assert judged.kind is Kind.SAME
    assert found(judged.notes)[0] == (P, 2, "stock", "stock_kept")
    assert judged.notes[0].values == {"n": 5}


def test_an_empty_cell_of_a_text_stays_as_it_is() -> None:
    judged = judge(change_of(row("A-1-L", "", "XL")), registered().standing(), store())
    assert changes(judged) == [("A-1-L", "sections", ("검정", "L"), ("검정", "XL"))]


def test_a_new_option_names_all_that_it_has() -> None:
    judged = judge(change_of(row("N", "하양", "L", sku_code="SKU-1")), registered().standing(), store())
    assert changes(judged) == [
        ("N", "sections", None, ("하양", "L")),
        ("N", "price", None, 15900),
        ("N", "stock", None, 5),
        ("N", "sku_code", None, "SKU-1"),
    ]
    assert judged.wanted is not None
    assert judged.wanted.options["n"].is_new


def test_hiding_and_showing_is_compared() -> None:
    tmon = registered()
    judged = judge(change_of(row("A-1-L", display=False)), tmon.standing(), store())
    assert changes(judged) == [("A-1-L", "display", True, False)]
    tmon.settle(tmon.accept(judged))
    shown = judge(change_of(row("A-1-L", display=True)), tmon.standing(linked={"a-1-l": "SKU-1"}), store())
    assert changes(shown) == [("A-1-L", "display", False, True)]
    assert (P, 2, "display", "stock_sync_shows") in found(shown.notes)


def test_an_only_option_is_never_hidden_but_may_say_that_it_is_shown() -> None:
    tmon = registered(sheet(row("L"), sections=None))
    assert judge(change_of(row("L", display=True)), tmon.standing(), store()).kind is Kind.SAME
    assert found(judge(change_of(row("L", display=False)), tmon.standing(), store()).deal.problems) == [
        (P, 2, "display", "display_single")
    ]


def test_an_sku_is_linked_by_its_code_unless_another_is() -> None:
    tmon = registered()
    deal = change_of(row("A-1-L", sku_code="SKU-1"))
    judged = judge(deal, tmon.standing(), store())
    assert changes(judged) == [("A-1-L", "sku_code", None, "SKU-1")]
    assert judge(deal, tmon.standing(linked={"a-1-l": "SKU-1"}), store()).kind is Kind.SAME
    other = judge(deal, tmon.standing(linked={"a-1-l": "SKU-9"}), store())
    assert found(other.deal.problems) == [(P, 2, "sku_code", "sku_other")]
    assert tmon.settle(tmon.accept(judged)) == []
    assert judge(deal, tmon.standing(), store()).kind is Kind.SAME


def test_an_option_without_a_key_can_be_changed_in_no_call() -> None:
    tmon = registered()
    assert tmon.remote is not None
    first, second = tmon.remote.options
    remote = tmon.remote.model_copy(update={"options": (first.model_copy(update={"wire_no": None}), second)})
    options = {"1": OptionFacts("1", None, first.option_no, None), "2": tmon.product.options["a-1-m"]}
    standing = tmon.standing(remote=remote, product=replace(tmon.product, options=options))
    assert judge(change_of(row("1", "검정", "L")), standing, store()).kind is Kind.SAME
    assert found(judge(change_of(row("1", price=1)), standing, store()).deal.problems) == [
        (P, 2, "option_number", "option_without_key")
    ]


def test_an_option_that_somebody_else_added_is_left_alone() -> None:
    tmon = registered()
    assert tmon.remote is not None
    foreign = RemoteOption(option_no=99, wire_no="x", sections=("하양", "L"), price=100, stock=1, display=True)
    remote = tmon.remote.model_copy(update={"options": (*tmon.remote.options, foreign)})
    standing = tmon.standing(remote=remote)
    assert judge(change_of(row("#99", "하양", "L", price=100)), standing, store()).kind is Kind.SAME
    assert found(judge(change_of(row("#99", price=1)), standing, store()).deal.problems) == [
        (P, 2, "option_number", "option_not_managed")
    ]


@pytest.mark.parametrize(("price", "steep"), [(23_850, False), (23_851, True), (7_950, False), (7_949, True)])
def test_a_price_that_changes_by_more_than_half_is_steep(price: int, steep: bool) -> None:
    assert judge(change_of(row("A-1-L", price=price)), registered().standing(), store()).steep is steep


# --- two sheets at once ---


def test_what_an_open_change_wants_is_wanted_even_if_tmon_has_it_now() -> None:
    deal = change_of(row("A-1-L", price=15900), title=VALUES[F.TITLE], promo=VALUES[F.PROMO])
    touched = frozenset({F.TITLE.value, "a-1-l/price"})
    judged = judge(deal, registered().standing(touched=touched), store())
    assert (judged.kind, judged.changes) == (Kind.CHANGED, [])
    assert judged.wanted is not None
    assert judged.wanted.values == {F.TITLE: VALUES[F.TITLE]}
    assert judged.wanted.options["a-1-l"].price == 15900


def test_what_is_touched_when_it_is_accepted_is_wanted_then() -> None:
    judged = judge(change_of(title=VALUES[F.TITLE]), registered().standing(), store())
    assert judged.kind is Kind.SAME
    wanted = wanted_of(judged, frozenset({F.TITLE.value, F.PROMO.value}))
    assert wanted is not None
    assert wanted.values == {F.TITLE: VALUES[F.TITLE]}


def test_a_number_that_is_known_may_be_longer_than_a_new_one() -> None:
    tmon = registered()
    product = replace(tmon.product, number_key="a" * 50, seller_no="A" * 50)
    judged = judge(change_of(number="A" * 50, title="새 이름"), tmon.standing(product=product), store())
    assert judged.kind is Kind.CHANGED
    assert len(f"{STORE}-{'A' * 50}") > 50
