"""Buttons that decide on a claim, the forms behind them, and how that ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    confirm,
    context,
    escape_title,
    input_block,
    modal,
    option,
    section,
    text_input,
)
from handlers.claims.ids import ActAction, ActRef, ActView
from handlers.codes.views import carrier_input, reason_options
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import short_name
from handlers.payloads import encode
from handlers.texts import Texts
from tmon.api import OWN_DELIVERY
from tmon.claims.act_form import DETAIL, LONGEST_NUMBER
from tmon.claims.acts import ActFacts, ActResult
from tmon.claims.writes import ClaimAct, ParcelUse, Rules, failure_note, rules_of
from tmon.codes.tables import Carrier, Reason
from tmon.models.claims import Claim, ClaimKind
from tmon.models.writes import WriteStep

YES, NO = "yes", "no"
_GOODS_SHOWN = 5
_BUTTONS: dict[ClaimKind, tuple[ClaimAct, ...]] = {
    ClaimKind.CANCEL: (ClaimAct.APPROVE, ClaimAct.REJECT),
    ClaimKind.RETURN: (ClaimAct.APPROVE, ClaimAct.REJECT, ClaimAct.HOLD),
    ClaimKind.EXCHANGE: (ClaimAct.RETURN_WAYBILL, ClaimAct.HOLD, ClaimAct.APPROVE, ClaimAct.REJECT),
    ClaimKind.REDELIVERY: (ClaimAct.APPROVE, ClaimAct.REJECT),
}
"""The acts on a card, in their order."""
_FIRST = {ClaimKind.CANCEL: ClaimAct.APPROVE, ClaimKind.REDELIVERY: ClaimAct.APPROVE}
"""The one thing to do, where there is one."""


@dataclass(frozen=True)
class Choices:
    """What the menus of a form offer."""

    reasons: Sequence[Reason] = ()
    carrier: Carrier | None = None
    """The chosen one; where it is own delivery, there is no number."""
    typed: Mapping[str, Any] = field(default_factory=dict)
    """What was typed before, by field."""
    problem: str | None = None
    """Why the form is shown again, as markup."""


def act_name(t: Texts, kind: ClaimKind, act: ClaimAct) -> str:
    """The words of an act: of its button, its form and its submit button."""
    return t.of("claims.act", f"{kind}_{act}")


def act_buttons(
    t: Texts,
    store_id: str,
    claim: Claim,
    unknown: frozenset[ClaimAct] = frozenset(),
    *,
    primary: bool = True,
) -> list[Block]:
    """The buttons that decide on a claim, as far as its state allows; none while an act is under way.

    `unknown`: acts for which TMON names no reasons, so that they can only be done in the partner centre. `primary`: whether
    there is one thing to do here; in a list it is one of many.
    """
    if claim.ended_at is not None or claim.act is not None or claim.status not in ("C1", "C2"):
        return []
    made = []
    for act in _BUTTONS[claim.kind]:
        if act in unknown:
            continue
        shown = ClaimAct.RELEASE if act is ClaimAct.HOLD and claim.holding else act
        if claim.status == "C2" and not _possible_once_approved(claim.kind, shown):
            continue
        made.append(_button(t, store_id, claim, shown, primary=primary))
    return made


def _possible_once_approved(kind: ClaimKind, act: ClaimAct) -> bool:
    if kind is ClaimKind.CANCEL or act is ClaimAct.REJECT:
        return False
    return kind is not ClaimKind.RETURN or act is not ClaimAct.APPROVE


def _button(t: Texts, store_id: str, claim: Claim, act: ClaimAct, *, primary: bool) -> Block:
    name = act_name(t, claim.kind, act)
    question = None
    if (claim.kind, act) == (ClaimKind.CANCEL, ClaimAct.APPROVE):
        lines, _ = _goods(t, claim, 2)
        text = t.md("claims.approve_cancel_ask", number=str(claim.order_no), n=_quantity(claim))
        question = confirm(t, title=name, text=clip("\n".join([text, *lines]), 300), yes=name, danger=True)
    return button(
        name,
        f"{ActAction.PRESS}#{act}-{claim.kind}-{claim.claim_no}",
        encode(ActRef(store=store_id, kind=claim.kind, claim=claim.claim_no, act=act)),
        style="primary" if primary and _FIRST.get(claim.kind) is act else None,
        confirm=question,
        label=t("claims.act_label", number=claim.order_no, act=name),
    )


def act_form(t: Texts, facts: ActFacts, ref: ActRef, choices: Choices) -> Block:
    """The form of an act: what it is about, then its fields."""
    claim, act = facts.claim, ref.act
    what = (claim.kind, act)
    rules = rules_of(*what)
    blocks = [] if choices.problem is None else [section(f"⚠️ {choices.problem}")]
    blocks.append(section("\n".join(_about(t, facts))))
    if what == (ClaimKind.RETURN, ClaimAct.APPROVE):
        blocks.append(section("\n".join(_refund(t, claim))))
    if what == (ClaimKind.CANCEL, ClaimAct.REJECT):
        blocks.append(section(t("claims.refuse_cancel_about")))
    if rules.reasons is not None:
        blocks += _reason_fields(t, what, choices)
    if rules.parcel is not ParcelUse.NONE:
        blocks += _parcel_fields(t, facts.store.id, rules, choices)
    if what == (ClaimKind.RETURN, ClaimAct.APPROVE) and facts.linked:
        blocks.append(restock_field(t, choices.typed.get("restock")))
    if what == (ClaimKind.CANCEL, ClaimAct.REJECT):
        blocks.append(sure_field(t, t("claims.sure_number"), ticked=bool(choices.typed.get("sure"))))
    if act is ClaimAct.APPROVE and claim.kind in (ClaimKind.EXCHANGE, ClaimKind.REDELIVERY):
        blocks.append(context(t("claims.parcel_ends")))
    name = act_name(t, *what)
    return modal(
        name,
        blocks,
        callback_id=ActView.FORM,
        close=t("common.close"),
        submit=name,
        metadata=encode(ref),
    )


def sure_field(t: Texts, text: str, *, ticked: bool) -> Block:
    """The box without which nothing is sent."""
    element: Block = {"type": "checkboxes", "options": [option(text, YES)]}
    if ticked:
        element["initial_options"] = element["options"]
    return input_block("sure", t("claims.sure"), element)


def restock_field(t: Texts, chosen: object) -> Block:
    """재고에 더하기: no, unless somebody chooses it."""
    options = [option(t("claims.restock_yes"), YES), option(t("claims.restock_no"), NO)]
    initial = options[0] if chosen == YES else options[1]
    element = {"type": "radio_buttons", "options": options, "initial_option": initial}
    return input_block("restock", t("claims.restock"), element, hint=t("claims.restock_hint"))


def _reason_fields(t: Texts, what: tuple[ClaimKind, ClaimAct], choices: Choices) -> list[Block]:
    kind, act = what
    words = "hold" if act is ClaimAct.HOLD else "reject"
    goods_are_missing = act is ClaimAct.HOLD or kind is ClaimKind.RETURN
    example = t("claims.detail_hint" if goods_are_missing else "claims.detail_hint_no_stock")
    chosen = choices.typed.get("reason")
    options = reason_options(choices.reasons)
    menu: Block = {"type": "static_select", "options": options}
    initial = next((one for one in options if one["value"] == chosen), None)
    if initial is None and len(options) == 1:
        initial = options[0]
    if initial is not None:
        menu["initial_option"] = initial
    text = text_input(max_length=DETAIL[1], initial=choices.typed.get("detail"), multiline=True, placeholder=example)
    return [
        input_block("reason", t.of("claims.reason", words), menu),
        input_block("detail", t.of("claims.detail", words), text, hint=t("claims.detail_length")),
    ]


def _parcel_fields(t: Texts, store_id: str, rules: Rules, choices: Choices) -> list[Block]:
    optional = rules.parcel is ParcelUse.OPTIONAL
    blocks = [carrier_input(t, store_id, chosen=choices.carrier, optional=optional, action_id=f"{ActAction.CARRIER}")]
    if choices.carrier is not None and choices.carrier.code == OWN_DELIVERY:
        blocks.append(context(t("claims.own_delivery_today", day=t.date(t.today()))))
    else:
        label = t("claims.return_number" if rules.parcel_comes_back else "claims.number")
        number = text_input(max_length=LONGEST_NUMBER, initial=choices.typed.get("number"))
        blocks.append(input_block("number", label, number, optional=optional, hint=t("claims.number_hint")))
    return blocks


def _about(t: Texts, facts: ActFacts) -> list[str]:
    claim = facts.claim
    lines, hidden = _goods(t, claim, _GOODS_SHOWN)
    if hidden:
        lines.append(t("claims.more_goods", n=hidden))
    return [t.md("claims.form_order", store=short_name(facts.store), number=str(claim.order_no)), *lines]


def _refund(t: Texts, claim: Claim) -> list[str]:
    unknown = t("claims.cannot_tell")
    amount = unknown if claim.refund_amount is None else t.money(claim.refund_amount)
    fee = unknown if claim.return_fee is None else t.money(claim.return_fee)
    back = claim.returned_at is not None or claim.return_status == "R3"
    if claim.returned_at is not None:
        state = t("claims.goods_back_at", moment=t.dated(claim.returned_at))
    else:
        state = t("claims.goods_back" if back else "claims.goods_not_back")
    return [
        t("claims.refund_amount", amount=amount),
        t("claims.refund_fee", amount=fee),
        state,
        t("claims.refund_at_once"),
    ]


def _goods(t: Texts, claim: Claim, most: int) -> tuple[list[str], int]:
    """Lines of goods with quantities, and how many more there are."""
    found = [
        t.md(
            "claims.goods",
            title=escape_title(str(deal["title"]), 60),
            option=escape_title(str(one["title"]), 40),
            n=one["quantity"],
        )
        for deal in claim.goods
        for one in deal["options"]
    ]
    return found[:most], max(0, len(found) - most)


def _quantity(claim: Claim) -> int:
    return sum(int(one["quantity"]) for deal in claim.goods for one in deal["options"])


def working(t: Texts, title: str) -> Block:
    """What is shown while TMON takes its time."""
    return modal(
        title,
        [section(t("claims.working")), context(t("claims.working_close"))],
        callback_id=ActView.WORKING,
        close=t("common.close"),
    )


def result(t: Texts, title: str, text: str, *, partner_center: bool = False) -> Block:
    """How an act ended. `partner_center`: it has to be done there."""
    blocks = [section(text)]
    if partner_center and (links := partner_center_buttons(t)):
        blocks.append(actions(*links))
    return modal(title, blocks, callback_id=ActView.RESULT, close=t("common.close"))


def result_text(t: Texts, result: ActResult, act: ClaimAct) -> str:
    """One sentence on how an act ended, as markup."""
    claim, outcome = result.facts.claim, result.outcome
    number = str(claim.order_no)
    if outcome.state is WriteStep.UNKNOWN:
        return t.md("claims.in_doubt", number=number, act=act_name(t, claim.kind, act))
    if outcome.state is WriteStep.DONE:
        if outcome.value is False:
            return t.md("claims.done_before", number=number, act=act_name(t, claim.kind, act))
        return t.md_of("claims.did", f"{claim.kind}_{act}", number=number)
    if claim.not_offered:
        return t.md("claims.act_not_offered", number=number, act=act_name(t, claim.kind, act))
    key, sentence = failure_note(outcome.error)
    return t.md(key) if sentence is None else f"{t.md(key)}\n{t.md('claims.tmon_said', message=sentence)}"


def ended_text(t: Texts, store_name: str, claim: Claim, act: ClaimAct, *, done: bool) -> str:
    """The message to whoever acted: what was in doubt has ended."""
    key = "claims.settled_done" if done else "claims.settled_not_done"
    name = act_name(t, claim.kind, act)
    return t.md(key, store=store_name, number=str(claim.order_no), act=name)
