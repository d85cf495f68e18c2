"""Samples of products and of the extension of sale periods."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from handlers.common_views.switches import switch_off_notice
from handlers.feature import Sample
from handlers.products import form_views, page_views, price_views, sale_period_views, views
from handlers.products.ids import DealRef, ExtensionRef, PercentRef, PeriodRef, PriceRef, ProductsRef, TakeOverRef
from handlers.products.page_views import PageFacts
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, PLACE, listed_deal, store
from handlers.samples.messages import linked_message, message
from handlers.texts import Texts
from tmon.api import SalesStatus
from tmon.codes.tables import Carrier
from tmon.listings.changes import SALE, ChangeResult
from tmon.listings.documents import FieldChange, Sale
from tmon.listings.fields import F, O
from tmon.models.listings import ChangeState, ChangeWait, ListedProduct, Origin, ProductState
from tmon.models.products import (
    Deal,
    DealOption,
    ExtensionNote,
    ExtensionState,
    SalePeriodExtension,
    SalePeriodSchedule,
)
from tmon.models.stores import ApiGroup
from tmon.pages import Page
from tmon.permissions import Person
from tmon.products.catalog import FOUND, PAGE, DealOfStore, DealPage, DealSummary
from tmon.products.detail import DealDetail, OpenQuestion, OpenQuestions, WaitingOrders
from tmon.products.sale_period.service import ExtensionDay
from tmon.stores.switches import SwitchOff

_DAY = MOMENT.date()
_DEAL = DealRef(store="st_1", deal=1)
_WORST: dict[str, Any] = {"title": LONG, "vendor_deal_no": "`" * 50, "runple": True}


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about products and sale periods."""
    yield from _lists(t)
    yield from _deal(t)
    yield from _forms(t)
    yield from _extensions(t)


def _lists(t: Texts) -> Iterator[Sample]:
    ref = ProductsRef(store="st_1")
    pages = {
        "usual": (DealPage([listed_deal()], 0, 1, 1, store=store(), known=1), ref),
        "empty": (DealPage([], 0, 1, 0, store=store(), known=0), ref),
        "none found": (DealPage([], 0, 1, 0, store=store(), known=3), ref.model_copy(update={"search": NASTY})),
        "managed": (_managed(), ref),
        "worst": (_managed(_full(), 9, known=HUGE, name=NASTY), ref.model_copy(update={"search": NASTY * 2})),
    }
    schedules = (None, _schedule(), _schedule(not_offered_at=MOMENT))
    for name, (page, here) in pages.items():
        for number, schedule in enumerate(schedules):
            yield f"products {name} {number}", views.deal_list(t, page, schedule, here)
    few = Page([DealOfStore(store(), listed_deal())] * 2, 0, 1, 2)
    many = Page(
        [DealOfStore(store(NASTY[:60], id=f"st_{n}"), listed_deal(HUGE, **_WORST)) for n in range(FOUND)], 0, 2, 21
    )
    yield "product or store", views.choice(t, "수건", [store()], few.with_items([*few.items[:1]]))
    yield "product or store, worst", views.choice(t, LONG, [store(NASTY[:60], id=f"st_{n}") for n in range(300)], many)
    yield "product by number", views.add_form(t, ref)


def _managed(deals: Sequence[Deal] = (), pages: int = 1, known: int = 1, name: str = "한빛리빙") -> DealPage:
    """A page of products in every state of being managed."""
    one = store(name, product_on=False, extend_days=90)
    items = list(deals) or [listed_deal(number) for number in range(1, 6)]
    managed = {deal.deal_no: state for deal, state in zip(items, ProductState, strict=False)}
    planned = [(NASTY[:50], state) for state in ProductState]
    return DealPage(
        items, pages - 1, pages, known, store=one, known=known, managed=managed, planned=planned, matching=known
    )


def _full() -> list[Deal]:
    states = (*SalesStatus, None)
    return [listed_deal(HUGE - number, sales_status=states[number % len(states)], **_WORST) for number in range(PAGE)]


def _deal(t: Texts) -> Iterator[Sample]:
    reader = Person("T1", "U9")
    offer = switch_off_notice(t, reader, SwitchOff(store(NASTY), ApiGroup.PRODUCT))
    for name, detail in _details().items():
        facts = PageFacts(detail, _changes() if name in ("managed", "worst") else ())
        yield f"product {name}", page_views.page(t, facts, DealRef(store="st_1", deal=1, page=1))
        yield f"product {name}, asked", page_views.page(t, facts, _DEAL, t("products.reading"), picture=False)
        yield f"product {name}, not asked", page_views.page(t, facts, _DEAL, t("products.not_asked"), offer)
    few = PageFacts(_details()["managed"])
    for number, change in enumerate(_changes()):
        yield f"product changed {number}", page_views.page(t, PageFacts(few.detail, [change]), _DEAL)


def _forms(t: Texts) -> Iterator[Sample]:
    for name, facts in _details().items():
        if facts.summary.deal.deleted_at is not None or name == "unread":
            continue
        deal = HUGE if name == "worst" else 1
        ref, price = DealRef(store="st_1", deal=deal), PriceRef(store="st_1", deal=deal, page=3, version=HUGE)
        yield f"product {name}, period", form_views.period_form(t, facts, PeriodRef(store="st_1", deal=deal), {})
        sooner, typed = PeriodRef(store="st_1", deal=deal, sooner=True), {"end": "2026-04-01", "days": "7"}
        yield f"product {name}, period sooner", form_views.period_form(t, facts, sooner, typed)
        yield f"product {name}, take over", form_views.take_over_form(t, facts, TakeOverRef(store="st_1", deal=deal))
        later = TakeOverRef(store="st_1", deal=deal, page=9, number=LONG[:50])
        yield f"product {name}, take over later", form_views.take_over_form(t, facts, later)
        if not facts.is_managed:
            continue
        prices = {one.option_no: "17,900" for one in facts.summary.options}
        yield f"product {name}, prices", price_views.price_form(t, facts, price, prices, "-10")
        groups = [NASTY[:10]] * 3 if name == "worst" else []
        for stock_on in (True, False):
            form = form_views.option_form(t, facts, ref, groups, stock_on=stock_on)
            yield f"product {name}, new option, {stock_on}", form
        templates = {HUGE - number: NASTY for number in range(200)} if name == "worst" else {612345: "기본 배송"}
        values = dict.fromkeys(F, LONG) | {F.TEMPLATE: "612345"}
        yield (
            f"product {name}, texts",
            form_views.edit_form(t, facts, ref, values, templates, Carrier("10001", "CJ대한통운")),
        )
        yield f"product {name}, texts unknown", form_views.edit_form(t, facts, ref, {}, {}, None)
    chosen = PercentRef(store="st_1", deals=tuple(range(HUGE - 9, HUGE + 1)))
    yield "product percentage", price_views.percent_form(t, chosen, HUGE)
    yield "product percentage, found", price_views.percent_form(t, PercentRef(store="st_1", search=NASTY), 3)
    yield "product form, waiting", price_views.waiting(t)
    back = price_views.back_button(t, "st_1", HUGE)
    yield "product form, failed", price_views.failed(t, t("products.nothing_changed"), [back])


def _changes() -> list[ChangeResult]:
    """A change in every state, and waiting for all that there is to wait for."""
    fields = [FieldChange(field=O.PRICE, option="A-1", old=1, new=2), *(FieldChange(field=name) for name in F)]
    made = [_change(ChangeState.DONE, is_new=True), _change(ChangeState.DONE, summary=tuple(fields))]
    made += [_change(state) for state in ChangeState]
    made += [_change(ChangeState.WAITING, wait=wait) for wait in ChangeWait]
    made += [_change(ChangeState.DONE, summary=(FieldChange(field=SALE, new=sale),)) for sale in Sale]
    return [*made, _change(ChangeState.FAILED, note="listings.refused", detail=NASTY, summary=tuple(fields[:2]))]


def _change(state: ChangeState, **over: Any) -> ChangeResult:
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


def _details() -> dict[str, DealDetail]:
    known = {
        "usual": listed_deal(product_type="DP07", category_no=51010101, template_no=612345),
        "unread": listed_deal(title="", sales_status=None, read_at=None),
        "gone": listed_deal(deleted_at=MOMENT, sales_start=None, sales_end=None),
        "paused by the stock sync": listed_deal(sales_status=SalesStatus.PAUSE, paused_by_us=True),
        "ended": listed_deal(sales_status=SalesStatus.END),
    }
    usual = {name: DealDetail(DealSummary(store(), one, _few(name))) for name, one in known.items()}
    paused = listed_deal(sales_status=SalesStatus.PAUSE)
    usual["paused"] = DealDetail(DealSummary(store(), paused, _few("")), skus={1: "SKU-1"}, on_vacation=True)
    questions = [OpenQuestion(MOMENT, "언제 발송되나요?"), OpenQuestion(MOMENT, "")]
    usual["managed"] = DealDetail(
        DealSummary(store(), known["usual"], _few("managed")),
        picture="https://img.example.com/1.jpg",
        category="패션 > 여성의류 > 티셔츠",
        template="기본 배송",
        skus={1: "SKU-1"},
        product=_product("A-1"),
        numbers={1: "A-1-L"},
        waiting=WaitingOrders(1, 1, [700100, 700101]),
        questions=OpenQuestions(2, questions),
    )
    worst = listed_deal(HUGE, product_type=NASTY[:10], category_no=HUGE, template_no=HUGE, **_WORST)
    usual["worst"] = DealDetail(
        DealSummary(store(NASTY), worst, [_option(n, title=LONG, price=HUGE, stock=HUGE) for n in range(200)]),
        picture="https://img.example.com/" + "x" * 2900,
        category=NASTY * 3,
        template=NASTY * 3,
        skus=dict.fromkeys(range(100), "`" * 50),
        product=_product("`" * 50),
        numbers=dict.fromkeys(range(200), NASTY[:50]),
        waiting=WaitingOrders(HUGE, HUGE, [HUGE] * 3),
        questions=OpenQuestions(HUGE, [OpenQuestion(MOMENT, NASTY * 10)] * 3),
    )
    return usual


def _few(name: str) -> list[DealOption]:
    return [] if name == "unread" else [_option(n, title="검정 / L", price=15_900 + n, stock=3) for n in range(75)]


def _option(number: int, **over: Any) -> DealOption:
    key = f"A-{number}" if number % 3 else None
    return DealOption(
        **{**PLACE, "deal_no": HUGE, "option_no": number, "vendor_option_no": key, "display": number % 2 == 0, **over}
    )


def _product(number: str) -> ListedProduct:
    return ListedProduct(
        **PLACE,
        number_key=number.casefold(),
        seller_no=number,
        vendor_deal_no=number,
        deal_no=1,
        origin=Origin.REGISTERED,
        state=ProductState.LISTED,
        created_at=MOMENT,
        updated_at=MOMENT,
    )


def _extensions(t: Texts) -> Iterator[Sample]:
    ref = ExtensionRef(store="st_1", day=_DAY, page=1)
    for name, day in _days().items():
        text, blocks = sale_period_views.preview_text(t, day), sale_period_views.preview(t, day)
        yield f"sale period preview {name}", message(text, blocks)
        yield (
            f"sale period result {name}",
            message(sale_period_views.result_text(t, day), sale_period_views.result(t, day)),
        )
        yield f"sale period list {name}", sale_period_views.day_list(t, day, ref)
    yield "sale period not offered", linked_message(t, t.md("products.not_offered", store=NASTY))


def _days() -> dict[str, ExtensionDay]:
    usual, worst = store(extend_days=30), store(NASTY, extend_days=90)
    begun, planned = _schedule(ran_for=_DAY), _schedule()
    noted = {ExtensionState.FAILED, ExtensionState.SKIPPED}
    ends: list[dict[str, Any]] = [
        {"state": state, "excluded_by": "U1"} for state in ExtensionState if state not in noted
    ]
    ends += [{"state": ExtensionState.FAILED, "note": note, "detail": LONG} for note in ExtensionNote]
    many = [_row(number, **ends[number % len(ends)]) for number in range(40)]
    return {
        "usual": ExtensionDay(usual, _DAY, [_row(0, "발매트")], planned),
        "usual, over": ExtensionDay(usual, _DAY, [_row(0, state=ExtensionState.DONE)], begun),
        "empty": ExtensionDay(usual, _DAY, [], planned),
        "worst": ExtensionDay(worst, _DAY, many, planned),
        "worst, over": ExtensionDay(worst, _DAY, many, begun),
    }


def _row(number: int, title: str = LONG, **over: Any) -> tuple[SalePeriodExtension, Deal]:
    values = {
        **PLACE,
        "day": _DAY,
        "deal_no": HUGE - number,
        "old_end": MOMENT,
        "target": MOMENT + timedelta(days=90),
        "due_at": MOMENT,
        **over,
    }
    return SalePeriodExtension(**values), listed_deal(HUGE - number, title=title)


def _schedule(**over: Any) -> SalePeriodSchedule:
    return SalePeriodSchedule(**PLACE, due_at=MOMENT, **over)
