"""Views of one claim: its card, its details, whom to collect from, the buyer's pictures, the message about many new ones."""

from collections.abc import Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    context,
    divider,
    escape_title,
    modal,
    plain,
    section,
)
from handlers.claims.act_views import act_buttons
from handlers.claims.ids import ClaimAction, ClaimListRef, ClaimRef, ClaimView
from handlers.codes.views import fault_text
from handlers.common_views.orders import who
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import channel, short_name
from handlers.payloads import encode
from handlers.texts import Markup, Texts, escape, unbroken
from tmon.claims import deadlines
from tmon.claims.service import BatchSummary, ClaimSummary
from tmon.models.claims import Claim, ClaimantRecord, ClaimEnd, ClaimKind
from tmon.models.stores import Store

_OPTIONS_SHOWN = 6
_WORDS = 300
"""Characters of the buyer's words on a card."""
_MARK = {ClaimKind.CANCEL: "🚫", ClaimKind.RETURN: "↩️", ClaimKind.EXCHANGE: "🔁", ClaimKind.REDELIVERY: "📦"}
_END_MARK = {
    ClaimEnd.REFUSED: "⛔",
    ClaimEnd.WITHDRAWN: "🙅",
    ClaimEnd.AUTO_REFUNDED: "⚠️",
    ClaimEnd.GIVEN_UP: "⚠️",
    ClaimEnd.GONE: "⚠️",
}
"""Marks of ends at which nothing was done as the buyer asked, or not by us."""
_WIDE = str.maketrans("*_~`", "＊＿～｀")
_KNOWN = ("C1", "C2", "C3", "C4", "C8", "C9")


def claim_card(t: Texts, facts: ClaimSummary) -> list[Block]:
    """The card of one claim: goods, reason, clock, state, and the buttons. Its times have dates: it stays for days."""
    return _summary(t, facts, in_view=False)


def _summary(t: Texts, facts: ClaimSummary, *, in_view: bool) -> list[Block]:
    blocks = [section("\n".join([_title(t, facts), _place(t, facts), *_goods(t, facts)])), section(_reason(t, facts))]
    blocks.append(context(_facts(t, facts)))
    if said := status(t, facts):
        blocks.append(context(said))
    if facts.store.removed_at is None:
        blocks.append(actions(*claim_buttons(t, facts), *way_buttons(t, facts, in_view=in_view)))
    return blocks


def claim_text(t: Texts, facts: ClaimSummary) -> str:
    """The text for notifications about a claim."""
    claim = facts.claim
    key = "claims.text_ended" if claim.ended_at is not None else "claims.text"
    return t.md(
        key,
        store=short_name(facts.store),
        kind=kind_request(t, claim.kind),
        title=escape_title(_first_title(claim), 60),
        number=str(claim.order_no),
        state=state_word(t, claim),
        clock=clock(t, claim),
    )


def claim_buttons(t: Texts, facts: ClaimSummary) -> list[Block]:
    """The buttons for what can be done with a claim, and to look at what it takes to decide."""
    ref = encode(_ref(facts.claim))
    found = act_buttons(t, facts.store.id, facts.claim, facts.unknown_acts)
    if facts.can_collect and facts.claim.kind in (ClaimKind.RETURN, ClaimKind.EXCHANGE):
        found.append(_button(t, facts, "claims.pickup", ClaimAction.PICKUP, ref))
    if facts.claim.has_pictures and facts.claim.claimant is not None:
        found.append(_button(t, facts, "claims.pictures", ClaimAction.PICTURES, ref))
    return found


def way_buttons(t: Texts, facts: ClaimSummary, *, in_view: bool = False, in_list: bool = False) -> list[Block]:
    """The buttons of every claim: its details, reading it again, the list. `in_view`: it is shown with its details."""
    ref = encode(_ref(facts.claim))
    found = [] if in_view else [_button(t, facts, "claims.see", ClaimAction.SEE, ref)]
    found.append(_button(t, facts, "claims.again", ClaimAction.AGAIN, ref))
    if not in_list:
        found.append(button(t("orders.list"), ClaimAction.LIST, encode(ClaimListRef(store=facts.store.id))))
    if not in_view and is_for_partner_center(facts.claim):
        found += partner_center_buttons(t, f"{facts.claim.kind.value}{facts.claim.claim_no}")
    return found


def is_for_partner_center(claim: Claim) -> bool:
    """Whether what is said about a claim may send people to the partner centre."""
    lost = claim.end in (ClaimEnd.GIVEN_UP, ClaimEnd.GONE)
    return (
        lost or claim.claimant_unreadable or (claim.ended_at is None and (claim.not_offered or claim.note is not None))
    )


def _button(t: Texts, facts: ClaimSummary, key: str, action: ClaimAction, value: str) -> Block:
    label = t("claims.button_label", text=t(key), number=facts.claim.claim_no)
    return button(t(key), f"{action}#{facts.claim.kind.value}{facts.claim.claim_no}", value, label=label)


def claim_view(t: Texts, facts: ClaimSummary) -> Block:
    """A modal with one claim: what the card says, and everything else that is known."""
    claim = facts.claim
    blocks = _summary(t, facts, in_view=True)
    lines = [t("claims.told_requested", moment=t.dated(claim.requested_at))]
    for key, moment in (
        ("claims.told_seen", claim.first_seen_at),
        ("claims.told_held", claim.held_at),
        ("claims.told_returned", claim.returned_at),
        ("claims.told_approved", claim.approved_at),
        ("claims.told_completed", claim.completed_at),
        ("claims.told_read", claim.read_at),
    ):
        if moment is not None:
            lines.append(t(key, moment=t.dated(moment)))
    blocks += [divider(), section("\n".join(lines))]
    if links := partner_center_buttons(t):
        blocks.append(actions(*links))
    return modal(
        t("claims.view_title"),
        blocks,
        callback_id=ClaimView.CLAIM,
        close=t("common.close"),
        metadata=encode(_ref(claim)),
    )


def pickup_view(t: Texts, claim: Claim, record: ClaimantRecord) -> Block:
    """Whom to collect the goods from, for those who work on the store. Nothing of it is markup."""
    street, lot = record.pickup_street_address, record.pickup_address
    rows = (
        ("claims.pickup_name", record.pickup_name),
        ("claims.pickup_mobile", record.pickup_mobile),
        ("claims.pickup_zip", record.pickup_zip_code),
        ("claims.pickup_address", street or lot),
        ("claims.pickup_lot", lot if street else None),
        ("claims.pickup_detail", record.pickup_address_detail),
    )
    blocks: list[Block] = [section(t("claims.about", kind=kind_request(t, claim.kind), number=claim.claim_no))]
    for key, value in rows:
        if value:
            text = t("claims.pickup_line", label=t(key), value=" ".join(value.split()))
            blocks.append({"type": "section", "text": plain(text)})
    return modal(
        t("claims.pickup"),
        [*blocks, divider(), context(t("claims.seen_note"))],
        callback_id=ClaimView.PICKUP,
        close=t("common.close"),
    )


def pictures_view(t: Texts, claim: Claim, addresses: Sequence[str]) -> Block:
    """Links to the buyer's pictures. They are never shown here: Slack would fetch and keep them."""
    links = [
        button(t("claims.picture", n=n), f"{ClaimAction.PICTURE}#{n}", url=address)
        for n, address in enumerate(addresses[:25], start=1)
    ]
    blocks = [section(t("claims.about", kind=kind_request(t, claim.kind), number=claim.claim_no))]
    blocks.append(actions(*links) if links else section(t("claims.no_pictures")))
    if not links:
        blocks += [actions(*found) for found in [partner_center_buttons(t)] if found]
    return modal(
        t("claims.pictures"),
        [*blocks, divider(), context(t("claims.pictures_note"))],
        callback_id=ClaimView.PICTURES,
        close=t("common.close"),
    )


def batch(t: Texts, facts: BatchSummary) -> list[Block]:
    """The message about many new claims of one run, with the way to their list."""
    lines = [batch_text(t, facts)]
    if facts.deadline is not None:
        lines.append(t("claims.batch_left", n=facts.left, until=t.until_dated(facts.deadline)))
    elif facts.new:
        lines.append(t("claims.batch_done"))
    if facts.auto_refunded:
        lines.append(t("claims.batch_auto_refunded", n=facts.auto_refunded))
    ref = encode(ClaimListRef(store=facts.store.id, batch=facts.batch_id))
    shown = [] if facts.store.removed_at is not None else [actions(button(t("orders.list"), ClaimAction.LIST, ref))]
    return [section("\n".join(lines)), *shown]


def batch_text(t: Texts, facts: BatchSummary) -> str:
    """The text for notifications about many new claims."""
    kinds = ", ".join(t.md("claims.of_kind", kind=kind_word(t, kind), n=n) for kind, n in facts.new.items())
    return t.md("claims.batch", store=short_name(facts.store), n=sum(facts.new.values()), kinds=Markup(kinds))


def moved_text(t: Texts, store: Store) -> str:
    """What an old message says whose claims are shown in the store's channel."""
    return t.md("claims.moved", store=short_name(store), channel=channel(store))


def mark(claim: Claim) -> str:
    """The mark before a claim: its kind, or how it ended."""
    if claim.ended_at is None:
        return _MARK[claim.kind]
    return "✅" if claim.end is None else _END_MARK.get(claim.end, "✅")


def kind_word(t: Texts, kind: ClaimKind) -> str:
    """`취소`, `반품`, `교환` or `재배송`."""
    return t.of("claims.kind", kind.name)


def kind_request(t: Texts, kind: ClaimKind) -> str:
    """`취소 요청`, …"""
    return t.of("claims.request", kind.name)


def state_word(t: Texts, claim: Claim) -> str:
    """The state of a claim in one word: how it ended, or what it waits for."""
    if claim.act is not None:
        return t("claims.state_unknown_fate" if claim.act_unknown else "claims.state_acting")
    if claim.end in (ClaimEnd.AUTO_REFUNDED, ClaimEnd.GIVEN_UP, ClaimEnd.GONE, ClaimEnd.SOLD_OUT):
        return t.of("claims.end", claim.end)
    if claim.ended_at is None and claim.not_offered:
        return t("claims.state_not_offered")
    if claim.ended_at is None and claim.holding:
        return t("claims.state_held")
    return t.of("claims.state", claim.status if claim.status in _KNOWN else "other")


def clock(t: Texts, claim: Claim) -> str:
    """When TMON decides by itself; empty once it has ended."""
    if claim.ended_at is not None or claim.deadline is None:
        return ""
    until = unbroken(t.until_dated(claim.deadline))
    if claim.kind is ClaimKind.EXCHANGE:
        text = t("claims.clock_exchange", until=until)
    elif deadlines.is_own(claim.kind):
        text = t("claims.clock_own", until=until)
    else:
        text = t("claims.clock", until=until)
    return t("claims.clock_held", clock=text) if claim.holding else text


def status(t: Texts, facts: ClaimSummary) -> str:
    """Who decides or decided, why the last try did not, and what people have to know."""
    claim, lines = facts.claim, list[str]()
    if claim.act is not None:
        key = "claims.status_unknown" if claim.act_unknown else "claims.status_acting"
        lines.append(t.md(key, who=who(t, claim.act_by)))
    elif claim.end is not None and claim.ended_at is not None:
        moment = claim.decided_at or claim.completed_at or claim.ended_at
        lines.append(t.md_of("claims.ended", claim.end, who=who(t, claim.decided_by), moment=t.dated(moment)))
    elif claim.end is ClaimEnd.APPROVED and claim.decided_at is not None:
        lines.append(t.md("claims.ended_approved", who=who(t, claim.decided_by), moment=t.dated(claim.decided_at)))
    elif claim.not_offered:
        lines.append(t("claims.status_not_offered"))
    if claim.note is not None and claim.ended_at is None:
        why = f"{t(claim.note)} ({claim.note_detail})" if claim.note_detail else t(claim.note)
        lines.append(t.md("claims.status_note", why=why))
    if claim.claimant_unreadable:
        lines.append(t("claims.status_unreadable"))
    if facts.store.removed_at is not None:
        lines.append(t("common.store_gone"))
    return "\n".join(lines)


def _ref(claim: Claim) -> ClaimRef:
    return ClaimRef(store=claim.store_id, kind=claim.kind, claim=claim.claim_no)


def _title(t: Texts, facts: ClaimSummary) -> str:
    claim = facts.claim
    return t.md("claims.title", mark=mark(claim), kind=kind_request(t, claim.kind), state=state_word(t, claim))


def _place(t: Texts, facts: ClaimSummary) -> str:
    return t.md(
        "claims.place",
        store=short_name(facts.store),
        number=str(facts.claim.order_no),
        claim=str(facts.claim.claim_no),
    )


def _first_title(claim: Claim) -> str:
    return str(claim.goods[0]["title"]) if claim.goods else "-"


def _goods(t: Texts, facts: ClaimSummary) -> list[str]:
    """The goods, each option with n of m; m where the order is known."""
    lines: list[str] = []
    left, hidden = _OPTIONS_SHOWN, 0
    for deal in facts.claim.goods:
        if left <= 0:
            hidden += len(deal["options"])
            continue
        lines.append(f"*{escape(escape_title(deal['title'], 80))}*")
        for option in deal["options"]:
            if left <= 0:
                hidden += 1
                continue
            left -= 1
            of = facts.ordered.get((deal["deal"], option["no"]))
            key = "claims.option" if of is None else "claims.option_of"
            lines.append(t.md(key, title=escape_title(option["title"], 80), n=option["quantity"], of=of or 0))
    if hidden:
        lines.append(t("claims.more_options", n=hidden))
    return lines or [t("claims.goods_unknown")]


def _reason(t: Texts, facts: ClaimSummary) -> str:
    """Why the buyer asks, per deal where that differs: the reason, who is at fault as a hint, and the words, masked."""
    claim = facts.claim
    lines: list[str] = []
    for code in dict.fromkeys(deal.get("reason") for deal in claim.goods):
        if code:
            meaning = escape_title(facts.meanings.get(code, code), 60)
            lines.append(t.md("claims.reason", reason=meaning, fault=fault_text(t, claim.kind, code)))
    if not lines:
        lines.append(t("claims.reason_unknown"))
    words = (clip(" ".join(text.split()), _WORDS) for text in dict.fromkeys(facts.words.values()))
    lines += [f"> {escape(text.translate(_WIDE))}" for text in words]
    return "\n".join(lines[:20])


def _facts(t: Texts, facts: ClaimSummary) -> str:
    """The clock on a line of its own, then amounts, then parcels, as far as TMON tells them."""
    claim = facts.claim
    times = [t("claims.requested", moment=unbroken(t.dated(claim.requested_at)))]
    if said := clock(t, claim):
        times.insert(0, f"⏰ {said}")
    amounts: list[str] = []
    parcels: list[str] = []
    for key, amount in (
        ("claims.refund", claim.refund_amount),
        ("claims.deduction", claim.deduction),
        ("claims.return_fee", claim.return_fee),
    ):
        if amount is not None:
            amounts.append(t(key, amount=t.money(amount)))
    for key, parcel in (
        ("claims.original_waybill", claim.original_waybill),
        ("claims.return_waybill", claim.return_waybill),
        (
            "claims.second_waybill" if claim.kind is ClaimKind.REDELIVERY else "claims.redelivery_waybill",
            claim.redelivery_waybill,
        ),
    ):
        if parcel and parcel.get("number"):
            carrier = str(parcel.get("carrier") or "")
            name = escape_title(facts.carriers.get(carrier, carrier), 30)
            parcels.append(t.md(key, carrier=name, number=escape_title(str(parcel["number"]), 40)))
    if claim.return_status is not None:
        known = claim.return_status in ("R1", "R2", "R3")
        state = t.of("claims.collection", claim.return_status) if known else escape_title(claim.return_status, 20)
        parcels.append(t.md("claims.collection", state=state))
    return "\n".join(" · ".join(row) for row in (times, amounts, parcels) if row)
