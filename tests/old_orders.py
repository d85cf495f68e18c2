"""Old orders by the thousand: what a shop has behind it after some years, written into the tables in bulk."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.business_days import confirm_by, ship_by
from tmon.database import Database
from tmon.models.audit import Audit
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.orders.cards import order_key
from tmon.orders.messages import OrderCard

FIRST = 8_000_000_000
"""Number of the newest of them; those before it have higher ones."""
SEALED = "gAAAA" + 500 * "x"
"""As long as what is sealed of a buyer. No key opens it."""
_AT_ONCE = 2_000


async def add_old_orders(
    db: Database,
    stores: Sequence[Store],
    count: int,
    newest: datetime,
    *,
    apart: timedelta = timedelta(minutes=1),
    due: int = 0,
) -> None:
    """Add `count` delivered orders of these stores, paid up to `newest` and so far `apart`: each with a deal, a card that was
    posted and the record of its confirmation.

    The buyers' data of the last `due` of them are still there (as what no key opens), those of the others are destroyed.
    """
    rows = (
        _rows(stores[number % len(stores)], number, newest - apart * number, SEALED if number >= count - due else None)
        for number in range(count)
    )
    while chunk := list(islice(rows, _AT_ONCE)):
        async with db.write() as session:
            await _insert(session, (Order, OrderDeal, OutboxMessage, Audit), chunk)


async def add_orders_on_their_way(db: Database, store: Store, count: int, newest: datetime, apart: timedelta) -> None:
    """Add `count` orders of a store that are confirmed and shipped, and not delivered yet."""

    def rows() -> Iterator[tuple[dict[str, Any], ...]]:
        for number in range(count):
            order, deal, _, _ = _rows(store, -1 - number, newest - apart * number, SEALED)
            yield order | {"closed_at": None, "has_card": False}, deal | {"delivery_status": "D4", "delivered_at": None}

    made = rows()
    while chunk := list(islice(made, _AT_ONCE)):
        async with db.write() as session:
            await _insert(session, (Order, OrderDeal), chunk)


async def _insert(session: AsyncSession, tables: Sequence[Any], rows: Sequence[tuple[dict[str, Any], ...]]) -> None:
    for table, *those in zip(tables, *rows, strict=True):
        await session.execute(insert(table.__table__), those)


def _rows(store: Store, number: int, paid_at: datetime, buyer: str | None) -> tuple[dict[str, Any], ...]:
    """Rows of the order, its deal, its card and the record of its confirmation."""
    seen, confirmed = paid_at + timedelta(minutes=5), paid_at + timedelta(hours=2)
    shipped, closed = paid_at + timedelta(hours=20), paid_at + timedelta(days=3)
    of_store = {"team_id": store.team_id, "store_id": store.id}
    order_no = FIRST + number
    order = {
        **of_store,
        "order_no": order_no,
        "state": OrderState.CONFIRMED,
        "ordered_at": paid_at,
        "paid_at": paid_at,
        "confirm_by": confirm_by(paid_at),
        "ship_by": ship_by(paid_at),
        "amount": 10_000 + abs(number) % 90_000,
        "delivery_fee": 2_500,
        "quantity": 1,
        "title": "귤 5kg",
        "buyer": buyer,
        "buyer_unreadable": False,
        "has_card": True,
        "asked_in_vain": 0,
        "confirmed_by": "U1",
        "confirmed_at": confirmed,
        "shipped_at": shipped,
        "closed_at": closed,
        "buyer_destroyed_at": None if buyer else closed + timedelta(days=90),
        "first_seen_at": seen,
        "updated_at": closed,
    }
    deal = {
        **of_store,
        "order_no": order_no,
        "deal_no": 70_000_000 + abs(number) % 50,
        "title": "귤 5kg",
        "delivery_no": str(order_no),
        "delivery_status": "D5",
        "options": [{"no": 1, "title": "대과", "quantity": 1, "ordered": 1, "price": 10_000, "amount": 10_000}],
        "state": DealState.CONFIRMED,
        "position": 0,
        "shipped_at": shipped,
        "delivered_at": closed,
        "customs_needed": False,
    }
    message = OrderCard(store=store.id, order=order_no)
    card = {
        "team_id": store.team_id,
        "key": order_key(store.id, order_no),
        "kind": message.kind,
        "destination": store.channel_id,
        "args": message.model_dump(mode="json"),
        "store_id": store.id,
        "version": 3,
        "delivered_version": 3,
        "due_at": closed,
        "attempts": 0,
        "undeliverable": False,
        "channel": store.channel_id,
        "ts": f"{paid_at.timestamp():.6f}",
        "created_at": seen,
        "delivered_at": closed,
    }
    record = {
        "team_id": store.team_id,
        "id": f"au_{abs(number):017}",
        "at": confirmed,
        "user_id": "U1",
        "action": "order.confirm",
        "store_id": store.id,
        "subject": str(order_no),
        "details": {},
    }
    return order, deal, card, record
