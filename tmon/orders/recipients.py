"""Orders that may be shipped together (합포장): which of a store have the same recipient.

Recipients are sealed and cannot be compared. So a keyed hash of each is made where it is at hand in the clear, and destroyed
with it; its key is the deployment's own (`bot/keys.py`).
"""

import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core
from tmon.models.orders import OPEN_STATES, BuyerRecord, Order, OrderState
from tmon.orders.cards import redraw_cards
from tmon.orders.to_ship import is_to_ship
from tmon.scope import OfStore, StoreKey, scope
from tmon.sealing import CannotOpen, Place, Sealer

_BATCH = 500
"""Orders per run of the job."""

OrderKey = tuple[str, int]
"""Store and number of an order."""


def recipient_hash(sealer: Sealer, of: OfStore, buyer: BuyerRecord) -> str | None:
    """Return what is equal for recipients of one store with the same name and address, whatever their phones.

    TMON leaves out the lot number's address of some; then the street's counts. Empty if the name or the address is missing; None if the sealer makes no hashes.
    """
    name, address = _normalised(buyer.receiver_name), _normalised(buyer.address or buyer.street_address)
    if not name or not address:
        return ""
    place = _normalised(buyer.zip_code), address, _normalised(buyer.address_detail)
    return sealer.keyed_hash([of.team_id, of.store_id, name, *place])


def _normalised(text: str | None) -> str:
    """Return `text` without what people type differently: width of letters, case, blanks, invisible characters."""
    plain = unicodedata.normalize("NFKC", text or "").casefold()
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] not in "ZC")


async def shipped_together(session: AsyncSession, team_id: str, orders: Iterable[Order]) -> dict[OrderKey, list[int]]:
    """Return, for each of `orders` that waits to be shipped, the others of its store with the same recipient, if any."""
    hashes = {order.recipient_hash for order in orders if order.recipient_hash}
    if not hashes:
        return {}
    rows = await session.execute(
        select(col(Order.store_id), col(Order.recipient_hash), col(Order.order_no))
        .where(col(Order.team_id) == team_id, col(Order.recipient_hash).in_(hashes), is_to_ship())
        .order_by(col(Order.ship_by), col(Order.order_no))
    )
    groups: dict[tuple[str, str | None], list[int]] = {}
    for store_id, hashed, number in rows:
        groups.setdefault((store_id, hashed), []).append(number)
    return {
        (store_id, number): [other for other in group if other != number]
        for (store_id, _), group in groups.items()
        if len(group) > 1
        for number in group
    }


class RecipientHashes:
    """Makes the hashes of orders that were stored before there were any. Called every minute, some orders each time."""

    def __init__(self, core: Core) -> None:
        self._db, self._sealer, self._clock = core.db, core.sealer, core.clock

    async def __call__(self) -> None:
        """Hash the recipients of some orders that are still to be shipped."""
        missing = (
            col(Order.recipient_hash).is_(None),
            col(Order.buyer).is_not(None),
            col(Order.state).in_((*OPEN_STATES, OrderState.CONFIRMED)),
            col(Order.shipped_at).is_(None),
            col(Order.closed_at).is_(None),
        )
        async with self._db.read() as session:
            found = await session.execute(
                select(col(Order.team_id), col(Order.store_id), col(Order.order_no)).where(*missing).limit(_BATCH)
            )
            stores: dict[StoreKey, list[int]] = {}
            for team_id, store_id, number in found:
                stores.setdefault(StoreKey(team_id, store_id), []).append(number)
        for of, numbers in stores.items():
            await self._hash(of, numbers)

    async def _hash(self, of: StoreKey, numbers: Sequence[int]) -> None:
        async with self._db.write() as session:
            orders = await session.scalars(
                select(Order)
                .where(*scope(Order, of), col(Order.order_no).in_(numbers), col(Order.recipient_hash).is_(None))
                .order_by(col(Order.order_no))
                .with_for_update()
            )
            hashed = list(orders)
            for order in hashed:
                order.recipient_hash = self._hash_of(order)
            await session.flush()
            together = await shipped_together(session, of.team_id, hashed)
            await redraw_cards(
                session, [one for one in hashed if (one.store_id, one.order_no) in together], self._clock()
            )

    def _hash_of(self, order: Order) -> str | None:
        if order.buyer is None or order.buyer_unreadable:
            return ""
        try:
            buyer = self._sealer.open_as(BuyerRecord, order.buyer, Place.of(order, "buyer"))
        except CannotOpen:
            return ""
        return recipient_hash(self._sealer, order, buyer)
