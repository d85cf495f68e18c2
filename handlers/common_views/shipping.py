"""How far an order is shipped: the words of its deliveries, and the buttons of a confirmed order."""

from collections.abc import Sequence

from handlers.blocks import Block, button, escape_title
from handlers.common_views.claims import sold_out_button
from handlers.common_views.partner_center import partner_center_buttons
from handlers.orders.ids import OrderRef
from handlers.payloads import encode
from handlers.texts import Markup, Texts
from handlers.waybills.ids import WaybillAction
from tmon.api import DeliveryStatus
from tmon.codes.tables import OWN_DELIVERY
from tmon.models.orders import OrderDeal, OrderState
from tmon.models.waybills import DelayNotice, Waybill, WaybillState
from tmon.orders.mapping import came_back
from tmon.orders.summaries import OrderSummary

_DEALS_SHOWN = 6
_SENTENCE = 200
"""Characters shown of what TMON said."""
IN_PARTNER_CENTER = frozenset(
    {
        "waybills.not_ours",
        "waybills.unknown_state",
        "waybills.note_not_offered",
        "waybills.note_unreadable",
        "waybills.note_correction_open",
    }
)
"""Notes that send people to TMON's partner centre."""
OPEN = (WaybillState.SENDING, WaybillState.UNKNOWN)
"""States of a number that was sent, while nobody knows whether TMON has it."""


def delivery_word(t: Texts, facts: OrderSummary, deal: OrderDeal) -> str:
    """The state of a delivery in one word: ours while we are at work, else TMON's."""
    row = facts.waybill(deal)
    if row is not None and row.state in OPEN:
        return t.of("waybills.state", row.state)
    if row is not None and row.state is WaybillState.FAILED and deal.delivery_status == DeliveryStatus.D2:
        return t.of("waybills.state", row.state)
    if came_back(deal):
        return t("orders.delivery_returned")
    known = DeliveryStatus(deal.delivery_status)
    return t.of("orders.delivery", known) if known is not DeliveryStatus.UNKNOWN else deal.delivery_status


def waybill_text(t: Texts, facts: OrderSummary, row: Waybill) -> str:
    """Carrier and number of a parcel that we sent, as markup; the planned day of an own delivery."""
    if row.carrier == OWN_DELIVERY:
        day = "" if row.scheduled_on is None else t.date(row.scheduled_on)
        return t.md("waybills.own_on", carrier=t("codes.own_delivery"), day=day)
    carrier = facts.shipping.carriers.get(row.carrier, row.carrier)
    text = t.md("waybills.number", carrier=escape_title(carrier, 30), number=escape_title(row.number or "-", 40))
    return f"{text} {t('waybills.more_numbers', n=len(row.more_numbers))}" if row.more_numbers else text


def delivery_lines(t: Texts, facts: OrderSummary) -> list[str]:
    """What became of each deal, as markup; one line where it is the same for all."""
    if facts.order.state is not OrderState.CONFIRMED:
        return []
    texts = [(deal, _delivery(t, facts, deal)) for deal in facts.live]
    if len({text for _, text in texts}) == 1:
        return [t.md("waybills.line", text=Markup(texts[0][1]))]
    lines = [
        t.md("waybills.line_of", title=escape_title(deal.title, 40), text=Markup(text))
        for deal, text in texts[:_DEALS_SHOWN]
    ]
    if len(texts) > _DEALS_SHOWN:
        lines.append(t("waybills.more_lines", n=len(texts) - _DEALS_SHOWN))
    return lines


def _delivery(t: Texts, facts: OrderSummary, deal: OrderDeal) -> str:
    row, notice = facts.waybill(deal), facts.notice(deal)
    parts = [delivery_word(t, facts, deal)]
    if row is not None and (row.sent_at is not None or row.state in OPEN):
        parts.append(waybill_text(t, facts, row))
    is_over = row is not None and row.state is WaybillState.FAILED and deal in facts.shipped  # shipped elsewhere since
    if row is not None and row.note is not None and not is_over:
        parts.append(note_text(t, row.note, row.note_detail))
    if notice is not None:
        parts.append(_notice(t, notice))
    return " · ".join(parts)


def _notice(t: Texts, notice: DelayNotice) -> str:
    text = t.of("waybills.notice", notice.state, day=t.date(notice.ship_on))
    return f"{text} · {note_text(t, notice.note, notice.note_detail)}" if notice.note is not None else text


def note_text(t: Texts, note: str, detail: str | None) -> str:
    """Why something did not work, with TMON's own sentence, as markup."""
    if detail is None:
        return t(note)
    return t.md("waybills.said", why=t(note), message=escape_title(detail, _SENTENCE))


def shipping_buttons(t: Texts, facts: OrderSummary, *, primary: bool = True) -> list[Block]:
    """The buttons of a confirmed order. `primary`: whether 송장 등록 is the one thing to do here."""
    number, store = facts.order.order_no, facts.store.id
    ref = encode(OrderRef(store=store, order=number))

    def made(text: str, label: str, action: WaybillAction, style: str | None = None) -> Block:
        return button(text, f"{action}#{number}", ref, style=style, label=label)

    found: list[Block] = []
    if facts.to_ship:
        found.append(
            made(
                t("waybills.register"),
                t("waybills.register_label", number=number),
                WaybillAction.REGISTER,
                "primary" if primary else None,
            )
        )
    if facts.to_ship and facts.together:
        label = t("waybills.combine_label", number=number)
        found.append(made(t("waybills.combine"), label, WaybillAction.COMBINE))
    if facts.delayable:
        found.append(made(t("waybills.delay"), t("waybills.delay_label", number=number), WaybillAction.DELAY))
    if facts.to_ship:
        found.append(sold_out_button(t, store, number))
    if facts.correctable:
        found.append(made(t("waybills.correct"), t("waybills.correct_label", number=number), WaybillAction.CORRECT))
    if facts.shipped and facts.order.closed_at is None:
        found.append(made(t("waybills.track"), t("waybills.track_label", number=number), WaybillAction.TRACK))
    if facts.live and facts.order.closed_at is None:
        label = t("waybills.recipient_label", number=number)
        found.append(made(t("waybills.recipient"), label, WaybillAction.RECIPIENT))
    notes = [row.note for row in facts.shipping.waybills.values()]
    notes += [row.note for row in facts.shipping.notices.values()]
    if not IN_PARTNER_CENTER.isdisjoint(filter(None, notes)):
        found += partner_center_buttons(t, str(number))
    return found


def deals_text(t: Texts, deals: Sequence[OrderDeal]) -> str:
    """Deals in a menu: the first by its title, and how many more."""
    title = escape_title(deals[0].title, 30)
    return title + t("orders.more_deals", n=len(deals) - 1) if len(deals) > 1 else title
