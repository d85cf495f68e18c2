"""What a collector is: one run over one store, and how the coordinator starts it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import StoreApi
from tmon.models.collection import RunOutcome, SyncState
from tmon.models.stores import ApiGroup, Store


class Collector(Protocol):
    """One run over one store."""

    key_refused: bool
    """Whether TMON refused the credentials in a part that did not end the run: such a run heals no incident."""

    @property
    def answered(self) -> bool:
        """Whether TMON answered anything: a run with nothing to ask says nothing about the credentials."""

    @property
    def counts(self) -> dict[str, int]:
        """What came of it so far, by name."""

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Reads what TMON holds since `watermark` and keeps what it changes. Raises TmonError."""

    async def record(
        self, session: AsyncSession, store: Store, standing: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """What belongs to the run in the transaction that records how it ended; `standing` counts it already."""


@dataclass(frozen=True)
class CollectorSpec:
    """How the coordinator collects one kind."""

    switch: ApiGroup
    """The switch of a store that it obeys."""
    interval: timedelta
    create: Callable[[Store, str | None], Collector]
    """A run over a store, for the user who asked for it; None: the schedule."""
