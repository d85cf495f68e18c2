"""The interface of collectors, and how the coordinator creates them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import StoreApi
from tmon.database import Database
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


class Memory(Protocol):
    """What the runs of a process remember of stores, so that they need not compare everything with the database."""

    def forget(self, team_id: str, store_id: str) -> None:
        """Forget a store: another process has stored records of it since."""


@dataclass(frozen=True)
class CollectorSpec:
    """How the coordinator runs one kind of collection."""

    switch: ApiGroup
    """The switch of the store that turns it on and off."""
    interval: timedelta
    create: Callable[[Database, Store, str | None], Collector]
    """Create a run over a store that writes to this database, for the user who requested it; None: the scheduler."""
    is_open: Callable[[Store, datetime], bool] = lambda *_: True
    """Whether the scheduler collects from a store at a moment."""
    forget: Callable[[Store], None] = lambda _: None
    """Drop what this process remembers of a store: another one has collected from it since."""
