"""Collector of reviews."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import StoreApi, UnreadItem, unread_of
from tmon.clock import KST
from tmon.collection.runs import record_run
from tmon.collection.unread import UnreadLog
from tmon.core import Core
from tmon.database import is_data_error, upsert
from tmon.inquiries.days import day_of, windows
from tmon.models.collection import RunOutcome, SyncState, Unread, UnreadWhy
from tmon.models.reviews import LOW, Review, ReviewText
from tmon.models.stores import Store
from tmon.outbox import enqueue_update, post
from tmon.reviews.messages import LowRatings, low_ratings_key
from tmon.scope import scope
from tmon.sealing import Place

log = structlog.get_logger(__name__)

REVIEWS = "reviews"
"""Kind of this collection."""
_CHUNK = 50
"""Reviews per transaction."""


class ReviewCollector:
    """One run over the reviews of one store. Those that are known stay as they were first read."""

    key_refused = False
    answered = True

    def __init__(self, core: Core, store: Store, asked_by: str | None) -> None:
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer
        self._store = store
        self._asked_by = asked_by
        self._started_at = core.clock()
        self._unread = UnreadLog(core.db, store, Unread.REVIEW)
        self.counts: dict[str, int] = {}

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Read the reviews since the watermark, today's included, and store the new ones. Raises TmonError.

        NotOffered, where TMON has no reviews, is no failure of the store: the coordinator says it once and asks daily.
        """
        await self._unread.load()
        again = [row.listed_from for row in self._unread.before.values() if row.listed_from is not None]
        read_until = None if watermark is None else day_of(watermark)
        for start, end in windows(read_until, again, day_of(self._started_at)):
            async for page in client.reviews.written(start, end):
                await self._unread.keep([one.review_no for one in page], unread_of(page), self._clock(), start)
                for first in range(0, len(page), _CHUNK):
                    await self._store_each(page[first : first + _CHUNK], start)
        if self._unread.before:
            async with self._db.write() as session:
                await self._unread.drop_others(session, self._clock())  # TMON lists them no more

    async def record(
        self, session: AsyncSession, store: Store, state: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Record the run, and how far it read."""
        if outcome is RunOutcome.DONE:
            ahead = state.watermark is not None and state.watermark > now  # it was set when the clock was ahead
            state.watermark = self._started_at if ahead else max(state.watermark or self._started_at, self._started_at)
        record_run(
            session, state, outcome, counts=self.counts, asked_by=self._asked_by, started_at=self._started_at, now=now
        )

    async def _store_each(self, remote: Sequence[api.Review], listed_from: date) -> None:
        """Store reviews in one transaction; if that fails because of what one of them is, each in its own."""
        try:
            await self._store_new(remote, listed_from)
        except Exception as error:
            if not is_data_error(error):
                raise
            if len(remote) > 1:
                for one in remote:
                    await self._store_each([one], listed_from)
                return
            number = str(remote[0].review_no)
            log.warning("review not stored", store=self._store.id, review=number, error=type(error).__name__)
            async with self._db.write() as session:
                note = UnreadItem(number, "", UnreadWhy.NOT_STORED)
                await self._unread.set_aside(session, [note], self._clock(), listed_from)

    async def _store_new(self, remote: Sequence[api.Review], listed_from: date) -> None:
        async with self._db.read() as session:
            known = await self._known(session, [one.review_no for one in remote])
        new = {one.review_no: self._row(one, listed_from) for one in remote if one.review_no not in known}
        if not new:
            return
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            if store.removed_at is not None:
                return  # its reviews were destroyed, and nothing new is stored
            for number in await self._known(session, list(new)):  # another run was faster
                del new[number]
            if not new:
                return
            await upsert(session, Review.__table__, [*new.values()], update=[])  # type: ignore[attr-defined]
            if any(row["score"] <= LOW for row in new.values()):
                await self._announce(session, store)
        self.counts["new"] = self.counts.get("new", 0) + len(new)

    async def _known(self, session: AsyncSession, numbers: Sequence[int]) -> set[int]:
        return set(
            await session.scalars(
                select(col(Review.review_no)).where(*scope(Review, self._store), col(Review.review_no).in_(numbers))
            )
        )

    async def _announce(self, session: AsyncSession, store: Store) -> None:
        """Tell of low ratings at once: one message per run, to which a later part of the run adds."""
        now, key = self._clock(), low_ratings_key(store.id, self._started_at)
        await enqueue_update(session, store.team_id, [key], now=now)
        await post(session, store, LowRatings(store=store.id, at=self._started_at), key=key, now=now)

    def _row(self, remote: api.Review, listed_from: date) -> dict[str, Any]:
        key = {"team_id": self._store.team_id, "store_id": self._store.id, "review_no": remote.review_no}
        text = ReviewText(writer=remote.writer, content=remote.content)
        return {
            **key,
            "deal_no": remote.deal_no,
            "title": remote.deal_title or "",
            "order_no": remote.order_no,
            "score": remote.score,
            "pictures": remote.pictures,
            "written_at": remote.written_at or datetime.combine(listed_from, time(), KST),
            "content": self._sealer.seal(text, Place.at(Review, "content", key)),
            "first_seen_at": self._started_at,
        }
