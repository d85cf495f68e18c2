"""Samples of stock: lists, forms and messages."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from handlers.common_views.stock import progress_text
from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.samples.messages import linked_message, message
from handlers.stock import form_views, message_views, views
from handlers.stock.ids import ApplyRef, StockRef
from handlers.texts import Texts
from tmon.api import SalesStatus
from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink, Sku
from tmon.pages import Page
from tmon.products.catalog import DealSummary
from tmon.spreadsheets.cells import Column, RowProblem, Table
from tmon.stock.link_import import LinkResult
from tmon.stock.notifications import SHOWN
from tmon.stock.push_preview import NotCompared, OptionChange, PushPreview
from tmon.stock.service import CHOICES, SkuImportResult
from tmon.stock.sku_import import MAX_CODE, MAX_NAME
from tmon.stock.summary import PAGE, OptionSummary, SkuPage, SkuSummary, UnsyncedReason
from tmon.stock.sync_counts import SyncCounts

_STORE = store(stock_on=True)
_WORST = store(NASTY, stock_on=False, order_on=False)
_APPLY = ApplyRef(
    store=_STORE.id, list_view="V" * 20, search="가" * MAX_NAME, file="F" * 20, seen=f"{'0' * 16}-{'0' * 16}"
)
_REF = StockRef(store=_STORE.id, list_view="V" * 20, search="가" * MAX_NAME)


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about stock."""
    yield from _lists(t)
    yield from _forms(t)
    yield from _previews(t)
    yield from _messages(t)


def _lists(t: Texts) -> Iterator[Sample]:
    usual, stopped = _sku(_option()), _sku(*_turned_off(), selling=False, stock=-3)
    calls = tuple(views.CALLS)
    for name, page in {
        "empty": SkuPage((), 0, 1, 0, store=_STORE, unmapped=0),
        "usual": SkuPage((usual, _sku()), 0, 3, 20, store=_STORE, unmapped=2),
        "stopped": SkuPage((stopped,), 0, 1, 1, store=_STORE, unmapped=0, not_offered=calls[:1]),
        "worst": SkuPage((_worst_sku(),) * PAGE, 1, HUGE, HUGE, store=_WORST, unmapped=HUGE, not_offered=calls),
    }.items():
        yield f"stock list {name}", views.sku_list(t, page, _REF)
    counted = dict.fromkeys(vars(SyncCounts()), HUGE)
    yield "stock list after a run", views.sku_list(t, page, _REF, views.synced_text(t, counted))
    for why, option in {
        UnsyncedReason.NO_SKU: _option(mapped=False),
        UnsyncedReason.NO_KEY: _option(mapped=False, vendor_option_no=None),
        UnsyncedReason.GONE: _option(deal={"deleted_at": MOMENT}),
    }.items():
        yield f"unmapped options {why}", views.option_list(t, _STORE, Page((option,), 0, 1, 1), _REF)
    yield (
        "unmapped options, worst",
        views.option_list(t, _WORST, Page((_worst(mapped=False),) * PAGE, 1, 9, HUGE), _REF),
    )


def _forms(t: Texts) -> Iterator[Sample]:
    for one, name in ((_STORE, "usual"), (_WORST, "worst")):
        yield f"stock upload {name}", form_views.upload_form(t, one, _REF)
        yield f"stock paste {name}", form_views.paste_form(t, one, _APPLY)
    for name, facts in {"new": None, "usual": _sku(), "stopped": _sku(selling=False), "worst": _worst_sku()}.items():
        yield f"SKU form {name}", form_views.sku_form(t, _REF, facts)
    for name, option in (("usual", _option()), ("worst", _worst())):
        skus = [_worst_sku().sku] * CHOICES if name == "worst" else [_sku().sku]
        many = [Sku(**{**sku.model_dump(), "code": f"{n:04}{sku.code}"[:MAX_CODE]}) for n, sku in enumerate(skus)]
        yield f"SKU map form {name}", form_views.map_form(t, option, _REF, many, len(many))
        yield f"SKU map form with search {name}", form_views.map_form(t, option, _REF, many, HUGE)
        yield f"SKU map form without SKUs {name}", form_views.map_form(t, option, _REF, [], 0)
    yield "links upload", form_views.link_upload_form(t, _WORST, _REF)
    links = PushPreview(SkuImportResult(), pushes=True, links=LinkResult(HUGE, HUGE, HUGE))
    effects = form_views.effects_blocks(t, links, changed_meanwhile=True)
    yield "links preview", form_views.link_preview(t, _WORST, effects, _APPLY)
    yield "links result", form_views.result_view(t, form_views.linked_text(t, LinkResult(HUGE)), _APPLY, unmapped=False)
    applied = SkuImportResult(HUGE, HUGE, HUGE, HUGE)
    values = {"code": LONG, "meant": NASTY, "value": NASTY, "most": HUGE, "first": HUGE}
    wrong = [RowProblem(n, key, values, "C") for n in range(50) for key in ("stock.row_zeros", "stock.row_selling")]
    columns = {NASTY[n:]: Column("A", NASTY) for n in range(6)}
    worst = Table(columns, (), sheet=NASTY, header_line=HUGE, unread=[NASTY[:20]] * 50)
    usual = Table({"code": Column("A", "SKU코드"), "stock": Column("B", "재고")}, (), header_line=1)
    for name, text in {
        "applied": form_views.applied_text(t, applied),
        "worst source": form_views.source_text(t, worst),
        "usual source": form_views.source_text(t, usual),
        "wrong rows": form_views.problems_text(t, wrong),
        "one wrong row": form_views.problems_text(t, wrong[:1]),
    }.items():
        yield f"stock result {name}", form_views.result_view(t, text, _APPLY, unmapped=True)
        yield f"stock message {name}", message(text)


def _previews(t: Texts) -> Iterator[Sample]:
    usual = OptionChange(7700112233, 7700112301, "국산 40수 호텔수건", "그레이 / 5장", 310, 0)
    worst = OptionChange(HUGE, HUGE, NASTY, LONG, HUGE, HUGE)
    kinds = (usual, replace(usual, target=50), replace(usual, hidden=True), replace(usual, target=900, later=True))
    counts = SkuImportResult(HUGE, HUGE, HUGE, HUGE)
    previews = {
        "nothing": PushPreview(SkuImportResult(same=3), pushes=True),
        "off": PushPreview(counts, pushes=False),
        "usual": PushPreview(SkuImportResult(1, 2, 3, 1), pushes=True, changes=kinds),
        "one": PushPreview(SkuImportResult(1), pushes=True, changes=(usual,)),
        **{f"not compared {why}": PushPreview(counts, pushes=True, not_compared=why) for why in NotCompared},
        "worst": PushPreview(counts, pushes=True, changes=(worst,) * 300, not_compared=NotCompared.NO_ANSWER),
    }
    columns = {str(n): Column("A", NASTY) for n in range(6)}
    table = Table(columns, (), sheet=NASTY, header_line=HUGE, unread=[NASTY[:20]] * 50)
    for name, preview in previews.items():
        effects = form_views.effects_blocks(t, preview, table=table, changed_meanwhile=name == "worst")
        yield f"stock preview {name}", form_views.preview_view(t, _STORE, effects, _APPLY)
        effects = form_views.effects_blocks(t, preview)
        yield f"stock paste preview {name}", form_views.paste_form(t, _WORST, _APPLY, effects, NASTY * 100)
    for total in (0, HUGE):
        yield f"reading {total} deals", form_views.message_view(t, progress_text(t, 5, total))


def _messages(t: Texts) -> Iterator[Sample]:
    for one, sku, name in ((_STORE, _sku(), "usual"), (_WORST, _worst_sku(), "worst")):
        for out in (False, True):
            yield f"shortage {out} {name}", message(message_views.shortage_text(t, one, [sku], 1, out=out))
            many = message_views.shortage_text(t, one, [sku] * SHOWN, HUGE, out=out)
            yield f"shortage of many {out} {name}", message(many)
    for one, option, name in ((_STORE, _option(), "usual"), (_WORST, _worst(), "worst")):
        for display in (False, True):
            text = message_views.refused_text(t, one, [option] * SHOWN, HUGE, display=display)
            yield f"refused options {name}, display {display}", message(text)
        facts = DealSummary(one, option.deal, [option.option])
        for n in (1, HUGE):
            text = message_views.sale_refused_text(t, [facts] * min(n, SHOWN), n)
            yield f"refused sale status of {n} {name}", message(text)
        for call in views.CALLS:
            yield f"not offered {call} {name}", linked_message(t, message_views.not_offered_text(t, one, call))
        for units in (5, -HUGE):
            differs = _option(option=option.option.title, link={"mismatch": units, "mismatch_id": "mm_1"})
            for mismatch in ("mm_1", "mm_over"):
                text = message_views.mismatch_text(t, one, differs, mismatch)
                card = message_views.mismatch_card(t, one, differs, mismatch)
                yield f"{mismatch} of {units} {name}", message(text, card)


def _sku(*options: OptionSummary, **over: Any) -> SkuSummary:
    values: dict[str, Any] = {
        "team_id": "T1",
        "store_id": _STORE.id,
        "id": "sk_0123456789ab",
        "code": "G12200-01",
        "name": "호텔수건 화이트",
        "stock": 30,
        "counted_at": MOMENT,
        "updated_at": MOMENT,
        **over,
    }
    return SkuSummary(Sku(**values), options)


def _worst_sku() -> SkuSummary:
    text = NASTY * 10
    return _sku(
        *[_worst()] * 20,
        code=text[:MAX_CODE],
        name=text[:MAX_NAME],
        stock=-HUGE,
        safety=HUGE,
        low_at=HUGE,
        selling=False,
    )


def _option(
    *,
    option: str = "화이트 / 5장",
    mapped: bool = True,
    link: dict[str, Any] | None = None,
    deal: dict[str, Any] | None = None,
    **over: Any,
) -> OptionSummary:
    place: dict[str, Any] = {"team_id": "T1", "store_id": _STORE.id, "deal_no": 7700112233}
    known: dict[str, Any] = {"title": "국산 40수 호텔수건", "known_since": MOMENT, "sales_status": SalesStatus.ON_SALE}
    told: dict[str, Any] = {
        "option_no": 7700112301,
        "vendor_option_no": "G12200-01",
        "title": option,
        "stock": 30,
        **over,
    }
    reference: dict[str, Any] = {"last_pushed": 30, "pushed_at": MOMENT, "in_flight": 0, "sku_id": "sk_0123456789ab"}
    return OptionSummary(
        Deal(**place | known | (deal or {})),
        DealOption(**place | told),
        OptionLink(**place, option_no=told["option_no"], **reference | (link or {})) if mapped else None,
        None,
    )


def _turned_off() -> list[OptionSummary]:
    """Options that are hidden or paused, by us or by hand, and in each state of synchronisation."""
    paused = {"sales_status": SalesStatus.PAUSE}
    return [
        _option(display=False, hidden_by_us=True, link={"in_flight": None}),
        _option(display=False, link={"problem": "재고를 변경하지 못했습니다."}),
        _option(deal=paused | {"paused_by_us": True}, link={"attempt": {}}),
        _option(deal=paused, link={"mismatch": 3}),
        _option(deal={"sale_problem": "거절"}, display_problem="거절"),
    ]


def _worst(*, mapped: bool = True) -> OptionSummary:
    return _option(
        option=LONG,
        mapped=mapped,
        deal={"title": NASTY, "sales_status": SalesStatus.PAUSE, "sale_problem": LONG},
        display=False,
        display_problem=NASTY,
        vendor_option_no=NASTY[:50],
        stock=HUGE,
        link={"problem": LONG},
    )
