"""State of the sandbox, and what happens to orders outside of the API."""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random

from bot.playground.tmon.buyers import BuyerGenerator
from bot.playground.tmon.call_log import CallPhase, LoggedCall
from bot.playground.tmon.deal_listings import Listing, sellable_listings
from bot.playground.tmon.faults import Faults
from bot.playground.tmon.models import (
    AddressBookEntry,
    BuyerClaim,
    BuyerQuestion,
    BuyerReview,
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
from bot.playground.tmon.pictures import draw_picture
from bot.playground.tmon.settlement_factory import row_of_return, row_of_sale
from bot.playground.tmon.tokens import Tokens
from tmon.clock import Clock, system_clock

_KEPT_CALLS = 20_000
_DEAL_CALLS, _DEAL_CALLS_SPAN = 10, timedelta(minutes=20)
SHIPPED = {"D3", "D4", "D5"}
"""States of what has a waybill."""


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
        self.deal_calls: dict[str, list[datetime]] = {}
        """By `Listing.limit_key`: times of calls that count towards the limit of 10 in 20 minutes (docs/tmon-api.md, ch. 8.2)."""
        self.forbidden_words: set[str] = {"금칙어"}
        """Words that no deal, answer to a question or reply to a review may contain."""
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
        self.rng = Random(f"orders {seed}")
        self._buyers = BuyerGenerator(self.rng)
        self._next_order_no = 9100200301
        self._next_claim_no = 550001234
        self._next_delivery_no = 880011001
        self._next_waybill_no = 600100200300

    def calls_of(self, name: str) -> list[LoggedCall]:
        """Calls of this name, oldest first."""
        return [call for call in self.calls if call.name == name]

    def picture(self, url: str) -> bytes | None:
        """What a picture's address shows: an SVG with the title of its deal, or the name of its file. None: no answer."""
        if self.faults.picture_is_silent(url):
            return None
        titles = (listing.title for listing in self.deals.values() if url in listing.pictures)
        return draw_picture(url, next(titles, url.rpartition("/")[2]))

    def count_deal_call(self, key: str) -> bool:
        """Count a call that registers or changes a deal. False beyond the limit; such a call does not count."""
        now = self.clock()
        recent = [at for at in self.deal_calls.get(key, ()) if now - at < _DEAL_CALLS_SPAN]
        if len(recent) >= _DEAL_CALLS:
            return False
        self.deal_calls[key] = [*recent, now]
        return True

    def use_up_deal_calls(self, partner_id: str) -> None:
        """Let all the calls be made that the partner's deals allow in 20 minutes."""
        for listing in self.deals.values():
            if listing.partner_id == partner_id:
                while self.count_deal_call(listing.limit_key):
                    pass

    def has_forbidden_word(self, text: str) -> bool:
        """Whether TMON refuses the text for one of its words."""
        return any(word in text for word in self.forbidden_words)

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
        wanted = deals or self.rng.choices((1, 2, 3), (6, 3, 1))[0]
        sellers = {partner_id: wanted} if shared_with is None else {partner_id: wanted, shared_with: 1}
        shelves = {
            seller_id: sellable_listings(self.partners[seller_id], self.deals, self.clock()) for seller_id in sellers
        }
        picked = {
            seller_id: choose_deals(shelves[seller_id], n, order.ordered_at, self.rng)
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
        chosen = ChosenDeal(listing, [order_line(listing, option, qty, self.rng)])
        self._add_deals(order, self.partners[listing.partner_id], [chosen])
        return order

    def _add_deals(self, order: PlacedOrder, seller: Partner, chosen: list[ChosenDeal]) -> None:
        order.deals += build_deals(chosen, order, self._delivery_no, self.rng, self._buyers)
        seller.orders.append(order)
        self.orders[order.order_no] = order

    def _empty_order(self, ordered_at: datetime | None) -> PlacedOrder:
        rng = self.rng
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
                if status in SHIPPED and deal.invoice is None:
                    deal.invoice = self.new_waybill()

    def new_claim_no(self) -> int:
        """The number of a claim that nobody has made before."""
        number = self._next_claim_no
        self._next_claim_no += self.rng.randint(1, 5)
        return number

    def new_waybill(self) -> ParcelInvoice:
        """The number of a parcel that nobody has sent before."""
        self._next_waybill_no += 1
        return ParcelInvoice("10001", str(self._next_waybill_no))

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

    def set_quantity(self, deal: OrderedDeal, option: OrderedOption, qty: int) -> None:
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
        self.set_quantity(deal, option, option.qty + 1 if qty is None else qty)
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
