"""Claims on collections: of each store and kind at most one run is under way, in whatever process.

A run that was asked for holds the claim with one token while it waits for its turn, and with another one, the run's id, once
it has begun: so a task that is carried out twice runs once, and what a person asks for takes the place of what waits.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database, upsert
from tmon.ids import new_id
from tmon.leases import NOBODY, Claims
from tmon.models.collection import SyncState
from tmon.models.stores import Store

LASTS = timedelta(minutes=10)
"""How long a claim lasts that nobody extends: its task was lost, or its process hangs."""
_WAITING, _RUNNING = "ct", "ru"

CollectionKey = tuple[str, str, str]
"""Team, store, kind."""


class RunLost(Exception):
    """The run has lost its claim, or a lease of its feature, to another one, and must record nothing."""


@dataclass(frozen=True)
class Run:
    """A run that has begun."""

    key: CollectionKey
    id: str
    store: Store
    watermark: datetime | None
    follows_own: bool
    """Whether the run before it was one of this process, so that what the process remembers of the store holds."""
    db: Database
    """Its write transactions raise RunLost if the run has lost its claim."""


@dataclass(frozen=True)
class Standing:
    """How a collection stands for those who wait for it."""

    token: str | None
    """Of the run that is under way or waits for its turn."""
    is_free: bool
    last_run: dict[str, Any] | None


class RunClaims:
    """Takes, extends and checks the claims of runs."""

    def __init__(self, db: Database, claims: Claims) -> None:
        self._db = db
        self._claims = claims
        self.begun: set[str] = set()
        """Runs that go on in this process: they hold their claims however late these are extended."""
        self.left: set[str] = set()
        """Claims that could not be given back, because the database was away."""

    def is_free(self) -> ColumnElement[bool]:
        """Return the condition that a collection can be claimed."""
        return and_(
            self._claims.is_free(SyncState),
            or_(col(SyncState.claim_token).is_(None), col(SyncState.claim_token).not_in(self.begun)),
        )

    async def take_due(
        self, session: AsyncSession, kind: str, stores: Sequence[Store], is_due: ColumnElement[bool], now: datetime
    ) -> dict[CollectionKey, str]:
        """Claim the collections of `stores` that are due and free; return their tokens. Another process takes the others."""
        keys = sorted((store.team_id, store.id) for store in stores)
        await _insert_missing(session, [(*key, kind) for key in keys], now)
        found = await session.execute(
            select(col(SyncState.team_id), col(SyncState.store_id), col(SyncState.kind))
            .where(
                tuple_(col(SyncState.team_id), col(SyncState.store_id)).in_(keys),
                col(SyncState.kind) == kind,
                is_due,
                self.is_free(),
            )
            .order_by(col(SyncState.due_at))
            .with_for_update(skip_locked=True)
        )
        taken = {(team_id, store_id, kind): new_id(_WAITING) for team_id, store_id, kind in found}
        if taken:
            table: Any = SyncState.__table__  # type: ignore[attr-defined]
            await session.execute(
                update(table)
                .where(
                    table.c.team_id == bindparam("of_team"),
                    table.c.store_id == bindparam("of_store"),
                    table.c.kind == kind,
                )
                .values({**self._claims.new(LASTS), "claim_token": bindparam("token")}),
                [{"of_team": key[0], "of_store": key[1], "token": token} for key, token in taken.items()],
            )
        return taken

    async def take(self, session: AsyncSession, key: CollectionKey, now: datetime) -> str | None:
        """Claim a collection that is free or waits for its turn; return its token, None if a run is under way."""
        claim = (
            update(SyncState)
            .where(
                *_is(key), or_(self.is_free(), col(SyncState.claim_token).startswith(f"{_WAITING}_", autoescape=True))
            )
            .values(**self._claims.new(LASTS))
            .returning(col(SyncState.claim_token))
        )
        unsynchronized = {"synchronize_session": False}
        token: str | None = await session.scalar(claim, execution_options=unsynchronized)
        if token is None:  # a run is under way, or there has never been one
            await _insert_missing(session, [key], now)
            token = await session.scalar(claim, execution_options=unsynchronized)
        return token

    async def begin(self, key: CollectionKey, token: str, may_run: Callable[[Store], bool]) -> Run | None:
        """Begin the run that was claimed with `token`; None if another one took its place, or the store must not be asked."""
        async with self._db.write() as session:
            found = await session.execute(
                select(col(SyncState.watermark), col(SyncState.run_by), Store)
                .join(Store, _of_store())
                .where(*_is(key), col(SyncState.claim_token) == token)
                .with_for_update(of=SyncState)
            )
            row = found.one_or_none()
            if row is None:
                return None
            watermark, run_by, store = row
            run_id = new_id(_RUNNING)
            if not may_run(store):
                await self._set(session, key, token, **NOBODY, last_run=ended({}))
                return None
            claim = {**self._claims.new(LASTS), "claim_token": run_id, "run_by": self._claims.process.id}
            await self._set(session, key, token, **claim)
        self.begun.add(run_id)
        return Run(
            key,
            run_id,
            store,
            watermark,
            follows_own=run_by == self._claims.process.id,
            db=self._db.guarded(lambda session: _hold(session, key, run_id)),
        )

    async def extend(self, key: CollectionKey, token: str) -> bool:
        """Let a claim last from now on. Returns whether it is still held."""
        async with self._db.write() as session:
            return await self._set(session, key, token, claimed_until=self._db.now(LASTS))

    async def give_back(self, key: CollectionKey, token: str) -> None:
        """Let others claim a collection of which nothing is recorded. What was due stays due."""
        async with self._db.write() as session:
            await self._set(session, key, token, **NOBODY)

    async def release_left(self) -> None:
        """Give back the claims of runs that could record nothing."""
        if not self.left:
            return
        left = set(self.left)
        async with self._db.write() as session:
            await session.execute(
                update(SyncState).where(col(SyncState.claim_token).in_(left)).values(**NOBODY),
                execution_options={"synchronize_session": False},
            )
        self.left -= left

    async def standing(self, key: CollectionKey) -> Standing:
        """Return how a collection stands."""
        async with self._db.read() as session:
            found = await session.execute(
                select(col(SyncState.claim_token), self.is_free(), col(SyncState.last_run)).where(*_is(key))
            )
            return Standing(*found.one())

    async def _set(self, session: AsyncSession, key: CollectionKey, token: str, **values: Any) -> bool:
        found = await session.scalar(
            update(SyncState)
            .where(*_is(key), col(SyncState.claim_token) == token)
            .values(**values)
            .returning(col(SyncState.kind)),
            execution_options={"synchronize_session": False},
        )
        return found is not None


def ended(counts: dict[str, int], error: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the result of a run as others read it who wait for it."""
    return {"counts": counts, "error": error}


async def _hold(session: AsyncSession, key: CollectionKey, run_id: str) -> None:
    """Lock the store and the collection, in the order in which everybody does. Raises RunLost."""
    held = await session.scalar(
        select(col(SyncState.claim_token))
        .join(Store, _of_store())
        .where(*_is(key))
        .with_for_update(of=[Store, SyncState])
    )
    if held != run_id:
        raise RunLost(run_id)


async def _insert_missing(session: AsyncSession, keys: Collection[CollectionKey], now: datetime) -> None:
    """Add the rows that are not there yet.

    They are looked for first: an insertion waits for whoever changes the row that is in its way, which may be a process that
    was frozen while it did.
    """
    row = (col(SyncState.team_id), col(SyncState.store_id), col(SyncState.kind))
    known = {tuple(found) for found in await session.execute(select(*row).where(tuple_(*row).in_(keys)))}
    rows = [
        {"team_id": team_id, "store_id": store_id, "kind": kind, "due_at": now, "failures": 0}
        for team_id, store_id, kind in keys
        if (team_id, store_id, kind) not in known
    ]
    await upsert(session, SyncState.__table__, rows, update=[])  # type: ignore[attr-defined]


def _of_store() -> ColumnElement[bool]:
    return and_(col(Store.team_id) == col(SyncState.team_id), col(Store.id) == col(SyncState.store_id))


def _is(key: CollectionKey) -> tuple[ColumnElement[bool], ...]:
    team_id, store_id, kind = key
    return col(SyncState.team_id) == team_id, col(SyncState.store_id) == store_id, col(SyncState.kind) == kind
