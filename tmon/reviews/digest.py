"""The daily digest of new reviews."""

from sqlalchemy import select, update
from sqlmodel import col

from tmon.core import Core
from tmon.inquiries.days import day_of
from tmon.models.reviews import Review
from tmon.models.stores import ApiGroup, Store
from tmon.outbox import enqueue_update, post
from tmon.reviews.days import last_digest
from tmon.reviews.messages import ReviewDigest, digest_key
from tmon.scope import StoreKey, scope


class ReviewDigests:
    """The job that posts digests. What is reported is noted at each review, so it may run as often as it likes."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._at, self._zone = core.options.daily_report_at, core.options.zone

    async def __call__(self) -> None:
        """Post the digest of each store that has new reviews, once its time of the day has come."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Review.team_id), col(Review.store_id)).where(col(Review.reported_on).is_(None)).distinct()
            )
            stores = [StoreKey(*row) for row in rows]
        for store in stores:
            await self._report(store)

    async def _report(self, key: StoreKey) -> None:
        now = self._clock()
        async with self._db.write() as session:
            store = await session.get_one(Store, key, with_for_update=True)
            due = last_digest(store, self._at, self._zone, now)
            if due is None or not store.active or not store.group_on(ApiGroup.CS):
                return
            day = day_of(due)
            reported = await session.scalars(
                update(Review)
                .where(*scope(Review, key), col(Review.reported_on).is_(None), col(Review.first_seen_at) < due)
                .values(reported_on=day)
                .returning(col(Review.review_no)),
                execution_options={"synchronize_session": False},
            )
            if not reported.all():
                return
            message = ReviewDigest(store=store.id, day=day)
            await enqueue_update(session, store.team_id, [digest_key(store.id, day)], now=now)
            await post(session, store, message, key=digest_key(store.id, day), now=now)
