"""Views of shipping one parcel: the form of a waybill, the late-shipping notice, tracking, the recipient."""

from collections.abc import Sequence
from datetime import date

from handlers.blocks import (
    Block,
    actions,
    clip,
    context,
    escape_title,
    input_block,
    modal,
    option,
    section,
    text_input,
)
from handlers.codes.views import carrier_input
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.shipping import IN_PARTNER_CENTER, deals_text, delivery_word, note_text, waybill_text
from handlers.payloads import encode
from handlers.texts import Texts
from handlers.waybills.ids import FURTHER_LENGTH, MOST_NUMBERS, NUMBER_LENGTH, ShippingRef, WaybillAction, WaybillView
from tmon.api import DelayReason, Parcel
from tmon.codes.tables import OWN_DELIVERY, Carrier
from tmon.models.orders import BuyerRecord, OrderDeal
from tmon.orders.summaries import OrderSummary
from tmon.waybills.results import DealResult, Result

DETAIL_LENGTH = 200
_MARK = {Result.SUCCESS: "✅", Result.FAILED: "⚠️", Result.UNKNOWN: "❓", Result.HELD_BACK: "🚫"}
_RESULT_LENGTH = 2800
"""Characters of a result: a section takes 3,000."""
AGREED = "agreed"


def waybill_form(
    t: Texts,
    facts: OrderSummary,
    ref: ShippingRef,
    deals: Sequence[OrderDeal],
    *,
    corrects: bool = False,
    chosen: Carrier | None = None,
    values: Parcel | None = None,
    said: str = "",
    today: date,
) -> Block:
    """The form `송장 등록`, or `송장 수정`. `deals`: those that it may be about; `said`: why the last attempt failed."""
    ref = ref.model_copy(update={"carrier": None if chosen is None else chosen.code})
    parcels = _parcels(deals)
    if len(parcels) == 1:
        ref = ref.model_copy(update={"delivery": parcels[0][0]})
    blocks = [section(_about(t, facts))]
    if said:
        blocks.append(section(said))
    if len(parcels) > 1:
        blocks.append(_delivery_input(t, parcels, ref.delivery))
    blocks += parcel_inputs(t, ref.store, chosen=chosen, values=values, today=today, action_id=WaybillAction.CARRIER)
    if corrects:
        blocks.append(context(t("waybills.correct_about")))
    elif len(deals) > 1:
        blocks.append(context(t("waybills.whole_parcel")))
    title = t("waybills.correct" if corrects else "waybills.register")
    return modal(
        title,
        blocks,
        callback_id=WaybillView.CORRECT if corrects else WaybillView.REGISTER,
        close=t("common.close"),
        submit=title,
        metadata=encode(ref),
    )


def parcel_inputs(
    t: Texts, store_id: str, *, chosen: Carrier | None, values: Parcel | None, today: date, action_id: str
) -> list[Block]:
    """The inputs of a parcel: carrier and numbers; of an own delivery its day. `action_id`: of the menu of carriers."""
    carrier = carrier_input(t, store_id, chosen=chosen, action_id=action_id)
    if chosen is not None and chosen.code == OWN_DELIVERY:
        day = values.scheduled_on if values is not None and values.scheduled_on is not None else today
        return [carrier, _day_input(t("waybills.scheduled_on"), day)]
    number = None if values is None else values.number
    more = "" if values is None else "\n".join(values.more_numbers)
    return [
        carrier,
        input_block(
            "number",
            t("waybills.waybill_number"),
            text_input(max_length=NUMBER_LENGTH, initial=number, placeholder=t("waybills.number_placeholder")),
            hint=t("waybills.number_hint"),
        ),
        input_block(
            "more",
            t("waybills.further_numbers"),
            text_input(max_length=FURTHER_LENGTH, initial=more or None, multiline=True),
            optional=True,
            hint=t("waybills.further_hint", n=MOST_NUMBERS),
        ),
    ]


def agree_input(t: Texts) -> Block:
    """The tick with which a person sends without the claims."""
    options = [option(t("waybills.agree_unchecked"), "yes")]
    return input_block(AGREED, t("waybills.agree"), {"type": "checkboxes", "options": options})


def unchecked_form(t: Texts, facts: OrderSummary, ref: ShippingRef) -> Block:
    """Nothing was sent, because claims could not be read: a person may send all the same, once."""
    return modal(
        t("waybills.register"),
        [
            section(_about(t, facts)),
            section(t("waybills.claims_unread_about")),
            agree_input(t),
        ],
        callback_id=WaybillView.UNCHECKED,
        close=t("common.close"),
        submit=t("waybills.send_unchecked"),
        metadata=encode(ref),
    )


def delay_form(t: Texts, facts: OrderSummary, ref: ShippingRef, deals: Sequence[OrderDeal], *, proposed: date) -> Block:
    """The form `발송지연 알림`. `proposed`: the day that it begins with."""
    parcels = _parcels(deals)
    if len(parcels) == 1:
        ref = ref.model_copy(update={"delivery": parcels[0][0]})
    blocks = [section(_about(t, facts))]
    if facts.ship_by is not None:
        blocks.append(context(t("waybills.ship_by_now", until=t.until_date(facts.ship_by))))
    if len(parcels) > 1:
        blocks.append(_delivery_input(t, parcels, ref.delivery))
    reasons = [option(t.of("waybills.reason", code), code) for code in DelayReason]
    blocks += [
        input_block("reason", t("waybills.delay_reason"), {"type": "static_select", "options": reasons}),
        input_block(
            "detail",
            t("waybills.delay_detail"),
            text_input(max_length=DETAIL_LENGTH, placeholder=t("waybills.delay_detail_placeholder"), multiline=True),
            hint=t("waybills.delay_detail_hint"),
        ),
        _day_input(t("waybills.new_ship_by"), proposed),
        context(t("waybills.delay_about")),
    ]
    return modal(
        t("waybills.delay"),
        blocks,
        callback_id=WaybillView.DELAY,
        close=t("common.close"),
        submit=t("waybills.notify"),
        metadata=encode(ref),
    )


def progress(t: Texts, title: str) -> Block:
    """While TMON is being asked."""
    return modal(title, [section(t("waybills.sending"))], callback_id=WaybillView.RESULT, close=t("common.close"))


def result_view(t: Texts, title: str, facts: OrderSummary, results: Sequence[DealResult]) -> Block:
    """How each deal ended."""
    blocks = [section(_about(t, facts)), section(result_text(t, facts, results))]
    if any(one.note in IN_PARTNER_CENTER for one in results) and (links := partner_center_buttons(t)):
        blocks.append(actions(*links))
    return modal(title, blocks, callback_id=WaybillView.RESULT, close=t("common.close"))


def result_text(t: Texts, facts: OrderSummary, results: Sequence[DealResult]) -> str:
    """How each deal ended, one line each, as markup."""
    titles = {deal.deal_no: deal.title for deal in facts.deals}
    lines: list[str] = []
    for done, one in enumerate(results):
        line = t.md(
            "waybills.result_line",
            mark=_MARK[one.result],
            title=escape_title(titles.get(one.deal_no or 0, ""), 60),
            result=t.of("waybills.result", one.result),
        )
        line = "\n".join(filter(None, [line, _sent(t, facts, one), said_text(t, one)]))
        if len("\n".join([*lines, line])) > _RESULT_LENGTH:
            lines.append(t("waybills.more_results", n=len(results) - done))
            break
        lines.append(line)
    return "\n".join(lines)


def _sent(t: Texts, facts: OrderSummary, one: DealResult) -> str:
    """What TMON has now for a deal, as markup: carrier and number, or the day of the notice."""
    deal = next((deal for deal in facts.live if deal.deal_no == one.deal_no), None)
    if deal is None or one.result is not Result.SUCCESS:
        return ""
    if deal in facts.shipped:
        row = facts.waybill(deal)
        return "" if row is None else waybill_text(t, facts, row)
    notice = facts.notice(deal)
    return "" if notice is None else t.of("waybills.notice", notice.state, day=t.date(notice.ship_on))


def said_text(t: Texts, one: DealResult) -> str:
    """Why a deal ended so, as markup; empty if there is nothing to say."""
    if one.note is None:
        return ""
    if one.detail is None:
        return t.md(one.note, **one.values)
    return note_text(t, one.note, one.detail)


def told_text(t: Texts, title: str, facts: OrderSummary, results: Sequence[DealResult]) -> str:
    """The direct message with the result, for whoever closed the form while it was at work."""
    return "\n".join([t.md("waybills.told", what=title), _about(t, facts), result_text(t, facts, results)])


def tracking(t: Texts, facts: OrderSummary) -> Block:
    """How far each delivery of an order is, in words."""
    blocks = [section(_about(t, facts))]
    for deal in facts.live[:40]:
        lines = [t.md("waybills.track_title", title=escape_title(deal.title, 80), word=delivery_word(t, facts, deal))]
        if (row := facts.waybill(deal)) is not None and row.sent_at is not None:
            lines.append(waybill_text(t, facts, row))
        elif deal in facts.shipped:
            lines.append(t("waybills.track_elsewhere"))
        if deal.shipped_at is not None:
            lines.append(t("waybills.track_shipped", moment=t.dated(deal.shipped_at)))
        if deal.delivered_at is not None:
            lines.append(t("waybills.track_delivered", moment=t.dated(deal.delivered_at)))
        blocks.append(section("\n".join(lines)))
    blocks.append(context(t("waybills.track_about")))
    if len(facts.shipped) > len(facts.correctable) and (links := partner_center_buttons(t)):
        blocks.append(actions(*links))
    return modal(t("waybills.track"), blocks, callback_id=WaybillView.TRACKING, close=t("common.close"))


def recipient(t: Texts, facts: OrderSummary, buyer: BuyerRecord | None) -> Block:
    """Whom an order is sent to."""
    blocks = [section(_about(t, facts))]
    if buyer is None:
        key = (
            "waybills.recipient_destroyed" if facts.order.buyer_destroyed_at is not None else "waybills.recipient_lost"
        )
        blocks.append(section(t(key)))
        links = partner_center_buttons(t)
    else:
        street = " ".join(filter(None, (buyer.street_address, buyer.address_detail)))
        lot = " ".join(filter(None, (buyer.address, buyer.address_detail)))
        rows = (
            ("waybills.of_name", buyer.receiver_name),
            ("waybills.of_phone", buyer.receiver_phone),
            ("waybills.of_safety", _day_of(t, buyer.safety_phone_expires)),
            ("waybills.of_zip", buyer.zip_code),
            ("waybills.of_address", street if buyer.street_address else lot),
            ("waybills.of_lot", lot if buyer.street_address and buyer.address else None),
            ("waybills.of_memo", buyer.delivery_memo),
            ("waybills.of_message", buyer.additional_message),
            ("waybills.of_customs", ", ".join(dict.fromkeys(buyer.customs_ids.values()))),
        )
        lines = [t.md("waybills.of_line", what=t(key), value=clip(value, 500)) for key, value in rows if value]
        blocks.append(section("\n".join(lines) or t("waybills.recipient_lost")))
        links = partner_center_buttons(t) if not lines else []
    if links:
        blocks.append(actions(*links))
    blocks.append(context(t("waybills.recipient_audited")))
    return modal(t("waybills.recipient"), blocks, callback_id=WaybillView.RECIPIENT, close=t("common.close"))


def _day_of(t: Texts, told: str | None) -> str | None:
    """A day as TMON writes it, with or without a time; what cannot be read is shown as it came."""
    try:
        return t.date(date.fromisoformat((told or "")[:10]))
    except ValueError:
        return told


def _about(t: Texts, facts: OrderSummary) -> str:
    return t.md(
        "waybills.about", number=str(facts.order.order_no), store=clip(facts.store.name, 20),
        title=escape_title(facts.order.title, 60),
        more=t("orders.more_deals", n=len(facts.deals) - 1) if len(facts.deals) > 1 else "",
    )  # fmt: skip


def _parcels(deals: Sequence[OrderDeal]) -> list[tuple[str, list[OrderDeal]]]:
    """Deals by their delivery."""
    found: dict[str, list[OrderDeal]] = {}
    for deal in deals:
        found.setdefault(deal.delivery_no, []).append(deal)
    return list(found.items())


def _delivery_input(t: Texts, parcels: Sequence[tuple[str, list[OrderDeal]]], chosen: str | None) -> Block:
    options = [
        option(t("waybills.delivery_option", number=number, goods=deals_text(t, deals)), number)
        for number, deals in parcels[:100]
    ]
    element: Block = {"type": "static_select", "options": options}
    if (initial := next((one for one in options if one["value"] == chosen), None)) is not None:
        element["initial_option"] = initial
    return input_block("delivery", t("waybills.delivery"), element)


def _day_input(label: str, day: date) -> Block:
    return input_block("day", label, {"type": "datepicker", "initial_date": day.isoformat()})
