"""Scans of the carriers: parcels to buyers, and goods that come back."""

from bot.playground.tmon.claim_events import buyer_sends_back, goods_come_back
from bot.playground.tmon.models import BuyerClaim
from bot.playground.tmon.state import Sandbox


def carrier_collects(sandbox: Sandbox, partner_id: str) -> int:
    """Let the carriers fetch everything that waits: parcels to buyers (D3 → D4) and goods that come back (R1 → R2).

    From then on a waybill cannot be changed, and the number of a returned parcel is known. Returns how many moved.
    """
    moved = _scan(sandbox, partner_id, "D3", "D4")
    for claim in _coming_back(sandbox, partner_id, "R1"):
        if claim.return_invoice is not None:
            buyer_sends_back(sandbox, claim.claim_no)
            moved += 1
    return moved


def carrier_delivers(sandbox: Sandbox, partner_id: str) -> int:
    """Let everything on its way arrive: at buyers (D4 → D5), and returned goods at the seller (R2 → R3)."""
    moved = _scan(sandbox, partner_id, "D4", "D5")
    for claim in _coming_back(sandbox, partner_id, "R2"):
        goods_come_back(sandbox, claim.claim_no)
        moved += 1
    return moved


def _scan(sandbox: Sandbox, partner_id: str, status: str, then: str) -> int:
    deals = [
        deal
        for order in sandbox.partners[partner_id].orders
        for deal in order.deals_of(partner_id)
        if deal.status == status
    ]
    for deal in deals:
        deal.status, deal.updated_at = then, sandbox.clock()
    return len(deals)


def _coming_back(sandbox: Sandbox, partner_id: str, status: str) -> list[BuyerClaim]:
    return [
        claim
        for claim in sandbox.claims.values()
        if claim.partner_id == partner_id and claim.open and claim.return_status == status
    ]
