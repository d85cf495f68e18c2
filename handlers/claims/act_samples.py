"""Samples of acts on claims and of 품절 취소: buttons, forms, and how they end."""

from collections.abc import Iterator
from typing import Any

from handlers.blocks import actions, section
from handlers.claims import act_views, sold_out_views
from handlers.claims.ids import ActRef, ClaimListRef, ClaimRow
from handlers.claims.sold_out import REASONS
from handlers.common_views.claims import sold_out_button
from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.api import NotOffered, Rejected
from tmon.claims.acts import ActFacts, ActResult, SoldOutDelivery, SoldOutFacts
from tmon.claims.claim_list import PAGE
from tmon.claims.sold_out import SoldOutLine, SoldOutResult
from tmon.claims.writes import RULES, ClaimAct
from tmon.codes.tables import OWN, Carrier, Reason
from tmon.models.claims import Claim, ClaimKind
from tmon.models.orders import Order, OrderDeal, OrderState
from tmon.models.writes import WriteStep
from tmon.writes.remote_write import Outcome

_WORST = [
    {
        "deal": HUGE - n,
        "title": NASTY + LONG,
        "reason": NASTY,
        "options": [{"no": HUGE, "title": LONG, "quantity": HUGE}],
    }
    for n in range(20)
]
_USUAL = [{"deal": 1, "title": "귤 5kg", "reason": "RRD1", "options": [{"no": 11, "title": "소과", "quantity": 2}]}]


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every form and result of an act."""
    reasons = [Reason(f"JRD{n}", LONG) for n in range(120)]
    for kind, act in RULES:
        usual = ActFacts(store("한빛리빙"), _claim(kind, act), linked=True)
        worst = ActFacts(store(NASTY), _worst(kind, act), linked=True)
        name = f"{kind.name.lower()} {act}"
        few = act_views.Choices(reasons=[Reason("JRD5", "반품상품 미도착")])
        own = act_views.Choices(reasons=few.reasons, carrier=OWN, typed={"detail": "상품이 아직 도착하지 않았습니다"})
        typed = {"number": "6" * 40, "detail": "가" * 50, "reason": "JRD3", "sure": ["yes"], "restock": "yes"}
        many = act_views.Choices(reasons, Carrier("10001", NASTY + LONG), typed, LONG)
        for state, facts, choices in (("usual", usual, few), ("own delivery", usual, own), ("worst", worst, many)):
            yield f"claim form {name}, {state}", act_views.act_form(t, facts, _ref(facts, act), choices)
        for state, outcome in _outcomes().items():
            result = act_views.result_text(t, ActResult(worst if state == "refused" else usual, outcome), act)
            yield f"claim result {name}, {state}", act_views.result(t, act_views.act_name(t, kind, act), result)
        yield f"claim buttons {name}", message("x", [actions(*act_views.act_buttons(t, "s" * 20, worst.claim))])
        for done in (True, False):
            text = act_views.ended_text(t, NASTY, worst.claim, act, done=done)
            yield f"claim act ended {name}, {done}", message(text, [section(text)])
    not_offered = ActFacts(store(), _claim(ClaimKind.REDELIVERY, ClaimAct.REJECT, not_offered=True), linked=False)
    refused = ActResult(not_offered, Outcome(WriteStep.FAILED, error=NotOffered("x")))
    text = act_views.result_text(t, refused, ClaimAct.REJECT)
    yield "claim result, not offered", act_views.result(t, "재배송 거부", text, partner_center=True)
    yield "claim act under way", act_views.working(t, "반품 승인")
    yield from _sold_out(t)


def _sold_out(t: Texts) -> Iterator[Sample]:
    one, many = _order([_deal(1, 1, 1)]), _order([_deal(n, 8, HUGE) for n in range(20)])
    linked = frozenset({(1, 0)})
    values = [sold_out_views.goods_value(deal.deal_no, option["no"]) for deal, option in many.options()]
    typed: dict[str, Any] = {"goods": values[:90], "detail": LONG, "restock": "yes", "sure": ["yes"], "reason": "RCD8"}
    yield "sold out form, one", sold_out_views.sold_out_form(t, one, REASONS)
    two = SoldOutFacts(one.store, one.order, (_deal(1, 2, 3),), linked)
    yield "sold out form, several", sold_out_views.sold_out_form(t, two, REASONS)
    chosen = {"goods": [sold_out_views.goods_value(1, 0)], "quantity-1-0": "2"}
    yield "sold out form, chosen", sold_out_views.sold_out_form(t, two, REASONS, chosen)
    yield "sold out form, worst", sold_out_views.sold_out_form(t, many, REASONS, typed, LONG)
    lines = tuple(
        SoldOutLine(deal_no=deal.deal_no, option_no=int(str(option["no"])), quantity=HUGE, had=HUGE)
        for deal, option in many.options()
    )
    ended = [SoldOutDelivery("9" * 40, lines, outcome) for outcome in _sold_out_outcomes()]
    yield (
        "sold out result",
        act_views.result(t, t("claims.sold_out"), sold_out_views.result_text(t, many, ended), partner_center=True),
    )
    for done in (True, False):
        text = sold_out_views.ended_text(t, NASTY, HUGE, done=done)
        yield f"sold out ended, {done}", message(text, [section(text)])
    yield "sold out button", message("x", [actions(sold_out_button(t, "s" * 20, HUGE))])


def _ref(facts: ActFacts, act: ClaimAct) -> ActRef:
    rows = tuple(ClaimRow(store="s" * 20, kind=facts.claim.kind, claim=HUGE, open=True) for _ in range(PAGE))
    shown = ClaimListRef(store="s" * 20, rows=rows, page=HUGE, start=2**31 - 1, turn=2**31 - 1)
    claim = facts.claim
    return ActRef(store="s" * 20, kind=claim.kind, claim=claim.claim_no, act=act, under="V" * 60, list=shown)


def _outcomes() -> dict[str, Outcome[bool]]:
    return {
        "done": Outcome(WriteStep.DONE, value=True),
        "done before": Outcome(WriteStep.DONE, value=False),
        "in doubt": Outcome(WriteStep.UNKNOWN),
        "refused": Outcome(WriteStep.FAILED, error=Rejected("x", NASTY + LONG)),
    }


def _sold_out_outcomes() -> list[Outcome[SoldOutResult]]:
    return [
        Outcome(WriteStep.DONE, value=SoldOutResult(None, None)),
        Outcome(WriteStep.UNKNOWN),
        Outcome(WriteStep.FAILED, error=Rejected("x", NASTY)),
        Outcome(WriteStep.FAILED, error=NotOffered("x")),
    ]


def _claim(kind: ClaimKind, act: ClaimAct, **over: Any) -> Claim:
    values = {
        "team_id": "T1",
        "store_id": "st_1",
        "kind": kind,
        "claim_no": 550001,
        "order_no": 9100200301,
        "status": "C1",
        "requested_at": MOMENT,
        "goods": _USUAL,
        "holding": act is ClaimAct.RELEASE,
        "refund_amount": 15900,
        "first_seen_at": MOMENT,
        "read_at": MOMENT,
        "updated_at": MOMENT,
        **over,
    }
    return Claim(**values)


def _worst(kind: ClaimKind, act: ClaimAct) -> Claim:
    return _claim(
        kind,
        act,
        claim_no=HUGE,
        order_no=HUGE,
        goods=_WORST,
        refund_amount=HUGE,
        return_fee=HUGE,
        returned_at=MOMENT,
    )


def _deal(number: int, options: int, quantity: int) -> OrderDeal:
    entries = [{"no": n, "title": LONG if quantity == HUGE else "소과", "quantity": quantity} for n in range(options)]
    return OrderDeal(
        team_id="T1",
        store_id="st_1",
        order_no=1,
        deal_no=number,
        title=NASTY if quantity == HUGE else "귤 5kg",
        delivery_no=str(number),
        delivery_status="D1",
        options=entries,
    )


def _order(deals: list[OrderDeal]) -> SoldOutFacts:
    order = Order(
        team_id="T1",
        store_id="st_1",
        order_no=HUGE,
        state=OrderState.NEW,
        ordered_at=MOMENT,
        paid_at=MOMENT,
        confirm_by=MOMENT,
        ship_by=MOMENT,
        amount=1,
        delivery_fee=0,
        quantity=1,
        title="귤 5kg",
        first_seen_at=MOMENT,
        updated_at=MOMENT,
    )
    return SoldOutFacts(store(NASTY), order, tuple(deals), frozenset({(deals[0].deal_no, 0)}))
