"""State of the sandbox, and events outside of the API: orders and cancels."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from bot.playground.tmon.buyers import BuyerGenerator
from bot.playground.tmon.call_log import CallPhase, LoggedCall
from bot.playground.tmon.claim_factory import choose_reason, complete_claim_facts
from bot.playground.tmon.deal_listings import Listing, sellable_listings
from bot.playground.tmon.faults import Faults
from bot.playground.tmon.models import (
    AddressBookEntry,
    BuyerClaim,
    BuyerQuestion,
    BuyerReview,
    ClaimType,
    CsCase,
    OrderedDeal,
    OrderedOption,
    ParcelInvoice,
    Partner,
    PlacedOrder,
    SettledRow,
    StoredTemplate,
    Vendor,
)
from bot.playground.tmon.order_factory import ChosenDeal, build_deals, choose_deals, order_line
from bot.playground.tmon.settlement_factory import row_of_return, row_of_sale
from bot.playground.tmon.tokens import Tokens
from tmon.clock import Clock, system_clock

_KEPT_CALLS = 20_000
_VISIBLE_AFTER = timedelta(minutes=30)
_UNSHIPPED = {"D1", "D2"}
_SHIPPED = {"D3", "D4", "D5"}
_TAKEN = {"C1", "C2", "C3"}
"""States of claims of an order that is not chosen for another one of the kind."""


class Sandbox:
    """Vendors, partners, deals, orders and claims in memory, for one event loop; `serve` serves it over HTTP.

    Deterministic: randomness comes from `seed`, time from `clock`.
    """

    def __init__(self, clock: Clock = system_clock, *, seed: int = 1) -> None:
        self.clock = clock
        self.vendors: dict[str, Vendor] = {}
        """By client id."""
        self.partners: dict[str, Partner] = {}
        """By partner id."""
        self.orders: dict[int, PlacedOrder] = {}
        """By order number."""
        self.claims: dict[int, BuyerClaim] = {}
        """By claim number."""
        self.refund_hold = False
        """Whether returns can be put on hold; it is not known whether TMON offers it (docs/tmon-api.md, ch. 17)."""
        self.unknown_waybills: set[str] = set()
        """Numbers that no carrier knows, however right they look."""
        self.addresses: dict[int, AddressBookEntry] = {}
        """By address number."""
        self.templates: dict[int, StoredTemplate] = {}
        """By template number."""
        self.deals: dict[int, Listing] = {}
        """By TMON's deal number."""
        self.questions: dict[int, BuyerQuestion] = {}
        """By article number."""
        self.cs_inquiries: dict[int, CsCase] = {}
        """By inquiry number."""
        self.reviews: dict[int, BuyerReview] = {}
        """By review number."""
        self.forbidden_words: set[str] = set()
        """Words that no reply to a review may contain."""
        self.settlement: dict[str, SettledRow] = {}
        """By `txSeqNo`; `settle` adds what is to be settled."""
        self.unsettled: set[int] = set()
        """Numbers of orders whose settlement is late."""
        self.calls: deque[LoggedCall] = deque(maxlen=_KEPT_CALLS)
        """Received calls, oldest first."""
        self.on_call: Callable[[LoggedCall, CallPhase], Awaitable[None]] | None = None
        """Awaited when a call was received and again when its response was written."""
        self.tokens = Tokens(clock, Random(f"tokens {seed}"))
        self.faults = Faults(self.tokens)
        self._rng = Random(f"orders {seed}")
        self._buyers = BuyerGenerator(self._rng)
        self._next_order_no = 9100200301
        self._next_claim_no = 550001234
        self._next_delivery_no = 880011001
        self._next_waybill_no = 600100200300

    def calls_of(self, name: str) -> list[LoggedCall]:
        """Calls of this name, oldest first."""
        return [call for call in self.calls if call.name == name]

    @property
    def repeated_templates(self) -> list[StoredTemplate]:
        """Templates with the same policy as an earlier one of the partner, whatever their name (docs/tmon-api.md, ch. 7.2)."""
        terms = [(template.partner_id, template.policy) for template in self.templates.values()]
        return [template for n, template in enumerate(self.templates.values()) if terms[n] in terms[:n]]

    def new_order(
        self,
        partner_id: str,
        *,
        ordered_at: datetime | None = None,
        deals: int | None = None,
        shared_with: str | None = None,
    ) -> PlacedOrder:
        """Create an order, paid by card.

        `ordered_at`: by default 31 minutes ago, so that lists show it at once. `deals`: number of deals, by default one to
        three. `shared_with`: a second partner with one deal in the same order. Only deals on sale are ordered. Raises
        NothingOnSale.
        """
        order = self._empty_order(ordered_at)
        wanted = deals or self._rng.choices((1, 2, 3), (6, 3, 1))[0]
        sellers = {partner_id: wanted} if shared_with is None else {partner_id: wanted, shared_with: 1}
        shelves = {
            seller_id: sellable_listings(self.partners[seller_id], self.deals, self.clock()) for seller_id in sellers
        }
        picked = {
            seller_id: choose_deals(shelves[seller_id], n, order.ordered_at, self._rng)
            for seller_id, n in sellers.items()
        }
        for seller_id, chosen in picked.items():
            self._add_deals(order, self.partners[seller_id], chosen)
        return order

    def sell(self, option_no: int, qty: int = 1, *, ordered_at: datetime | None = None) -> PlacedOrder:
        """Create an order of `qty` of one option. `ordered_at`: by default now, so that lists show it in 30 minutes.

        Raises ValueError if it is not on sale or the stock is too low.
        """
        listing = next(listing for listing in self.deals.values() if option_no in listing.options)
        option = listing.options[option_no]
        order = self._empty_order(ordered_at or self.clock())
        if option not in listing.for_sale(order.ordered_at) or qty > option.stock:
            raise ValueError(f"option {option_no} cannot be ordered {qty} times")
        chosen = ChosenDeal(listing, [order_line(listing, option, qty, self._rng)])
        self._add_deals(order, self.partners[listing.partner_id], [chosen])
        return order

    def _add_deals(self, order: PlacedOrder, seller: Partner, chosen: list[ChosenDeal]) -> None:
        order.deals += build_deals(chosen, order, self._delivery_no, self._rng, self._buyers)
        seller.orders.append(order)
        self.orders[order.order_no] = order

    def _empty_order(self, ordered_at: datetime | None) -> PlacedOrder:
        rng = self._rng
        ordered_at = (ordered_at or self.clock() - timedelta(minutes=31)).replace(microsecond=0)
        deposited_at = min(ordered_at + timedelta(seconds=rng.randint(4, 50)), max(self.clock(), ordered_at))
        address = self._buyers.address()
        buyer = self._buyers.buyer()
        for_oneself = rng.random() < 0.8
        with_safety_number = rng.random() < 0.4
        order = PlacedOrder(
            order_no=self._next_order_no,
            buyer=buyer,
            receiver_name=buyer.name if for_oneself else self._buyers.name(),
            receiver_phone=self._buyers.safety_number() if with_safety_number else self._buyers.mobile(),
            address=address,
            ordered_at=ordered_at,
            deposited_at=deposited_at,
            deals=[],
            delivery_memo=self._buyers.memo(),
            additional_message="" if rng.random() < 0.3 else None,
            safety_phone_until=ordered_at + timedelta(days=60) if with_safety_number else None,
        )
        self._next_order_no += rng.randint(1, 9)
        return order

    def new_orders(self, partner_id: str, count: int) -> list[PlacedOrder]:
        """Create `count` orders, 3 seconds apart, the last one 31 minutes ago; oldest first."""
        last = self.clock() - timedelta(minutes=31)
        return [
            self.new_order(partner_id, ordered_at=last - timedelta(seconds=3 * before))
            for before in reversed(range(count))
        ]

    def _delivery_no(self) -> str:
        self._next_delivery_no += 1
        return str(self._next_delivery_no)

    def move_to(self, order_no: int, status: str) -> None:
        """Set the state (D1..D5) of all deals of an order that are not cancelled, as TMON or a carrier does.

        What is on its way gets a waybill, unless it has one.
        """
        for deal in self.orders[order_no].deals:
            if not deal.cancelled:
                deal.status, deal.updated_at = status, self.clock()
                if status in _SHIPPED and deal.invoice is None:
                    deal.invoice = self._waybill()

    def carrier_collects(self, partner_id: str) -> int:
        """Let the carriers fetch everything that waits: parcels to buyers (D3 → D4) and goods that come back (R1 → R2).

        From then on a waybill cannot be changed, and the number of a returned parcel is known. Returns how many moved.
        """
        moved = self._scan(partner_id, "D3", "D4")
        for claim in self._coming_back(partner_id, "R1"):
            if claim.return_invoice is not None:
                self.buyer_sends_back(claim.claim_no)
                moved += 1
        return moved

    def carrier_delivers(self, partner_id: str) -> int:
        """Let everything on its way arrive: at buyers (D4 → D5), and returned goods at the seller (R2 → R3)."""
        moved = self._scan(partner_id, "D4", "D5")
        for claim in self._coming_back(partner_id, "R2"):
            self.goods_come_back(claim.claim_no)
            moved += 1
        return moved

    def _scan(self, partner_id: str, status: str, then: str) -> int:
        deals = [
            deal
            for order in self.partners[partner_id].orders
            for deal in order.deals_of(partner_id)
            if deal.status == status
        ]
        for deal in deals:
            deal.status, deal.updated_at = then, self.clock()
        return len(deals)

    def _coming_back(self, partner_id: str, status: str) -> list[BuyerClaim]:
        return [
            claim
            for claim in self.claims.values()
            if claim.partner_id == partner_id and claim.open and claim.return_status == status
        ]

    def _waybill(self) -> ParcelInvoice:
        self._next_waybill_no += 1
        return ParcelInvoice("10001", str(self._next_waybill_no))

    def buyer_cancels(
        self,
        order_no: int | None = None,
        *,
        partner_id: str | None = None,
        deal_no: int | None = None,
        quantities: Mapping[int, int] | None = None,
    ) -> BuyerClaim | None:
        """Request a buyer's cancel: `buyer_claims` of kind C."""
        return self.buyer_claims("C", order_no, partner_id=partner_id, deal_no=deal_no, quantities=quantities)

    def buyer_claims(
        self,
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
        for order in self._claimable(kind, order_no, partner_id):
            seller_id = partner_id or order.deals[0].partner_id
            lines = self._claim_lines(kind, order, seller_id, deal_no, quantities)
            if not lines:
                continue
            words = reason or choose_reason(kind, self._rng)
            claim = self.add_claim(kind, order, seller_id, lines, dict.fromkeys(lines, words))
            if kind == "C" and claim.requested_at - order.ordered_at < _VISIBLE_AFTER:
                self.complete_claim(claim.claim_no)
            return claim
        return None

    def add_claim(
        self,
        kind: ClaimType,
        order: PlacedOrder,
        partner_id: str,
        lines: dict[int, dict[int, int]],
        reasons: dict[int, tuple[str, str | None]],
    ) -> BuyerClaim:
        """Add a claim (C1) about these quantities, requested now."""
        claim = BuyerClaim(
            claim_no=self._next_claim_no,
            order=order,
            partner_id=partner_id,
            kind=kind,
            status="C1",
            reasons=reasons,
            requested_at=self.clock().replace(microsecond=0),
            lines=lines,
        )
        complete_claim_facts(claim, Random(f"claim {claim.claim_no}"))
        self._next_claim_no += self._rng.randint(1, 5)
        self.claims[claim.claim_no] = claim
        order.claims.append(claim)
        return claim

    def _claimable(self, kind: ClaimType, order_no: int | None, partner_id: str | None) -> list[PlacedOrder]:
        if order_no is not None:
            return [self.orders[order_no]]
        found = []
        for order in self.orders.values():
            states = {deal.status for deal in order.deals_of(partner_id or order.deals[0].partner_id)}
            fits = states <= ({"D1"} if kind == "C" else {"D4", "D5"})
            taken = any(claim.kind == kind and claim.status in _TAKEN for claim in order.claims)
            if states and fits and not taken:
                found.append(order)
        return sorted(found, key=lambda order: (order.ordered_at, order.order_no), reverse=True)

    def claimable(self, kind: ClaimType, deal: OrderedDeal, order: PlacedOrder) -> dict[int, int]:
        """How many of each option (by number) of the deal no claim names yet; empty if its state does not allow claims."""
        if deal.status not in (_UNSHIPPED if kind == "C" else _SHIPPED):
            return {}
        left = {option.option_no: option.qty for option in deal.open_options}
        for claim in order.claims:
            # a completed cancel has left the quantities already; what was sent back for good cannot be claimed again
            sent_back = claim.kind == "R" and claim.status == "C3"
            if (claim.kind == "C") == (kind == "C") and (claim.open or sent_back):
                for option_no, qty in claim.lines.get(deal.deal_no, {}).items():
                    left[option_no] = left.get(option_no, 0) - qty
        return {option_no: qty for option_no, qty in left.items() if qty > 0}

    def _claim_lines(
        self,
        kind: ClaimType,
        order: PlacedOrder,
        partner_id: str,
        deal_no: int | None,
        quantities: Mapping[int, int] | None,
    ) -> dict[int, dict[int, int]]:
        lines = {}
        for deal in order.deals_of(partner_id):
            left = self.claimable(kind, deal, order)
            if deal_no not in (None, deal.deal_no) or not left:
                continue
            if quantities is None:
                lines[deal.deal_no] = left
            elif chosen := {no: qty for no, qty in quantities.items() if no in {o.option_no for o in deal.options}}:
                if any(qty > left.get(option_no, 0) for option_no, qty in chosen.items()):
                    raise ValueError(f"only {left} left to claim")
                lines[deal.deal_no] = chosen
        return lines

    def buyer_sends_back(self, claim_no: int, invoice: ParcelInvoice | None = None) -> None:
        """Let the goods of a return or exchange leave the buyer (R1 → R2): the number of the parcel is known from now on."""
        self.returned_by(self._open_claim(claim_no), invoice or self._waybill())

    def returned_by(self, claim: BuyerClaim, invoice: ParcelInvoice) -> None:
        """Note the waybill by which the goods of a return or exchange come back."""
        if claim.return_invoice_at is None:
            claim.return_invoice_at = self.clock().replace(microsecond=0)
        claim.return_invoice, claim.return_status = (
            invoice,
            "R2" if claim.return_status == "R1" else claim.return_status,
        )

    def goods_come_back(self, claim_no: int) -> None:
        """Let the returned goods arrive at the seller (R3)."""
        claim = self._open_claim(claim_no)
        if claim.return_invoice_at is None:
            self.buyer_sends_back(claim_no)
        claim.return_status, claim.returned_at = "R3", self.clock().replace(microsecond=0)

    def complete_claim(self, claim_no: int) -> None:
        """Complete an open claim (→ C3), as TMON's counsellors or somebody in the partner centre do.

        Quantities of a cancel leave the order and return to stock; deals without a quantity left are no longer shown.
        """
        self.end_claim(self._open_claim(claim_no), "C3", self.clock().replace(microsecond=0), "tmon")

    def accept_claim(self, claim_no: int) -> None:
        """Approve a requested claim (C1 → C2), as TMON's counsellors do; its completion follows."""
        claim = self._open_claim(claim_no)
        claim.status, claim.approved_at = "C2", self.clock().replace(microsecond=0)

    def reject_claim(self, claim_no: int) -> None:
        """Reject an open claim (→ C9), as in the partner centre. A cancel's deals are on their way afterwards."""
        claim = self._open_claim(claim_no)
        if claim.kind == "C":
            self.ship_refused(claim, self._waybill())
        self.end_claim(claim, "C9", self.clock().replace(microsecond=0), "partner")

    def withdraw_claim(self, claim_no: int) -> None:
        """Withdraw an open claim (→ C8), as its buyer can; the order does not change."""
        self.end_claim(self._open_claim(claim_no), "C8", self.clock().replace(microsecond=0), "buyer")

    def never_paid(self, partner_id: str) -> BuyerClaim:
        """Add an order that was never paid: it is in no list, and its claim is C4."""
        order = self.new_order(partner_id)
        lines = {d.deal_no: {o.option_no: o.qty for o in d.options} for d in order.deals_of(partner_id)}
        claim = self.add_claim("C", order, partner_id, lines, dict.fromkeys(lines, ("RCDa", None)))
        self.end_claim(claim, "C3", claim.requested_at, "tmon")
        claim.status, claim.completed_at = "C4", None
        return claim

    def settle(self, partner_id: str) -> list[SettledRow]:
        """Settle what the partner's buyers received and sent back by now; return all rows of the partner."""
        partner = self.partners[partner_id]
        for order in partner.orders:
            if order.order_no in self.unsettled:
                continue
            for deal in order.deals_of(partner_id):
                for option in deal.open_options if deal.status == "D5" else ():
                    row = row_of_sale(partner, order, deal, option)
                    self.settlement.setdefault(row.tx_no, row)
            for claim in order.claims:
                if claim.kind != "R" or claim.completed_at is None or claim.partner_id != partner_id:
                    continue
                for deal in claim.deals:
                    for option in deal.options:
                        if claim.lines[deal.deal_no].get(option.option_no):
                            row = row_of_return(partner, claim, deal, option, claim.completed_at)
                            self.settlement.setdefault(row.tx_no, row)
        return [row for row in self.settlement.values() if row.partner_id == partner_id]

    def settle_overdue_claims(self) -> None:
        """Complete what nobody decided in time, as of its deadline (docs/tmon-api.md, ch. 10.6 to 10.8).

        A hold keeps TMON from deciding but moves no deadline: what is released after it is completed at once.
        """
        now = self.clock()
        for claim in self.claims.values():
            if not claim.open or claim.holding:
                continue
            due = claim.deadline
            if due is not None and now >= due:
                at = due if claim.released_at is None else max(due, claim.released_at)
                self.end_claim(claim, "C3", at.astimezone(UTC), "tmon")

    def _open_claim(self, claim_no: int) -> BuyerClaim:
        claim = self.claims[claim_no]
        if not claim.open:
            raise ValueError(f"claim {claim_no} is {claim.status}, not C1")
        return claim

    def ship_refused(self, claim: BuyerClaim, invoice: ParcelInvoice) -> None:
        """Move the deals of a rejected cancel to D4: they had left by this waybill (docs/tmon-api.md, ch. 10.6)."""
        for deal in claim.deals:
            deal.status, deal.invoice, deal.updated_at = "D4", invoice, self.clock()

    def end_claim(
        self,
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
                    self._set_quantity(deal, option, max(0, option.qty - taken.get(option.option_no, 0)))
                deal.updated_at = at

    def _set_quantity(self, deal: OrderedDeal, option: OrderedOption, qty: int) -> None:
        """Change an ordered quantity and the stock by the difference. Raises ValueError if the stock is too low."""
        listing = self.deals.get(deal.deal_no)
        if listing is not None and listing.partner_id == deal.partner_id:
            listed = listing.options[option.option_no]
            if qty - option.qty > listed.stock:
                raise ValueError(f"only {listed.stock} left of option {option.option_no}")
            listed.stock -= qty - option.qty
        option.qty = qty

    def change_address(self, order_no: int) -> None:
        """Change the shipping address, as the buyer can until a deal is confirmed. Raises ValueError afterwards."""
        order = self._unconfirmed(order_no)
        old = order.address
        while order.address == old:
            order.address = self._buyers.address()
        self._touch(order)

    def change_quantity(self, order_no: int, qty: int | None = None) -> None:
        """Set the first option's quantity to `qty` (by default one more), as the buyer can until it is confirmed.

        Raises ValueError afterwards, or if the stock is too low.
        """
        order = self._unconfirmed(order_no)
        deal, option = next((deal, option) for deal in order.deals for option in deal.open_options)
        self._set_quantity(deal, option, option.qty + 1 if qty is None else qty)
        self._touch(order)

    def _unconfirmed(self, order_no: int) -> PlacedOrder:
        order = self.orders[order_no]
        live = [deal for deal in order.deals if not deal.cancelled]
        if not live or any(deal.status != "D1" for deal in live):
            raise ValueError(f"order {order_no} is no longer wholly in D1")
        return order

    def _touch(self, order: PlacedOrder) -> None:
        for deal in order.deals:
            deal.updated_at = self.clock()

    def revoke_key(self, partner_id: str) -> None:
        """Revoke the partner's API key."""
        self.faults.reject_partners.add(partner_id)

    def restore_key(self, partner_id: str) -> None:
        """Restore the partner's API key."""
        self.faults.reject_partners.discard(partner_id)
