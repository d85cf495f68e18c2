"""What people see of reviews, and the replies that they send. Rights are the caller's to check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.masking import mask_text
from tmon.models.collection import SyncState
from tmon.models.inquiries import AnswerState
from tmon.models.reviews import LOW, Review, ReviewText
from tmon.models.stores import ApiGroup, Store
from tmon.outbox import enqueue_update
from tmon.pages import Page, fetch_page
from tmon.permissions import Person
from tmon.reviews.collector import REVIEWS
from tmon.reviews.messages import digest_key, low_ratings_key
from tmon.reviews.writes import REPLIED, ReplyToReview
from tmon.scope import StoreKey, scope
from tmon.sealing import CannotOpen, Place
from tmon.stores import switches
from tmon.writes.remote_write import Outcome

PAGE = 10
"""Reviews per page of the list."""
IN_MESSAGE = 10
"""Reviews that a message shows."""
MAX_REPLY = 2000
"""Longest reply. TMON tells no limit; its sentence is shown where there is one."""


@dataclass(frozen=True)
class ReviewSummary:
    """One review, as shown in channels and lists."""

    store: Store
    review: Review
    text: str
    """The text, masked and on one line; empty if there is none."""


@dataclass(frozen=True)
class ReviewReport:
    """The reviews of a message."""

    store: Store
    total: int
    low: int
    average: float
    shown: tuple[ReviewSummary, ...]
    """The first of them: low ratings, then the newest."""


@dataclass(frozen=True)
class ReviewFacts:
    """One review with its whole text, for people who may work for the store."""

    store: Store
    review: Review
    text: ReviewText
    reply: str
    """What was sent, or was to be; empty if nothing was."""


@dataclass(frozen=True)
class ReplyResult:
    """How a reply stands."""

    facts: ReviewFacts
    outcome: Outcome[bool]


class ReviewService:
    """Lists and texts of reviews, and replies."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer
        self._writes = core.writes

    async def page(
        self, team_id: str, stores: Sequence[Store], page: int = 0, *, only_low: bool = False
    ) -> Page[ReviewSummary]:
        """Return a page of the reviews of these stores, newest first."""
        by_id = {store.id: store for store in stores}
        query = (
            select(Review)
            .where(
                col(Review.team_id) == team_id,
                col(Review.store_id).in_(by_id),
                *([col(Review.score) <= LOW] if only_low else []),
            )
            .order_by(col(Review.written_at).desc(), col(Review.store_id), col(Review.review_no).desc())
        )
        async with self._db.read() as session:
            found = await fetch_page(session, query, page, PAGE)
        return found.with_items([self._summary(by_id[row.store_id], row) for row in found.items])

    async def not_offered(self, team_id: str) -> set[str]:
        """Return the ids of the stores for which TMON says that it offers no reviews."""
        async with self._db.read() as session:
            found = await session.scalars(
                select(col(SyncState.store_id)).where(
                    col(SyncState.team_id) == team_id,
                    col(SyncState.kind) == REVIEWS,
                    col(SyncState.not_offered_at).is_not(None),
                )
            )
            return set(found)

    async def low_ratings(self, team_id: str, store_id: str, at: datetime) -> ReviewReport:
        """Return the low ratings that were first seen at `at`. Raises AppError if the store does not exist."""
        return await self._report(
            StoreKey(team_id, store_id), col(Review.first_seen_at) == at, col(Review.score) <= LOW
        )

    async def digest(self, team_id: str, store_id: str, day: date) -> ReviewReport:
        """Return what the digest of a day reports. Raises AppError if the store does not exist."""
        return await self._report(StoreKey(team_id, store_id), col(Review.reported_on) == day)

    async def facts(self, team_id: str, store_id: str, review_no: int) -> ReviewFacts:
        """Return a review with its text and reply, for what is no look at them. Raises AppError if it is unknown."""
        async with self._db.read() as session:
            return self._facts(*await _load(session, StoreKey(team_id, store_id), review_no))

    async def see(self, person: Person, store_id: str, review_no: int, *, to_reply: bool = False) -> ReviewFacts:
        """Return a review with its whole text; the look is audited.

        `to_reply`: for the form of a reply. Raises AppError if it is unknown, has no text any more, or has a reply already
        or a switch is off.
        """
        async with self._db.write() as session:
            store, review = await _load(session, StoreKey(person.team_id, store_id), review_no)
            if to_reply:
                switches.require_on(store, ApiGroup.CS)
                _require_open(review)
            facts = self._facts(store, review)
            if review.content is None:
                raise AppError("reviews.no_text")
            audit.record(session, review, person.user_id, "review.see", self._clock(), subject=review_no)
        return facts

    async def reply(self, person: Person, store_id: str, review_no: int, content: str) -> ReplyResult:
        """Reply to a review. Raises AppError and TmonError where nothing was sent: the switch, somebody else's reply."""
        content = content.strip()
        if not content:
            raise AppError("reviews.reply_empty", field="reply")
        write = ReplyToReview(team_id=person.team_id, store_id=store_id, review_no=review_no, content=content)
        outcome = await self._writes.run(write, person.user_id)
        return ReplyResult(await self.facts(person.team_id, store_id, review_no), outcome)

    async def reply_again(self, person: Person, store_id: str, review_no: int) -> ReplyResult:
        """Send a reply once more whose fate is not known, in the same words. Raises like `reply`."""
        facts = await self.facts(person.team_id, store_id, review_no)
        if facts.review.reply_state not in (AnswerState.UNSENT, AnswerState.FAILED):
            _require_open(facts.review)
        if not facts.reply:
            raise AppError("reviews.no_reply_text")
        return await self.reply(person, store_id, review_no, facts.reply)

    async def note_replied(self, person: Person, store_id: str, review_no: int) -> None:
        """Note that a reply whose fate was not known is there: the person has looked. Raises AppError if it is not in doubt."""
        now = self._clock()
        async with self._db.write() as session:
            _, review = await _load(session, StoreKey(person.team_id, store_id), review_no, lock=True)
            if review.reply_state is not AnswerState.UNSENT:
                _require_open(review)
                raise AppError("common.stale_button")
            review.reply_state, review.reply_error = AnswerState.DONE, None
            audit.record(session, review, person.user_id, "review.reply_found", now, subject=review_no)
            keys = [low_ratings_key(store_id, review.first_seen_at)]
            if review.reported_on is not None:
                keys.append(digest_key(store_id, review.reported_on))
            await enqueue_update(session, person.team_id, keys, now=now)

    async def _report(self, key: StoreKey, *which: ColumnElement[bool]) -> ReviewReport:
        async with self._db.read() as session:
            store = await _store(session, key)
            rows = await session.execute(
                select(col(Review.score), col(Review.review_no), col(Review.written_at)).where(
                    *scope(Review, key), *which
                )
            )
            found = [(score, number, at) for score, number, at in rows]
            found.sort(key=lambda one: (one[0] if one[0] <= LOW else LOW + 1, -one[2].timestamp(), one[1]))
            numbers = [number for _, number, _ in found[:IN_MESSAGE]]
            reviews = await session.scalars(
                select(Review).where(*scope(Review, key), col(Review.review_no).in_(numbers))
            )
            by_number = {review.review_no: review for review in reviews}
        scores = [score for score, _, _ in found]
        return ReviewReport(
            store,
            total=len(scores),
            low=sum(score <= LOW for score in scores),
            average=sum(scores) / len(scores) if scores else 0.0,
            shown=tuple(self._summary(store, by_number[number]) for number in numbers),
        )

    def _summary(self, store: Store, review: Review) -> ReviewSummary:
        return ReviewSummary(store, review, " ".join(mask_text(self._text(review).content).split()))

    def _facts(self, store: Store, review: Review) -> ReviewFacts:
        return ReviewFacts(store, review, self._text(review), self._reply(review))

    def _text(self, review: Review) -> ReviewText:
        """Return the stored text; an empty one if it was destroyed or cannot be opened."""
        if review.content is None:
            return ReviewText()
        try:
            return self._sealer.open_as(ReviewText, review.content, Place.of(review, "content"))
        except CannotOpen:
            return ReviewText()

    def _reply(self, review: Review) -> str:
        if review.reply is None:
            return ""
        try:
            return str(self._sealer.open(review.reply, Place.of(review, "reply")))
        except CannotOpen:
            return ""


def _require_open(review: Review) -> None:
    """Raise AppError unless a person can reply."""
    if review.reply_state in REPLIED:
        raise AppError("reviews.replied")
    if review.reply_state in (AnswerState.SENDING, AnswerState.UNKNOWN):
        raise AppError(ReplyToReview.busy)


async def _load(session: AsyncSession, key: StoreKey, review_no: int, *, lock: bool = False) -> tuple[Store, Review]:
    store = await _store(session, key)
    review = await session.get(Review, (*key, review_no), with_for_update=lock)
    if review is None:
        raise AppError("reviews.gone")
    return store, review


async def _store(session: AsyncSession, key: StoreKey) -> Store:
    store = await session.get(Store, key)
    if store is None:
        raise AppError("common.store_gone")
    return store
