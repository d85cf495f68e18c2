"""Views of many orders: the card of a batch, the report of a run, the notice of destroyed data."""

from collections.abc import Mapping, Sequence

from handlers.blocks import Block, actions, button, confirm, context, escape_title, fields, section
from handlers.common_views.orders import counts_text, who
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import short_name
from handlers.orders.ids import BatchRef, ListRef, OrderAction
from handlers.orders.views import moved_text, note_text
from handlers.payloads import encode
from handlers.texts import Texts, unbroken
from tmon.models.stores import Store
from tmon.orders.goods import Goods
from tmon.orders.service import BatchSummary

_GOODS_SHOWN = 5
"""Options named on a card or in a report."""


def batch_card(t: Texts, facts: BatchSummary) -> list[Block]:
    """The card of many orders: what has to be packed, how far they are, and one press for those that wait."""
    blocks = [section("\n".join([_batch_title(t, facts), *goods_lines(t, facts.goods)]))]
    rows = []
    if facts.waiting:
        rows.append(t("orders.batch_waiting", n=facts.waiting))
    if facts.waiting or facts.busy or facts.confirmed:
        key = "orders.batch_amount" if facts.waiting or facts.busy else "orders.batch_amount_confirmed"
        rows.append(t(key, amount=t.money(facts.open_amount)))
    if facts.confirm_by is not None:
        rows.append(t("orders.batch_urgent", until=unbroken(t.until_dated(facts.confirm_by))))
    for key, number in (
        ("orders.batch_confirmed", facts.confirmed),
        ("orders.batch_held", facts.held),
        ("orders.batch_blocked", facts.blocked),
        ("orders.batch_cancelled", facts.cancelled),
    ):
        if number:
            rows.append(t(key, n=number))
    if rows:
        blocks.append(fields(rows))
    if facts.confirmed_by:
        lines = [
            t.md("orders.batch_done", who=who(t, actor), n=n, moment=t.dated(last))
            for actor, n, last in facts.confirmed_by[-5:]
        ]
        blocks.append(context("\n".join(lines)))
    if facts.batch.pending_by is not None:
        progress = t.md(
            "orders.batch_progress",
            who=who(t, facts.batch.pending_by),
            done=facts.batch.done,
            total=facts.batch.total,
        )
        blocks.append(context(f"{progress}\n{t('orders.slow')}" if facts.slow else progress))
    if facts.noted:
        lines = [
            t.md("orders.batch_note", number=str(order.order_no), why=note_text(t, order)) for order in facts.noted
        ]
        blocks.append(section("\n".join([t("orders.batch_notes"), *lines])))
    if facts.batch.moved_to is not None:
        blocks.append(context(moved_text(t, facts.store)))
    made = []
    if facts.waiting and facts.batch.pending_by is None and facts.store.removed_at is None:
        made.append(_confirm_batch(t, facts))
    made.append(
        button(
            t("orders.list"),
            OrderAction.LIST,
            encode(ListRef(batch=facts.batch.id)),
            label=t("orders.list_label", store=short_name(facts.store), n=facts.total),
        )
    )
    if facts.blocked:
        made += partner_center_buttons(t)
    blocks.append(actions(*made))
    return blocks


def _batch_title(t: Texts, facts: BatchSummary) -> str:
    """✅ as soon as no press can do anything more, even if buyers' requests to cancel are left."""
    mark = "📦" if facts.waiting or facts.busy else "⏸" if facts.held else "✅"
    return t.md("orders.batch_title", mark=mark, store=short_name(facts.store), n=facts.total)


def _confirm_batch(t: Texts, facts: BatchSummary) -> Block:
    text = t.md(
        "orders.confirm_batch_ask",
        store=short_name(facts.store),
        n=facts.waiting,
        amount=t.money(facts.waiting_amount),
    )
    return button(
        t("orders.confirm_batch"),
        OrderAction.CONFIRM_BATCH,
        encode(BatchRef(batch=facts.batch.id)),
        style="primary",
        confirm=confirm(t, title=t("orders.confirm_batch"), text=text, yes=t("orders.confirm")),
        label=t("orders.confirm_batch_label", store=short_name(facts.store), n=facts.waiting),
    )


def goods_lines(t: Texts, goods: Sequence[Goods]) -> list[str]:
    """The most wanted options with their quantities, and how many more there are."""
    lines = [
        t.md(
            "orders.goods",
            title=escape_title(one.title, 60),
            option=escape_title(one.option, 60),
            n=t.number(one.quantity),
        )
        for one in goods[:_GOODS_SHOWN]
    ]
    if len(goods) > _GOODS_SHOWN:
        lines.append(t("orders.more_goods", n=len(goods) - _GOODS_SHOWN))
    return lines


def batch_text(t: Texts, facts: BatchSummary) -> str:
    """The text for notifications about a batch."""
    key = "orders.batch_text" if facts.waiting else "orders.batch_text_done"
    return t.md(key, store=short_name(facts.store), n=facts.total, waiting=facts.waiting)


def report_text(t: Texts, store: Store, counts: Mapping[str, int]) -> str:
    """One line on what a run changed."""
    return t.md("orders.report", store=short_name(store), what=counts_text(t, counts))


def report(t: Texts, store: Store, counts: Mapping[str, int], goods: Sequence[Goods], run: str) -> list[Block]:
    """What a run changed. What it confirmed automatically stands nowhere else: its goods, and the way to the list."""
    blocks = [section("\n".join([report_text(t, store, counts), *goods_lines(t, goods)]))]
    if counts.get("auto_confirmed"):
        label = t("orders.list_label", store=short_name(store), n=counts["auto_confirmed"])
        blocks.append(actions(button(t("orders.list"), OrderAction.LIST, encode(ListRef(run=run)), label=label)))
    return blocks


def destroyed_text(t: Texts, store_name: str, orders: int) -> str:
    """The notice that buyers' data of orders that still wait were destroyed."""
    return t.md("orders.buyers_destroyed", store=store_name, n=orders)
