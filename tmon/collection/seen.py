"""What TMON listed of each record when it was last stored, so that a run stores only what may have changed.

Runs read the same days again and again: of a store with 3,000 orders in three days, each run would load, decrypt and compare
all of them. Kept in memory: after a start, after a run of another process, and once an hour, everything is compared with the
database again.

A hash of the record as it was read, not of what TMON sent: that differs where nothing of ours does, and stays the same where
another key now decrypts the buyer.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tmon.clock import Clock, ElapsedTime

FORGET_SECONDS = 3600.0

Place = tuple[str, ...]
"""Team and store; further parts where the numbers of several kinds may be equal."""

T = TypeVar("T", bound=Hashable)


@dataclass
class _Hashes:
    since: float
    hashes: dict[int, int] = field(default_factory=dict)


class Seen(Generic[T]):
    """Hashes of the records that were stored, by place."""

    def __init__(self, clock: Clock, number: Callable[[T], int]) -> None:
        self._number = number
        self._elapsed = ElapsedTime(clock)
        self._stores: dict[Place, _Hashes] = {}

    def changed(self, place: Place, records: Sequence[T]) -> list[T]:
        """Return those of `records` that TMON lists otherwise than when they were last stored."""
        known = self._of(place).hashes
        return [one for one in records if known.get(self._number(one)) != hash(one)]

    def stored(self, place: Place, records: Iterable[T]) -> None:
        """Remember `records` as stored."""
        self._of(place).hashes.update((self._number(one), hash(one)) for one in records)

    def keep(self, place: Place, numbers: Iterable[int]) -> None:
        """Forget the records of a place that are not among `numbers`: they are not listed any more."""
        hashes = self._of(place).hashes
        for number in hashes.keys() - set(numbers):
            del hashes[number]

    def forget(self, team_id: str, store_id: str) -> None:
        """Forget a store: another process has stored records of it since."""
        for place in [place for place in self._stores if place[:2] == (team_id, store_id)]:
            del self._stores[place]

    def _of(self, place: Place) -> _Hashes:
        now = self._elapsed()
        found = self._stores.get(place)
        if found is None or now - found.since >= FORGET_SECONDS:
            found = self._stores[place] = _Hashes(now)
        return found
