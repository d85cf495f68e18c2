"""Views of orders: cards, batch cards, lists and the hold form."""

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    confirm,
    context,
    divider,
    escape_title,
    fields,
    input_block,
    modal,
    pager,
    section,
    text_input,
)
from handlers.common_views.orders import counts_text, who
from handlers.common_views.stores import channel
from handlers.orders.ids import BatchRef, ListRef, OrderAction, OrderRef, OrderView
from handlers.payloads import encode
from handlers.texts import Texts, escape, mention
from tmon.models.orders import DealState, Order, OrderState
from tmon.models.stores import Store
from tmon.orders.service import BatchSummary, OrderSummary
from tmon.pages import Page

HOLD_REASON_LENGTH = 200
_OPTIONS_SHOWN = 6
_MARK = {
    OrderState.NEW: "🆕",
    OrderState.CONFIRMING: "⏳",
    OrderState.UNKNOWN: "❓",
    OrderState.CONFIRMED: "✅",
    OrderState.CANCELLED: "🚫",
}
_DEAL_MARK = {DealState.CONFIRMED: "✅ ", DealState.REFUSED: "⚠️ ", DealState.CANCELLED: "🚫 ", DealState.OPEN: ""}


def order_card(t: Texts, facts: OrderSummary) -> list[Block]:
    """The card of one order: goods, deadlines, and the buttons that its state allows; short once it is done.

    A card stays in its channel for days and is not rendered again at midnight: its times have dates, never `내일`.
    """
    order = facts.order
    mark = "⏸" if _held(order) else _MARK[order.state]
    blocks = [
        section(
            "\n".join(
                [
                    t.md("orders.card_title", mark=mark, store=facts.store.name, number=str(order.order_no)),
                    *_goods(t, facts),
                ]
            )
        )
    ]
    if order.state in (OrderState.CONFIRMED, OrderState.CANCELLED):
        blocks.append(context(" · ".join(_facts_done(t, facts))))
    else:
        blocks.append(fields(_facts_open(t, facts)))
    if status := _status(t, facts):
        blocks.append(context(status))
    if order.state is OrderState.NEW and facts.store.removed_at is None:
        blocks.append(actions(*_buttons(t, facts)))
    return blocks


def order_text(t: Texts, facts: OrderSummary) -> str:
    """The text for notifications about an order."""
    key = {
        OrderState.NEW: "orders.text_new",
        OrderState.CONFIRMING: "orders.text_confirming",
        OrderState.UNKNOWN: "orders.text_unknown",
        OrderState.CONFIRMED: "orders.text_confirmed",
        OrderState.CANCELLED: "orders.text_cancelled",
    }[facts.order.state]
    order = facts.order
    return t.md(
        key,
        store=facts.store.name,
        number=str(order.order_no),
        amount=t.money(order.amount),
        until=t.until_dated(order.confirm_by),
    )


def moved_text(t: Texts, store: Store) -> str:
    """What an old card says whose orders wait on a new one in the store's channel."""
    return t.md("orders.moved", store=store.name, channel=channel(store))


def batch_card(t: Texts, facts: BatchSummary) -> list[Block]:
    """The card of many orders."""
    done = facts.confirmed + facts.cancelled
    mark = "✅" if done == facts.total else "📦"
    blocks = [section(t.md("orders.batch_title", mark=mark, store=facts.store.name, n=facts.total))]
    rows = [t("orders.batch_amount", amount=t.money(facts.amount))]
    if facts.waiting:
        rows.insert(0, t("orders.batch_waiting", n=facts.waiting))
    if facts.confirm_by is not None:
        rows.append(t("orders.batch_urgent", until=t.until_dated(facts.confirm_by)))
    for key, number in (
        ("orders.batch_confirmed", facts.confirmed),
        ("orders.batch_held", facts.held),
        ("orders.batch_cancelled", facts.cancelled),
    ):
        if number:
            rows.append(t(key, n=number))
    blocks.append(fields(rows))
    if facts.confirmed_by:
        lines = [
            t.md("orders.batch_done", who=who(t, actor), n=n, moment=t.dated(last))
            for actor, n, last in facts.confirmed_by[-5:]
        ]
        blocks.append(context("\n".join(lines)))
    if facts.batch.pending_by is not None:
        blocks.append(
            context(
                t.md(
                    "orders.batch_progress",
                    who=who(t, facts.batch.pending_by),
                    done=facts.batch.done,
                    total=facts.batch.total,
                )
            )
        )
    if facts.noted:
        lines = [t.md("orders.batch_note", number=str(order.order_no), why=_note(t, order)) for order in facts.noted]
        blocks.append(section("\n".join([t("orders.batch_notes"), *lines])))
    if facts.batch.moved_to is not None:
        blocks.append(context(moved_text(t, facts.store)))
    buttons = []
    if facts.waiting and facts.batch.pending_by is None and facts.store.removed_at is None:
        buttons.append(
            button(
                t("orders.confirm_batch"),
                OrderAction.CONFIRM_BATCH,
                encode(BatchRef(batch=facts.batch.id)),
                style="primary",
                confirm=confirm(
                    t,
                    title=t("orders.confirm_batch"),
                    text=t("orders.confirm_batch_ask", n=facts.waiting, amount=t.money(facts.waiting_amount)),
                    yes=t("orders.confirm"),
                ),
            )
        )
    buttons.append(button(t("orders.list"), OrderAction.LIST, encode(ListRef(batch=facts.batch.id))))
    blocks.append(actions(*buttons))
    return blocks


def batch_text(t: Texts, facts: BatchSummary) -> str:
    """The text for notifications about a batch."""
    return t.md("orders.batch_text", store=facts.store.name, n=facts.total, waiting=facts.waiting)


def report_text(t: Texts, store_name: str, counts: dict[str, int]) -> str:
    """One line on what a run changed."""
    return t.md("orders.report", store=store_name, what=counts_text(t, counts))


def reminder_text(t: Texts, people: tuple[str, ...], waiting: int, facts: OrderSummary) -> str:
    """The reminder before the deadline of a confirmation (`confirm_by`)."""
    return t.md(
        "orders.reminder" if waiting == 1 else "orders.reminder_batch",
        people=mention(*people),
        n=waiting,
        until=t.until(facts.order.confirm_by),
    )


def order_list(t: Texts, page: Page[OrderSummary], ref: ListRef) -> Block:
    """A modal with a page of orders, each with its buttons."""
    blocks: list[Block] = []
    if not page.items:
        blocks.append(section(t("orders.list_empty")))
    else:
        blocks.append(context(t("orders.list_head", n=page.total, page=page.number + 1, pages=page.pages)))
    for facts in page.items:
        blocks.append(divider())
        order = facts.order
        mark = "⏸" if _held(order) else _MARK[order.state]
        lines = [
            t.md(
                "orders.list_item",
                mark=mark,
                number=str(order.order_no),
                title=escape_title(order.title, 60),
                more=t("orders.more_deals", n=len(facts.deals) - 1) if len(facts.deals) > 1 else "",
            ),
            t.md(
                "orders.list_facts",
                store=facts.store.name,
                amount=t.money(order.amount),
                n=order.quantity,
                receiver=facts.receiver or "-",
                until=t.until(order.confirm_by),
            ),
        ]
        if status := _status(t, facts):
            lines.append(status)
        blocks.append(section("\n".join(lines)))
        if order.state is OrderState.NEW:
            blocks.append(actions(*_buttons(t, facts)))
    blocks += pager(t, OrderAction.PAGE, ref, page, in_heading=True)
    return modal(
        t("orders.list_title"),
        blocks,
        callback_id=OrderView.LIST,
        close=t("common.close"),
        metadata=encode(ref.model_copy(update={"page": page.number})),
    )


def hold_form(t: Texts, order_no: int, metadata: str) -> Block:
    """The form that asks why an order is held."""
    return modal(
        t("orders.hold"),
        [
            section(t("orders.hold_about", number=order_no)),
            input_block(
                "reason",
                t("orders.hold_reason"),
                text_input(max_length=HOLD_REASON_LENGTH, placeholder=t("orders.hold_placeholder"), multiline=True),
                hint=t("orders.hold_hint"),
            ),
        ],
        callback_id=OrderView.HOLD,
        close=t("common.cancel"),
        submit=t("orders.hold"),
        metadata=metadata,
    )


def _held(order: Order) -> bool:
    return order.state is OrderState.NEW and order.held_at is not None


def _goods(t: Texts, facts: OrderSummary) -> list[str]:
    """Deals with their options. Deals have marks only if their states differ."""
    mixed = len({deal.state for deal in facts.deals}) > 1
    lines = []
    left = _OPTIONS_SHOWN
    hidden = 0
    for deal in facts.deals:
        mark = _DEAL_MARK[deal.state] if mixed else ""
        lines.append(f"{mark}*{escape(escape_title(deal.title, 80))}*")
        if deal.refusal:
            lines.append(t.md("orders.deal_refusal", message=clip(deal.refusal, 200)))
        for option in deal.options:
            if left <= 0:
                hidden += 1
                continue
            left -= 1
            key = "orders.option_cancelled" if option.get("cancelled") else "orders.option"
            lines.append(t.md(key, title=escape_title(option["title"], 80), n=option["quantity"]))
    if hidden:
        lines.append(t("orders.more_options", n=hidden))
    return lines


def _amount(t: Texts, order: Order) -> str:
    amount = t.money(order.amount)
    if not order.delivery_fee:
        return amount
    return t("orders.amount_with_fee", amount=amount, fee=t.money(order.delivery_fee))


def _facts_open(t: Texts, facts: OrderSummary) -> list[str]:
    order = facts.order
    return [
        t("orders.field_amount", amount=_amount(t, order)),
        t.md("orders.field_receiver", name=facts.receiver or t("orders.receiver_unreadable")),
        t("orders.field_paid", moment=t.dated(order.paid_at)),
        t("orders.field_confirm_by", until=t.until_dated(order.confirm_by)),
    ]


def _facts_done(t: Texts, facts: OrderSummary) -> list[str]:
    order = facts.order
    rows = [_amount(t, order), t("orders.paid", moment=t.dated(order.paid_at))]
    if facts.receiver:
        rows.insert(1, escape(facts.receiver))
    if order.state is OrderState.CONFIRMED:
        rows.append(t("orders.ship_by", until=t.until_date(order.ship_by)))
    return rows


def _note(t: Texts, order: Order) -> str:
    if order.note is None:
        return ""
    text = t(order.note)
    return f"{text} ({order.note_detail})" if order.note_detail else text


def _status(t: Texts, facts: OrderSummary) -> str:
    """Who is confirming, who did, or why the order is still waiting."""
    order = facts.order
    lines = []
    if order.state is OrderState.CONFIRMING:
        lines.append(t.md("orders.status_confirming", who=who(t, order.pending_by)))
    elif order.state is OrderState.CONFIRMED and order.confirmed_at is not None:
        key = "orders.status_found" if order.confirmed_by == "tmon" else "orders.status_confirmed"
        lines.append(t.md(key, who=who(t, order.confirmed_by), moment=t.dated(order.confirmed_at)))
    elif _held(order):
        lines.append(t.md("orders.status_held", who=who(t, order.held_by), reason=facts.hold_reason))
    if facts.store.removed_at is not None:
        lines.append(t("common.store_gone"))
    if order.note is not None:
        lines.append(t.md("orders.status_note", why=_note(t, order)))
    if order.address_changed_at is not None and order.note != "orders.note_address_changed":
        lines.append(t("orders.status_address", moment=t.dated(order.address_changed_at)))
    return "\n".join(lines)


def _buttons(t: Texts, facts: OrderSummary) -> list[Block]:
    ref = encode(OrderRef(store=facts.store.id, order=facts.order.order_no))
    number = facts.order.order_no
    again = facts.order.note == "orders.note_partial"
    made = [
        button(
            t("orders.confirm_rest" if again else "orders.confirm"),
            f"{OrderAction.CONFIRM}#{number}",
            ref,
            style="primary",
            label=t("orders.confirm_label", number=number),
        )
    ]
    if _held(facts.order):
        made.append(button(t("orders.release"), f"{OrderAction.RELEASE}#{number}", ref))
    else:
        made.append(button(t("orders.hold"), f"{OrderAction.HOLD}#{number}", ref))
    return made
