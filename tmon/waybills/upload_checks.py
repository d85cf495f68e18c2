"""Rows of an uploaded list of waybills, checked against the stored orders, the switches of their stores and the carriers."""

import asyncio
import difflib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import DeliveryStatus
from tmon.codes.service import CodeTables
from tmon.codes.tables import Carrier, find_carrier
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.orders import DealState, Order, OrderDeal
from tmon.models.stores import ApiGroup, Store
from tmon.models.waybills import Waybill, WaybillState
from tmon.orders.cancels import is_being_cancelled
from tmon.orders.mapping import SHIPPED
from tmon.permissions import Permission, Person, has_permission
from tmon.stores import switches
from tmon.waybills.upload_rows import RowKind, UploadRow, check_parcel, refuse_twice
from tmon.waybills.writes import parcel_of

_AT_ONCE = 500
"""Order numbers in one query."""


async def check_rows(db: Database, codes: CodeTables, person: Person, rows: list[UploadRow]) -> list[UploadRow]:
    """Return rows that were read, each with its store and carrier, or with why it cannot be sent.

    Orders of stores on which the person does not work are not found.
    """
    async with db.read() as session:
        found = await session.scalars(
            select(Store).where(col(Store.team_id) == person.team_id, col(Store.removed_at).is_(None))
        )
        stores = {store.id: store for store in found if has_permission(person, Permission.OPERATE, store)}
        numbers = {row.order_no for row in rows if row.order_no}
        known = await _load_orders(session, person.team_id, stores, numbers)
    carriers = {
        store_id: await codes.carriers(person.team_id, store_id)
        for store_id in {order.store_id for orders in known.orders.values() for order in orders}
    }
    checked = await asyncio.to_thread(
        lambda: [row if row.kind is not RowKind.READY else _check_row(row, known, stores, carriers) for row in rows]
    )
    refuse_twice(checked)
    return checked


@dataclass(frozen=True)
class _KnownOrders:
    """What is stored about the orders of a list."""

    orders: Mapping[int, Sequence[Order]]
    """By number: one for each store that has it."""
    deals: Mapping[tuple[str, int], Mapping[int, OrderDeal]]
    """By store and order."""
    waybills: Mapping[tuple[str, int, str, int], Waybill]
    cancelling: frozenset[tuple[str, int]]
    """Orders whose buyers have asked to cancel."""


async def _load_orders(
    session: AsyncSession, team_id: str, stores: Collection[str], order_nos: Collection[int]
) -> _KnownOrders:
    orders: defaultdict[int, list[Order]] = defaultdict(list)
    deals: defaultdict[tuple[str, int], dict[int, OrderDeal]] = defaultdict(dict)
    waybills: dict[tuple[str, int, str, int], Waybill] = {}
    cancelling: set[tuple[str, int]] = set()
    numbers = sorted(order_nos)
    for start in range(0, len(numbers), _AT_ONCE):
        here = numbers[start : start + _AT_ONCE]

        def chosen(
            table: type[Order | OrderDeal | Waybill], these: Sequence[int] = here
        ) -> tuple[ColumnElement[bool], ...]:
            return (
                col(table.team_id) == team_id,
                col(table.store_id).in_(list(stores)),
                col(table.order_no).in_(these),
            )

        for order in await session.scalars(select(Order).where(*chosen(Order))):
            orders[order.order_no].append(order)
        for deal in await session.scalars(select(OrderDeal).where(*chosen(OrderDeal))):
            deals[deal.store_id, deal.order_no][deal.deal_no] = deal
        for one in await session.scalars(select(Waybill).where(*chosen(Waybill))):
            waybills[one.store_id, one.order_no, one.delivery_no, one.deal_no] = one
        held = await session.execute(
            select(col(Order.store_id), col(Order.order_no)).where(*chosen(Order), is_being_cancelled())
        )
        cancelling |= {(store_id, number) for store_id, number in held}
    return _KnownOrders(orders, deals, waybills, frozenset(cancelling))


def _check_row(
    row: UploadRow, known: _KnownOrders, stores: Mapping[str, Store], carriers: Mapping[str, Sequence[Carrier]]
) -> UploadRow:
    """Return a row that was read with its store and carrier, or with what is wrong with it."""
    wrong = RowKind.WRONG
    orders = known.orders.get(row.order_no, ())
    if not orders:
        return row.refused(wrong, "bulk.row_no_order", "order_no", order=str(row.order_no))
    order = next((one for one in orders if row.deal_no in known.deals.get((one.store_id, one.order_no), {})), None)
    if order is None:
        return row.refused(wrong, "bulk.row_not_in_order", "deal_no", deal=str(row.deal_no))
    deal = known.deals[order.store_id, order.order_no][row.deal_no]
    if deal.delivery_no != row.delivery_no:
        return row.refused(wrong, "bulk.row_other_delivery", "delivery_no", delivery=deal.delivery_no)
    try:
        switches.require_on(stores[order.store_id], ApiGroup.ORDER)
    except AppError:
        return row.refused(wrong, "bulk.row_switched_off", store=stores[order.store_id].name)
    choice = carriers.get(order.store_id, ())
    code = find_carrier(choice, row.carrier)
    if code is None:
        near = difflib.get_close_matches(row.carrier, [carrier.name for carrier in choice], n=1)
        key = "bulk.row_carrier_near" if near else "bulk.row_carrier"
        return row.refused(wrong, key, "carrier", value=row.carrier[:20], near="".join(near))
    row = check_parcel(row.model_copy(update={"store_id": order.store_id, "carrier": code}))
    if row.kind is not RowKind.READY:
        return row
    return _check_state(row, deal, known)


def _check_state(row: UploadRow, deal: OrderDeal, known: _KnownOrders) -> UploadRow:
    """Return a complete row as the state of its deal allows."""
    wrong = RowKind.WRONG
    waybill = known.waybills.get(row.place)
    is_same = waybill is not None and parcel_of(waybill) == row.parcel
    if waybill is not None and waybill.state in (WaybillState.SENDING, WaybillState.UNKNOWN):
        if is_same:
            return row.refused(RowKind.ALREADY, "bulk.row_in_doubt")
        return row.refused(wrong, "waybills.other_in_doubt")
    if deal.state is DealState.CANCELLED:
        return row.refused(wrong, "waybills.cancelled")
    if deal.delivery_status in SHIPPED:
        if waybill is None or is_same:
            return row.refused(RowKind.ALREADY, "bulk.row_same" if is_same else "bulk.row_already")
        is_frozen = deal.delivery_status != DeliveryStatus.D3
        return row.refused(wrong, "bulk.row_too_late" if is_frozen else "bulk.row_other_number", "number")
    if deal.delivery_status == DeliveryStatus.D1:
        return row.refused(wrong, "waybills.confirm_first")
    if deal.delivery_status != DeliveryStatus.D2:
        return row.refused(wrong, "waybills.unknown_state", state=deal.delivery_status)
    if (row.store_id, row.order_no) in known.cancelling:
        return row.refused(RowKind.HELD, "waybills.held_back")
    return row
