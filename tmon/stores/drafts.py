"""Drafts of setup forms: stored at each step, resumable, deleted after a while."""

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
from tmon.sealing import CannotOpen, Place
from tmon.stores.form import StoreForm

RETENTION = timedelta(days=30)
"""How long drafts are kept."""
TIMEOUT = 1.0
"""Timeout of storing in seconds: the form is still open, and an error must be shown within Slack's 3 s."""

T = TypeVar("T")
_cancelled_tasks: set[asyncio.Task[Any]] = set()


@dataclass(frozen=True)
class DraftInfo:
    """A draft, as shown in lists."""

    store_id: str
    """Empty for a new store."""
    name: str
    step: int
    updated_at: datetime


async def with_timeout(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`, which writes to the database, and return its result within `TIMEOUT` seconds.

    Raises AppError if it takes longer or the database fails, IntegrityError if somebody else was faster. A cancelled
    write may still be blocked in the driver (SQLite waits for another process in a thread): it is left running, and
    rolls back.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=TIMEOUT)
    finally:  # also if the caller is cancelled: nothing may be written without the user knowing
        if not task.done():
            task.cancel()
            _cancelled_tasks.add(task)
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
    _cancelled_tasks.discard(task)
    if not task.cancelled():
        task.exception()  # the caller has already got an error


class DraftService:
    """Stores one draft per user and store (or new store)."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer

    async def of(self, person: Person) -> list[DraftInfo]:
        """Return the drafts of `person`, newest first."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Draft)
                .where(
                    col(Draft.team_id) == person.team_id,
                    col(Draft.user_id) == person.user_id,
                    col(Draft.updated_at) > self._clock() - RETENTION,
                )
                .order_by(col(Draft.updated_at).desc())
            )
        infos = []
        for row in rows:
            try:
                form = self._sealer.open_as(StoreForm, row.content, Place.of(row, "content"))
            except CannotOpen:  # the encryption key is gone for good: the user starts over
                continue
            infos.append(DraftInfo(row.store_id, form.store_name, row.step, row.updated_at))
        return infos

    async def get(self, person: Person, store_id: str) -> tuple[StoreForm, int] | None:
        """Return the draft of `person` for a store (empty: a new one) and the step to resume at, or None."""
        async with self._db.read() as session:
            row = await session.get(Draft, (person.team_id, person.user_id, store_id))
        if row is None or row.updated_at <= self._clock() - RETENTION:
            return None
        try:
            return self._sealer.open_as(StoreForm, row.content, Place.of(row, "content")), row.step
        except CannotOpen:
            return None

    async def save(
        self, person: Person, store_id: str, form: StoreForm, *, step: int, saw_contact: bool = False
    ) -> None:
        """Store `form`, to be resumed at `step`. Raises AppError if that takes too long or the store was removed.

        `saw_contact`: the user is about to see the stored contact, which is audited.
        """
        key = {"team_id": person.team_id, "user_id": person.user_id, "store_id": store_id}
        content = self._sealer.seal(form, Place.at(Draft, "content", key))
        await with_timeout(self._save(person, store_id, content, step, saw_contact))

    async def _save(self, person: Person, store_id: str, content: str, step: int, saw_contact: bool) -> None:
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

    async def discard(self, person: Person, store_id: str) -> None:
        """Delete the draft of `person` for a store (empty: a new one), if there is one."""
        async with self._db.write() as session:
            await session.execute(
                delete(Draft).where(
                    col(Draft.team_id) == person.team_id,
                    col(Draft.user_id) == person.user_id,
                    col(Draft.store_id) == store_id,
                )
            )

    async def expire(self) -> int:
        """Delete expired drafts; return how many. Called daily."""
        async with self._db.write() as session:
            deleted = await session.execute(delete(Draft).where(col(Draft.updated_at) <= self._clock() - RETENTION))
            return deleted.rowcount  # type: ignore[attr-defined, no-any-return]


async def delete_drafts(session: AsyncSession, team_id: str, store_id: str) -> None:
    """Delete all users' drafts of a store that is being removed."""
    await session.execute(delete(Draft).where(col(Draft.team_id) == team_id, col(Draft.store_id) == store_id))
