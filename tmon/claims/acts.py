"""What sellers do with claims and with goods that they cannot deliver. Rights are the caller's to check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from tmon.api import OWN_DELIVERY, ClaimParcel, TmonError
from tmon.claims.sold_out import CancelSoldOut, SoldOutLine, SoldOutResult
from tmon.claims.storing import store_claims
from tmon.claims.writes import ActOnClaim, ClaimAct, reject_unfit
from tmon.clock import KST
from tmon.codes.service import CodeTables
from tmon.core import Core
from tmon.errors import AppError
from tmon.models.claims import Claim, ClaimKind
from tmon.models.orders import DealState, Order, OrderDeal
from tmon.models.stores import ApiGroup, Store
from tmon.models.writes import WriteStep
from tmon.orders.transitions import adopt, load
from tmon.permissions import Person
from tmon.stock.allocations import linked_options
from tmon.stores import switches
from tmon.writes.remote_write import Outcome

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ActFacts:
    """A claim that somebody is about to act on."""

    store: Store
    claim: Claim
    linked: bool
    """Whether goods of it have a SKU, so that they can be added to stock."""


@dataclass(frozen=True)
class ActResult:
    """How an act on a claim stands."""

    facts: ActFacts
    outcome: Outcome[bool]


@dataclass(frozen=True)
class SoldOutFacts:
    """An order of which goods are about to be cancelled."""

    store: Store
    order: Order
    deals: tuple[OrderDeal, ...]
    """Those that are not shipped and not cancelled."""
    linked: frozenset[tuple[int, int]]
    """Deals and options that have a SKU."""

    def options(self) -> list[tuple[OrderDeal, dict[str, object]]]:
        """What can be cancelled, in the order of the card."""
        return [
            (deal, option)
            for deal in self.deals
            for option in deal.options
            if not option.get("cancelled") and int(option["quantity"]) > 0
        ]


@dataclass(frozen=True)
class SoldOutDelivery:
    """How the cancel of goods of one delivery stands."""

    delivery_no: str
    lines: tuple[SoldOutLine, ...]
    outcome: Outcome[SoldOutResult]


class ClaimActs:
    """Acts on claims, and the immediate cancel."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer
        self._writes, self._clients = core.writes, core.clients
        self._codes = CodeTables(core)

    async def facts(self, team_id: str, store_id: str, kind: ClaimKind, claim_no: int) -> ActFacts:
        """Return a claim as it is stored. Raises AppError if it is unknown."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            claim = await session.get(Claim, (team_id, store_id, kind, claim_no))
            if store is None or claim is None:
                raise AppError("claims.gone")
            options = {(int(deal["deal"]), int(one["no"])) for deal in claim.goods for one in deal["options"]}
            linked = bool(options) and bool(await linked_options(session, team_id, store_id, options))
        return ActFacts(store, claim, linked)

    async def begin(self, team_id: str, store_id: str, kind: ClaimKind, claim_no: int, act: ClaimAct) -> ActFacts:
        """Return a claim for the form of an act. Raises AppError where the act is not possible, as far as we know."""
        facts = await self.facts(team_id, store_id, kind, claim_no)
        switches.require_on(facts.store, ApiGroup.ORDER)
        write = ActOnClaim(team_id=team_id, store_id=store_id, claim_kind=kind, claim_no=claim_no, act=act)
        reject_unfit(facts.claim, write.rules)
        if facts.claim.act is not None:
            raise AppError(ActOnClaim.busy)
        return facts

    def parcel(self, carrier: str, number: str) -> ClaimParcel:
        """Return a parcel; of an own delivery it is the day in Korea that counts, and that is today."""
        if carrier == OWN_DELIVERY:
            return ClaimParcel.own_delivery(self._clock().astimezone(KST).date())
        return ClaimParcel(carrier, number)

    async def act(self, person: Person, write: ActOnClaim) -> ActResult:
        """Carry out an act. Raises AppError and TmonError where nothing was sent: the switch, what the claim is by now."""
        _ = write.rules
        outcome = await self._writes.run(write, person.user_id)
        if outcome.state is WriteStep.DONE:
            await self._read_quietly(write)
        return ActResult(await self.facts(write.team_id, write.store_id, write.claim_kind, write.claim_no), outcome)

    async def _read_quietly(self, write: ActOnClaim) -> None:
        """Bring the cards up to what TMON has after an act; what fails is made up for by the collection."""
        async with self._db.read() as session:
            store = await session.get_one(Store, (write.team_id, write.store_id))
        client = self._clients.for_store(store)
        order, asked_at = None, self._clock()
        try:
            claim = await client.claims.get(write.claim_kind, write.claim_no)
            if write.claim_kind is ClaimKind.CANCEL:  # a refused one is in transit from now on
                order = await client.orders.get(claim.order_no)
        except TmonError as error:
            log.info("claim not read after an act", store=store.id, error=type(error).__name__)
            return
        async with self._db.write() as session:
            store = await session.get_one(Store, (write.team_id, write.store_id), with_for_update=True)
            if order is not None:
                await adopt(session, self._sealer, write, order, asked_at)
            await store_claims(session, self._sealer, store, write.claim_kind, [claim], asked_at)
            if write.carrier is not None:
                await self._codes.used(session, write, write.carrier)

    async def sold_out_facts(self, team_id: str, store_id: str, order_no: int) -> SoldOutFacts:
        """Return what of an order can be cancelled. Raises AppError: the switch, the order is shipped, cancelled or unknown."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            switches.require_on(store, ApiGroup.ORDER)
            found = await load(session, team_id, store_id, [order_no])
            if store is None or order_no not in found:
                raise AppError("orders.gone")
            order, by_number = found[order_no]
            deals = tuple(
                deal
                for deal in by_number.values()
                if deal.state is not DealState.CANCELLED and deal.delivery_status in ("D1", "D2")
            )
            options = {(deal.deal_no, int(one["no"])) for deal in deals for one in deal.options}
            linked = await linked_options(session, team_id, store_id, options) if options else set()
        facts = SoldOutFacts(store, order, deals, frozenset(linked))
        if not facts.options():
            raise AppError("claims.sold_out_nothing_left")
        return facts

    async def cancel_sold_out(
        self,
        person: Person,
        facts: SoldOutFacts,
        quantities: Mapping[tuple[int, int], int],
        *,
        reason: str,
        detail: str,
        restock: bool,
    ) -> Sequence[SoldOutDelivery]:
        """Cancel units by deal and option: one call for each delivery, of which none stops the others.

        Raises AppError and TmonError if none was sent.
        """
        lines: dict[str, list[SoldOutLine]] = {}
        for deal, option in facts.options():
            key = (deal.deal_no, int(str(option["no"])))
            if key in quantities:
                line = SoldOutLine(
                    deal_no=key[0], option_no=key[1], quantity=quantities[key], had=int(str(option["quantity"]))
                )
                lines.setdefault(deal.delivery_no, []).append(line)
        writes = [
            CancelSoldOut(
                team_id=person.team_id,
                store_id=facts.store.id,
                order_no=facts.order.order_no,
                delivery_no=delivery_no,
                lines=tuple(chosen),
                reason=reason,
                detail=detail,
                restock=restock,
            )
            for delivery_no, chosen in lines.items()
        ]
        ended = await self._writes.run_all(writes, person.user_id)
        refused = [one for one in ended if isinstance(one, Exception)]
        if refused and len(refused) == len(ended):
            raise refused[0]
        return [
            SoldOutDelivery(
                write.delivery_no,
                write.lines,
                Outcome(WriteStep.FAILED, error=one) if isinstance(one, Exception) else one,
            )
            for write, one in zip(writes, ended, strict=True)
        ]
