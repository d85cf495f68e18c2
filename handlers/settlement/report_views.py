"""The monthly report (월간 정산 리포트): to those who manage, with amounts; in a channel without, unless a store wants them."""

from collections.abc import Sequence
from datetime import date

from handlers.blocks import Block, actions, button_beside, context, divider, section
from handlers.common_views.stores import short_name
from handlers.payloads import encode
from handlers.rendering import RenderedMessage
from handlers.settlement.ids import SettlementAction, SettlementRef
from handlers.settlement.views import match_counts
from handlers.texts import Markup, Texts
from tmon.settlement.monthly import StoreMonth
from tmon.settlement.months import Sums

_STORES = 15
"""Stores of a message, each with three of its 50 blocks."""


def monthly_report(t: Texts, month: date, stores: Sequence[StoreMonth], *, late: bool) -> RenderedMessage:
    """The report of all stores of a person or a channel."""
    head = t("settlement.report_late" if late else "settlement.report_head", month=t.month(month))
    blocks = [section(head)]
    for one in stores[:_STORES]:
        blocks += [divider(), section(_store(t, month, one)), actions(_open(t, month, one))]
    if len(stores) > _STORES:
        blocks.append(context(t("settlement.report_more", n=len(stores) - _STORES)))
    return RenderedMessage(head, blocks)


def _store(t: Texts, month: date, one: StoreMonth) -> str:
    lines = [t.md("settlement.report_store", store=short_name(one.store))]
    if not (one.due.rows or one.sold.rows or one.matches.counts):
        lines.append(t("settlement.report_nothing"))
    else:
        for key, sums in (("settlement.report_due", one.due), ("settlement.report_sold", one.sold)):
            lines.append(t.md(key, month=t.month(month), sums=Markup(_sums(t, sums, amounts=one.amounts))))
        lines.append(t("settlement.report_orders", month=t.month(month)))
        lines.append(match_counts(t, one.matches))
    if one.unread:
        lines.append(t("settlement.report_unread"))
    return "\n".join(lines)


def _sums(t: Texts, sums: Sums, *, amounts: bool) -> str:
    if not amounts or not sums.rows:
        return t("settlement.n_rows", n=sums.rows)
    return t("settlement.report_amounts", sell=t.money(sums.sell), computed=t.money(sums.computed), n=sums.rows)


def _open(t: Texts, month: date, one: StoreMonth) -> Block:
    ref = encode(SettlementRef(store=one.store.id, month=month))
    action = f"{SettlementAction.OPEN}#{one.store.id}"
    return button_beside(t, t("settlement.report_open"), one.store.name, action, ref)
