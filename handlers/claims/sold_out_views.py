"""The form 품절 취소, and how it ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.blocks import Block, escape_title, input_block, modal, option, plain, section, text_input
from handlers.claims.act_views import NO, restock_field, sure_field
from handlers.claims.ids import ActAction, ActView, SoldOutRef
from handlers.codes.views import reason_options
from handlers.common_views.stores import short_name
from handlers.payloads import encode
from handlers.texts import Texts
from tmon.claims.act_form import LONGEST_WORDS
from tmon.claims.acts import SoldOutDelivery, SoldOutFacts
from tmon.claims.writes import failure_note
from tmon.codes.tables import Reason
from tmon.errors import AppError
from tmon.models.writes import WriteStep

MOST = 100
"""Options of a menu (docs.slack.dev, "Multi-select menu element")."""
_QUANTITIES_SHOWN = 80
_GOODS_SHOWN = 10
"""Options named in a result."""


def goods_value(deal_no: int, option_no: object) -> str:
    """The value of an option in `취소할 상품`, and the name of the field with its quantity."""
    return f"{deal_no}-{option_no}"


def sold_out_form(
    t: Texts,
    facts: SoldOutFacts,
    reasons: Sequence[Reason],
    typed: Mapping[str, Any] | None = None,
    problem: str | None = None,
) -> Block:
    """The form. `typed`: what was chosen and typed before, by field; None: it opens now."""
    found = facts.options()[:MOST]
    entries = {
        goods_value(deal.deal_no, one["no"]): option(
            t("claims.sold_out_goods_option", title=f"{deal.title} {one['title']}"[:60], n=one["quantity"]),
            goods_value(deal.deal_no, one["no"]),
        )
        for deal, one in found
    }
    chosen = [value for value in (typed or {}).get("goods") or [] if value in entries]
    if typed is None and len(entries) == 1:
        chosen = list(entries)
    menu: Block = {
        "type": "multi_static_select",
        "action_id": ActAction.SOLD_OUT_GOODS,
        "options": list(entries.values()),
        "placeholder": plain(t("claims.sold_out_goods_placeholder"), 150),
    }
    if chosen:
        menu["initial_options"] = [entries[value] for value in chosen]
    blocks = [] if problem is None else [section(f"⚠️ {problem}")]
    blocks += [
        section(
            t.md("claims.sold_out_about", store=short_name(facts.store), number=str(facts.order.order_no)),
        ),
        input_block("goods", t("claims.sold_out_goods"), menu, dispatch=True),
        *_quantities(t, facts, chosen, typed or {}),
        *_why(t, reasons, typed or {}),
    ]
    if any((deal.deal_no, int(str(one["no"]))) in facts.linked for deal, one in found):
        blocks.append(restock_field(t, (typed or {}).get("restock", NO)))
    blocks.append(sure_field(t, t("claims.sold_out_sure"), ticked=bool((typed or {}).get("sure"))))
    return modal(
        t("claims.sold_out"),
        blocks,
        callback_id=ActView.SOLD_OUT,
        close=t("common.close"),
        submit=t("claims.sold_out_submit"),
        metadata=encode(SoldOutRef(store=facts.store.id, order=facts.order.order_no)),
    )


def _quantities(t: Texts, facts: SoldOutFacts, chosen: Sequence[str], typed: Mapping[str, Any]) -> list[Block]:
    """취소 수량 for each chosen option that was ordered more than once."""
    blocks: list[Block] = []
    for deal, one in facts.options():
        value, most = goods_value(deal.deal_no, one["no"]), int(str(one["quantity"]))
        if value not in chosen or most < 2 or len(blocks) >= _QUANTITIES_SHOWN:
            continue
        element = {
            "type": "number_input",
            "is_decimal_allowed": False,
            "min_value": "1",
            "max_value": str(most),
            "initial_value": str(typed.get(f"quantity-{value}") or most),
        }
        label = t("claims.sold_out_quantity_of", title=escape_title(str(one["title"]), 60), n=most)
        blocks.append(input_block(f"quantity-{value}", t("claims.sold_out_quantity"), element, hint=label))
    return blocks


def _why(t: Texts, reasons: Sequence[Reason], typed: Mapping[str, Any]) -> list[Block]:
    options = reason_options([Reason(one.code, t.of("claims.sold_out_reason", one.code)) for one in reasons])
    initial = next((one for one in options if one["value"] == typed.get("reason")), options[0])
    menu: Block = {"type": "static_select", "options": options, "initial_option": initial}
    words = text_input(max_length=LONGEST_WORDS, initial=str(typed.get("detail") or ""), multiline=True)
    return [
        input_block("reason", t("claims.sold_out_why"), menu),
        input_block("detail", t("claims.sold_out_detail"), words, hint=t("claims.sold_out_detail_hint")),
    ]


def result_text(t: Texts, facts: SoldOutFacts, ended: Sequence[SoldOutDelivery]) -> str:
    """How the cancel stands, one line for each delivery, as markup."""
    lines = [t.md("claims.sold_out_order", store=short_name(facts.store), number=str(facts.order.order_no))]
    titles = {(deal.deal_no, int(str(one["no"]))): (deal.title, str(one["title"])) for deal, one in facts.options()}
    left = _GOODS_SHOWN
    for one in ended:
        quantity = sum(line.quantity for line in one.lines)
        lines.append(t.md_of("claims.sold_out_ended", str(one.outcome.state), delivery=one.delivery_no, n=quantity))
        for line in one.lines[:left]:
            title, which = titles.get((line.deal_no, line.option_no), ("", ""))
            values = {"title": escape_title(title, 60), "option": escape_title(which, 60)}
            lines.append(t.md("claims.goods", n=str(line.quantity), **values))
        if len(one.lines) > left:
            lines.append(t("claims.more_goods", n=len(one.lines) - left))
        left = max(0, left - len(one.lines))
        if one.outcome.state is WriteStep.FAILED:
            error = one.outcome.error
            key, sentence = failure_note(error)
            if isinstance(error, AppError):
                lines.append(t.md(error.key, **error.values))
            else:
                lines.append(t(key) if sentence is None else t.md("claims.tmon_said", message=sentence))
    return "\n".join(lines)


def ended_text(t: Texts, store_name: str, order_no: int, *, done: bool) -> str:
    """The message to whoever cancelled: what was in doubt has ended."""
    return t.md(
        "claims.sold_out_ended_later" if done else "claims.sold_out_not_done", store=store_name, number=order_no
    )
