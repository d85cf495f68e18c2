"""What a write to TMON is made of: a class per kind of write, which the engine takes through its steps.

A feature derives from `RemoteWrite`, names the class in its manifest (`DomainFeature.writes`), and starts one with
`core.writes.run(SomeWrite(…), actor)`, or several of one press with `run_all`. The order of the steps, claims, crashes and
lost answers are the engine's affair.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import cached_property
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from tmon import audit
from tmon.api import StoreApi
from tmon.clock import Clock
from tmon.database import Database
from tmon.errors import AppError
from tmon.leases import Claims
from tmon.models.stores import ApiGroup, Store
from tmon.models.writes import WriteRecord, WriteStep
from tmon.sealing import Place, Sealer

V = TypeVar("V")

SURE_AFTER = timedelta(minutes=5)
"""When a thing that TMON still does not show was not made. A request that was lost may take effect a while later: TMON's
gateways give up long before this."""


class WriteConflict(AppError):
    """Another write of the same kind to the same thing is open, or has taken this one's claim. Nothing was sent by us."""


class ClaimLost(WriteConflict):
    """Another process has taken this write over, or may by now: that one finds out how it ends."""


@dataclass(frozen=True)
class WriteContext:
    """One write under way: its row as of the last step, its store, and what its methods work with."""

    db: Database
    clock: Clock
    claims: Claims
    sealer: Sealer
    store: Store
    record: WriteRecord
    connect: Callable[[Store], StoreApi]

    @cached_property
    def api(self) -> StoreApi:
        """The store's client. Raises CannotOpen."""
        return self.connect(self.store)

    def audit(
        self, session: AsyncSession, action: str, subject: str | int | None, *, actor: str | None = None, **details: Any
    ) -> None:
        """Adds an audit row to the transaction. `actor`: by default whoever began the write."""
        actor = actor or self.record.actor
        audit.record(session, self.record, actor, action, self.clock(), subject=subject, **details)


class Truth(Enum):
    """What TMON says of a write whose answer never came."""

    DONE = auto()
    NOT_DONE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Verdict(Generic[V]):
    """`Truth`, with what was found: what `send` would have returned, or what TMON has instead."""

    truth: Truth
    value: V | None = None


@dataclass(frozen=True)
class Outcome(Generic[V]):
    """How a write stands after a step."""

    state: WriteStep
    """DONE, FAILED, or UNKNOWN."""
    value: V | None = None
    """What `send` returned or `verify` found."""
    error: Exception | None = None
    """Why TMON did nothing: its refusal, no connection, a switch. None with FAILED: it never arrived, or was never sent."""
    settled: bool = False
    """Found out afterwards: by asking TMON, or by a person."""
    decided_by: str | None = None
    """The person who said so, where TMON could not be asked."""
    waits_for_switch: bool = False
    """UNKNOWN, and a switch forbids to ask."""


class RemoteWrite(BaseModel, ABC, Generic[V]):
    """One write: its fields are what it is made of again after a crash, so they hold ids and no personal data.

    `V` is what TMON answers with. Methods that are given a session run in the engine's transaction: no network there.
    """

    model_config = ConfigDict(frozen=True)

    kind: ClassVar[str]
    """Names it in the table; never renamed."""
    switch: ClassVar[ApiGroup]
    """The switch of a store that it obeys."""
    busy: ClassVar[str]
    """Text key of what a person is told while another write of the kind is open for the same subject."""
    sealed_field: ClassVar[str | None] = None
    """The one field that is personal: sealed in the row, and wiped when the write ends."""
    sure_after: ClassVar[timedelta] = SURE_AFTER
    """How long after it was sent NOT_DONE is believed."""

    team_id: str
    store_id: str

    @property
    @abstractmethod
    def subject(self) -> str:
        """The thing that is written."""

    async def precheck(self, context: WriteContext) -> None:
        """Reads TMON. Raises AppError or TmonError where nothing is to be sent: then nothing was begun."""

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Part of the transaction after which it leaves, with the store locked. Raises AppError like `precheck`."""

    @abstractmethod
    async def send(self, context: WriteContext) -> V:
        """Makes the one call. Raises TmonError: UnknownOutcome when nobody knows what became of it."""

    @abstractmethod
    async def verify(self, context: WriteContext) -> Verdict[V]:
        """Asks TMON whether it took effect. A TmonError counts as UNKNOWN."""

    @abstractmethod
    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[V]) -> None:
        """Writes down how it stands: the feature's rows, audit record and message, in one transaction with the row's state.

        Called with UNKNOWN when that begins and when `waits_for_switch` changes, then once with DONE or FAILED. The store
        is locked.
        """

    def args(self) -> dict[str, Any]:
        """The fields as the row keeps them."""
        hidden = {"team_id", "store_id", *([self.sealed_field] if self.sealed_field else [])}
        return self.model_dump(mode="json", exclude=hidden)

    def sealed(self, sealer: Sealer, record: WriteRecord) -> str | None:
        """The personal field as its row keeps it."""
        if self.sealed_field is None:
            return None
        return sealer.seal(getattr(self, self.sealed_field), Place.of(record, "sealed"))

    @classmethod
    def load(cls, record: WriteRecord, sealer: Sealer) -> Self:
        """The write that a row tells of. Raises CannotOpen."""
        fields: dict[str, Any] = {**record.args, "team_id": record.team_id, "store_id": record.store_id}
        if cls.sealed_field is not None and record.sealed is not None:
            fields[cls.sealed_field] = sealer.open(record.sealed, Place.of(record, "sealed"))
        return cls.model_validate(fields)
