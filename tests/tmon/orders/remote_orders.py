"""TMON's side of orders in memory, and a process that can die at any of its calls and commits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tests.clock import MovableClock
from tmon import api
from tmon.api import Claim, ClaimDeal, ClaimKind, ClaimOption, ClaimStatus, DeliveryStatus
from tmon.api.errors import ALREADY_IN_THAT_STATE
from tmon.database import Database
from tmon.orders.mapping import SHIPPED

VISIBLE_AFTER = timedelta(minutes=31)
DEALS = (7701, 7702, 7703)
"""Every order takes the first of them, or the first two, or all."""
OPTIONS = (1, 2)
"""Options of every deal."""
CALL = "orders.simulated"

Lines = dict[int, dict[int, int]]
"""Quantities by deal and option."""


class Died(BaseException):
    """The process is gone: nothing that it does from here on takes effect."""


@dataclass
class Life:
    """One process. It dies at its `dies_at`-th call or commit, before or after it took effect."""

    dies_at: int | None = None
    moments: int = 0
    dead: bool = False

    def tick(self) -> None:
        """Pass one of the moments at which a process can die. Raises Died from the fatal one on."""
        self.moments += 1
        if self.dies_at is not None and self.moments >= self.dies_at:
            self.dead = True
        if self.dead:
            raise Died

    def reset(self, dies_at: int | None) -> None:
        """Count from here to the moment of death; None: it lives on."""
        self.moments, self.dies_at = 0, dies_at


class MortalDatabase(Database):
    """A database whose transactions never happen once the process is dead."""

    def __init__(self, database: Database, life: Life) -> None:
        super().__init__(database.engine)
        self._life = life

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction; the process can die right before and right after its commit."""
        async with super().write() as session:
            yield session
            self._life.tick()
        self._life.tick()


@dataclass
class RemoteDeal:
    """A deal of an order at TMON."""

    number: int
    options: dict[int, int]
    status: DeliveryStatus = DeliveryStatus.D1
    cancelled: set[int] = field(default_factory=set)
    """Options that a completed cancel took out as a whole."""
    confirmed_by_us: bool = False
    came_back: bool = False
    """It was sent back and refunded."""

    @property
    def live(self) -> bool:
        """Whether anything of it is left."""
        return any(quantity and number not in self.cancelled for number, quantity in self.options.items())


@dataclass
class RemoteClaim:
    """A buyer's cancel or return."""

    lines: Lines
    requested_at: datetime
    status: ClaimStatus = ClaimStatus.C1
    kind: ClaimKind = ClaimKind.CANCEL


@dataclass
class RemoteOrder:
    """An order at TMON, with every cancel of it."""

    number: int
    ordered_at: datetime
    deals: list[RemoteDeal]
    address: int = 1
    claims: list[RemoteClaim] = field(default_factory=list)
    confirmed_elsewhere: bool = False

    @property
    def live(self) -> list[RemoteDeal]:
        """Deals of which something is left."""
        return [deal for deal in self.deals if deal.live]

    @property
    def open_claim(self) -> RemoteClaim | None:
        """The cancel request that is not decided, if there is one."""
        return next((claim for claim in self.claims if claim.status is ClaimStatus.C1), None)


@dataclass
class Faults:
    """What goes wrong during one action."""

    confirmations: list[str] = field(default_factory=list)
    """What becomes of its confirmations, one after the other; the rest succeed. `lost`: no answer, and no effect;
    `lost after`: no answer, but it took effect."""
    silent_from: int | None = None
    """From this call on nothing is answered, and nothing takes effect."""
    calls: int = 0


class RemoteShop:
    """One store's orders at TMON. It is the client of the store as well: `orders` and `claims` of the API."""

    def __init__(self, clock: MovableClock, *, lists_cancelled: bool, lists_parts: bool) -> None:
        """Two things that TMON's documents leave open, so that both are tried.

        `lists_cancelled`: what is cancelled before its confirmation is still listed as new, with its quantities.
        `lists_parts`: a list of one state shows only those deals of an order that are in that state.
        """
        self.clock = clock
        self.lists_cancelled = lists_cancelled
        self.lists_parts = lists_parts
        self.by_number: dict[int, RemoteOrder] = {}
        self.faults = Faults()
        self.life = Life()
        self.repeated: list[tuple[int, int]] = []
        """Confirmations that were sent although an earlier one of the deal had taken effect."""
        self.sent: Counter[tuple[int, int]] = Counter()

    @property
    def orders(self) -> "RemoteShop":
        """The client's orders."""
        return self

    @property
    def claims(self) -> "RemoteClaims":
        """The client's claims."""
        return RemoteClaims(self)

    def for_store(self, _: object) -> "RemoteShop":
        """The client of the only store."""
        return self

    # What happens at TMON.

    def place(self, deals: int) -> None:
        """Place an order that lists show at once."""
        number = 9100 + len(self.by_number)
        lines = [RemoteDeal(deal_no, dict.fromkeys(OPTIONS, 2)) for deal_no in DEALS[:deals]]
        self.by_number[number] = RemoteOrder(number, self.clock() - VISIBLE_AFTER, lines)

    def confirm_elsewhere(self, order: RemoteOrder, position: int | None) -> None:
        """Confirm one deal, or all of them, at TMON's own pages."""
        for deal in order.live if position is None else order.live[position : position + 1]:
            if deal.status is DeliveryStatus.D1:
                deal.status, order.confirmed_elsewhere = DeliveryStatus.D2, True

    def ship(self, order: RemoteOrder, status: DeliveryStatus) -> None:
        """Ship or deliver what is confirmed as a whole and not about to be cancelled. What was sent back goes no further."""
        if order.live and order.open_claim is None and all(deal.status != "D1" for deal in order.live):
            for deal in order.live:
                if not deal.came_back:
                    deal.status = max(deal.status, status)

    def give_back(self, order: RemoteOrder, part: str) -> None:
        """Complete a return of all that was shipped, or of the first deal of it."""
        shipped = [deal for deal in order.live if deal.status in SHIPPED and not deal.came_back]
        for deal in shipped if part == "order" else shipped[:1]:
            deal.came_back = True
            pieces = {no: quantity for no, quantity in deal.options.items() if quantity and no not in deal.cancelled}
            claim = RemoteClaim({deal.number: pieces}, self.clock(), ClaimStatus.C3, ClaimKind.RETURN)
            order.claims.append(claim)

    def change_address(self, order: RemoteOrder) -> None:
        """Move the buyer, who can until a deal is confirmed."""
        if all(deal.status == "D1" for deal in order.live):
            order.address += 1

    def change_quantity(self, order: RemoteOrder) -> None:
        """Add a piece, as the buyer can until a deal is confirmed."""
        if order.live and order.open_claim is None and all(deal.status == "D1" for deal in order.live):
            option = next(no for no, quantity in order.live[0].options.items() if quantity)
            if not self.lists_cancelled:
                order.live[0].options[option] += 1

    def ask_to_cancel(self, order: RemoteOrder, part: str) -> None:
        """Request the cancel of all, or of the first deal, its first option, or one piece of that."""
        if not order.live or order.open_claim or any(deal.status not in ("D1", "D2") for deal in order.live):
            return
        open_lines = {
            deal.number: {no: n for no, n in deal.options.items() if n and no not in deal.cancelled}
            for deal in order.live
        }
        if part != "order":
            first = next(iter(open_lines))
            open_lines = {first: open_lines[first]}
        if part in ("option", "piece"):
            option, quantity = next(iter(open_lines[first].items()))
            open_lines = {first: {option: 1 if part == "piece" and not self.lists_cancelled else quantity}}
        order.claims.append(RemoteClaim(open_lines, self.clock()))

    def complete_cancel(self, order: RemoteOrder) -> None:
        """Complete the open request: what it names leaves the order, unless TMON goes on listing it as new."""
        if (claim := order.open_claim) is None:
            return
        claim.status = ClaimStatus.C3
        for deal in order.deals:
            for option, quantity in claim.lines.get(deal.number, {}).items():
                if deal.options[option] == quantity:
                    deal.cancelled.add(option)
                if deal.options[option] != quantity or not self._goes_on_listing(deal):
                    deal.options[option] -= quantity

    def withdraw_cancel(self, order: RemoteOrder) -> None:
        """Withdraw the open request."""
        if (claim := order.open_claim) is not None:
            claim.status = ClaimStatus.C8

    def _goes_on_listing(self, deal: RemoteDeal) -> bool:
        return self.lists_cancelled and deal.status is DeliveryStatus.D1

    # What the client asks.

    async def call(self) -> None:
        """Receive a call. Raises what becomes of it before it takes effect."""
        self.life.tick()
        await asyncio.sleep(0)
        self.faults.calls += 1
        if self.faults.silent_from is not None and self.faults.calls >= self.faults.silent_from:
            raise api.Unavailable(CALL)

    def answer(self) -> None:
        """Answer a call, to a process that may be dead by then."""
        self.life.tick()

    async def list(self, start: datetime, end: datetime, status: DeliveryStatus) -> Sequence[api.Order]:
        """Orders of the window with a deal in `status`."""
        await self.call()
        assert end <= self.clock() - timedelta(minutes=30)
        found = [
            order.model_copy(update={"deals": tuple(deal for deal in order.deals if deal.status is status)})
            if self.lists_parts
            else order
            for order in map(self._wire, self.by_number.values())
            if start <= order.ordered_at <= end and any(deal.status is status for deal in order.deals)
        ]
        self.answer()
        return found

    async def search(
        self, start: datetime, end: datetime, status: DeliveryStatus
    ) -> AsyncIterator[Sequence[api.Order]]:
        """The same, in one page."""
        yield await self.list(start, end, status)

    async def get(self, order_no: int) -> api.Order:
        """One order; without deals once nothing is left of it."""
        await self.call()
        order = self._wire(self.by_number[order_no])
        self.answer()
        return order

    async def initial(self, order_no: int) -> api.InitialState:
        """Nothing worth telling."""
        await self.call()
        self.answer()
        return api.InitialState()

    async def confirm(self, order_no: int, deal_no: int, options: Sequence[api.OptionQuantity]) -> None:
        """발주확인 of one deal."""
        self.sent[order_no, deal_no] += 1
        deal = next(deal for deal in self.by_number[order_no].deals if deal.number == deal_no)
        if deal.confirmed_by_us:
            self.repeated.append((order_no, deal_no))
        await self.call()
        fate = self.faults.confirmations.pop(0) if self.faults.confirmations else "succeeds"
        if fate == "down":
            raise api.Unavailable(CALL)
        if fate == "refused":
            raise api.Rejected(CALL, "판매자 정보가 올바르지 않습니다.")
        if fate == "lost":
            raise api.UnknownOutcome(CALL)
        asked = {option.option_no: option.quantity for option in options}
        shown = {no: quantity for no, quantity in deal.options.items() if quantity}
        if deal.status is not DeliveryStatus.D1 or not deal.live or asked != shown:
            raise api.Rejected(CALL, ALREADY_IN_THAT_STATE[0])
        deal.status, deal.confirmed_by_us = DeliveryStatus.D2, True
        if fate == "lost after":
            raise api.UnknownOutcome(CALL)
        self.answer()

    def _wire(self, order: RemoteOrder) -> api.Order:
        deals = []
        for deal in order.deals:
            options = tuple(
                api.OrderOption(option_no=no, title=f"옵션 {no}", price=1000, amount=1000 * quantity, quantity=quantity)
                for no, quantity in deal.options.items()
                if quantity
            )
            if options:
                deals.append(
                    api.OrderDeal(
                        deal_no=deal.number,
                        title=f"상품 {deal.number}",
                        delivery_no=f"P{order.number}",
                        status=deal.status,
                        options=options,
                    )
                )
        buyer = api.Buyer(receiver_name="김서연", zip_code="04001", address=f"가상로 {order.address}")
        return api.Order(order_no=order.number, ordered_at=order.ordered_at, deals=tuple(deals), buyer=buyer)


class RemoteClaims:
    """The client's claims."""

    def __init__(self, shop: RemoteShop) -> None:
        self._shop = shop

    async def search(
        self, kind: ClaimKind, start: datetime, end: datetime, status: ClaimStatus
    ) -> AsyncIterator[list[Claim]]:
        """Claims requested in the window, in one page."""
        await self._shop.call()
        found = [
            _wire_claim(order, number, claim)
            for order in self._shop.by_number.values()
            for number, claim in enumerate(order.claims)
            if claim.kind is kind and start <= claim.requested_at <= end and claim.status is status
        ]
        self._shop.answer()
        yield found

    async def get(self, kind: ClaimKind, claim_no: int) -> Claim:
        """One claim."""
        await self._shop.call()
        order = self._shop.by_number[claim_no // 100]
        self._shop.answer()
        return _wire_claim(order, claim_no % 100, order.claims[claim_no % 100])


def _wire_claim(order: RemoteOrder, number: int, claim: RemoteClaim) -> Claim:
    facts: dict[str, Any] = {
        "claim_no": order.number * 100 + number,
        "order_no": order.number,
        "kind": claim.kind,
        "status": claim.status,
        "requested_at": claim.requested_at,
        "deals": tuple(
            ClaimDeal(
                deal_no=deal_no,
                title="",
                reason="RCD1",
                options=tuple(ClaimOption(option_no=no, title="", quantity=n) for no, n in lines.items()),
            )
            for deal_no, lines in claim.lines.items()
        ),
    }
    return Claim(**facts)
