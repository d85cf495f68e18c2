"""Samples of uploaded lists of products."""

from collections.abc import Iterator, Mapping
from typing import Any

from handlers.feature import Sample
from handlers.listings import views
from handlers.listings.ids import ListingRef, UploadFormRef
from handlers.request import error_text
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.listings.changes import ChangeResult
from tmon.listings.documents import (
    FieldChange,
    Judged,
    Kind,
    Problem,
    SheetContent,
    SheetDeal,
    SheetOption,
    WantedOption,
)
from tmon.listings.fields import F, O, Tab
from tmon.listings.identity import number_key
from tmon.listings.names import FieldNames
from tmon.listings.steps import Act
from tmon.listings.uploads import Progress, Upload
from tmon.models.listings import ChangeState, ChangeWait, UploadSource, UploadState
from tmon.models.stores import ApiGroup
from tmon.stores.switches import SwitchOff

_REF = ListingRef(upload="pu_0123456789ab")
_NAMES = FieldNames(
    store="한빛리빙",
    categories={51010101: "패션 > 여성의류 > 티셔츠"},
    templates={612345: "기본 배송"},
    ship_from={612345: "본사 창고"},
    carriers={"10001": "CJ대한통운"},
)
_WORST_NAMES = FieldNames(
    store=NASTY,
    categories={51010101: NASTY},
    templates={612345: NASTY},
    ship_from={612345: NASTY},
    carriers={"10001": NASTY},
)
_VALUES: dict[F, Any] = {
    F.TITLE: "데일리 티셔츠",
    F.MANAGED: "데일리 티셔츠 2026FW",
    F.PROMO: "가을 신상",
    F.CATEGORY: 51010101,
    F.TYPE: "DP07",
    F.TEMPLATE: 612345,
    F.CARRIER: "10001",
    F.IMAGES: ("https://img.example.com/1.jpg",),
    F.DETAIL: "<p>티셔츠</p>",
    F.ORIGIN: "K",
    F.KC: "N",
    F.NOTICE: "의류",
    F.NOTICE_TEXT: (("제품 소재", "면 100%"), ("색상", "검정")),
    F.SECTIONS: ("색상", "사이즈"),
    F.MOST: 5,
    F.ADULT: False,
    F.KEYWORDS: ("반팔", "면"),
    F.START: MOMENT,
    F.END: MOMENT,
}
_CHANGES = [
    FieldChange(field=F.TITLE, old="데일리 티셔츠", new="데일리 티셔츠 2026"),
    FieldChange(field=F.DETAIL, old=12_034, new=12_120),
    FieldChange(field=F.KEYWORDS, new=["반팔", "면"], old_known=False),
    FieldChange(field=F.IMAGES, old=["https://a/1", "https://a/2"], new=["https://a/1", "https://a/3"]),
    FieldChange(field=F.NOTICE_TEXT, old=[["소재", "면"], ["색상", "검정"]], new=[["소재", "마"], ["색상", "검정"]]),
    FieldChange(field=O.PRICE, option="A-1-L", old=15_900, new=17_900),
    FieldChange(field=O.PRICE, option="A-1-M", old=15_900, new=1_590),
    FieldChange(field=O.SECTIONS, option="A-1-M", old=["검정", "M"], new=["블랙", "M"]),
    FieldChange(field=O.DISPLAY, option="A-1-S", old=True, new=False),
    FieldChange(field=O.DISPLAY, option="A-1-XS", old=False, new=True),
    FieldChange(field=O.SKU, option="A-1-L", new="SKU-1"),
]
_COLUMNS = {Tab.OPTIONS.value: {"price": "F"}, Tab.DEALS.value: {"title": "C"}}


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message of uploaded lists of products."""
    yield "product upload form", views.upload_form(t, UploadFormRef(store="st_0123456789ab"), NASTY)
    yield "product upload, message", views.message_view(t, t("listings.reading"), store_id="st_0123456789ab")
    off = error_text(t, SwitchOff(store(NASTY), ApiGroup.PRODUCT))
    yield "product upload, not sent", views.not_sent_view(t, UploadSource.FILE, off, _REF.upload)
    yield "product upload, starting", views.progress_view(t, UploadSource.FORM)
    for name, limited in {"usual": 0, "limited": 3, "worst": HUGE}.items():
        progress = Progress(34, 200, limited, MOMENT if limited else None, ended=False)
        yield f"product upload, progress {name}", views.progress_view(t, UploadSource.FILE, progress)
    yield from _previews(t)
    yield from _results(t)


def _previews(t: Texts) -> Iterator[Sample]:
    usual = [_judged(kind, number=f"A-{place}") for place, kind in enumerate(Kind)]
    lists = {
        "usual": usual,
        "new": [_judged(Kind.NEW)],
        "unchanged": [_judged(Kind.SAME)],
        "only errors": [_judged(Kind.WRONG)],
        "worst": [one for kind in Kind for one in [_worst(kind)] * 125],
    }
    for name, judged in lists.items():
        names = _WORST_NAMES if name == "worst" else _NAMES
        upload = _upload(judged)
        yield f"product preview, {name}", views.upload_view(t, upload, names, _REF)
        for place in range(0, len(judged), 125 if name == "worst" else 1):
            ref = _REF.model_copy(update={"deal": place, "page": 3, "kind": Kind.CHANGED.value, "part": 2})
            yield f"product preview, {name}, one {judged[place].kind}", views.upload_view(t, upload, names, ref)
    filtered = _REF.model_copy(update={"kind": Kind.SAME.value})
    yield "product preview, of a kind", views.upload_view(t, _upload(usual), _NAMES, filtered)
    form = _upload([_judged(Kind.CHANGED)], source=UploadSource.FORM)
    yield "product preview, form", views.upload_view(t, form, _NAMES, _REF)
    form = _upload([_judged(Kind.WRONG)], source=UploadSource.FORM)
    yield "product preview, form with errors", views.upload_view(t, form, _NAMES, _REF)


def _results(t: Texts) -> Iterator[Sample]:
    results = [
        _result(ChangeState.DONE, is_new=True),
        _result(ChangeState.DONE, note="listings.left_as_it_was"),
        _result(
            ChangeState.FAILED,
            note="listings.refused",
            detail=NASTY,
            done=tuple(Act),
            values={"left": [Act.DISPLAY.value]},
        ),
        _result(ChangeState.UNKNOWN, note="listings.in_doubt"),
        _result(ChangeState.SUPERSEDED, note="listings.superseded"),
        _result(ChangeState.SENDING),
        *(_result(ChangeState.WAITING, wait=wait) for wait in ChangeWait),
    ]
    judged = [_judged(Kind.CHANGED, number=f"A-{place}") for place in range(len(results))]
    by_key = {number_key(f"A-{place}"): result for place, result in enumerate(results)}
    judged += [_judged(Kind.WRONG, number="A-90"), _judged(Kind.SAME, number="A-91")]
    for state in (UploadState.SENDING, UploadState.SENT):
        for page in range(2):
            ref = _REF.model_copy(update={"page": page})
            upload = _upload(judged, by_key, state)
            yield f"product result, {state} {page}", views.upload_view(t, upload, _NAMES, ref)
    ref = _REF.model_copy(update={"deal": 2})
    yield "product result, one failed", views.upload_view(t, _upload(judged, by_key, UploadState.SENT), _NAMES, ref)
    one = _worst(Kind.CHANGED)  # made once: it is large
    worst = [
        one.model_copy(update={"deal": one.deal.model_copy(update={"number": f"{place}-{NASTY}"})})
        for place in range(500)
    ]
    failed = _result(ChangeState.FAILED, note="listings.refused", detail=LONG, done=tuple(Act), values={"left": [*Act]})
    refused = {number_key(one.deal.number): failed for one in worst}
    upload = _upload(worst, refused, UploadState.SENT)
    yield "product result, worst", views.upload_view(t, upload, _WORST_NAMES, _REF)
    for name, sent in {"usual": _upload(judged, by_key, UploadState.SENT), "worst": upload}.items():
        told = views.sent_message(t, sent, NASTY)
        yield f"product result message, {name}", message(told.text, told.blocks)
    clean = _upload([_judged(Kind.NEW)], {"a-1": results[0]}, UploadState.SENT)
    told = views.sent_message(t, clean, "한빛리빙")
    yield "product result message, clean", message(told.text, told.blocks)


def _judged(kind: Kind, *, number: str = "A-1") -> Judged:
    options = [SheetOption(line=5, number=f"{number}-L", sections=("검정", "L"), price=15_900, stock=3)]
    problems = [
        Problem(tab=Tab.OPTIONS, line=5, field="price", note="listing_sheet.price_number", values={"value": "만원"}),
        Problem(tab=Tab.DEALS, line=3, field="title", note="listing_sheet.title_long", values={"most": 60, "n": 61}),
        Problem(
            tab=Tab.DEALS, line=3, field="number", note="listing_sheet.not_read", values={"why": "listings.why_down"}
        ),
    ]
    hint = Problem(tab=Tab.OPTIONS, line=5, field="stock", note="listing_sheet.stock_kept", values={"n": 3})
    deal = SheetDeal(
        line=3, number=number, values=_VALUES, options=options, problems=problems if kind is Kind.WRONG else []
    )
    return Judged(
        deal=deal,
        kind=kind,
        changes=_CHANGES if kind is Kind.CHANGED else [],
        notes=[hint] if kind is Kind.CHANGED else [],
        options={}
        if kind is Kind.SAME
        else {
            "a-1-l": WantedOption(
                number=f"{number}-L", is_new=True, sections=("검정", "L"), price=15_900, stock=3, sku_code="SKU-1"
            ),
            "a-1-m": WantedOption(number=f"{number}-M", is_new=True, price=12_900, display=False),
        },
    )


def _worst(kind: Kind) -> Judged:
    options = {
        f"{place}": WantedOption(number=NASTY, is_new=True, sections=(NASTY, NASTY, NASTY), price=HUGE, stock=HUGE)
        for place in range(200)
    }
    problem = Problem(
        tab=Tab.OPTIONS, line=HUGE, field="price", note="listing_sheet.price_number", values={"value": LONG}
    )
    changes = [FieldChange(field=F.TITLE, old=LONG, new=LONG)]
    for place in range(200):
        changes.append(FieldChange(field=O.PRICE, option=f"{place} {NASTY}", old=1, new=HUGE))
        changes.append(FieldChange(field=O.DISPLAY, option=f"{place} {NASTY}", old=True, new=False))
    return Judged(
        deal=SheetDeal(
            line=HUGE,
            number=NASTY,
            values={F.TITLE: LONG, F.CATEGORY: 51010101, F.TEMPLATE: 612345},
            problems=[problem] * 200 if kind is Kind.WRONG else [],
        ),
        kind=kind,
        changes=changes if kind is Kind.CHANGED else [],
        notes=[problem] * 200 if kind in (Kind.NEW, Kind.CHANGED) else [],
        options=options,
    )


def _result(state: ChangeState, *, is_new: bool = False, **over: Any) -> ChangeResult:
    usual: dict[str, Any] = {
        "id": "pc_1",
        "product_key": "a-1",
        "user_id": "U1",
        "note": None,
        "values": {},
        "detail": None,
        "done": (),
        "due_at": MOMENT,
        "wait": None,
        "created_at": MOMENT,
        "ended_at": None,
    }
    return ChangeResult(**{**usual, **over, "state": state, "is_new": is_new})


def _upload(
    judged: list[Judged],
    results: Mapping[str, ChangeResult] | None = None,
    state: UploadState = UploadState.PREVIEWED,
    source: UploadSource = UploadSource.FILE,
) -> Upload:
    content = SheetContent(judged=judged, columns=_COLUMNS, examples=5, unread=2)
    return Upload("T1", _REF.upload, "st_0123456789ab", "U1", state, source, content, results or {})
