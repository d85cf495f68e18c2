"""The answer to an inquiry, as a write to TMON. It is public, so it is never repeated by itself."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import CsInquiry, Rejected
from tmon.database import upsert
from tmon.due_times import over
from tmon.errors import AppError
from tmon.inquiries import drafts
from tmon.inquiries.answer_form import check_period
from tmon.inquiries.at_tmon import Waiting, is_answered, look
from tmon.inquiries.cards import redraw_card
from tmon.inquiries.ingest import RowBuilder
from tmon.inquiries.keys import InquiryOf
from tmon.inquiries.messages import AnswerEnded
from tmon.models.inquiries import ELSEWHERE, UNDER_WAY, AnswerState, AnswerText, Inquiry, Source
from tmon.models.stores import ApiGroup, Store
from tmon.models.writes import WriteStep
from tmon.outbox import post
from tmon.sealing import Place
from tmon.writes.remote_write import Outcome, RemoteWrite, Truth, Verdict, WriteContext

LISTED_NOWHERE = timedelta(hours=1)
"""An inquiry that TMON lists neither as answered nor as waiting is taken for answered then, as by the collection."""


class AnswerOver(AppError):
    """The inquiry does not wait for an answer any more. Nothing was sent."""


class AskedAgain(AppError):
    """A newer message of the CS inquiry came, which the person has not seen. Nothing was sent."""

    def __init__(self, part: int) -> None:
        """`part`: the number of the newer message."""
        super().__init__("inquiries.asked_again")
        self.part = part


class AnswerInquiry(RemoteWrite[bool]):
    """One public answer to one inquiry."""

    kind: ClassVar[str] = "inquiry.answer"
    switch: ClassVar[ApiGroup] = ApiGroup.CS
    busy: ClassVar[str] = "inquiries.busy"
    sealed_field: ClassVar[str | None] = "answer"

    source: Source
    number: int
    part: int = 0
    answer: str = Field(default="", repr=False)
    """`AnswerText` as JSON."""

    @property
    def subject(self) -> str:
        """The inquiry: one answer to it is open, whoever writes it."""
        return f"{self.source}/{self.number}/{self.part}"

    @property
    def inquiry(self) -> InquiryOf:
        """The inquiry that is answered."""
        return InquiryOf(self.team_id, self.store_id, self.source, self.number, self.part)

    @property
    def text(self) -> AnswerText:
        """What is answered."""
        return AnswerText.model_validate_json(self.answer)

    async def precheck(self, context: WriteContext) -> None:
        """Reads at TMON whether it still waits, and of a CS inquiry whether a newer message came.

        Raises AnswerOver, AskedAgain, and AppError at the field where the category wants more than was typed.
        """
        async with context.db.read() as session:
            row = reject_answered(await session.get(Inquiry, self.inquiry.primary_key))
        seen = await look(context.api, row, context.clock())
        if not seen.waits:
            await self._note_elsewhere(context)
            raise AnswerOver("inquiries.answered_elsewhere")
        if seen.listed is not None and seen.part != self.part:
            await self._take_newer(context, row, seen)
            raise AskedAgain(seen.part)
        category = seen.listed.category if isinstance(seen.listed, CsInquiry) else None
        if category is not None and category.no is not None and category.no != row.category_no:
            async with context.db.write() as session:
                row = reject_answered(await session.get(Inquiry, self.inquiry.primary_key))
                row.category_no = category.no
            check_period(self.text, category.no, context.clock())

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Shows on the card who answers."""
        row = await _locked(session, self.inquiry)
        reject_answered(row)
        row.answer_state, row.answered_by = AnswerState.SENDING, context.record.actor
        row.answer = context.sealer.seal(self.text, Place.of(row, "answer"))
        row.answer_error = None
        await redraw_card(session, self.team_id, self.store_id, context.clock())

    async def send(self, context: WriteContext) -> bool:
        """Where a CS inquiry does not take 처리가능여부, TMON has done nothing, and it is sent once more without it."""
        answer, calls = self.text, context.api.inquiries
        if self.source is Source.QUESTION:
            await calls.reply(self.number, answer.content)
            return True
        period = {"starts_on": answer.starts_on, "ends_on": answer.ends_on}
        try:
            await calls.answer_cs(self.number, self.part, answer.content, possible=answer.possible, **period)
        except Rejected as error:
            if not error.no_possibility or answer.possible is None:
                raise
            await calls.answer_cs(self.number, self.part, answer.content, possible=None, **period)
        return True

    async def verify(self, context: WriteContext) -> Verdict[bool]:
        """Asks for the answered ones and for those that wait. What is in both lists waits: only that list was observed."""
        async with context.db.read() as session:
            row = await session.get(Inquiry, self.inquiry.primary_key)
        if row is None:
            return Verdict(Truth.DONE, True)
        answered = await is_answered(context.api, row, context.clock())
        seen = await look(context.api, row, context.clock())
        if seen.waits and seen.part == self.part:
            return Verdict(Truth.NOT_DONE)
        if answered:
            return Verdict(Truth.DONE, True)
        sent_at = context.record.sent_at or context.record.created_at
        return Verdict(Truth.DONE if over(sent_at, context.clock(), LISTED_NOWHERE) else Truth.UNKNOWN, True)

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[bool]) -> None:
        """The inquiry, its card, the draft, and a message to whoever does not look any more."""
        now, actor = context.clock(), context.record.actor
        row = await session.get(Inquiry, self.inquiry.primary_key)
        if row is None:
            return
        await session.refresh(row, with_for_update=True)
        was_unknown = row.answer_state is AnswerState.UNKNOWN
        never_left = outcome.state is WriteStep.FAILED and outcome.error is None and not outcome.settled
        if outcome.state is WriteStep.UNKNOWN:
            row.answer_state = AnswerState.UNKNOWN
        elif outcome.state is WriteStep.DONE:
            row.answer_state, row.answered_by, row.answered_at = AnswerState.DONE, actor, now
            row.answer_error = None
            await drafts.drop(session, self.inquiry, actor)
            context.audit(session, "inquiry.answer", self.number, source=self.source, part=self.part)
        elif not never_left:
            row.answer_state = AnswerState.UNSENT if outcome.error is None else AnswerState.FAILED
            row.answer_error = outcome.error.message if isinstance(outcome.error, Rejected) else None
            name = None if outcome.error is None else type(outcome.error).__name__
            context.audit(session, "inquiry.answer_failed", self.number, source=self.source, reason=name)
        await redraw_card(session, self.team_id, self.store_id, now)
        if outcome.state is not WriteStep.UNKNOWN and (was_unknown or never_left):
            state = AnswerState.NONE if never_left else row.answer_state
            message = AnswerEnded(
                store=self.store_id, source=self.source, number=self.number, part=self.part, state=state
            )
            key = f"{AnswerEnded.kind}/{context.record.id}"
            await post(session, context.store, message, key=key, now=now, to=actor)

    async def _note_elsewhere(self, context: WriteContext) -> None:
        async with context.db.write() as session:
            await session.get(Store, (self.team_id, self.store_id), with_for_update=True)
            row = await _locked(session, self.inquiry)
            if row.answered_at is None and row.answer_state not in UNDER_WAY:
                answered_elsewhere(row, context)
                await redraw_card(session, self.team_id, self.store_id, context.clock())

    async def _take_newer(self, context: WriteContext, row: Inquiry, seen: Waiting) -> None:
        """Store the newer message, and what was typed as a draft of the answer to it."""
        assert seen.listed is not None
        now = context.clock()
        rows = await RowBuilder(context.api, context.sealer, context.store).rows([seen.listed], row.listed_from, now)
        newer = InquiryOf(self.team_id, self.store_id, self.source, self.number, seen.part)
        async with context.db.write() as session:
            await session.get(Store, (self.team_id, self.store_id), with_for_update=True)
            await upsert(session, Inquiry.__table__, rows, update=[])  # type: ignore[attr-defined]
            older = await _locked(session, self.inquiry)
            older.answered_at = older.answered_at or now  # it does not wait beside the one that took its place
            await drafts.drop(session, self.inquiry, context.record.actor)
            await drafts.keep(session, context.sealer, newer, context.record.actor, self.text, now)
            await redraw_card(session, self.team_id, self.store_id, now)


def answered_elsewhere(row: Inquiry, context: WriteContext) -> None:
    """Note that an inquiry was answered outside of this bot."""
    row.answered_at, row.answer_state, row.answered_by = context.clock(), AnswerState.ELSEWHERE, ELSEWHERE


def reject_answered(row: Inquiry | None) -> Inquiry:
    """Return an inquiry that waits for an answer. Raises AnswerOver, with who has answered."""
    if row is None:
        raise AnswerOver("inquiries.gone")
    if row.answered_at is not None:
        ours = row.answer_state is AnswerState.DONE
        raise AnswerOver("inquiries.answered_by_another" if ours else "inquiries.answered_elsewhere")
    return row


async def _locked(session: AsyncSession, inquiry: InquiryOf) -> Inquiry:
    row = await session.get(Inquiry, inquiry.primary_key, populate_existing=True, with_for_update=True)
    if row is None:
        raise AnswerOver("inquiries.gone")
    return row
