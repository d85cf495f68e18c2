"""Views of settlement: a month, its products, and what is to be checked."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    button_beside,
    context,
    divider,
    escape_title,
    fields,
    header,
    input_block,
    menu,
    modal,
    option,
    pager,
    section,
)
from handlers.common_views.ids import CommandAction
from handlers.common_views.stores import short_name
from handlers.payloads import encode
from handlers.settlement.ids import SettlementAction, SettlementRef, SettlementView, Shown
from handlers.texts import Markup, Texts, unbroken
from tmon.models.settlement import SettlementRow
from tmon.models.stores import ApiGroup, Store
from tmon.pages import Page
from tmon.settlement.matching import MatchedOrder, Matches
from tmon.settlement.months import Basis, KindSums, MonthSummary, ProductSums, Sums
from tmon.settlement.order_query import Match

_KINDS = 20
"""Kinds with a line of their own."""
_TITLE = 60
MONTH, BASIS = "month", "basis"
"""Fields of the form."""
MATCHES = {
    Shown.ATTENTION: (Match.UNSETTLED, Match.DIFFERENT),
    Shown.UNSETTLED: (Match.UNSETTLED,),
    Shown.DIFFERENT: (Match.DIFFERENT,),
    Shown.EXPECTED: (Match.EXPECTED,),
    Shown.SETTLED: (Match.SETTLED,),
}
"""The orders that each list of them shows."""


def month_view(t: Texts, store: Store, ref: SettlementRef, found: MonthSummary, said: str = "") -> Block:
    """The month of a store below the form that chooses it. `said`: a result, as markup."""
    blocks = [*_form(t, found), header(_heading(t, store, found.month, found.basis))]
    rows = found.total.rows > 0
    buttons = [
        *([button(t("settlement.products"), SettlementAction.PRODUCTS, encode(ref))] if rows else []),
        button(t("settlement.check"), SettlementAction.CHECK, encode(ref)),
        *([button(t("settlement.export"), SettlementAction.EXPORT, encode(ref))] if rows else []),
        button(t("settlement.collect"), SettlementAction.COLLECT, encode(ref)),
    ]
    blocks.append(actions(*buttons))
    if said:
        blocks.append(section(said))
    if found.readings.first_day is None and not found.total.rows:
        blocks.append(section(_not_yet(t, store, found)))
    elif not found.total.rows:
        blocks.append(section(t("settlement.empty")))
    else:
        blocks += [fields(_total(t, found.total)), divider()]
        blocks += [section(_kind(t, one)) for one in found.kinds[:_KINDS]]
        if rest := found.kinds[_KINDS:]:
            sums = sum((one.sums for one in rest), Sums())
            blocks.append(section(t.md("settlement.more_kinds", n=len(rest), sums=Markup(_amounts(t, sums)))))
    notes = _notes(t, found)
    if notes:
        blocks.append(context("\n".join(notes)))
    blocks.append(context(_read(t, store, found)))
    return modal(
        t("settlement.title"),
        blocks,
        callback_id=SettlementView.MONTH,
        close=t("common.close"),
        submit=t("settlement.show"),
        metadata=encode(ref),
    )


def products_view(t: Texts, store: Store, ref: SettlementRef, month: date, page: Page[ProductSums]) -> Block:
    """A page of the products of a month."""
    blocks = [header(_heading(t, store, month, ref.basis)), context(t("settlement.products_head", n=page.total))]
    for one in page.items:
        title = t.md("settlement.product", title=Markup(_product(t, one)), n=one.sums.rows)
        blocks += [divider(), section(f"{title}\n{_amounts(t, one.sums)}")]
    if not page.items:
        blocks.append(section(t("settlement.empty")))
    blocks += pager(t, SettlementAction.PRODUCT_PAGE, ref, page, _back(t, ref))
    return modal(
        t("settlement.title"),
        blocks,
        callback_id=SettlementView.PRODUCTS,
        close=t("common.close"),
        metadata=encode(ref),
    )


def check_view(
    t: Texts,
    store: Store,
    ref: SettlementRef,
    month: date,
    matches: Matches,
    page: Page[MatchedOrder] | Page[SettlementRow],
) -> Block:
    """How the orders of a month and their settlement stand to each other: the counts, and a list of one part."""
    blocks = [header(_heading(t, store, month, ref.basis)), section(match_counts(t, matches))]
    blocks.append(actions(menu(SettlementAction.SHOWN, t("settlement.shown"), _shown(t, matches), ref.shown)))
    blocks.append(context(t.of("settlement.about", ref.shown)))
    for one in page.items:
        line = _row(t, one) if isinstance(one, SettlementRow) else _order(t, one)
        number = one.order_no
        see = None
        if isinstance(one, MatchedOrder):
            run = f"orders {number}"
            see = button_beside(t, t("home.open"), str(number), f"{CommandAction.RUN}#{number}", run)
        blocks += [divider(), section(line, accessory=see)]
    if not page.items:
        blocks.append(section(t("settlement.nothing")))
    blocks += pager(t, SettlementAction.CHECK_PAGE, ref, page, _back(t, ref))
    return modal(
        t("settlement.check_title"),
        blocks,
        callback_id=SettlementView.CHECK,
        close=t("common.close"),
        metadata=encode(ref),
    )


def match_counts(t: Texts, matches: Matches) -> str:
    """How many orders stand how, as markup."""
    return t(
        "settlement.counts",
        attention=matches.attention,
        unsettled=matches[Match.UNSETTLED],
        different=matches[Match.DIFFERENT],
        without=matches.without_order,
        expected=matches[Match.EXPECTED],
        settled=matches[Match.SETTLED],
    )


def basis_word(t: Texts, basis: Basis) -> str:
    """지급예정일 or 판매일."""
    return t.of("settlement.basis", basis)


def _form(t: Texts, found: MonthSummary) -> list[Block]:
    months = [option(_month(t, month), f"{month:%Y-%m}") for month in found.months]
    bases = [option(basis_word(t, basis), basis) for basis in Basis]
    chosen = f"{found.month:%Y-%m}"
    return [
        input_block(MONTH, t("settlement.month"), _select(months, chosen)),
        input_block(BASIS, t("settlement.basis"), _select(bases, found.basis)),
    ]


def _select(options: Sequence[Block], chosen: str) -> Block:
    initial = next(one for one in options if one["value"] == chosen)
    return {"type": "static_select", "options": list(options), "initial_option": initial}


def _month(t: Texts, month: date) -> str:
    """A month with its year: in a menu one stands beside the same of another year."""
    return t("settlement.year_month", year=month.year, month=month.month)


def _heading(t: Texts, store: Store, month: date, basis: Basis) -> str:
    return t("settlement.heading", store=short_name(store), month=_month(t, month), basis=basis_word(t, basis))


def _not_yet(t: Texts, store: Store, found: MonthSummary) -> str:
    if not _collected(store):
        return t("settlement.not_yet_off")
    if found.readings.next_at is None:
        return t("settlement.not_yet")
    return t("settlement.not_yet_until", moment=t.moment(found.readings.next_at))


def _collected(store: Store) -> bool:
    return store.active and store.group_on(ApiGroup.ORDER)


def _read(t: Texts, store: Store, found: MonthSummary) -> str:
    lines = []
    if found.readings.read_at is not None:
        lines.append(t("settlement.read", moment=t.moment(found.readings.read_at)))
    if not _collected(store):
        lines.append(t("settlement.off"))
    elif found.readings.next_at is not None:
        lines.append(t("settlement.next", moment=t.moment(found.readings.next_at)))
    return "\n".join([line for line in (" · ".join(lines), t("settlement.about_computed")) if line])


def _total(t: Texts, sums: Sums) -> list[str]:
    amounts = (
        ("settlement.sell", sums.sell),
        ("settlement.base", sums.base),
        ("settlement.computed", sums.computed),
        ("settlement.tmon", sums.tmon),
        ("settlement.vendor", sums.vendor),
    )
    cells = [t("settlement.cell", name=t(key), value=t.money(amount)) for key, amount in amounts]
    return [*cells, t("settlement.cell", name=t("settlement.rows"), value=t("settlement.n_rows", n=sums.rows))]


def _kind(t: Texts, one: KindSums) -> str:
    kind = escape_title(one.kind, _TITLE)
    return t.md("settlement.kind", kind=kind, n=one.sums.rows, sums=Markup(_amounts(t, one.sums)))


def _amounts(t: Texts, sums: Sums) -> str:
    """The columns of some rows, with TMON's names."""
    return t(
        "settlement.amounts",
        sell=t.money(sums.sell),
        base=t.money(sums.base),
        rate=_rates(t, sums),
        computed=t.money(sums.computed),
        tmon=t.money(sums.tmon),
        vendor=t.money(sums.vendor),
        due=_dues(t, sums),
    )


def _rates(t: Texts, sums: Sums) -> str:
    if sums.lowest_rate is None or sums.highest_rate is None:
        return "-"
    if sums.lowest_rate == sums.highest_rate:
        return _percent(sums.lowest_rate)
    return t("settlement.from_to", first=_percent(sums.lowest_rate), last=_percent(sums.highest_rate))


def _percent(rate: Decimal) -> str:
    return f"{rate:f}%"


def _dues(t: Texts, sums: Sums) -> str:
    if sums.first_due is None or sums.last_due is None:
        return "-"
    if sums.first_due == sums.last_due:
        return unbroken(t.date(sums.first_due))
    return t("settlement.from_to", first=unbroken(t.date(sums.first_due)), last=unbroken(t.date(sums.last_due)))


def _notes(t: Texts, found: MonthSummary) -> list[str]:
    """What the sums do not say by themselves."""
    notes = []
    if found.gone.rows:
        computed, sell = t.money(found.gone.computed), t.money(found.gone.sell)
        notes.append(t("settlement.note_gone", n=found.gone.rows, sell=sell, computed=computed))
    if found.total.unrated:
        notes.append(t("settlement.note_unrated", n=found.total.unrated))
    if found.undated:
        notes.append(t("settlement.note_undated", n=found.undated))
    return notes


def _product(t: Texts, one: ProductSums) -> str:
    if one.deal_no is None:
        return t("settlement.no_product")
    return t.md("settlement.product_title", title=escape_title(one.title, _TITLE), number=str(one.deal_no))


def _back(t: Texts, ref: SettlementRef) -> Block:
    return button(t("setup.back"), SettlementAction.BACK, encode(ref.model_copy(update={"page": 0})))


def _shown(t: Texts, matches: Matches) -> list[Block]:
    counts = {
        Shown.ATTENTION: matches.attention,
        Shown.WITHOUT_ORDER: matches.without_order,
        Shown.GONE: matches.gone,
    }
    return [
        option(
            t(
                "settlement.entry",
                what=shown_word(t, one),
                n=counts.get(one, matches[MATCHES.get(one, (Match.SETTLED,))[0]]),
            ),
            one,
        )
        for one in Shown
    ]


def shown_word(t: Texts, shown: Shown) -> str:
    """What a part of the matching is called."""
    return t.of("settlement.shown", shown)


def _order(t: Texts, one: MatchedOrder) -> str:
    head = t.md(
        "settlement.order",
        number=str(one.order_no),
        title=escape_title(one.title, _TITLE),
        state=t.of("settlement.match", one.match),
    )
    lines = [head, _when(t, one)]
    if one.rows:
        values = {name: t.money(won) for name, won in (("expected", one.expected), ("settled", one.settled))}
        lines.append(t("settlement.compared", **values, n=one.rows))
        if one.match is Match.DIFFERENT:
            lines.append(t("settlement.difference", difference=_signed(t, one.settled - one.expected)))
    else:
        lines.append(t("settlement.expected", expected=t.money(one.expected)))
    if one.returned:
        lines.append(t("settlement.returned", returned=t.money(one.returned)))
    if one.discount:
        lines.append(t("settlement.discount", discount=t.money(one.discount), own=t.money(one.own_discount)))
    if one.gone:
        lines.append(t("settlement.order_gone", n=one.gone))
    return "\n".join(lines)


def _when(t: Texts, one: MatchedOrder) -> str:
    if one.delivered_at is None:
        return t("settlement.paid", paid=t.dated(one.paid_at))
    return t("settlement.paid_delivered", paid=t.dated(one.paid_at), delivered=t.dated(one.delivered_at))


def _signed(t: Texts, won: int) -> str:
    return f"+{t.money(won)}" if won > 0 else t.money(won)


def _row(t: Texts, row: SettlementRow) -> str:
    head = t.md(
        "settlement.row",
        kind=escape_title(row.kind, _TITLE),
        order=t("settlement.no_number") if row.order_no is None else str(row.order_no),
        title=escape_title(row.title, _TITLE),
    )
    due = "-" if row.pay_due is None else t.date(row.pay_due)
    computed = "-" if row.computed_amount is None else t.money(row.computed_amount)
    values: dict[str, Any] = {"sold": t.date(row.sold_on), "sell": t.money(row.sell_amount)}
    lines = [head, t("settlement.row_amounts", **values, computed=computed, due=due)]
    if row.missing_since is not None:
        lines.append(t("settlement.gone_since", moment=t.dated(row.missing_since)))
    return "\n".join(lines)
