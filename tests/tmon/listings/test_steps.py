"""From what TMON has to what is wanted: which calls, in which order, what each says, and whether one has arrived."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tmon.listings.goods import NOW, STORE, VALUES, Tmon, change_of, row, sheet, store
from tmon.api.deal_contents import change_body, new_deal_body, options_body
from tmon.listings.documents import Kind, Sale, SheetDeal, Standing, Wanted, WantedOption
from tmon.listings.fields import F, O
from tmon.listings.judging import judge
from tmon.listings.steps import Act, Step, arrived, deal_change, kept_after, new_deal, new_options, next_step
from tmon.writes.remote_write import Truth


def registered(deal: SheetDeal | None = None) -> Tmon:
    tmon = Tmon()
    tmon.settle(tmon.accept(judge(deal or sheet(), Standing(), store())))
    tmon.sent.clear()
    return tmon


def wanted_from(tmon: Tmon, deal: SheetDeal) -> Wanted:
    judged = judge(deal, tmon.standing(), store())
    assert judged.deal.problems == []
    return tmon.accept(judged)


# --- what is sent ---


def test_a_registration_says_everything() -> None:
    tmon = Tmon()
    deal = sheet(
        row("L", "검정", "L"),
        row("M", "검정", "M", line=3, display=False),
        category=57010101,
        origin="E",
        origin_detail="베트남",
        kc="Y",
        kc_numbers=(("안전인증", "CB061"),),
        keywords=("티셔츠",),
        brand="가상",
        most=5,
        adult=True,
        end=NOW + timedelta(days=30),
    )
    judged = judge(deal, Standing(), store())
    step = next_step(tmon.accept(judged), tmon.product, None, {}, [])
    assert step is not None
    assert step.act is Act.REGISTER
    body = new_deal_body(new_deal(step, tmon.product, {"l": 5, "m": 7}), 999)
    assert body == {
        "vendorDealNo": f"{STORE}-A-1",
        "vendorPolicyNo": 999,
        "deliveryTemplateNo": 612345,
        "productType": "DP07",
        "useCustomsIdNo": False,
        "categoryNo": 57010101,
        "legalPermissionType": "NONE",
        "sections": ("색상", "사이즈"),
        "managedTitle": VALUES[F.MANAGED],
        "title": VALUES[F.TITLE],
        "titleDecoration": VALUES[F.PROMO],
        "salesEndDate": "2026-12-02T09:00:00",
        "adultOnly": True,
        "maxPurchaseQty": 5,
        "mainImages": VALUES[F.IMAGES],
        "detailContents": VALUES[F.DETAIL],
        "originCountryType": "E",
        "originCountryDetail": "베트남",
        "productInfos": (
            {"productType": "의류", "productInfos": ({"section": "제품 소재", "description": "면 100%"},)},
        ),
        "kcAuthSubmitType": "Y",
        "kcAuths": ({"section": "안전인증", "no": "CB061"},),
        "deliveryCorp": "10001",
        "keywords": ("티셔츠",),
        "brandName": "가상",
        "dealOptions": [
            option("L", ("검정", "L"), 5),
            option("M", ("검정", "M"), 7),
        ],
    }


def option(number: str, sections: tuple[str, ...], stock: int) -> dict[str, Any]:
    """As it is registered: shown, and with equal prices."""
    return {
        "vendorDealOptionNo": f"{STORE}-{number}",
        "sections": sections,
        "salesPrice": 15900,
        "price": 15900,
        "stock": stock,
        "display": True,
    }


def test_options_of_a_product_without_groups_have_titles() -> None:
    tmon = Tmon()
    judged = judge(sheet(row("L"), sections=None), Standing(), store())
    step = next_step(tmon.accept(judged), tmon.product, None, {}, [])
    assert step is not None
    (one,) = options_body(new_options(step, tmon.product, {"l": 5}))["dealOptions"]
    assert (one["title"], "sections" in one) == (VALUES[F.TITLE], False)
    tmon.carry_out(step)
    change = next_step(wanted_from(tmon, change_of(row("L", "새 이름"))), tmon.product, tmon.remote, tmon.kept, [])
    assert change is not None
    assert change_body(deal_change(change, tmon.product)) == {
        "dealOptions": [{"vendorDealOptionNo": f"{STORE}-L", "title": "새 이름"}]
    }


CHANGES: list[tuple[SheetDeal, dict[str, Any]]] = [
    (change_of(title="새 이름"), {"title": "새 이름"}),
    (change_of(adult=True), {"adultOnly": True}),
    (change_of(category=57010101), {"categoryNo": 57010101, "legalPermissionType": "NONE"}),
    (change_of(origin="O"), {"originCountryType": "O"}),
    (
        change_of(notice="가방"),
        {
            "productInfos": (
                {"productType": "가방", "productInfos": ({"section": "제품 소재", "description": "면 100%"},)},
            )
        },
    ),
    (
        change_of(notice_text=(("소재", "마"),)),
        {"productInfos": ({"productType": "의류", "productInfos": ({"section": "소재", "description": "마"},)},)},
    ),
    (
        change_of(kc="Y", kc_numbers=(("안전인증", "1"),)),
        {"kcAuthSubmitType": "Y", "kcAuths": ({"section": "안전인증", "no": "1"},)},
    ),
    (
        change_of(row("A-1-L", "", "XL"), row("A-1-M", price=1000, line=3)),
        {
            "dealOptions": [
                {"vendorDealOptionNo": f"{STORE}-A-1-L", "sections": ("검정", "XL")},
                {"vendorDealOptionNo": f"{STORE}-A-1-M", "salesPrice": 1000, "price": 1000},
            ]
        },
    ),
]


@pytest.mark.parametrize(("deal", "body"), CHANGES)
def test_a_change_says_only_what_changes(deal: SheetDeal, body: dict[str, Any]) -> None:
    tmon = registered()
    step = next_step(wanted_from(tmon, deal), tmon.product, tmon.remote, tmon.kept, [])
    assert step is not None
    assert step.act is Act.CHANGE
    assert change_body(deal_change(step, tmon.product)) == body


def test_certificates_that_are_to_be_shown_again_go_along() -> None:
    tmon = registered(sheet(kc="Y", kc_numbers=(("안전인증", "1"),)))
    tmon.settle(wanted_from(tmon, change_of(kc="N")))
    step = next_step(wanted_from(tmon, change_of(kc="Y")), tmon.product, tmon.remote, tmon.kept, [])
    assert step is not None
    assert change_body(deal_change(step, tmon.product)) == {
        "kcAuthSubmitType": "Y",
        "kcAuths": ({"section": "안전인증", "no": "1"},),
    }


def test_one_call_for_the_product_and_its_options_then_the_others_in_order() -> None:
    tmon = registered()
    deal = change_of(
        row("A-1-L", price=1000, display=False),
        row("N", "하양", "L", line=3, display=False),
        title="새 이름",
        end=NOW + timedelta(days=9),
    )
    wanted = wanted_from(tmon, deal).model_copy(update={"sale": Sale.PAUSE})
    assert tmon.settle(wanted) == [Act.CHANGE, Act.ADD, Act.PERIOD, Act.DISPLAY, Act.PAUSE]
    assert tmon.sent[2].values == {F.END: NOW + timedelta(days=9)}
    assert {key: fields[O.DISPLAY] for key, fields in tmon.sent[3].options.items()} == {"a-1-l": False, "n": False}
    assert tmon.settle(Wanted(sale=Sale.RESUME)) == [Act.RESUME]
    assert tmon.settle(Wanted(sale=Sale.RESUME)) == []


def test_a_beginning_goes_with_the_end_that_is_there() -> None:
    tmon = registered(sheet(end=NOW + timedelta(days=30)))
    tmon.settle(wanted_from(tmon, change_of(start=NOW + timedelta(days=1))))
    assert tmon.sent[0].values == {F.START: NOW + timedelta(days=1), F.END: NOW + timedelta(days=30)}


def test_what_tmon_carried_out_is_not_sent_again_though_it_shows_otherwise() -> None:
    tmon = registered()
    wanted = Wanted(values={F.TITLE: "새 이름", F.BRAND: "가상"})
    assert next_step(wanted, tmon.product, tmon.remote, {}, [Act.CHANGE]) is None
    assert next_step(wanted, tmon.product, tmon.remote, {}, []) is not None


def test_a_deal_that_is_gone_meanwhile_is_not_changed() -> None:
    tmon = registered()
    with pytest.raises(ValueError, match="gone"):
        next_step(Wanted(values={F.TITLE: "새 이름"}), tmon.product, None, {}, [])
    with pytest.raises(ValueError, match="gone"):
        next_step(Wanted(is_new=True, values=VALUES), tmon.product, None, {}, [Act.REGISTER])


def test_what_somebody_changed_meanwhile_is_left_alone_and_what_is_wanted_wins() -> None:
    tmon = registered()
    wanted = wanted_from(tmon, change_of(title="새 이름"))
    assert tmon.remote is not None
    meanwhile = {F.TITLE: "남의 이름", F.PROMO: "남의 문구"}
    tmon.remote = tmon.remote.model_copy(update={"values": tmon.remote.values | meanwhile})
    tmon.settle(wanted)
    assert tmon.has(F.TITLE) == "새 이름"
    assert tmon.has(F.PROMO) == "남의 문구"


# --- an answer that was lost ---


def test_a_registration_has_arrived_if_the_deal_is_there() -> None:
    tmon = registered()
    step = Step(act=Act.REGISTER, values=VALUES)
    assert arrived(step, tmon.product, tmon.remote) is Truth.DONE
    assert arrived(step, tmon.product, None) is Truth.NOT_DONE


STEPS: list[Step] = [
    Step(act=Act.CHANGE, values={F.TITLE: "새 이름", F.BRAND: "가상"}),
    Step(act=Act.CHANGE, options={"a-1-l": {"price": 1000, "sections": ["하양", "L"]}}, grouped=True),
    Step(act=Act.ADD, options={"n": {"sections": ["하양", "L"], "price": 1000, "stock": 3}}, grouped=True),
    Step(act=Act.PERIOD, values={F.END: NOW + timedelta(days=9)}),
    Step(act=Act.DISPLAY, options={"a-1-l": {"display": False}}),
    Step(act=Act.PAUSE),
]


@pytest.mark.parametrize("step", STEPS)
def test_other_steps_have_arrived_if_tmon_shows_them(step: Step) -> None:
    tmon = registered()
    tmon.name_option("n", "N")
    assert arrived(step, tmon.product, tmon.remote) is Truth.NOT_DONE
    tmon.carry_out(step)
    assert arrived(step, tmon.product, tmon.remote) is Truth.DONE
    assert arrived(step, tmon.product, None) is Truth.NOT_DONE


def test_a_sale_was_resumed_if_it_is_not_paused() -> None:
    tmon = registered()
    assert arrived(Step(act=Act.RESUME), tmon.product, tmon.remote) is Truth.DONE
    tmon.carry_out(Step(act=Act.PAUSE))
    assert arrived(Step(act=Act.RESUME), tmon.product, tmon.remote) is Truth.NOT_DONE


def test_what_tmon_never_tells_is_sent_again() -> None:
    tmon = registered()
    step = Step(act=Act.CHANGE, values={F.BRAND: "가상"}, options={"a-1-l": {"price": 15900}})
    assert arrived(step, tmon.product, tmon.remote) is Truth.NOT_DONE


def test_stock_that_was_sold_meanwhile_does_not_make_an_option_missing() -> None:
    tmon = registered()
    tmon.name_option("n", "N")
    step = Step(act=Act.ADD, options={"n": {"sections": ["하양", "L"], "price": 1000, "stock": 3}}, grouped=True)
    tmon.carry_out(step)
    assert tmon.remote is not None
    sold = tuple(one.model_copy(update={"stock": 0}) for one in tmon.remote.options)
    assert arrived(step, tmon.product, tmon.remote.model_copy(update={"options": sold})) is Truth.DONE


def test_what_is_kept_has_no_long_text() -> None:
    kept = kept_after({F.BRAND: "가상"}, Step(act=Act.CHANGE, values={F.DETAIL: "가" * 9, F.END: NOW}))
    assert kept["brand"] == "가상"
    assert kept["detail"] == {"hash": kept["detail"]["hash"], "length": 9, "text": None}
    assert kept["sales_end"] == "2026-11-02T00:00:00Z"
    assert Standing.model_validate({"kept": kept}).kept[F.END] == NOW


# --- any edits ---

TEXT = st.text('가나A1 #<"é', min_size=1, max_size=8).filter(lambda text: text.strip(' #<"'))
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXT,
        "managed": TEXT,
        "promo": TEXT,
        "category": st.sampled_from([51010101, 57010101]),
        "template": st.sampled_from([612345, 612347]),
        "carrier": st.sampled_from(["10001", "10008"]),
        "images": st.lists(
            st.sampled_from([f"https://img.example.com/{n}.jpg" for n in range(4)]), min_size=1, unique=True
        ),
        "detail": TEXT,
        "origin": st.sampled_from(["O", "D", "N"]),
        "kc": st.sampled_from(["N", "X"]),
        "notice": TEXT,
        "notice_text": st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=2),
        "most": st.integers(1, 999),
        "adult": st.just(True),
        "keywords": st.lists(TEXT, min_size=1, max_size=5),
        "brand": TEXT,
        "end": st.integers(1, 90).map(lambda days: NOW + timedelta(days=days)),
    },
)
OPTIONS = st.lists(
    st.tuples(
        st.sampled_from(["A-1-L", "a-1-m", "N1", "N2"]),
        TEXT,
        st.integers(1, 10**6),
        st.sampled_from([None, True, False]),
    ),
    unique_by=lambda option: option[0],
    max_size=4,
)
EDITS = st.tuples(FIELDS, OPTIONS)


def edited(fields: dict[str, Any], options: list[tuple[str, str, int, bool | None]]) -> SheetDeal:
    rows = [
        row(number, text, price=price, display=display, line=line)
        for line, (number, text, price, display) in enumerate(options, 2)
    ]
    return change_of(*rows, **fields)


@settings(max_examples=150, deadline=None)
@given(st.lists(EDITS, min_size=1, max_size=4))
def test_after_any_edits_tmon_has_the_last_sheet_and_the_same_sheet_changes_nothing(edits: list[Any]) -> None:
    first = [row("A-1-L", "검정"), row("A-1-M", "하양", line=3)]
    tmon = registered(sheet(*first, sections=("색상",)))
    for fields, options in edits:
        deal = edited(fields, options)
        judged = judge(deal, tmon.standing(), store())
        if judged.kind is Kind.CHANGED:
            assert len(tmon.settle(tmon.accept(judged))) <= 6
            again = judge(deal, tmon.standing(), store())
            assert (again.kind, again.changes, again.deal.problems) == (Kind.SAME, [], [])
        else:
            assert (judged.kind is Kind.SAME) == (judged.wanted is None and not judged.deal.problems)


@settings(max_examples=60, deadline=None)
@given(EDITS, st.lists(st.booleans(), max_size=12))
def test_a_step_whose_answer_is_lost_is_asked_about_and_ends_the_same(edit: Any, lost: list[bool]) -> None:
    tmon = registered(sheet(row("A-1-L", "검정"), row("A-1-M", "하양", line=3), sections=("색상",)))
    judged = judge(edited(*edit), tmon.standing(), store())
    if judged.kind is not Kind.CHANGED:
        return
    wanted, done = tmon.accept(judged), list[str]()
    while (step := next_step(wanted, tmon.product, tmon.remote, tmon.kept, done)) is not None:
        if lost and lost.pop():  # before it came to TMON
            assert arrived(step, tmon.product, tmon.remote) is Truth.NOT_DONE
            continue
        tmon.carry_out(step)
        if any(name in step.values for name in (F.KC, F.KEYWORDS, F.BRAND)):
            done.append(step.act)  # nobody can tell
            continue
        assert arrived(step, tmon.product, tmon.remote) is Truth.DONE
        done.append(step.act)
    assert judge(edited(*edit), tmon.standing(), store()).kind is Kind.SAME


def test_an_option_that_is_gone_is_not_invented() -> None:
    tmon = registered()
    wanted = Wanted(options={"x": WantedOption(number="X", price=1)})
    assert next_step(wanted, tmon.product, tmon.remote, tmon.kept, []) is None
