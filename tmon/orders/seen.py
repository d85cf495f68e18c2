"""What TMON listed of each order when it was last stored, so that a run stores only what may have changed.

Runs read the same days again and again: of a store with 3,000 orders in three days, each run would load, decrypt and compare
all of them. Kept in memory: after a start, and once an hour, everything is compared with the database again.

A hash of the order as it was read, not of what TMON sent: that differs where nothing of ours does, and stays the same where
another key now decrypts the buyer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tmon import api
from tmon.clock import Clock, ElapsedTime

FORGET_SECONDS = 3600.0

StorePlace = tuple[str, str]
"""Team and store."""


@dataclass
class _StoreOrders:
    since: float
    hashes: dict[int, int] = field(default_factory=dict)


class SeenOrders:
    """Hashes of the orders that were stored, by store."""

    def __init__(self, clock: Clock) -> None:
        self._elapsed = ElapsedTime(clock)
        self._stores: dict[StorePlace, _StoreOrders] = {}

    def changed(self, place: StorePlace, orders: Sequence[api.Order]) -> list[api.Order]:
        """Return those of `orders` that TMON lists otherwise than when they were last stored."""
        known = self._of(place).hashes
        return [order for order in orders if known.get(order.order_no) != hash(order)]

    def stored(self, place: StorePlace, orders: Iterable[api.Order]) -> None:
        """Remember `orders` as stored."""
        self._of(place).hashes.update((order.order_no, hash(order)) for order in orders)

    def keep(self, place: StorePlace, numbers: Iterable[int]) -> None:
        """Forget the orders of a store that are not among `numbers`: they are not listed any more."""
        hashes = self._of(place).hashes
        for number in hashes.keys() - set(numbers):
            del hashes[number]

    def _of(self, place: StorePlace) -> _StoreOrders:
        now = self._elapsed()
        found = self._stores.get(place)
        if found is None or now - found.since >= FORGET_SECONDS:
            found = self._stores[place] = _StoreOrders(now)
        return found
