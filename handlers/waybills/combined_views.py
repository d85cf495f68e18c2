"""Views of combined shipping (합포장): several orders to one recipient get one waybill."""

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.blocks import (
    Block,
    actions,
    clip,
    context,
    input_block,
    modal,
    option,
    plain,
    section,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.shipping import IN_PARTNER_CENTER
from handlers.payloads import encode
from handlers.texts import Texts
from handlers.waybills.ids import MOST_TOGETHER, CombinedRef, WaybillAction, WaybillView
from handlers.waybills.views import agree_input, parcel_inputs, result_text
from tmon.api import Parcel
from tmon.codes.tables import Carrier
from tmon.orders.summaries import OrderSummary
from tmon.waybills.results import DealResult

ORDERS = "orders"
_RESULT_LENGTH = 2900
"""Characters of the result of an order: a section takes 3,000."""
_TOLD_LENGTH = 3800
"""Characters of a direct message: Slack takes 4,000."""
_OPTION_LENGTH = 75


def combined_form(
    t: Texts,
    offered: Sequence[OrderSummary],
    ref: CombinedRef,
    *,
    more: bool = False,
    chosen: Carrier | None = None,
    ticked: Sequence[int] | None = None,
    values: Parcel | None = None,
    said: str = "",
    today: date,
) -> Block:
    """The form `합포장 송장 등록`. `ticked`: the chosen orders, by default all; `more`: there are more than are offered."""
    ref = ref.model_copy(update={"carrier": None if chosen is None else chosen.code})
    options = [_order_option(t, facts) for facts in offered]
    on = [one for one in options if ticked is None or int(one["value"]) in ticked]
    element: Block = {"type": "checkboxes", "options": options}
    if on:
        element["initial_options"] = on
    blocks = [section(t("waybills.combine_about"))]
    if said:
        blocks.append(section(said))
    blocks.append(input_block(ORDERS, t("waybills.combine_orders"), element))
    if more:
        blocks.append(context(t("waybills.combine_more", n=MOST_TOGETHER)))
    blocks += parcel_inputs(
        t, ref.store, chosen=chosen, values=values, today=today, action_id=WaybillAction.COMBINED_CARRIER
    )
    return modal(
        t("waybills.combine_title"),
        blocks,
        callback_id=WaybillView.COMBINED,
        close=t("common.close"),
        submit=t("waybills.combine_title"),
        metadata=encode(ref),
    )


def combined_unchecked_form(t: Texts, ref: CombinedRef) -> Block:
    """Nothing was sent, because claims could not be read: a person may send all the same, once."""
    numbers = ", ".join(f"`{number}`" for number in ref.orders)
    return modal(
        t("waybills.combine_title"),
        [section(t("waybills.claims_unread_about")), context(numbers), agree_input(t)],
        callback_id=WaybillView.COMBINED_UNCHECKED,
        close=t("common.close"),
        submit=t("waybills.send_unchecked"),
        metadata=encode(ref),
    )


def combined_result(t: Texts, orders: Mapping[int, OrderSummary], results: Sequence[DealResult]) -> Block:
    """How each order ended."""
    blocks = [section(text) for text in _result_texts(t, orders, results)]
    if any(one.note in IN_PARTNER_CENTER for one in results) and (links := partner_center_buttons(t)):
        blocks.append(actions(*links))
    return modal(t("waybills.combine_title"), blocks, callback_id=WaybillView.RESULT, close=t("common.close"))


def combined_told(t: Texts, orders: Mapping[int, OrderSummary], results: Sequence[DealResult]) -> str:
    """The direct message with the result, for whoever closed the form while it was at work."""
    lines = [t.md("waybills.told", what=t("waybills.combine_title"))]
    texts = _result_texts(t, orders, results)
    for done, text in enumerate(texts):
        if sum(map(len, lines)) + len(text) > _TOLD_LENGTH:
            lines.append(t("waybills.more_results", n=len(texts) - done))
            break
        lines.append(text)
    return "\n".join(lines)


def _result_texts(t: Texts, orders: Mapping[int, OrderSummary], results: Sequence[DealResult]) -> list[str]:
    """What became of each order, as markup."""
    found = []
    for number, facts in orders.items():
        mine = [one for one in results if one.order_no == number]
        if mine:
            text = "\n".join([t.md("waybills.combine_result", number=str(number)), result_text(t, facts, mine)])
            found.append(text if len(text) <= _RESULT_LENGTH else text[:_RESULT_LENGTH].rpartition("\n")[0])
    return found


def _order_option(t: Texts, facts: OrderSummary) -> Block:
    """An order with its goods, and what tells it from the others."""
    order = facts.order
    title = facts.to_ship[0].title if facts.to_ship else order.title
    made = option(
        clip(t("waybills.combine_order", number=order.order_no, title=title), _OPTION_LENGTH), str(order.order_no)
    )
    made["description"] = plain(
        t(
            "waybills.combine_facts",
            n=sum(
                option["quantity"] for deal in facts.to_ship for option in deal.options if not option.get("cancelled")
            ),
            receiver=facts.receiver or "-",
            until=t.until_date(facts.ship_by or order.ship_by),
        ),
        _OPTION_LENGTH,
    )
    return made
