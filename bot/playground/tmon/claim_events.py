"""Claims by buyers, and what becomes of them outside of the API: TMON's counsellors, its own decisions, goods that come back."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from bot.playground.tmon.claim_factory import choose_reason, complete_claim_facts
from bot.playground.tmon.models import BuyerClaim, ClaimType, OrderedDeal, ParcelInvoice, PlacedOrder
from bot.playground.tmon.state import SHIPPED, Sandbox

_VISIBLE_AFTER = timedelta(minutes=30)
_UNSHIPPED = {"D1", "D2"}
_TAKEN = {"C1", "C2", "C3"}
"""States of claims of an order that is not chosen for another one of the kind."""


def buyer_cancels(
    sandbox: Sandbox,
    order_no: int | None = None,
    *,
    partner_id: str | None = None,
    deal_no: int | None = None,
    quantities: Mapping[int, int] | None = None,
) -> BuyerClaim | None:
    """Request a buyer's cancel: `buyer_claims` of kind C."""
    return buyer_claims(sandbox, "C", order_no, partner_id=partner_id, deal_no=deal_no, quantities=quantities)


def buyer_claims(
    sandbox: Sandbox,
    kind: ClaimType,
    order_no: int | None = None,
    *,
    partner_id: str | None = None,
    deal_no: int | None = None,
    quantities: Mapping[int, int] | None = None,
    reason: tuple[str, str | None] | None = None,
) -> BuyerClaim | None:
    """Request a claim about all that is left of a partner's deals in an order.

    `deal_no`: of one deal only; `quantities`: of these options (by number) in these quantities only; `reason`: its code
    and the buyer's words. What an open claim names already cannot be claimed again.

    Without `order_no`, a cancel takes the newest order with all deals in D1, other kinds the newest shipped one. None
    if there is nothing to claim: no such order, or its state does not allow it. Cancels are possible in D1 and D2, the
    other kinds from D3 on (docs/tmon-api.md, ch. 9.1). Raises ValueError if there are fewer than `quantities`.

    The claim is C1 and the deals keep their state until somebody decides: the seller through the API,
    `complete_claim`, or TMON itself at `BuyerClaim.deadline`. Within the first 30 minutes of an order a cancel is
    completed at once, and the order never shows in a list (docs/tmon-api.md, ch. 15).
    """
    for order in _claimable(sandbox, kind, order_no, partner_id):
        seller_id = partner_id or order.deals[0].partner_id
        lines = _claim_lines(sandbox, kind, order, seller_id, deal_no, quantities)
        if not lines:
            continue
        words = reason or choose_reason(kind, sandbox.rng)
        claim = add_claim(sandbox, kind, order, seller_id, lines, dict.fromkeys(lines, words))
        if kind == "C" and claim.requested_at - order.ordered_at < _VISIBLE_AFTER:
            complete_claim(sandbox, claim.claim_no)
        return claim
    return None


def add_claim(
    sandbox: Sandbox,
    kind: ClaimType,
    order: PlacedOrder,
    partner_id: str,
    lines: dict[int, dict[int, int]],
    reasons: dict[int, tuple[str, str | None]],
) -> BuyerClaim:
    """Add a claim (C1) about these quantities, requested now."""
    claim = BuyerClaim(
        claim_no=sandbox.new_claim_no(),
        order=order,
        partner_id=partner_id,
        kind=kind,
        status="C1",
        reasons=reasons,
        requested_at=sandbox.clock().replace(microsecond=0),
        lines=lines,
    )
    complete_claim_facts(claim, Random(f"claim {claim.claim_no}"))
    sandbox.claims[claim.claim_no] = claim
    order.claims.append(claim)
    return claim


def claimable(sandbox: Sandbox, kind: ClaimType, deal: OrderedDeal, order: PlacedOrder) -> dict[int, int]:
    """How many of each option (by number) of the deal no claim names yet; empty if its state does not allow claims."""
    if deal.status not in (_UNSHIPPED if kind == "C" else SHIPPED):
        return {}
    left = {option.option_no: option.qty for option in deal.open_options}
    for claim in order.claims:
        # a completed cancel has left the quantities already; what was sent back for good cannot be claimed again
        sent_back = claim.kind == "R" and claim.status == "C3"
        if (claim.kind == "C") == (kind == "C") and (claim.open or sent_back):
            for option_no, qty in claim.lines.get(deal.deal_no, {}).items():
                left[option_no] = left.get(option_no, 0) - qty
    return {option_no: qty for option_no, qty in left.items() if qty > 0}


def buyer_sends_back(sandbox: Sandbox, claim_no: int, invoice: ParcelInvoice | None = None) -> None:
    """Let the goods of a return or exchange leave the buyer (R1 → R2): the number of the parcel is known from now on."""
    returned_by(sandbox, _open_claim(sandbox, claim_no), invoice or sandbox.new_waybill())


def returned_by(sandbox: Sandbox, claim: BuyerClaim, invoice: ParcelInvoice) -> None:
    """Note the waybill by which the goods of a return or exchange come back."""
    if claim.return_invoice_at is None:
        claim.return_invoice_at = sandbox.clock().replace(microsecond=0)
    claim.return_invoice, claim.return_status = (
        invoice,
        "R2" if claim.return_status == "R1" else claim.return_status,
    )


def goods_come_back(sandbox: Sandbox, claim_no: int) -> None:
    """Let the returned goods arrive at the seller (R3)."""
    claim = _open_claim(sandbox, claim_no)
    if claim.return_invoice_at is None:
        buyer_sends_back(sandbox, claim_no)
    claim.return_status, claim.returned_at = "R3", sandbox.clock().replace(microsecond=0)


def complete_claim(sandbox: Sandbox, claim_no: int) -> None:
    """Complete an open claim (→ C3), as TMON's counsellors or somebody in the partner centre do.

    Quantities of a cancel leave the order and return to stock; deals without a quantity left are no longer shown.
    """
    end_claim(sandbox, _open_claim(sandbox, claim_no), "C3", sandbox.clock().replace(microsecond=0), "tmon")


def accept_claim(sandbox: Sandbox, claim_no: int) -> None:
    """Approve a requested claim (C1 → C2), as TMON's counsellors do; its completion follows."""
    claim = _open_claim(sandbox, claim_no)
    claim.status, claim.approved_at = "C2", sandbox.clock().replace(microsecond=0)


def reject_claim(sandbox: Sandbox, claim_no: int) -> None:
    """Reject an open claim (→ C9), as in the partner centre. A cancel's deals are on their way afterwards."""
    claim = _open_claim(sandbox, claim_no)
    if claim.kind == "C":
        ship_refused(sandbox, claim, sandbox.new_waybill())
    end_claim(sandbox, claim, "C9", sandbox.clock().replace(microsecond=0), "partner")


def withdraw_claim(sandbox: Sandbox, claim_no: int) -> None:
    """Withdraw an open claim (→ C8), as its buyer can; the order does not change."""
    end_claim(sandbox, _open_claim(sandbox, claim_no), "C8", sandbox.clock().replace(microsecond=0), "buyer")


def never_paid(sandbox: Sandbox, partner_id: str) -> BuyerClaim:
    """Add an order that was never paid: it is in no list, and its claim is C4."""
    order = sandbox.new_order(partner_id)
    lines = {d.deal_no: {o.option_no: o.qty for o in d.options} for d in order.deals_of(partner_id)}
    claim = add_claim(sandbox, "C", order, partner_id, lines, dict.fromkeys(lines, ("RCDa", None)))
    end_claim(sandbox, claim, "C3", claim.requested_at, "tmon")
    claim.status, claim.completed_at = "C4", None
    return claim


def settle_overdue_claims(sandbox: Sandbox) -> None:
    """Complete what nobody decided in time, as of its deadline (docs/tmon-api.md, ch. 10.6 to 10.8).

    A hold keeps TMON from deciding but moves no deadline: what is released after it is completed at once.
    """
    now = sandbox.clock()
    for claim in sandbox.claims.values():
        if not claim.open or claim.holding:
            continue
        due = claim.deadline
        if due is not None and now >= due:
            at = due if claim.released_at is None else max(due, claim.released_at)
            end_claim(sandbox, claim, "C3", at.astimezone(UTC), "tmon")


def ship_refused(sandbox: Sandbox, claim: BuyerClaim, invoice: ParcelInvoice) -> None:
    """Move the deals of a rejected cancel to D4: they had left by this waybill (docs/tmon-api.md, ch. 10.6)."""
    for deal in claim.deals:
        deal.status, deal.invoice, deal.updated_at = "D4", invoice, sandbox.clock()


def end_claim(
    sandbox: Sandbox,
    claim: BuyerClaim,
    status: Literal["C3", "C8", "C9"],
    at: datetime,
    by: Literal["partner", "tmon", "buyer"],
    reason: tuple[str, str | None] | None = None,
) -> None:
    """End an open claim; `reason` is that of the decision, by default the requester's."""
    claim.status, claim.decided_by, claim.holding = status, by, False
    if status == "C8":
        return
    claim.approval_reason = reason or next(iter(claim.reasons.values()))
    if status == "C9":
        return
    claim.approved_at, claim.completed_at = claim.approved_at or at, at
    if claim.kind == "C":
        for deal in claim.deals:
            taken = claim.lines[deal.deal_no]
            for option in deal.options:
                sandbox.set_quantity(deal, option, max(0, option.qty - taken.get(option.option_no, 0)))
            deal.updated_at = at


def _claimable(sandbox: Sandbox, kind: ClaimType, order_no: int | None, partner_id: str | None) -> list[PlacedOrder]:
    if order_no is not None:
        return [sandbox.orders[order_no]]
    found = []
    for order in sandbox.orders.values():
        states = {deal.status for deal in order.deals_of(partner_id or order.deals[0].partner_id)}
        fits = states <= ({"D1"} if kind == "C" else {"D4", "D5"})
        taken = any(claim.kind == kind and claim.status in _TAKEN for claim in order.claims)
        if states and fits and not taken:
            found.append(order)
    return sorted(found, key=lambda order: (order.ordered_at, order.order_no), reverse=True)


def _claim_lines(
    sandbox: Sandbox,
    kind: ClaimType,
    order: PlacedOrder,
    partner_id: str,
    deal_no: int | None,
    quantities: Mapping[int, int] | None,
) -> dict[int, dict[int, int]]:
    lines = {}
    for deal in order.deals_of(partner_id):
        left = claimable(sandbox, kind, deal, order)
        if deal_no not in (None, deal.deal_no) or not left:
            continue
        if quantities is None:
            lines[deal.deal_no] = left
        elif chosen := {no: qty for no, qty in quantities.items() if no in {o.option_no for o in deal.options}}:
            if any(qty > left.get(option_no, 0) for option_no, qty in chosen.items()):
                raise ValueError(f"only {left} left to claim")
            lines[deal.deal_no] = chosen
    return lines


def _open_claim(sandbox: Sandbox, claim_no: int) -> BuyerClaim:
    claim = sandbox.claims[claim_no]
    if not claim.open:
        raise ValueError(f"claim {claim_no} is {claim.status}, not C1")
    return claim
