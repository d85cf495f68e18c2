"""Views of one order: its card, its history, the hold form, the reminder."""

from collections.abc import Sequence
from operator import itemgetter

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    context,
    divider,
    escape_title,
    fields,
    input_block,
    modal,
    section,
    text_input,
)
from handlers.common_views.claims import sold_out_button
from handlers.common_views.orders import who
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.products import deal_button
from handlers.common_views.shipping import delivery_lines, shipping_buttons
from handlers.common_views.stores import channel, short_name
from handlers.orders.ids import OrderAction, OrderRef, OrderView
from handlers.payloads import encode
from handlers.texts import Texts, escape, mention, unbroken
from tmon.api import DeliveryStatus
from tmon.business_days import confirm_by, ship_by
from tmon.models.audit import Audit
from tmon.models.orders import TMON, DealState, Order, OrderDeal, OrderState
from tmon.models.stores import Store
from tmon.orders.cards import has_open_cancel
from tmon.orders.customs import needs_customs_id
from tmon.orders.summaries import OrderSummary

HOLD_REASON_LENGTH = 200
_OPTIONS_SHOWN = 6
MARK = {
    OrderState.NEW: "🆕",
    OrderState.CONFIRMING: "⏳",
    OrderState.UNKNOWN: "❓",
    OrderState.CONFIRMED: "✅",
    OrderState.CANCELLED: "🚫",
}
_HISTORY = {
    "order.confirm": "orders.history_confirm",
    "order.hold": "orders.history_hold",
    "order.release": "orders.history_release",
    "order.sold_out": "orders.history_sold_out",
    "order.sold_out_failed": "orders.history_sold_out_failed",
    "waybill.register": "orders.history_waybill",
    "waybill.correct": "orders.history_waybill_corrected",
    "waybill.unchecked": "orders.history_unchecked",
    "waybill.delay": "orders.history_delay",
}
"""Sentences of recorded actions."""
_FAILED = {
    "waybill.failed": "orders.history_waybill_failed",
    "waybill.delay_failed": "orders.history_delay_failed",
}
"""Sentences of recorded attempts, which say why."""
_DEAL_MARK = {DealState.CONFIRMED: "✅ ", DealState.REFUSED: "⚠️ ", DealState.CANCELLED: "🚫 ", DealState.OPEN: ""}


def order_card(t: Texts, facts: OrderSummary) -> list[Block]:
    """The card of one order: goods, deadlines, and the buttons that its state allows; short once it is done.

    A card stays in its channel for days and is not rendered again at midnight: its times have dates, never `내일`.
    """
    order = facts.order
    blocks = [section("\n".join([*_goods(t, facts), _store_and_number(t, facts)]))]
    if order.state in (OrderState.CONFIRMED, OrderState.CANCELLED):
        blocks.append(context(" · ".join(_facts_done(t, facts))))
    else:
        blocks.append(fields(_facts_open(t, facts)))
    if said := "\n".join(filter(None, [*delivery_lines(t, facts), status(t, facts)])):
        blocks.append(context(said))
    if facts.store.removed_at is not None:
        return blocks
    if order.state is OrderState.NEW:
        blocks.append(actions(*buttons(t, facts), *_product(t, facts)))
    elif order.state is OrderState.CONFIRMED and (found := confirmed_buttons(t, facts)):
        blocks.append(actions(*found, *_product(t, facts)))
    return blocks


def _product(t: Texts, facts: OrderSummary) -> list[Block]:
    """The button 상품 보기, if the order is of one deal."""
    if len(facts.deals) != 1:
        return []
    return [deal_button(t, facts.store.id, facts.deals[0].deal_no)]


def order_view(t: Texts, facts: OrderSummary, history: Sequence[Audit]) -> Block:
    """A modal with one order, whatever its state: the card, where it is, and what was done with it."""
    order = facts.order
    blocks = [*order_card(t, facts), divider(), section(t("orders.history"))]
    told = [
        (order.paid_at, t("orders.history_paid", moment=t.dated(order.paid_at))),
        (order.first_seen_at, t("orders.history_seen", moment=t.dated(order.first_seen_at))),
    ]
    if order.state is OrderState.CONFIRMED and order.confirmed_by == TMON and order.confirmed_at is not None:
        told.append((order.confirmed_at, t("orders.history_found", moment=t.dated(order.confirmed_at))))
    told += [(one.at, _done(t, one)) for one in history]
    if order.closed_at is not None:
        told.append((order.closed_at, t(_closed(facts), moment=t.dated(order.closed_at))))
    blocks.append(section("\n".join(line for _, line in sorted(told, key=itemgetter(0)))))
    return modal(
        t("orders.order_title"),
        blocks,
        callback_id=OrderView.ORDER,
        close=t("common.close"),
        metadata=encode(OrderRef(store=facts.store.id, order=order.order_no)),
    )


def _closed(facts: OrderSummary) -> str:
    """The key of the sentence that says how an order ended."""
    if facts.order.state is OrderState.CANCELLED:
        return "orders.history_cancelled"
    delivered = all(deal.delivery_status == DeliveryStatus.D5 for deal in facts.live)
    return "orders.history_delivered" if delivered else "orders.history_returned"


def _done(t: Texts, one: Audit) -> str:
    values: dict[str, str] = {"moment": t.dated(one.at), "who": who(t, one.user_id)}
    if one.action == "order.confirm_failed":
        reason = str(one.details.get("reason") or "")
        return t.md("orders.history_confirm_failed", why=t(reason) if reason else "", **values)
    if one.action in _FAILED:
        reason = str(one.details.get("reason") or "")
        return t.md(_FAILED[one.action], why=t(reason) if reason else "", **values)
    return t.md(_HISTORY[one.action], n=int(str(one.details.get("quantity") or 0)), **values)


def _store_and_number(t: Texts, facts: OrderSummary) -> str:
    return t.md("orders.card_title", store=short_name(facts.store), number=str(facts.order.order_no))


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
        store=short_name(facts.store),
        title=escape_title(order.title, 60),
        number=str(order.order_no),
        amount=t.money(order.amount),
        until=t.until_dated(order.confirm_by),
    )


def moved_text(t: Texts, store: Store) -> str:
    """What an old card says whose orders wait on a new one in the store's channel."""
    return t.md("orders.moved", store=short_name(store), channel=channel(store))


def reminder_text(t: Texts, people: tuple[str, ...], waiting: int, facts: OrderSummary) -> str:
    """The reminder before the deadline of a confirmation (`confirm_by`)."""
    return t.md(
        "orders.reminder" if waiting == 1 else "orders.reminder_batch",
        people=mention(*people),
        n=waiting,
        until=t.until(facts.order.confirm_by),
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


def is_held(order: Order) -> bool:
    """Return whether a pending order is on hold."""
    return order.state is OrderState.NEW and order.held_at is not None


def _goods(t: Texts, facts: OrderSummary) -> list[str]:
    """Deals with their options, the mark of the order first. Deals have marks only if their states differ."""
    order = facts.order
    mixed = len({deal.state for deal in facts.deals}) > 1
    lines = []
    left = _OPTIONS_SHOWN
    hidden = 0
    first = f"{'⏸' if is_held(order) else MARK[order.state]} "
    for deal in facts.deals:
        mark = _DEAL_MARK[deal.state] if mixed else ""
        lines.append(f"{first}{mark}*{escape(escape_title(deal.title, 80))}*")
        first = ""
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
        t("orders.field_paid", moment=unbroken(t.dated(order.paid_at))),
        "\n".join([t("orders.field_confirm_by", until=unbroken(t.until_dated(order.confirm_by))), *moved_by(t, order)]),
    ]


def moved_by(t: Texts, order: Order) -> list[str]:
    """What to say of a time to confirm by that a closed day of the store has moved; empty if none has."""
    if order.confirm_by <= confirm_by(order.paid_at):
        return []
    at_most = order.confirm_by >= ship_by(order.paid_at)
    return [t("orders.moved_at_most" if at_most else "orders.moved_by_closed_day")]


def _facts_done(t: Texts, facts: OrderSummary) -> list[str]:
    order = facts.order
    rows = [_amount(t, order), t("orders.paid", moment=t.dated(order.paid_at))]
    if facts.receiver:
        rows.insert(1, escape(facts.receiver))
    if facts.ship_by is not None:
        rows.append(t("orders.ship_by", until=t.until_date(facts.ship_by)))
    return rows


def note_text(t: Texts, order: Order) -> str:
    """Why the last attempt to confirm an order failed; empty if there is nothing to say."""
    if order.note is None:
        return ""
    text = t(order.note)
    return f"{text} ({order.note_detail})" if order.note_detail else text


def status(t: Texts, facts: OrderSummary, *, ago: bool = False) -> str:
    """Who is confirming, who did, or why the order is still waiting. `ago`: for a list, which is drawn anew often."""
    order = facts.order
    lines = []
    if order.state is OrderState.CONFIRMING:
        lines.append(t.md("orders.status_confirming", who=who(t, order.pending_by)))
        if facts.slow:
            lines.append(t("orders.slow"))
    elif order.state is OrderState.CONFIRMED and order.confirmed_at is not None:
        moment = t.ago(order.confirmed_at) if ago else t.dated(order.confirmed_at)
        key = "orders.status_found" if order.confirmed_by == TMON else "orders.status_confirmed"
        if ago and order.confirmed_by != TMON:
            key = "orders.status_done"
        lines.append(t.md(key, who=who(t, order.confirmed_by), moment=moment))
    elif is_held(order):
        lines.append(t.md("orders.status_held", who=who(t, order.held_by), reason=facts.hold_reason))
    if facts.store.removed_at is not None:
        lines.append(t("common.store_gone"))
    if order.state is not OrderState.CANCELLED and any(needs_customs_id(deal) for deal in _to_ship(facts)):
        lines.append(t("orders.status_customs"))
    if facts.together:
        lines.append(t("orders.status_together", n=len(facts.together)))
    if order.note is not None:
        lines.append(t.md("orders.status_note", why=note_text(t, order)))
    if order.address_changed_at is not None and order.note != "orders.note_address_changed":
        lines.append(t("orders.status_address", moment=t.dated(order.address_changed_at)))
    return "\n".join(lines)


def _to_ship(facts: OrderSummary) -> list[OrderDeal]:
    """The deals of an order that were not sent yet, nor cancelled."""
    sent = (DeliveryStatus.D3.value, DeliveryStatus.D4.value, DeliveryStatus.D5.value)
    return [deal for deal in facts.deals if deal.state is not DealState.CANCELLED and deal.delivery_status not in sent]


def buttons(t: Texts, facts: OrderSummary, *, primary: bool = True) -> list[Block]:
    """The buttons of a pending order. An open cancel has to be decided first: TMON refuses the confirmation until then.

    `primary`: whether 발주확인 is the one thing to do here; in a list it is one of many.
    """
    ref = encode(OrderRef(store=facts.store.id, order=facts.order.order_no))
    number = facts.order.order_no
    if has_open_cancel(facts.order):
        return [_look_at_cancel(t, facts, primary=primary), *(partner_center_buttons(t) if primary else [])]
    again = facts.order.note == "orders.note_partial"
    made = [
        button(
            t("orders.confirm_rest" if again else "orders.confirm"),
            f"{OrderAction.CONFIRM}#{number}",
            ref,
            style="primary" if primary else None,
            label=t("orders.confirm_label", number=number),
        )
    ]
    sold_out = sold_out_button(t, facts.store.id, number)
    if is_held(facts.order):
        label = t("orders.release_label", number=number)
        return [*made, button(t("orders.release"), f"{OrderAction.RELEASE}#{number}", ref, label=label), sold_out]
    label = t("orders.hold_label", number=number)
    return [*made, button(t("orders.hold"), f"{OrderAction.HOLD}#{number}", ref, label=label), sold_out]


def confirmed_buttons(t: Texts, facts: OrderSummary, *, primary: bool = True) -> list[Block]:
    """The buttons of a confirmed order. Of one whose buyer has asked to cancel it, that is to be looked at first."""
    if not facts.cancel_requested:
        return shipping_buttons(t, facts, primary=primary)
    return [_look_at_cancel(t, facts, primary=primary), *shipping_buttons(t, facts, primary=False)]


def _look_at_cancel(t: Texts, facts: OrderSummary, *, primary: bool) -> Block:
    number = facts.order.order_no
    return button(
        t("orders.cancel_request"),
        f"{OrderAction.CANCEL_REQUEST}#{number}",
        encode(OrderRef(store=facts.store.id, order=number)),
        style="primary" if primary else None,
        label=t("orders.cancel_request_label", number=number),
    )
