"""Queries of inquiries for card and list, and the audited view of their text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.inquiries import drafts
from tmon.inquiries.cards import newest_card, unanswered, waiting_count
from tmon.inquiries.keys import key_of
from tmon.masking import mask_text
from tmon.models.inquiries import AnswerState, Inquiry, InquiryText, Source
from tmon.models.stores import Store
from tmon.pages import Page, fetch_page
from tmon.permissions import Person
from tmon.scope import StoreKey, scope
from tmon.sealing import CannotOpen, Place, Sealer

ON_CARD = 5
"""Inquiries shown on the card."""
ANSWERED_ON_CARD = 3
PAGE = 15
"""Inquiries per page of the list."""


@dataclass(frozen=True)
class InquirySummary:
    """One inquiry, as shown in channels and lists."""

    store: Store
    inquiry: Inquiry
    text: str
    """The text, masked and on one line; empty if not known."""
    writers: tuple[str, ...] = ()
    """User ids of those who have a draft of an answer, the latest first."""


@dataclass(frozen=True)
class CardSummary:
    """Contents of the inquiry card of one store."""

    store: Store
    waiting: int
    newest: tuple[InquirySummary, ...]
    urgent: int
    """Those of `waiting` that are urgent."""
    is_current: bool
    """Whether this is the current card; older ones only link to it."""
    answered: tuple[Inquiry, ...] = ()
    """What was answered last since the card was posted, newest first."""


@dataclass(frozen=True)
class Arrivals:
    """The new inquiries of one run of the collection."""

    store: Store
    inquiries: tuple[Inquiry, ...]
    """Urgent ones first, then the oldest."""


class InquiryService:
    """Queries about inquiries."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer

    async def card(self, team_id: str, store_id: str, key: str) -> CardSummary:
        """Return the contents of the card with this outbox key. Raises AppError if the store does not exist."""
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            newest = await session.scalars(
                select(Inquiry)
                .where(*unanswered(team_id, store_id))
                .order_by(col(Inquiry.asked_at).desc(), col(Inquiry.number).desc())
                .limit(ON_CARD)
            )
            card = await newest_card(session, team_id, store_id)
            return CardSummary(
                store=store,
                waiting=await waiting_count(session, team_id, store_id),
                urgent=await waiting_count(session, team_id, store_id, only_urgent=True),
                newest=await self._summaries(session, {store_id: store}, list(newest)),
                is_current=card is not None and card.key == key,
                answered=() if card is None else await _answered_since(session, store, card.created_at),
            )

    async def arrived(self, team_id: str, store_id: str, at: datetime) -> Arrivals:
        """Return what was first seen at `at`. Raises AppError if the store does not exist."""
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            found = await session.scalars(
                select(Inquiry)
                .where(*scope(Inquiry, store), col(Inquiry.first_seen_at) == at)
                .order_by(col(Inquiry.urgent).desc(), col(Inquiry.asked_at), col(Inquiry.number), col(Inquiry.part))
            )
            return Arrivals(store, tuple(found))

    async def waiting(self, team_id: str, stores: Sequence[Store], page: int = 0) -> Page[InquirySummary]:
        """Return a page of unanswered inquiries of these stores: urgent ones first, then oldest first."""
        by_id = {store.id: store for store in stores}
        conditions = (
            col(Inquiry.team_id) == team_id,
            col(Inquiry.store_id).in_(by_id),
            col(Inquiry.answered_at).is_(None),
        )
        async with self._db.read() as session:
            query = (
                select(Inquiry)
                .where(*conditions)
                .order_by(
                    col(Inquiry.urgent).desc(),
                    col(Inquiry.asked_at),
                    col(Inquiry.store_id),
                    col(Inquiry.source),
                    col(Inquiry.number),
                    col(Inquiry.part),
                )
            )
            found = await fetch_page(session, query, page, PAGE)
            return found.with_items(list(await self._summaries(session, by_id, found.items)))

    async def with_number(self, team_id: str, number: int) -> list[Inquiry]:
        """Return the inquiries with a number, of a CS inquiry each message; the newest first."""
        async with self._db.read() as session:
            found = await session.scalars(
                select(Inquiry)
                .where(col(Inquiry.team_id) == team_id, col(Inquiry.number) == number)
                .order_by(col(Inquiry.asked_at).desc(), col(Inquiry.part).desc())
                .limit(PAGE)
            )
            return list(found)

    async def see(
        self, person: Person, store_id: str, source: Source, number: int, part: int
    ) -> tuple[Inquiry, InquiryText]:
        """Return an inquiry with its full text; the view is audited. The caller checks permissions.

        Raises AppError if the inquiry does not exist or has no text.
        """
        async with self._db.write() as session:
            inquiry = await session.get(Inquiry, (person.team_id, store_id, source, number, part))
            if inquiry is None:
                raise AppError("inquiries.gone")
            text = text_of(self._sealer, inquiry)
            if text is None:
                raise AppError("inquiries.no_text")
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                "inquiry.see",
                self._clock(),
                subject=number,
            )
            return inquiry, text

    async def _summaries(
        self, session: AsyncSession, stores: Mapping[str, Store], found: Sequence[Inquiry]
    ) -> tuple[InquirySummary, ...]:
        writers = await drafts.writers(session, found)
        return tuple(self._summary(stores[row.store_id], row, writers.get(key_of(row), ())) for row in found)

    def _summary(self, store: Store, inquiry: Inquiry, writers: tuple[str, ...]) -> InquirySummary:
        content = text_of(self._sealer, inquiry)
        text = "" if content is None else " ".join(mask_text(content.message or content.counselor).split())
        return InquirySummary(store, inquiry, text, writers)


def text_of(sealer: Sealer, inquiry: Inquiry) -> InquiryText | None:
    """Return the stored text; None if there is none, it was destroyed, or it cannot be opened."""
    if inquiry.content is None:
        return None
    try:
        return sealer.open_as(InquiryText, inquiry.content, Place.of(inquiry, "content"))
    except CannotOpen:
        return None


async def _answered_since(session: AsyncSession, store: Store, since: datetime) -> tuple[Inquiry, ...]:
    found = await session.scalars(
        select(Inquiry)
        .where(
            *scope(Inquiry, store),
            col(Inquiry.answered_at) >= since,
            col(Inquiry.answer_state).in_((AnswerState.DONE, AnswerState.ELSEWHERE)),
        )
        .order_by(col(Inquiry.answered_at).desc(), col(Inquiry.number).desc(), col(Inquiry.part).desc())
        .limit(ANSWERED_ON_CARD)
    )
    return tuple(found)


async def _store(session: AsyncSession, team_id: str, store_id: str) -> Store:
    store = await session.get(Store, (team_id, store_id))
    if store is None:
        raise AppError("common.store_gone")
    return store
