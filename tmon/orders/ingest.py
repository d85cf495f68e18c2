"""Storing orders that TMON lists: new ones are inserted and get cards, known ones are updated. Idempotent."""

import copy
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.calculation import calculated
from tmon.calendar.closed_days import closed_days
from tmon.database import insert_missing, upsert
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.stores import Store
from tmon.orders import mapping
from tmon.orders.cancels import follow_cancels, with_cancels
from tmon.orders.cards import create_pending_cards, redraw_cards_to
from tmon.orders.customs import mark_customs
from tmon.orders.recipients import recipient_hash
from tmon.orders.transitions import Deals, apply_remote, load, move, publish
from tmon.products.repository import insert_seen
from tmon.scope import StoreKey, scope
from tmon.sealing import Place, Sealer

CHUNK = 500
"""Orders stored in one transaction."""
_THREAD_FROM = 20
"""From this many orders on, sealing runs in a thread, so that the loop keeps answering Slack."""


@dataclass
class IngestChanges:
    """What one run changed, by order number."""

    new: list[int] = field(default_factory=list)
    preparing: list[int] = field(default_factory=list)
    """First seen as D2: confirmed elsewhere before they were collected."""
    confirmed_elsewhere: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    incomplete: set[int] = field(default_factory=set)
    """Known orders of which a list has only some deals: they are read singly."""
    readable: int = 0
    unreadable: int = 0
    """New orders whose personal data did and did not decrypt."""

    def copy(self) -> "IngestChanges":
        """Return a copy that does not change with this one."""
        return replace(self, **{one.name: copy.copy(getattr(self, one.name)) for one in fields(self)})

    def add(self, order: Order) -> None:
        """Count a known order that changed."""
        match order.state:
            case OrderState.CANCELLED:
                self.cancelled.append(order.order_no)
            case OrderState.CONFIRMED:
                self.confirmed_elsewhere.append(order.order_no)
            case _:
                self.changed.append(order.order_no)

    def counts(self) -> dict[str, int]:
        """Return the numbers by name, without zeros."""
        numbers = {
            "new": len(self.new),
            "preparing": len(self.preparing),
            "confirmed_elsewhere": len(self.confirmed_elsewhere),
            "changed": len(self.changed),
            "cancelled": len(self.cancelled),
        }
        return {name: number for name, number in numbers.items() if number}


class PreparedOrders:
    """Orders ready to be stored: buyers of new ones are sealed already, outside of any transaction."""

    def __init__(
        self, orders: Sequence[api.Order], known: dict[int, OrderState], sealed: dict[int, tuple[str, str | None]]
    ) -> None:
        """`sealed`: the sealed buyer and the hash of the recipient, by order number."""
        self.orders = orders
        self.known = known
        self.sealed = sealed


async def prepare(session: AsyncSession, sealer: Sealer, store: Store, orders: Sequence[api.Order]) -> PreparedOrders:
    """Read which of `orders` are known, and seal the buyers of the others."""
    known = await _states(session, store, [order.order_no for order in orders])
    unseen = [order for order in orders if order.order_no not in known]

    key = {"team_id": store.team_id, "store_id": store.id}

    def seal(order: api.Order) -> tuple[str, str | None]:
        buyer = mapping.buyer_of(order)
        place = Place.at(Order, "buyer", {**key, "order_no": order.order_no})
        hashed = "" if order.buyer.unreadable else recipient_hash(sealer, store, buyer)
        return sealer.seal(buyer, place), hashed

    def seal_all() -> dict[int, tuple[str, str | None]]:
        return {order.order_no: seal(order) for order in unseen}

    sealed = await calculated(seal_all) if len(unseen) >= _THREAD_FROM else seal_all()
    return PreparedOrders(orders, known, sealed)


async def ingest(
    session: AsyncSession, sealer: Sealer, store: Store, prepared: PreparedOrders, changes: IngestChanges, now: datetime
) -> None:
    """Store `prepared` in the caller's transaction, and add to `changes` what changed."""
    order_rows: list[dict[str, Any]] = []
    deal_rows: list[dict[str, Any]] = []
    closed = await closed_days(session, store)
    for order in prepared.orders:
        sealed = prepared.sealed.get(order.order_no)
        if sealed is None:
            continue
        buyer, hashed = sealed
        order_rows.append(
            mapping.order_row(store, order, sealed_buyer=buyer, now=now, recipient_hash=hashed, closed=closed)
        )
        deal_rows.extend(mapping.deal_rows(store, order))
    table = Order.__table__  # type: ignore[attr-defined]
    inserted = set(await insert_missing(session, table, order_rows, returning="order_no"))
    _count_new([row for row in order_rows if row["order_no"] in inserted], changes)
    await upsert(session, OrderDeal.__table__, deal_rows, update=[])  # type: ignore[attr-defined]
    await insert_seen(session, store, deal_rows, now)
    await mark_customs(session, store, list(prepared.sealed), now)
    key = StoreKey(store.team_id, store.id)
    await follow_cancels(session, key, await with_cancels(session, key, list(prepared.sealed)), now)
    await create_pending_cards(session, store, now)
    await redraw_cards_to(session, store, [row["recipient_hash"] for row in order_rows if row["recipient_hash"]], now)
    # Skip orders that are being confirmed or are final. What somebody else has stored since `prepare` is known by now.
    waiting = [
        order
        for order in prepared.orders
        if order.order_no not in inserted and prepared.known.get(order.order_no, OrderState.NEW) is OrderState.NEW
    ]
    changed = await _update_known(session, sealer, store, waiting, changes, now)
    stored = [*inserted, *(order.order_no for order in waiting)]
    await publish(session, store, changed, now, stored=stored)


def _count_new(rows: Sequence[Mapping[str, Any]], changes: IngestChanges) -> None:
    for row in rows:
        seen_as = changes.new if row["state"] is OrderState.NEW else changes.preparing
        seen_as.append(row["order_no"])
        if row["buyer_unreadable"]:
            changes.unreadable += 1
        else:
            changes.readable += 1


def merge_lists(*lists: Sequence[api.Order]) -> list[api.Order]:
    """Merge lists into one with each order once and all its deals; of one deal the later list counts.

    It is not known whether a list of one state has an order's deals in other states.
    """
    orders: dict[int, api.Order] = {}
    for order in itertools.chain(*lists):
        earlier = orders.get(order.order_no)
        if earlier is not None:
            deals = {deal.deal_no: deal for deal in (*earlier.deals, *order.deals)}
            order = order.model_copy(update={"deals": tuple(deals.values())})
        orders[order.order_no] = order
    return list(orders.values())


def is_complete(remote: api.Order, deals: Deals) -> bool:
    """Return whether `remote` has every deal that is not cancelled: only then may a list update a stored order."""
    listed = {deal.deal_no for deal in remote.deals}
    return all(number in listed for number, deal in deals.items() if deal.state is not DealState.CANCELLED)


async def _update_known(
    session: AsyncSession,
    sealer: Sealer,
    store: Store,
    listed: Sequence[api.Order],
    changes: IngestChanges,
    now: datetime,
) -> list[Order]:
    """Update known pending orders. Returns those that changed."""
    known = await load(session, store.team_id, store.id, [remote.order_no for remote in listed], lock=True)
    changed = []
    for remote in listed:
        if remote.order_no not in known:
            continue
        order, deals = known[remote.order_no]
        if not is_complete(remote, deals):
            changes.incomplete.add(remote.order_no)
            continue
        if order.state is not OrderState.NEW:
            continue
        change = apply_remote(session, sealer, order, deals, remote, None, now)
        if change.shown:
            move(session, order, change.state, now, note=order.note, detail=order.note_detail)
            changes.add(order)
            changed.append(order)
    return changed


async def _states(session: AsyncSession, store: Store, order_nos: Sequence[int]) -> dict[int, OrderState]:
    if not order_nos:
        return {}
    rows = await session.execute(
        select(col(Order.order_no), col(Order.state)).where(*scope(Order, store), col(Order.order_no).in_(order_nos))
    )
    return dict(list(rows))
