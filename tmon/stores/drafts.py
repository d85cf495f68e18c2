"""Setup forms under way: kept from each step on, resumable, gone after a while."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.database import upsert
from tmon.errors import AppError
from tmon.models.stores import Draft, Store
from tmon.permissions import Person
from tmon.scope import StoreKey
from tmon.sealing import CannotOpen
from tmon.stores.form import StoreForm

KEEP = timedelta(days=30)
"""How long a draft waits for its person."""
PATIENCE = 1.0
"""Seconds that storing may take: the form is still open and its acknowledgement is due (3 s) if it fails."""

T = TypeVar("T")
_left_behind: set[asyncio.Task[Any]] = set()


@dataclass(frozen=True)
class DraftInfo:
    """A draft as a list shows it."""

    store_id: str
    """Empty for a new store."""
    name: str
    step: int
    updated_at: datetime


async def with_timeout(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which writes to the database, within `PATIENCE` seconds.

    Raises AppError when it takes longer or the database is out of order, IntegrityError when somebody was faster. A cancelled write may still be stuck in the driver
    (SQLite waits for another process in a thread): it is left behind, and rolls back.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=PATIENCE)
    finally:  # also when whoever waits is cancelled: nothing is written behind a person's back
        if not task.done():
            task.cancel()
            _left_behind.add(task)
            task.add_done_callback(_forget)
    if not task.done():
        raise AppError("common.busy")
    try:
        return task.result()
    except IntegrityError:
        raise
    except DBAPIError:
        raise AppError("common.busy") from None


def _forget(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # whoever waited has been told already


class DraftService:
    """One draft per person and store, or new store."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer

    async def of(self, person: Person) -> list[DraftInfo]:
        """The drafts of `person`, the newest first."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Draft)
                .where(
                    col(Draft.team_id) == person.team_id,
                    col(Draft.user_id) == person.user_id,
                    col(Draft.updated_at) > self._clock() - KEEP,
                )
                .order_by(col(Draft.updated_at).desc())
            )
        infos = []
        for row in rows:
            try:
                form = self._sealer.open_as(StoreForm, row.content)
            except CannotOpen:  # its key is gone for good: the person starts anew
                continue
            infos.append(DraftInfo(row.store_id, form.store_name, row.step, row.updated_at))
        return infos

    async def get(self, person: Person, store_id: str) -> tuple[StoreForm, int] | None:
        """What `person` typed for a store (or a new one: empty) and the step to resume at; None when nothing is kept."""
        async with self._db.read() as session:
            row = await session.get(Draft, (person.team_id, person.user_id, store_id))
        if row is None or row.updated_at <= self._clock() - KEEP:
            return None
        try:
            return self._sealer.open_as(StoreForm, row.content), row.step
        except CannotOpen:
            return None

    async def keep(
        self, person: Person, store_id: str, form: StoreForm, *, step: int, saw_contact: bool = False
    ) -> None:
        """Keeps `form`, to be resumed at `step`. Raises AppError when that takes too long or the store is gone.

        `saw_contact`: the person is about to be shown the stored contact, which is recorded.
        """
        await with_timeout(self._keep(person, store_id, self._sealer.seal(form), step, saw_contact))

    async def _keep(self, person: Person, store_id: str, content: str, step: int, saw_contact: bool) -> None:
        now = self._clock()
        async with self._db.write() as session:
            if store_id:
                store = await session.get(Store, (person.team_id, store_id))
                if store is None or store.removed_at is not None:
                    raise AppError("common.store_gone")
            await upsert(
                session,
                Draft.__table__,  # type: ignore[attr-defined]
                [
                    {
                        "team_id": person.team_id,
                        "user_id": person.user_id,
                        "store_id": store_id,
                        "step": step,
                        "content": content,
                        "updated_at": now,
                    }
                ],
                update=["step", "content", "updated_at"],
            )
            if saw_contact:
                audit.record(session, StoreKey(person.team_id, store_id), person.user_id, "store.see_contact", now)

    async def expire(self) -> int:
        """Deletes drafts that nobody came back to; returns how many. Called daily."""
        async with self._db.write() as session:
            gone = await session.execute(delete(Draft).where(col(Draft.updated_at) <= self._clock() - KEEP))
            return gone.rowcount  # type: ignore[attr-defined, no-any-return]


async def delete_drafts(session: AsyncSession, team_id: str, store_id: str) -> None:
    """Deletes everybody's drafts of a store that is removed."""
    await session.execute(delete(Draft).where(col(Draft.team_id) == team_id, col(Draft.store_id) == store_id))
