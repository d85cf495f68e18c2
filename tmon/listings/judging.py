"""The judgement of a product of a sheet: what changes, and everything that is wrong with it. Pure functions."""

from datetime import datetime
from typing import Any

from tmon.api import PERMISSION_CATEGORIES, KcSubmission, OriginCountry, ProductType
from tmon.clock import KST
from tmon.errors import state_key
from tmon.listings.checks import tidied
from tmon.listings.documents import Detail, Judged, Kind, RemoteDeal, SheetDeal, Standing, StoreFacts
from tmon.listings.fields import (
    CREATE_ONLY,
    KEPT_DETAIL,
    NUMBER,
    REQUIRED,
    TYPE_WORDS,
    UNMANAGED,
    F,
    O,
    Tab,
    columns_of,
)
from tmon.listings.findings import Findings
from tmon.listings.identity import check_number
from tmon.listings.option_judging import judge_new_options, judge_options
from tmon.models.listings import Origin, ProductState, detail_hash
from tmon.spreadsheets.cells import CellProblem

NO_END = datetime(2900, 1, 1, tzinfo=KST)
"""From here on the end of a sale means that there is none (docs/tmon-api.md, ch. 8.1)."""
_MISSING = {
    F.MANAGED: "listing_sheet.managed_missing",
    F.TITLE: "listing_sheet.title_missing",
    F.PROMO: "listing_sheet.promotion_missing",
    F.CATEGORY: "listing_sheet.category_missing",
    F.TYPE: "listing_sheet.type_missing",
    F.TEMPLATE: "listing_sheet.template_missing",
    F.CARRIER: "listing_sheet.carrier_missing",
    F.IMAGES: "listing_sheet.image_missing",
    F.DETAIL: "listing_sheet.detail_missing",
    F.KC: "listing_sheet.kc_missing",
    F.NOTICE: "listing_sheet.notice_missing",
    F.NOTICE_TEXT: "listing_sheet.notice_text_missing",
}


def judge(deal: SheetDeal, standing: Standing, store: StoreFacts) -> Judged:
    """Judge a product as a sheet or a form has it against what is known of it."""
    product, remote = standing.product, standing.remote
    deal = deal.model_copy(update={"values": dict(deal.values)})
    found = Findings(deal)
    if not deal.number:  # which product it is cannot be told
        return _judged(found, store, Kind.WRONG)
    if product is None and remote is None and standing.unread is None:
        return _judge_new(found, standing, store)
    if product is not None and product.origin is Origin.TAKEN_OVER and product.state is ProductState.PLANNED:
        found.wrong(NUMBER, "listing_sheet.not_managed")  # its numbers are not all mapped yet
    elif product is not None and product.deal_no is None:
        if product.state in (ProductState.SENDING, ProductState.UNKNOWN):
            found.wrong(NUMBER, "listing_sheet.busy_new")
        return _judge_new(found, standing, store)
    elif standing.unread is not None:
        found.wrong(NUMBER, "listing_sheet.not_read", why=standing.unread)
    elif remote is None:
        found.hint(NUMBER, "listing_sheet.gone")
        return _judge_new(found, standing, store)
    elif product is None and not deal.number.startswith(UNMANAGED):
        found.wrong(NUMBER, "listing_sheet.not_ours")
    else:
        _judge_fields(found, standing, remote, store)
        judge_options(found, standing, remote, store)
        if product is None and found.changes:
            found.wrong(NUMBER, "listing_sheet.not_managed")
    return _judged(found, store, Kind.CHANGED if found.selected else Kind.SAME)


def compare(name: F, old: Any, new: Any) -> bool:
    """Return whether TMON would show two values of a field as the same."""
    match name:
        case F.DETAIL:
            return _hash(old) == _hash(new)
        case F.START | F.END:
            return bool(_minute(old) == _minute(new) or min(old, new) >= NO_END)
        case F.IMAGES:
            return bool(old == new)
        case F.KEYWORDS | F.SECTIONS:
            return [tidied(one) for one in old] == [tidied(one) for one in new]
        case F.KC_NUMBERS | F.NOTICE_TEXT:
            return [tuple(map(tidied, pair)) for pair in old] == [tuple(map(tidied, pair)) for pair in new]
    if isinstance(old, str) and isinstance(new, str):
        return tidied(old) == tidied(new)
    return bool(old == new)


def _hash(detail: Detail | str) -> str:
    return detail.hash if isinstance(detail, Detail) else detail_hash(detail)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _judged(found: Findings, store: StoreFacts, kind: Kind) -> Judged:
    deal = found.deal.model_copy(update={"problems": [*found.deal.problems, *found.problems]})
    prices = [one for one in found.changes if one.field == O.PRICE and one.old]
    return Judged(
        deal=deal,
        kind=Kind.WRONG if deal.problems else kind,
        changes=found.changes,
        notes=found.notes,
        steep=any(abs(one.new - one.old) * 2 > one.old for one in prices),
        selected=frozenset(found.selected),
        options=found.options,
        needs_permission=store.tops.get(deal.values.get(F.CATEGORY, 0)) in PERMISSION_CATEGORIES,
    )


def _judge_new(found: Findings, standing: Standing, store: StoreFacts) -> Judged:
    deal = found.deal
    if F.END in deal.values and deal.values[F.END] >= NO_END:
        del deal.values[F.END]  # without one it is sold without end
    if standing.product is None:
        try:
            check_number(store.store_id, deal.number)
        except CellProblem as problem:
            found.wrong(NUMBER, problem.key, **problem.values)
    if not store.has_policy:
        found.wrong(NUMBER, state_key("listing_sheet.no_policy", store.policy_whom))
    if deal.tab is Tab.OPTIONS:
        found.wrong(NUMBER, "listing_sheet.deal_missing")
        return _judged(found, store, Kind.NEW)
    for name in REQUIRED:
        if name not in deal.values and not found.is_wrong(name):
            found.wrong(columns_of(name)[0], _MISSING[name])
    if deal.values.get(F.DETAIL) == KEPT_DETAIL:
        found.wrong(F.DETAIL, "listing_sheet.detail_mark_new")
    _check_together(found, {*deal.values}, dict(deal.values), store, is_new=True)
    judge_new_options(found, standing, store)
    found.selected |= {*deal.values}
    return _judged(found, store, Kind.NEW)


def _judge_fields(found: Findings, standing: Standing, remote: RemoteDeal, store: StoreFacts) -> None:
    """Compare the filled cells of a product's row with what TMON has."""
    values, told = found.deal.values, standing.kept | remote.values
    if values.get(F.DETAIL) == KEPT_DETAIL:
        del values[F.DETAIL]
    if F.END in values and values[F.END] >= NO_END and F.END not in told:
        del values[F.END]
    if values.get(F.ADULT) is False and not told.get(F.ADULT):
        del values[F.ADULT]  # it is not told, and cannot be taken back
    for name in CREATE_ONLY & values.keys():
        if name in told and not compare(name, told[name], values[name]):
            found.wrong(columns_of(name)[0], "listing_sheet.create_only", now=_cell(name, told[name]))
        del values[name]
    for name, value in values.items():
        if name not in told:
            found.change(name, None, _shown(name, value), known=False)
            found.hint(columns_of(name)[0], "listing_sheet.old_untold")
        elif not compare(name, told[name], value):
            found.change(name, _shown(name, told[name]), _shown(name, value))
        elif name in standing.touched:
            found.selected.add(name)
    changed = {F(one.field) for one in found.changes}
    if F.ADULT in changed and values[F.ADULT] is False:
        found.wrong(F.ADULT, "listing_sheet.adult_back")
    _check_together(found, changed, told | values, store, is_new=False)


def _shown(name: F, value: Any) -> Any:
    """Return a value as a change names it: of a detail its length."""
    if name is not F.DETAIL:
        return value
    return value.length if isinstance(value, Detail) else len(value)


def _cell(name: F, value: Any) -> str:
    """Return what stands in the cell of a field that cannot be changed."""
    if name is F.TYPE:
        return TYPE_WORDS.get(ProductType(value), str(value))
    return " · ".join(value) or "–"


def _check_together(found: Findings, changed: set[F], values: dict[F, Any], store: StoreFacts, *, is_new: bool) -> None:
    """Check what depends on several fields, or on what the store has, where one of them changes.

    `values`: as they will be.
    """
    if F.CATEGORY in changed and store.tops and values[F.CATEGORY] not in store.tops:
        found.wrong(F.CATEGORY, "listing_sheet.category_unknown", value=str(values[F.CATEGORY]))
    if F.TEMPLATE in changed:
        _check_template(found, values, store)
    if changed & {F.ORIGIN, F.ORIGIN_DETAIL}:
        _check_origin(found, changed, values)
    if changed & {F.KC, F.KC_NUMBERS}:
        _check_kc(found, changed, values)
    if not is_new:
        for name, other in ((F.NOTICE, F.NOTICE_TEXT), (F.NOTICE_TEXT, F.NOTICE)):
            if name in changed and other not in values and not found.is_wrong(other):
                found.wrong(other, _MISSING[other])
    if changed & {F.START, F.END}:
        _check_period(found, changed, values, store.now)


def _check_template(found: Findings, values: dict[F, Any], store: StoreFacts) -> None:
    if values[F.TEMPLATE] not in store.template_types:
        found.wrong(F.TEMPLATE, "listing_sheet.template_unknown", value=str(values[F.TEMPLATE]))
        return
    theirs, ours = store.template_types[values[F.TEMPLATE]], values.get(F.TYPE)
    if theirs is not None and ours is not None and theirs != ours:
        words = {"theirs": _cell(F.TYPE, theirs), "ours": _cell(F.TYPE, ours)}
        found.wrong(F.TEMPLATE, "listing_sheet.type_template", **words)


def _check_origin(found: Findings, changed: set[F], values: dict[F, Any]) -> None:
    typed = values.get(F.ORIGIN) == OriginCountry.TYPED
    if typed and F.ORIGIN_DETAIL not in values and not found.is_wrong(F.ORIGIN_DETAIL):
        found.wrong(F.ORIGIN_DETAIL, "listing_sheet.origin_detail_missing")
    if not typed and F.ORIGIN_DETAIL in changed and not found.is_wrong(F.ORIGIN):
        found.wrong(F.ORIGIN_DETAIL, "listing_sheet.origin_detail_extra")


def _check_kc(found: Findings, changed: set[F], values: dict[F, Any]) -> None:
    kc = values.get(F.KC)
    if kc == KcSubmission.SUBMITTED and F.KC_NUMBERS not in values and not found.is_wrong(F.KC_NUMBERS):
        found.wrong(F.KC_NUMBERS, "listing_sheet.kc_numbers_missing")
    unfit = kc is not None and kc != KcSubmission.SUBMITTED
    if unfit and F.KC_NUMBERS in changed:
        found.wrong(F.KC_NUMBERS, "listing_sheet.kc_numbers_extra")


def _check_period(found: Findings, changed: set[F], values: dict[F, Any], now: datetime) -> None:
    start, end = values.get(F.START), values.get(F.END)
    if F.END in changed and end is not None and end <= now:
        found.wrong(F.END, "listing_sheet.period_past")
    elif start is not None and end is not None and end <= start:
        found.wrong(F.END if F.END in changed else F.START, "listing_sheet.period_order")
