"""Shipping: waybills one by one and in bulk, corrections, late-shipping notices. Rights are the caller's to check.

Cancels are read first, once for everything that is to be sent: an order whose buyer has asked to cancel it is held back.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import structlog
from sqlalchemy import select

from tmon import audit
from tmon.api import AuthError, ClaimStatus, Parcel, TmonError
from tmon.claims.service import ClaimService
from tmon.core import Core
from tmon.errors import AppError
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.stores import ApiGroup, Store
from tmon.models.waybills import DelayNotice, Waybill, WaybillState
from tmon.models.writes import WriteRecord, WriteStep
from tmon.orders.cancel_requests import CancelledQuantities, read_cancels
from tmon.orders.cancels import open_cancels
from tmon.orders.mapping import SHIPPED
from tmon.orders.transitions import Deals, adopt, load
from tmon.permissions import Person
from tmon.scope import StoreKey
from tmon.sealing import CannotOpen
from tmon.stores import switches
from tmon.waybills.results import DealResult, Result, Shipment, failure_note
from tmon.waybills.writes import CorrectWaybill, DeliveryWrite, NotifyDelay, RegisterWaybill, parcel_of
from tmon.work import begin_press
from tmon.writes.records import open_of
from tmon.writes.remote_write import Outcome, WriteConflict

log = structlog.get_logger(__name__)

_AT_ONCE = 8
"""Orders whose deals are sent at the same time."""

Progress = Callable[[int, int], Awaitable[None]]
"""Told how many shipments of how many have ended."""


class ClaimsUnread(AppError):
    """The store's cancels could not be read, so nothing was sent."""

    def __init__(self) -> None:
        super().__init__("waybills.claims_unread")


@dataclass(frozen=True)
class Cancels:
    """The cancels of the orders that are to be shipped."""

    open: frozenset[int]
    """Orders whose buyers have asked to cancel them."""
    done: dict[int, CancelledQuantities]


class WaybillService:
    """Ships orders."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db, self._clock, self._sealer, self._writes = core.db, core.clock, core.sealer, core.writes
        self._claims = ClaimService(core)

    async def register_many(
        self,
        person: Person,
        store_id: str,
        shipments: Sequence[Shipment],
        *,
        unchecked: bool = False,
        progress: Progress | None = None,
        before_each: Callable[[], Awaitable[None]] | None = None,
    ) -> list[DealResult]:
        """Ship parcels of one store. Returns the result of each deal, in the order of `shipments`.

        `unchecked`: a person sends although cancels could not be read, which is audited; orders that are known to be
        asked to be cancelled are held back all the same. `progress` is called after each shipment.
        `before_each`: called before each shipment; what it raises keeps that one back, and is raised when the others have ended.
        Raises ClaimsUnread, and AppError when a switch is off or the store is gone: then nothing was sent.
        """
        numbers = sorted({shipment.order_no for shipment in shipments})
        async with self._db.read() as session:
            store = await session.get(Store, (person.team_id, store_id))
            switches.require_on(store, ApiGroup.ORDER)
            assert store is not None
            loaded: dict[int, tuple[Order, Deals]] = {}
            for start in range(0, len(numbers), 500):
                loaded |= await load(session, person.team_id, store_id, numbers[start : start + 500])
        cancels = Cancels(frozenset(), {})
        if unchecked:
            async with self._db.write() as session:
                known = await open_cancels(session, store_key(store), numbers)
                cancels = Cancels(frozenset(known), {})
                audit.record(
                    session, StoreKey(store.team_id, store.id), person.user_id, "waybill.unchecked", self._clock(),
                    subject=numbers[0] if len(numbers) == 1 else None, orders=len(numbers),
                )  # fmt: skip
        elif loaded:
            cancels = await self._read_cancels(store, {number: order for number, (order, _) in loaded.items()})
        ended: list[list[DealResult]] = [[] for _ in shipments]
        by_order: defaultdict[int, list[int]] = defaultdict(list)
        for index, shipment in enumerate(shipments):
            by_order[shipment.order_no].append(index)
        slots, done = asyncio.Semaphore(_AT_ONCE), 0

        async def of_order(number: int, indices: Sequence[int]) -> None:
            nonlocal done
            async with slots:
                for index in indices:
                    if before_each is not None:
                        await before_each()
                    ended[index] = await self._ship(person, store, shipments[index], loaded.get(number), cancels)
                    done += 1
                    if progress is not None:
                        await progress(done, len(shipments))

        # All of them end before any failure is raised: what was sent is written down.
        failures = await asyncio.gather(*(of_order(*one) for one in by_order.items()), return_exceptions=True)
        for failure in failures:
            if isinstance(failure, BaseException):
                raise failure
        return [result for results in ended for result in results]

    async def correct(
        self, person: Person, store_id: str, order_no: int, delivery_no: str, parcel: Parcel
    ) -> list[DealResult]:
        """Change the number of a parcel that we sent, as long as TMON allows it (D3). Raises AppError: nothing was sent."""
        begin_press()
        store, deals = await self._delivery(person, store_id, order_no, delivery_no)
        async with self._db.read() as session:
            rows = {
                deal.deal_no: await session.get(Waybill, (*_place(store, order_no, delivery_no), deal.deal_no))
                for deal in deals
            }
        mine = [deal for deal in deals if (row := rows[deal.deal_no]) is not None and row.sent_at is not None]
        if not mine:
            raise AppError("waybills.not_ours")
        results: dict[int, DealResult] = {}
        writes: list[DeliveryWrite] = []
        for deal in mine:
            row = rows[deal.deal_no]
            assert row is not None
            if row.state is WaybillState.REGISTERED and parcel_of(row) == _clean(parcel):
                results[deal.deal_no] = _ended(
                    order_no, delivery_no, deal.deal_no, Result.SUCCESS, "waybills.note_same"
                )
                continue
            write = CorrectWaybill(
                team_id=store.team_id,
                store_id=store.id,
                order_no=order_no,
                delivery_no=delivery_no,
                deal_no=deal.deal_no,
                parcel=_clean(parcel),
            )
            if (kept_back := await self._kept_back(person, write)) is None:
                writes.append(write)
            else:
                results[deal.deal_no] = kept_back
        results |= zip((one.deal_no for one in writes), await self._run_all(person, writes), strict=True)
        return [results[deal.deal_no] for deal in mine]

    async def notify_delay(
        self,
        person: Person,
        store_id: str,
        order_no: int,
        delivery_no: str,
        *,
        reason: str,
        detail: str,
        ship_on: date,
    ) -> list[DealResult]:
        """Tell TMON that a delivery is shipped later: once for each of its deals. Raises AppError: nothing was sent."""
        begin_press()
        store, deals = await self._delivery(person, store_id, order_no, delivery_no)
        async with self._db.read() as session:
            told = {
                deal.deal_no
                for deal in deals
                if (row := await session.get(DelayNotice, (*_place(store, order_no, delivery_no), deal.deal_no)))
                is not None
                and row.state is WaybillState.REGISTERED
            }
        waiting = [deal for deal in deals if deal.delivery_status not in SHIPPED]
        if not waiting:
            raise AppError("waybills.shipped_already")
        if not (left := [deal for deal in waiting if deal.deal_no not in told]):
            raise AppError("waybills.delayed_already")
        writes = [
            NotifyDelay(
                team_id=store.team_id,
                store_id=store.id,
                order_no=order_no,
                delivery_no=delivery_no,
                deal_no=deal.deal_no,
                reason=reason,
                detail=detail,
                ship_on=ship_on,
            )
            for deal in left
        ]
        return await self._run_all(person, writes)

    async def _delivery(
        self, person: Person, store_id: str, order_no: int, delivery_no: str
    ) -> tuple[Store, list[OrderDeal]]:
        """The deals of a delivery. Raises AppError when there are none, or the switch is off."""
        async with self._db.read() as session:
            store = await session.get(Store, (person.team_id, store_id))
            switches.require_on(store, ApiGroup.ORDER)
            assert store is not None
            found = (await load(session, person.team_id, store_id, [order_no])).get(order_no)
        if found is None:
            raise AppError("orders.gone")
        order, deals = found
        chosen = deals_of(deals, delivery_no)
        if not chosen:
            raise AppError("waybills.cancelled" if order.state is OrderState.CANCELLED else "waybills.no_delivery")
        return store, chosen

    async def _read_cancels(self, store: Store, orders: dict[int, Order]) -> Cancels:
        """Read open and completed cancels of the orders; open ones are stored and shown. Raises ClaimsUnread."""
        first_seen = {number: order.first_seen_at for number, order in orders.items()}
        oldest = min(order.ordered_at for order in orders.values())
        try:
            requested = await self._claims.read_open_cancels(store, set(orders))
            client = self._core.clients.for_store(store)
            completed = await read_cancels(client, oldest, self._clock(), first_seen, (ClaimStatus.C3,))
        except AuthError as error:
            await self._core.report_auth_error(store, error)
            raise ClaimsUnread from error
        except (TmonError, CannotOpen) as error:
            log.info("cancels not read before shipping", store=store.id, error=type(error).__name__)
            raise ClaimsUnread from error
        return Cancels(frozenset(requested), completed.done)

    async def _ship(
        self,
        person: Person,
        store: Store,
        shipment: Shipment,
        found: tuple[Order, Deals] | None,
        cancels: Cancels,
    ) -> list[DealResult]:
        number, delivery_no = shipment.order_no, shipment.delivery_no
        chosen: list[OrderDeal] = []
        if found is not None:
            chosen = [deal for deal in deals_of(found[1], delivery_no) if shipment.deal_no in (None, deal.deal_no)]
        if not chosen:
            note = "orders.gone" if found is None else "waybills.no_delivery"
            if found is not None and found[0].state is OrderState.CANCELLED:
                note = "waybills.cancelled"
            one = _ended(number, delivery_no, shipment.deal_no, Result.FAILED, note)
            return [replace(one, row=shipment.row)]
        results = []
        for deal in chosen:
            if number in cancels.open:
                result = _ended(number, delivery_no, deal.deal_no, Result.HELD_BACK, "waybills.held_back")
            else:
                taken = cancels.done.get(number, {})
                result = await self._register_deal(person, store, shipment, deal, taken)
            results.append(replace(result, row=shipment.row))
        return results

    async def _register_deal(
        self, person: Person, store: Store, shipment: Shipment, deal: OrderDeal, taken: CancelledQuantities
    ) -> DealResult:
        parcel = _clean(shipment.parcel)
        place = (shipment.order_no, shipment.delivery_no, deal.deal_no)
        async with self._db.read() as session:
            row = await session.get(Waybill, (store.team_id, store.id, *place))
        is_same = row is not None and row.state is WaybillState.REGISTERED and parcel_of(row) == parcel
        if is_same and deal.delivery_status in SHIPPED:
            return _ended(*place, Result.SUCCESS, "waybills.note_same")
        write = RegisterWaybill(
            team_id=store.team_id,
            store_id=store.id,
            order_no=shipment.order_no,
            delivery_no=shipment.delivery_no,
            deal_no=deal.deal_no,
            parcel=parcel,
            cancelled={option: quantity for (deal_no, option), quantity in taken.items() if deal_no == deal.deal_no},
        )
        if row is None:  # what is in doubt was written down before it was sent
            return await self._run(person, write)
        return await self._send_number(person, write)

    async def _send_number(self, person: Person, write: RegisterWaybill | CorrectWaybill) -> DealResult:
        """Send a number that may be in doubt."""
        return await self._kept_back(person, write) or await self._run(person, write)

    async def _kept_back(self, person: Person, write: RegisterWaybill | CorrectWaybill) -> DealResult | None:
        """Return why a number is not sent: while it is not known whether TMON has one, only that one may be sent again."""
        pending = await self._in_doubt(write)
        if pending is None:
            return None
        if pending.parcel != write.parcel:
            place = (write.order_no, write.delivery_no, write.deal_no)
            return _ended(*place, Result.FAILED, "waybills.other_in_doubt")
        return await self._end_doubt(person, pending)

    async def _in_doubt(self, write: RegisterWaybill | CorrectWaybill) -> RegisterWaybill | CorrectWaybill | None:
        """The write of the same deal of which no answer has come."""
        async with self._db.read() as session:
            for kind in (RegisterWaybill, CorrectWaybill):
                record = await session.scalar(
                    select(WriteRecord).where(*open_of(write.team_id, write.store_id, kind.kind, write.subject))
                )
                if record is not None and record.state is WriteStep.UNKNOWN:
                    return kind.load(record, self._sealer)
        return None

    async def _end_doubt(self, person: Person, pending: RegisterWaybill | CorrectWaybill) -> DealResult | None:
        """Find out what became of a number that a person sends once more. None: it may be sent again."""
        place = (pending.order_no, pending.delivery_no, pending.deal_no)
        outcome: Outcome[str] = Outcome(WriteStep.FAILED, settled=True)
        if isinstance(pending, RegisterWaybill):
            async with self._db.read() as session:
                store = await session.get_one(Store, (pending.team_id, pending.store_id))
            try:
                remote = await self._core.clients.for_store(store).orders.get(pending.order_no)
            except (TmonError, CannotOpen) as error:
                log.info("order not read", store=store.id, error=type(error).__name__)
                return _ended(*place, Result.UNKNOWN, "waybills.note_in_doubt")
            async with self._db.write() as session:
                await adopt(session, self._sealer, store_key(store), remote, self._clock())
            status = next((deal.status for deal in remote.deals if deal.deal_no == pending.deal_no), None)
            if status in SHIPPED:
                outcome = Outcome(WriteStep.DONE, str(status), settled=True)
        try:
            await self._writes.decide(
                pending.team_id, pending.store_id, type(pending), pending.subject,
                replace(outcome, decided_by=person.user_id),
            )  # fmt: skip
        except WriteConflict:
            return _ended(*place, Result.UNKNOWN, "waybills.note_in_doubt")
        return _ended(*place, Result.SUCCESS) if outcome.state is WriteStep.DONE else None

    async def _run(self, person: Person, write: DeliveryWrite) -> DealResult:
        try:
            return _result(write, await self._writes.run(write, person.user_id))
        except (AppError, TmonError) as error:
            return _result(write, error)

    async def _run_all(self, person: Person, writes: Sequence[DeliveryWrite]) -> list[DealResult]:
        ended = await self._writes.run_all(writes, person.user_id)
        return [_result(write, one) for write, one in zip(writes, ended, strict=True)]


def deals_of(deals: Deals, delivery_no: str) -> list[OrderDeal]:
    """The deals of a delivery of which something is left."""
    return [
        deal for deal in deals.values() if deal.delivery_no == delivery_no and deal.state is not DealState.CANCELLED
    ]


def store_key(store: Store) -> StoreKey:
    """The key of a store's rows."""
    return StoreKey(store.team_id, store.id)


def _place(store: Store, order_no: int, delivery_no: str) -> tuple[str, str, int, str]:
    return store.team_id, store.id, order_no, delivery_no


def _ended(order_no: int, delivery_no: str, deal_no: int | None, result: Result, note: str | None = None) -> DealResult:
    return DealResult(order_no, delivery_no, deal_no, result, note)


def _clean(parcel: Parcel) -> Parcel:
    """Own delivery has no number, and a carrier no day, whatever was typed before the carrier was chosen."""
    if parcel.is_own:
        return Parcel(carrier=parcel.carrier, scheduled_on=parcel.scheduled_on)
    return parcel.model_copy(update={"scheduled_on": None})


def _result(write: DeliveryWrite, ended: Outcome[str] | AppError | TmonError) -> DealResult:
    """Return how a write ended; an error is one that was raised before anything was sent."""
    place = (write.order_no, write.delivery_no, write.deal_no)
    if isinstance(ended, AppError):
        return DealResult(*place, Result.FAILED, ended.key, values=ended.values)
    if isinstance(ended, TmonError):
        note, detail = failure_note(ended)
        return DealResult(*place, Result.FAILED, note, detail)
    if ended.state is WriteStep.DONE:
        return DealResult(*place, Result.SUCCESS)
    if ended.state is WriteStep.UNKNOWN:
        return DealResult(*place, Result.UNKNOWN, "waybills.note_in_doubt")
    note, detail = failure_note(ended.error)
    return DealResult(*place, Result.FAILED, note, detail, corrects_number=note == "waybills.note_wrong_number")
