"""The reply to a review, as a write to TMON."""

from typing import ClassVar

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import Rejected
from tmon.errors import AppError
from tmon.inquiries.days import day_of
from tmon.models.inquiries import AnswerState
from tmon.models.reviews import Review
from tmon.models.stores import ApiGroup
from tmon.models.writes import WriteStep
from tmon.outbox import enqueue_update, post
from tmon.reviews.messages import ReplyEnded, digest_key, low_ratings_key
from tmon.sealing import Place
from tmon.writes.remote_write import Outcome, RemoteWrite, Truth, Verdict, WriteContext

REPLIED = (AnswerState.DONE, AnswerState.ELSEWHERE)
"""States in which a review has its reply."""


class ReplyToReview(RemoteWrite[bool]):
    """One public reply to one review. It is sent once; sent again only by a person who has looked."""

    kind: ClassVar[str] = "review.reply"
    switch: ClassVar[ApiGroup] = ApiGroup.CS
    busy: ClassVar[str] = "reviews.busy"
    sealed_field: ClassVar[str | None] = "content"

    review_no: int
    content: str = Field(repr=False)

    @property
    def subject(self) -> str:
        """The review."""
        return str(self.review_no)

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Keeps what was typed with the review, and shows who replies."""
        row = await self._row(session)
        if row is None:
            raise AppError("reviews.gone")
        if row.reply_state in REPLIED:
            raise AppError("reviews.replied")
        self._keep(row, context)
        row.reply_state, row.reply_error = AnswerState.SENDING, None
        row.replied_by, row.replied_at = context.record.actor, context.clock()
        await redraw(session, row, context)

    async def send(self, context: WriteContext) -> bool:
        """Any answer of 200 is a success."""
        await context.api.reviews.reply(self.review_no, self.content)
        return True

    async def verify(self, context: WriteContext) -> Verdict[bool]:
        """Reads the review's day again. No call tells whether a review has a reply (docs/tmon-api.md, ch. 17).

        So nothing proves that it is there: the value says whether TMON still lists the review, and a person, who can look
        in the partner centre, decides whether it is sent again.
        """
        async with context.db.read() as session:
            row = await session.get(Review, (self.team_id, self.store_id, self.review_no))
        if row is None:
            return Verdict(Truth.NOT_DONE, False)
        day = day_of(row.written_at)
        listed = [one.review_no async for page in context.api.reviews.written(day, day) for one in page]
        return Verdict(Truth.NOT_DONE, self.review_no in listed)

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[bool]) -> None:
        """The review, its messages, and a word to whoever does not look any more. What was typed is kept in every case."""
        row = await self._row(session)
        if row is None:
            return
        await session.refresh(row, with_for_update=True)
        now, was_unknown = context.clock(), row.reply_state is AnswerState.UNKNOWN
        self._keep(row, context)
        row.replied_by, row.replied_at = context.record.actor, row.replied_at or now
        if outcome.state is WriteStep.UNKNOWN:
            row.reply_state = AnswerState.UNKNOWN
        elif outcome.state is WriteStep.DONE:
            row.reply_state, row.reply_error, row.replied_at = AnswerState.DONE, None, now
            context.audit(session, "review.reply", row.review_no)
        else:
            row.reply_state = AnswerState.UNSENT if outcome.settled else AnswerState.FAILED
            row.reply_error = outcome.error.message if isinstance(outcome.error, Rejected) else None
            context.audit(session, "review.reply_failed", row.review_no, state=row.reply_state)
        await redraw(session, row, context)
        if was_unknown and outcome.state is not WriteStep.UNKNOWN:
            message = ReplyEnded(store=self.store_id, review=self.review_no, done=row.reply_state is AnswerState.DONE)
            key = f"{ReplyEnded.kind}/{context.record.id}"
            await post(session, context.store, message, key=key, now=now, to=context.record.actor)

    def _keep(self, row: Review, context: WriteContext) -> None:
        row.reply = context.sealer.seal(self.content, Place.of(row, "reply"))

    async def _row(self, session: AsyncSession) -> Review | None:
        return await session.get(Review, (self.team_id, self.store_id, self.review_no), populate_existing=True)


async def redraw(session: AsyncSession, row: Review, context: WriteContext) -> None:
    """Enqueue updates of the messages that show a review."""
    keys = [low_ratings_key(row.store_id, row.first_seen_at)]
    if row.reported_on is not None:
        keys.append(digest_key(row.store_id, row.reported_on))
    await enqueue_update(session, row.team_id, keys, now=context.clock())
