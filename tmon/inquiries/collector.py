"""Collector of inquiries."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, case, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import CsInquiry, NotOffered, Question, Records, StoreApi, UnreadItem, unread_of
from tmon.collection.runs import record_run
from tmon.collection.unread import UnreadLog
from tmon.core import Core
from tmon.database import is_data_error, upsert
from tmon.due_times import over
from tmon.ids import new_id
from tmon.inquiries.cards import announce, update_card, waiting_count
from tmon.inquiries.days import day_of, windows
from tmon.inquiries.ingest import InquiryKey, RemoteInquiry, RowBuilder, inquiry_key
from tmon.inquiries.messages import SourceNotOffered
from tmon.models.collection import RunOutcome, SyncState, Unread, UnreadWhy
from tmon.models.inquiries import ELSEWHERE, UNDER_WAY, AnswerState, Inquiry, InquirySyncState, Source
from tmon.models.stores import Store
from tmon.outbox import post
from tmon.scope import scope
from tmon.writes.remote_write import SURE_AFTER

log = structlog.get_logger(__name__)

_UNREAD = {Source.QUESTION: Unread.QUESTION, Source.CS: Unread.CS}
_NOT_OFFERED_PAUSE = timedelta(days=1)
"""Delay of the next attempt after TMON answered that it does not offer a source."""
_CHUNK = 50
"""Inquiries per transaction."""


@dataclass(frozen=True)
class _Known:
    """What is known of one source before it is read."""

    read_until: date | None
    not_offered_at: datetime | None
    waiting: dict[InquiryKey, date]
    """Unanswered inquiries, and the day from which TMON lists them."""
    unread: UnreadLog
    """Those that could not be read: they are listed again with the others."""


INQUIRIES = "inquiries"
"""Kind of this collection."""


class InquiryCollector:
    """One run over the inquiries of one store. Each source has its own watermark, because TMON may offer only one."""

    def __init__(self, core: Core, store: Store, asked_by: str | None) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._store = store
        self._asked_by = asked_by
        self._started_at = core.clock()
        self.counts: dict[str, int] = {}
        self.key_refused = False
        self.answered = True  # otherwise the run fails

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Read unanswered inquiries, source by source, and store the changes. Raises TmonError.

        Raises NotOffered if TMON offers neither source. If it offers one, that one is read, and the channel is notified
        once about the other.
        """
        refused: dict[Source, NotOffered] = {}
        skipped = []
        for source in Source:
            known = await self._known(source)
            if known.not_offered_at is not None and not over(
                known.not_offered_at, self._started_at, _NOT_OFFERED_PAUSE
            ):
                skipped.append(source)
                continue
            try:
                await self._read(client, source, known)
            except NotOffered as error:
                refused[source] = error
        for source, refusal in refused.items():
            if len(refused) + len(skipped) == len(Source):
                raise refusal
            await self._not_offered(source)

    async def record(
        self, session: AsyncSession, store: Store, state: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Record the run."""
        record_run(
            session,
            state,
            outcome,
            counts=self.counts,
            asked_by=self._asked_by,
            started_at=self._started_at,
            now=now,
        )

    async def _known(self, source: Source) -> _Known:
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Inquiry.number), col(Inquiry.part), col(Inquiry.listed_from)).where(
                    *self._of(source), col(Inquiry.answered_at).is_(None)
                )
            )
            waiting = {(number, part): listed_from for number, part, listed_from in rows}
            state = await session.get(InquirySyncState, (self._store.team_id, self._store.id, source))
        unread = UnreadLog(self._db, self._store, _UNREAD[source])
        await unread.load()  # not within the session: runs that wait for a second connection wait for each other
        return _Known(
            read_until=None if state is None else state.read_until,
            not_offered_at=None if state is None else state.not_offered_at,
            waiting=waiting,
            unread=unread,
        )

    async def _read(self, client: StoreApi, source: Source, known: _Known) -> None:
        today = day_of(self._started_at)
        builder = RowBuilder(client, self._sealer, self._store)
        listed: set[InquiryKey] = set()
        # what was read up to a day to come was read when the clock was ahead, so nothing is known about it
        read_until = None if known.read_until is None or known.read_until > today else known.read_until
        unread_days = [row.listed_from for row in known.unread.before.values() if row.listed_from is not None]
        for start, end in windows(read_until, [*known.waiting.values(), *unread_days], today):
            remote: list[RemoteInquiry] = []
            unread: list[UnreadItem] = []
            async for page in _pages(client, source, start, end):
                remote += page
                unread += unread_of(page)
            listed.update(inquiry_key(one) for one in remote)
            await known.unread.keep([inquiry_key(one)[0] for one in remote], unread, self._clock(), start)
            for first in range(0, len(remote) or 1, _CHUNK):
                last = first + _CHUNK >= len(remote)
                chunk = remote[first : first + _CHUNK]
                await self._ingest_each(builder, source, known.unread, chunk, start, end if last else None)
        if known.unread.before:
            async with self._db.write() as session:
                await known.unread.drop_others(session, self._clock())  # answered meanwhile
        answered = [one for one, day in known.waiting.items() if one not in listed and day <= today]
        if answered:
            await self._mark_answered(source, answered, listed)

    async def _ingest_each(
        self,
        builder: RowBuilder,
        source: Source,
        unread_log: UnreadLog,
        remote: Sequence[RemoteInquiry],
        start: date,
        read_until: date | None,
    ) -> None:
        """Store inquiries in one transaction; if that fails because of what one of them is, each in its own."""
        try:
            await self._ingest(builder, source, remote, start, read_until)
        except Exception as error:
            if not remote or not is_data_error(error):
                raise
            for one in remote if len(remote) > 1 else ():
                await self._ingest_each(builder, source, unread_log, [one], start, None)
            if len(remote) == 1:
                number = str(inquiry_key(remote[0])[0])
                log.warning("inquiry not stored", store=self._store.id, inquiry=number, error=type(error).__name__)
                async with self._db.write() as session:
                    await unread_log.set_aside(
                        session, [UnreadItem(number, "", UnreadWhy.NOT_STORED)], self._clock(), start
                    )
            if read_until is not None:
                await self._ingest(builder, source, [], start, read_until)

    async def _ingest(
        self, builder: RowBuilder, source: Source, remote: Sequence[RemoteInquiry], start: date, read_until: date | None
    ) -> None:
        """Insert new inquiries, reopen those listed again, and update card and watermark."""
        keys = [inquiry_key(one) for one in remote]
        async with self._db.read() as session:
            stored = await self._stored(session, source, keys)
        now = self._clock()
        new = await builder.rows([one for one in remote if inquiry_key(one) not in stored], start, self._started_at)
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            if store.removed_at is not None:
                return  # removed meanwhile: its inquiries' text was destroyed, and nothing new is stored
            state = await self._sync_state(session, source)
            state.not_offered_at = None
            if new or any(stored.values()):  # another run may have been faster
                stored = await self._stored(session, source, keys)
                new = [row for row in new if (row["number"], row["part"]) not in stored]
            again = [one for one, waits_again in stored.items() if waits_again]
            if read_until is not None:
                ahead = state.read_until is not None and state.read_until > day_of(now)
                state.read_until = read_until if ahead else max(state.read_until or read_until, read_until)
            if not new and not again:
                return
            waited = await waiting_count(session, store.team_id, store.id) > 0
            await upsert(session, Inquiry.__table__, new, update=[])  # type: ignore[attr-defined]
            await self._reopen(session, source, again)
            self._count("new", len(new))
            await update_card(session, store, now, waited=waited, arrived=bool(new), reopened=bool(again))
            if new:
                await announce(session, store, self._started_at, now)

    async def _mark_answered(
        self, source: Source, answered: Sequence[InquiryKey], listed: Collection[InquiryKey]
    ) -> None:
        """Note what waits no longer. An older message of a CS inquiry whose newer one waits was not answered."""
        now = self._clock()
        still_waiting = {number for number, _ in listed}
        replaced = [one for one in answered if one[0] in still_waiting]
        elsewhere = [one for one in answered if one[0] not in still_waiting]
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            changed = await self._end_waiting(session, source, replaced, answered_at=now)
            changed += await self._end_waiting(
                session,
                source,
                elsewhere,
                answered_at=now,
                answer_state=AnswerState.ELSEWHERE,
                answered_by=ELSEWHERE,
            )
            if changed:
                self._count("answered", changed)
                await update_card(session, store, now, waited=True, arrived=False)

    async def _end_waiting(
        self, session: AsyncSession, source: Source, keys: Sequence[InquiryKey], **values: Any
    ) -> int:
        """Change those of `keys` that still wait, unless an answer of ours is under way: it finds out by itself."""
        changed = 0
        for first in range(0, len(keys), _CHUNK):
            result = await session.execute(
                update(Inquiry)
                .where(
                    *self._of(source),
                    tuple_(col(Inquiry.number), col(Inquiry.part)).in_(keys[first : first + _CHUNK]),
                    col(Inquiry.answered_at).is_(None),
                    col(Inquiry.answer_state).not_in(UNDER_WAY),
                )
                .values(**values)
            )
            changed += cast(CursorResult[Any], result).rowcount
        return changed

    async def _reopen(self, session: AsyncSession, source: Source, keys: Sequence[InquiryKey]) -> None:
        """Let wait again what TMON lists as waiting. An answer of ours that TMON does not have may be sent again."""
        ours = col(Inquiry.answer_state) == AnswerState.DONE
        for first in range(0, len(keys), _CHUNK):
            await session.execute(
                update(Inquiry)
                .where(
                    *self._of(source), tuple_(col(Inquiry.number), col(Inquiry.part)).in_(keys[first : first + _CHUNK])
                )
                .values(
                    answered_at=None,
                    answer_state=case((ours, AnswerState.UNSENT), else_=AnswerState.NONE),
                    answered_by=case((ours, col(Inquiry.answered_by)), else_=None),
                )
            )

    async def _not_offered(self, source: Source) -> None:
        """Record that TMON offers only the other source: notify the channel once, and try again after a day."""
        now = self._clock()
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            state = await self._sync_state(session, source)
            if state.not_offered_at is None:
                await post(
                    session,
                    store,
                    SourceNotOffered(store=store.id, source=source),
                    key=f"{SourceNotOffered.kind}/{store.id}/{source}/{new_id('no')}",
                    now=now,
                )
            state.not_offered_at = now

    async def _stored(
        self, session: AsyncSession, source: Source, keys: Sequence[InquiryKey]
    ) -> dict[InquiryKey, bool]:
        """Return which of `keys` are stored, and whether they are answered and yet wait again, as this run has read.

        What was answered while it ran is not: its lists may be older. TMON may also show an answer of ours a while later.
        """
        if not keys:
            return {}
        rows = await session.execute(
            select(col(Inquiry.number), col(Inquiry.part), col(Inquiry.answered_at), col(Inquiry.answer_state)).where(
                *self._of(source), tuple_(col(Inquiry.number), col(Inquiry.part)).in_(keys)
            )
        )
        return {(number, part): self._waits_again(answered_at, state) for number, part, answered_at, state in rows}

    def _waits_again(self, answered_at: datetime | None, state: AnswerState) -> bool:
        if answered_at is None:
            return False
        pause = SURE_AFTER if state is AnswerState.DONE else timedelta.resolution
        was_ahead = answered_at > self._clock()  # the clock, so nothing is known of the time between
        return was_ahead or self._started_at - answered_at >= pause

    async def _sync_state(self, session: AsyncSession, source: Source) -> InquirySyncState:
        where = (self._store.team_id, self._store.id, source)
        state = await session.get(InquirySyncState, where)
        if state is None:
            state = InquirySyncState(team_id=self._store.team_id, store_id=self._store.id, source=source)
            session.add(state)
        return state

    def _of(self, source: Source) -> tuple[Any, ...]:
        return (
            *scope(Inquiry, self._store),
            col(Inquiry.source) == source,
        )

    def _count(self, name: str, n: int) -> None:
        if n:
            self.counts[name] = self.counts.get(name, 0) + n


def _pages(
    client: StoreApi, source: Source, start: date, end: date
) -> AsyncIterator[Records[Question] | Records[CsInquiry]]:
    if source is Source.QUESTION:
        return client.inquiries.questions(start, end)
    return client.inquiries.cs_inquiries(start, end)
