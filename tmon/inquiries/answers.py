"""Answering inquiries: the form, drafts, the answer, sending one again. Rights are the caller's to check."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.inquiries import drafts
from tmon.inquiries.answer_form import check_answer
from tmon.inquiries.cards import redraw_card
from tmon.inquiries.keys import InquiryOf
from tmon.inquiries.phrases import phrases_of
from tmon.inquiries.service import text_of
from tmon.inquiries.writes import AnswerInquiry, reject_answered
from tmon.models.inquiries import UNDER_WAY, AnswerPhrase, AnswerState, AnswerText, Inquiry, InquiryText
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Person
from tmon.sealing import CannotOpen, Place
from tmon.stores import switches
from tmon.writes.remote_write import Outcome


@dataclass(frozen=True)
class AnswerForm:
    """An inquiry that somebody is about to answer."""

    store: Store
    inquiry: Inquiry
    text: InquiryText | None
    """None: TMON did not deliver it, or it was destroyed."""
    typed: AnswerText
    """What the person kept, or what could not be sent."""
    sent: AnswerText | None
    """What was sent as the answer, or was to be."""
    others: Sequence[str]
    """User ids of others who have a draft."""
    phrases: Sequence[AnswerPhrase]


@dataclass(frozen=True)
class AnswerResult:
    """How an answer stands."""

    store: Store
    inquiry: Inquiry
    outcome: Outcome[bool]


class AnswerService:
    """Answers to inquiries."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer
        self._writes = core.writes

    async def begin(self, person: Person, inquiry: InquiryOf) -> AnswerForm:
        """Return an inquiry with its full text for the form; the look at it is audited.

        Raises AppError where it cannot be answered: the switch, an answer of somebody else.
        """
        async with self._db.write() as session:
            form = await self._form(session, person, inquiry)
            switches.require_on(form.store, ApiGroup.CS)
            reject_answered(form.inquiry)
            if form.inquiry.answer_state in UNDER_WAY:
                raise AppError(AnswerInquiry.busy)
            audit.record(session, inquiry, person.user_id, "inquiry.see", self._clock(), subject=inquiry.number)
        return form

    async def form(self, person: Person, inquiry: InquiryOf) -> AnswerForm:
        """Return an inquiry for its form that is drawn anew, in front of whoever `begin` was called for."""
        async with self._db.read() as session:
            return await self._form(session, person, inquiry)

    async def keep(self, person: Person, inquiry: InquiryOf, text: AnswerText) -> None:
        """Keep what was typed (임시 저장), whatever it is; an empty answer is no draft any more."""
        now = self._clock()
        async with self._db.write() as session:
            store, _ = await _stored(session, inquiry)
            if store.removed_at is not None:
                raise AppError("common.store_gone")
            await drafts.keep(session, self._sealer, inquiry, person.user_id, text, now)
            await redraw_card(session, inquiry.team_id, inquiry.store_id, now)

    async def answer(self, person: Person, inquiry: InquiryOf, text: AnswerText) -> AnswerResult:
        """Answer an inquiry. What was typed is kept as a draft first, until TMON has it.

        Raises InvalidFields, AppError and TmonError where nothing was sent.
        """
        await self.keep(person, inquiry, text)
        async with self._db.read() as session:
            _, row = await _stored(session, inquiry)
        reject_answered(row)
        return await self._send(person, inquiry, check_answer(row, text, self._clock()))

    async def resend(self, person: Person, inquiry: InquiryOf) -> AnswerResult:
        """Send an answer once more that TMON does not have (다시 보내기). Raises AppError and TmonError as `answer` does."""
        async with self._db.read() as session:
            _, row = await _stored(session, inquiry)
        reject_answered(row)
        if row.answer_state in UNDER_WAY:
            raise AppError(AnswerInquiry.busy)
        text = self._sent(row)
        if row.answer_state is not AnswerState.UNSENT or text is None:
            raise AppError("inquiries.nothing_to_resend")
        return await self._send(person, inquiry, text)

    async def _send(self, person: Person, inquiry: InquiryOf, text: AnswerText) -> AnswerResult:
        write = AnswerInquiry(**inquiry.fields(), answer=text.model_dump_json())
        outcome = await self._writes.run(write, person.user_id)
        async with self._db.read() as session:
            store, row = await _stored(session, inquiry)
        return AnswerResult(store, row, outcome)

    async def ended(self, inquiry: InquiryOf) -> tuple[Store, Inquiry]:
        """Return an inquiry for the message on how its answer ended. Raises AppError if it is unknown."""
        async with self._db.read() as session:
            return await _stored(session, inquiry)

    async def _form(self, session: AsyncSession, person: Person, inquiry: InquiryOf) -> AnswerForm:
        store, row = await _stored(session, inquiry)
        typed = await drafts.of_person(session, self._sealer, inquiry, person.user_id)
        sent = self._sent(row)
        if typed is None and row.answer_state in (AnswerState.UNSENT, AnswerState.FAILED):
            typed = sent
        writers = (await drafts.writers(session, [row])).get(inquiry, ())
        return AnswerForm(
            store=store,
            inquiry=row,
            text=text_of(self._sealer, row),
            typed=typed or AnswerText(),
            sent=sent,
            others=tuple(user for user in writers if user != person.user_id),
            phrases=await phrases_of(session, inquiry.team_id, inquiry.store_id),
        )

    def _sent(self, row: Inquiry) -> AnswerText | None:
        """The answer that was sent, or was to be; None once it was destroyed."""
        if row.answer is None:
            return None
        try:
            return self._sealer.open_as(AnswerText, row.answer, Place.of(row, "answer"))
        except CannotOpen:
            return None


async def _stored(session: AsyncSession, inquiry: InquiryOf) -> tuple[Store, Inquiry]:
    store = await session.get(Store, (inquiry.team_id, inquiry.store_id))
    row = await session.get(Inquiry, inquiry.primary_key)
    if store is None or row is None:
        raise AppError("inquiries.gone")
    return store, row
