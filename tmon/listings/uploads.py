"""Uploaded lists of products: kept sealed until they are accepted, and their results. A form is one, too.

Accepting a list makes a change of each of its products, in one transaction; `runner` sends them. So nobody holds a list, and a
process that is killed takes nothing with it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.due_times import is_over
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.listings import acceptance
from tmon.listings.changes import ChangeResult, result_of
from tmon.listings.documents import Judged, SheetContent, SheetDeal, Standing, StoreFacts
from tmon.listings.identity import number_key
from tmon.listings.judging import judge
from tmon.listings.messages import ProductsSent
from tmon.listings.queue import SEND, end_upload
from tmon.listings.standing import Standings
from tmon.models.listings import (
    OPEN_CHANGES,
    ChangeState,
    ChangeWait,
    ProductChange,
    ProductUpload,
    UploadSource,
    UploadState,
)
from tmon.models.stores import ApiGroup, Store
from tmon.outbox import enqueue, new_message
from tmon.permissions import Permission, Person, has_permission
from tmon.sealing import Place
from tmon.stores.repository import lock
from tmon.stores.switches import require_on
from tmon.work import pressed

KEPT = timedelta(hours=1)
"""How long a list stays that was previewed and not accepted, and a form that is being filled in."""
TELL_AFTER = timedelta(seconds=10)
"""A result that was not seen by then is told by direct message."""


@dataclass(frozen=True)
class Upload:
    """An uploaded list."""

    team_id: str
    id: str
    store_id: str
    user_id: str
    state: UploadState
    source: UploadSource
    content: SheetContent = field(repr=False)
    """With `judged`; a draft with `deals`."""
    results: Mapping[str, ChangeResult] = field(default_factory=dict, repr=False)
    """Of the products that were accepted, by `number_key`."""


@dataclass(frozen=True)
class Progress:
    """How far the sending of a list is."""

    done: int
    """Changes that have ended, whichever way."""
    total: int
    limited: int
    """Changes that wait for TMON's limit of calls."""
    waiting_until: datetime | None
    """When the last of those goes on."""
    ended: bool


class ListingUploads:
    """Keeps uploaded lists of products and forms. Only `accept` checks the right: the others are the caller's to check."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._sealer, self._work = core.db, core.clock, core.sealer, core.work
        self._standings = Standings(core)

    async def preview(self, person: Person, store_id: str, content: SheetContent, source: UploadSource) -> Upload:
        """Judge a list against what TMON has now, and keep it. Raises AppError: the switch, the store is gone."""
        async with self._db.read() as session:
            store = await session.get(Store, (person.team_id, store_id))
        require_on(store, ApiGroup.PRODUCT)
        assert store is not None
        facts, standings = await self._standings.of(store, content.deals)
        judged = await asyncio.to_thread(_judge_all, content.deals, standings, facts)
        content = content.model_copy(update={"deals": [], "judged": judged})
        return await self._keep(person, store_id, content, UploadState.PREVIEWED, source)

    async def draft(self, person: Person, store_id: str, content: SheetContent) -> Upload:
        """Keep a form of several pages that is being filled in."""
        return await self._keep(person, store_id, content, UploadState.DRAFT, UploadSource.FORM)

    async def redraft(self, person: Person, upload_id: str, content: SheetContent) -> Upload:
        """Keep what a form says now. Raises AppError("listings.upload_gone")."""
        now = self._clock()
        row = await self._row(person, upload_id)
        sealed = await self._sealed(row, content)
        async with self._db.write() as session:
            changed = await session.scalar(
                update(ProductUpload)
                .where(*_is(person.team_id, upload_id), col(ProductUpload.state) == UploadState.DRAFT)
                .values(content=sealed, expires_at=now + KEPT)
                .returning(col(ProductUpload.id)),
                execution_options={"synchronize_session": False},
            )
            if changed is None:
                raise AppError("listings.upload_gone")
        return _upload(row, content)

    async def get(self, person: Person, upload_id: str) -> Upload:
        """Return a list of this person's with its newest results. Raises AppError("listings.upload_gone")."""
        row = await self._row(person, upload_id)
        content = await self._opened(row)
        async with self._db.read() as session:
            rows = await session.scalars(select(ProductChange).where(*_of_upload(row.team_id, row.id)))
            results = {change.product_key: result_of(change) for change in rows}
        return _upload(row, content, results)

    async def accept(self, person: Person, upload_id: str) -> Upload:
        """Let a previewed list be sent, once.

        Raises AppError: the right, `listings.sent_already`, `listings.upload_gone`, `listings.nothing_to_send`.
        """
        if (press := pressed.get()) is not None:
            press.begin()
        now = self._clock()
        row = await self._row(person, upload_id)
        content = await self._opened(row)
        async with self._db.write() as session:
            store = await lock(session, person.team_id, row.store_id)
            if not has_permission(person, Permission.PRODUCTS, store):
                raise AppError("listings.no_right")
            changed = await session.scalar(
                update(ProductUpload)
                .where(*_is(person.team_id, upload_id), col(ProductUpload.state) == UploadState.PREVIEWED)
                .values(state=UploadState.SENDING, started_at=now)
                .returning(col(ProductUpload.id)),
                execution_options={"synchronize_session": False},
            )
            if changed is None:
                raise AppError("listings.sent_already")
            accepted = await acceptance.accept(session, store, row, content.judged, now)
            if not accepted.total:
                raise AppError("listings.nothing_to_send")
            await end_upload(session, row.team_id, row.id, now)  # if all of it failed
            audit.record(
                session,
                store,
                person.user_id,
                "product.accept",
                now,
                subject=upload_id,
                new=accepted.new,
                changed=accepted.changed,
            )
            await self._work.ask(session, SEND, store.id, team_id=store.team_id, store_id=store.id)
            if press is not None:
                press.store(session)
        return await self.get(person, upload_id)

    async def progress(self, team_id: str, upload_id: str) -> Progress:
        """Return how far the sending of a list is. Raises AppError("listings.upload_gone")."""
        async with self._db.read() as session:
            row = await session.execute(
                select(col(ProductUpload.state)).where(*_is(team_id, upload_id)),
            )
            if (state := row.scalar_one_or_none()) is None:
                raise AppError("listings.upload_gone")
            found = await session.execute(
                select(col(ProductChange.state), col(ProductChange.wait), func.count(), func.max(ProductChange.due_at))
                .where(*_of_upload(team_id, upload_id))
                .group_by(col(ProductChange.state), col(ProductChange.wait))
            )
            rows = found.all()
        total = sum(count for _, _, count, _ in rows)
        left = sum(count for one, _, count, _ in rows if one in OPEN_CHANGES)
        waits = [
            (count, until)
            for one, wait, count, until in rows
            if one is ChangeState.WAITING and wait in (ChangeWait.LIMIT, ChangeWait.THROTTLED)
        ]
        return Progress(
            done=total - left,
            total=total,
            limited=sum(count for count, _ in waits),
            waiting_until=max((until for _, until in waits), default=None),
            ended=state is UploadState.SENT,
        )

    async def shown(self, team_id: str, upload_id: str) -> None:
        """Note that its person has seen the result, so that no message tells it."""
        async with self._db.write() as session:
            await session.execute(
                update(ProductUpload)
                .where(*_is(team_id, upload_id), col(ProductUpload.state) == UploadState.SENT)
                .values(told=True),
                execution_options={"synchronize_session": False},
            )

    async def tell(self) -> None:
        """Tell the results that nobody has seen by direct message. Called every few seconds."""
        now = self._clock()
        async with self._db.write() as session:
            told = await session.execute(
                update(ProductUpload)
                .where(
                    col(ProductUpload.state) == UploadState.SENT,
                    col(ProductUpload.told).is_(False),
                    is_over(col(ProductUpload.ended_at), now, TELL_AFTER),
                )
                .values(told=True)
                .returning(
                    col(ProductUpload.team_id),
                    col(ProductUpload.id),
                    col(ProductUpload.store_id),
                    col(ProductUpload.user_id),
                ),
                execution_options={"synchronize_session": False},
            )
            messages = [
                new_message(
                    ProductsSent(upload=upload_id),
                    team_id=team_id,
                    key=f"{ProductsSent.kind}/{upload_id}",
                    to=user_id,
                    now=now,
                    store_id=store_id,
                )
                for team_id, upload_id, store_id, user_id in told
            ]
            await enqueue(session, messages)

    async def _keep(
        self, person: Person, store_id: str, content: SheetContent, state: UploadState, source: UploadSource
    ) -> Upload:
        now = self._clock()
        row = ProductUpload(
            team_id=person.team_id,
            id=new_id("pu"),
            store_id=store_id,
            user_id=person.user_id,
            state=state,
            source=source,
            content="",
            created_at=now,
            expires_at=now + KEPT,
        )
        row.content = await self._sealed(row, content)
        async with self._db.write() as session:
            session.add(row)
        return _upload(row, content)

    async def _row(self, person: Person, upload_id: str) -> ProductUpload:
        """Return a list of this person's. Raises AppError."""
        async with self._db.read() as session:
            row = await session.get(ProductUpload, (person.team_id, upload_id))
        is_kept = row is not None and (row.state is UploadState.SENDING or row.expires_at > self._clock())
        if row is None or row.user_id != person.user_id or not is_kept:
            raise AppError("listings.upload_gone")
        return row

    async def _sealed(self, row: ProductUpload, content: SheetContent) -> str:
        return await asyncio.to_thread(self._sealer.seal, content, Place.of(row, "content"))

    async def _opened(self, row: ProductUpload) -> SheetContent:
        return await asyncio.to_thread(self._sealer.open_as, SheetContent, row.content, Place.of(row, "content"))


def _judge_all(deals: Sequence[SheetDeal], standings: Mapping[str, Standing], facts: StoreFacts) -> list[Judged]:
    return [judge(deal, standings[number_key(deal.number)], facts) for deal in deals]


def _is(team_id: str, upload_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(ProductUpload.team_id) == team_id, col(ProductUpload.id) == upload_id


def _of_upload(team_id: str, upload_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(ProductChange.team_id) == team_id, col(ProductChange.upload_id) == upload_id


def _upload(row: ProductUpload, content: SheetContent, results: Mapping[str, ChangeResult] | None = None) -> Upload:
    return Upload(
        row.team_id,
        row.id,
        row.store_id,
        row.user_id,
        row.state,
        row.source,
        content,
        {} if results is None else results,
    )
