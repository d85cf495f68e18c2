"""The interface of collectors, and how the coordinator creates them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import StoreApi
from tmon.models.collection import RunOutcome, SyncState
from tmon.models.stores import ApiGroup, Store


class Collector(Protocol):
    """One collection run over one store."""

    key_refused: bool
    """Whether TMON rejected the credentials in a part that did not end the run: such a run resolves no incident."""

    @property
    def answered(self) -> bool:
        """Whether TMON answered at all: a run with nothing to ask proves nothing about the credentials."""

    @property
    def counts(self) -> dict[str, int]:
        """Results so far: counts by name."""

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Read TMON's data since `watermark` and store the changes. Raises TmonError."""

    async def record(
        self, session: AsyncSession, store: Store, state: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Store the outcome of the run, in the transaction that records it; `state` already includes it."""


@dataclass(frozen=True)
class CollectorSpec:
    """How the coordinator runs one kind of collection."""

    switch: ApiGroup
    """The switch of the store that turns it on and off."""
    interval: timedelta
    create: Callable[[Store, str | None], Collector]
    """Create a run over a store, for the user who requested it; None: the scheduler."""
    is_open: Callable[[Store, datetime], bool] = lambda *_: True
    """Whether the scheduler collects from a store at a moment."""
