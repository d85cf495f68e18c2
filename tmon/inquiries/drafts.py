"""Drafts of answers: what somebody typed and kept, or tried to send. One per person and inquiry, sealed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import upsert
from tmon.inquiries.keys import KEY, InquiryOf, key_of
from tmon.models.inquiries import AnswerDraft, AnswerState, AnswerText, Inquiry
from tmon.scope import same_key
from tmon.sealing import CannotOpen, Place, Sealer


async def keep(
    session: AsyncSession, sealer: Sealer, inquiry: InquiryOf, user_id: str, text: AnswerText, now: datetime
) -> None:
    """Keep what somebody typed in place of what they kept before; an empty answer is no draft."""
    if not text.content.strip():
        await drop(session, inquiry, user_id)
        return
    key = {**inquiry.fields(), "user_id": user_id}
    row = {**key, "content": sealer.seal(text, Place.at(AnswerDraft, "content", key)), "updated_at": now}
    await upsert(session, AnswerDraft.__table__, [row], update=["content", "updated_at"])  # type: ignore[attr-defined]


async def drop(session: AsyncSession, inquiry: InquiryOf, user_id: str) -> None:
    """Forget the draft of somebody whose answer is at TMON; of a CS inquiry also those to its other messages."""
    await session.execute(
        delete(AnswerDraft).where(*inquiry.every_part(AnswerDraft), col(AnswerDraft.user_id) == user_id)
    )


async def of_person(session: AsyncSession, sealer: Sealer, inquiry: InquiryOf, user_id: str) -> AnswerText | None:
    """Return what somebody kept; None if there is nothing that can be opened.

    Where a newer message took the place of the one to which it was written, it goes on as the answer to the newer one.
    """
    row = await session.get(AnswerDraft, (*inquiry.primary_key, user_id))
    if row is None:
        row = await session.scalar(
            select(AnswerDraft)
            .join(Inquiry, same_key(AnswerDraft, Inquiry, *KEY[2:]))
            .where(
                *inquiry.every_part(AnswerDraft),
                col(AnswerDraft.user_id) == user_id,
                col(Inquiry.answered_at).is_not(None),
                col(Inquiry.answer_state) == AnswerState.NONE,
            )
            .order_by(col(AnswerDraft.updated_at).desc())
            .limit(1)
        )
    if row is None:
        return None
    try:
        return sealer.open_as(AnswerText, row.content, Place.of(row, "content"))
    except CannotOpen:
        return None


async def writers(session: AsyncSession, inquiries: Sequence[Inquiry]) -> dict[InquiryOf, tuple[str, ...]]:
    """Return who has a draft of an answer, by inquiry; the latest first."""
    if not inquiries:
        return {}
    columns = [col(getattr(AnswerDraft, name)) for name in KEY]
    rows = await session.execute(
        select(*columns, col(AnswerDraft.user_id))
        .where(
            col(AnswerDraft.team_id) == inquiries[0].team_id,
            tuple_(*columns[1:]).in_([key_of(one).primary_key[1:] for one in inquiries]),
        )
        .order_by(col(AnswerDraft.updated_at).desc(), col(AnswerDraft.user_id))
    )
    found: defaultdict[InquiryOf, tuple[str, ...]] = defaultdict(tuple)
    for *key, user_id in rows:
        found[InquiryOf(*key)] += (user_id,)
    return dict(found)
