"""What people wrote in inquiries ends when it should; that they asked stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from tests.clock import MovableClock
from tmon.database import Database
from tmon.inquiries.retention import amount, destroy_due, destroy_store
from tmon.models.audit import Audit
from tmon.models.inquiries import AnswerDraft, AnswerText, Inquiry, InquiryText, Source
from tmon.retention import Amount
from tmon.sealing import Sealer

ASKED = datetime(2026, 1, 5, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def inquiry(number: int, sealer: Sealer, *, store_id: str = "st_a", **facts: Any) -> Inquiry:
    return Inquiry(
        **{
            "team_id": "T1",
            "store_id": store_id,
            "source": Source.QUESTION,
            "number": number,
            "title": "귤 5kg",
            "asked_at": ASKED,
            "listed_from": ASKED.date(),
            "content": sealer.seal(InquiryText(writer="jih***", message="언제 오나요?")),
            "first_seen_at": ASKED,
            **facts,
        }
    )


async def put(db: Database, *rows: Inquiry) -> None:
    async with db.write() as session:
        session.add_all(rows)


async def with_words(db: Database) -> set[int]:
    async with db.read() as session:
        return set(await session.scalars(select(col(Inquiry.number)).where(col(Inquiry.content).is_not(None))))


async def test_ninety_days_after_the_answer(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    answered = ASKED + 3 * DAY
    await put(
        db,
        inquiry(1, sealer, answered_at=answered),
        inquiry(2, sealer, answered_at=answered + DAY),
        inquiry(3, sealer),
    )
    clock.set(answered + 90 * DAY - timedelta(seconds=1))
    assert await destroy_due(db, clock, 90) == 0
    clock.advance(timedelta(seconds=1))
    assert await destroy_due(db, clock, 90) == 1
    assert await with_words(db) == {2, 3}
    async with db.read() as session:
        gone = await session.get_one(Inquiry, ("T1", "st_a", Source.QUESTION, 1, 0))
    assert (gone.title, gone.asked_at, gone.destroyed_at) == ("귤 5kg", ASKED, clock())


async def test_180_days_after_it_was_asked_at_the_latest(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await put(db, inquiry(1, sealer), inquiry(2, sealer, asked_at=ASKED + DAY))
    clock.set(ASKED + 180 * DAY)
    assert await destroy_due(db, clock, 90) == 1
    assert await with_words(db) == {2}
    assert await destroy_due(db, clock, 90) == 0


async def test_answers_and_drafts_go_with_the_inquiry(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    def draft(number: int) -> AnswerDraft:
        return AnswerDraft(
            team_id="T1",
            store_id="st_a",
            source=Source.QUESTION,
            number=number,
            user_id="U1",
            content=sealer.seal(AnswerText(content="김연아 님, 내일 갑니다.")),
            updated_at=ASKED,
        )

    answer = sealer.seal(AnswerText(content="내일 갑니다."))
    await put(
        db,
        inquiry(1, sealer, answered_at=ASKED, answer=answer, content=None),
        inquiry(2, sealer, answered_at=ASKED, content=None),
        inquiry(3, sealer, answer=answer),
    )
    async with db.write() as session:
        session.add_all([draft(1), draft(2), draft(3)])
    clock.set(ASKED + 90 * DAY)
    async with db.read() as session:
        assert await amount(session, clock(), 90) == Amount(3, 2)
    assert await destroy_due(db, clock, 90) == 2
    async with db.read() as session:
        assert [one.number for one in await session.scalars(select(AnswerDraft))] == [3]
        kept = await session.scalars(select(col(Inquiry.number)).where(col(Inquiry.answer).is_not(None)))
        assert list(kept) == [3]
    assert await destroy_due(db, clock, 90) == 0
    async with db.write() as session:
        assert await destroy_store(session, "T1", "st_a", clock()) == 1
        assert list(await session.scalars(select(AnswerDraft))) == []


async def test_each_store_is_audited_with_its_count(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await put(db, *(inquiry(n, sealer) for n in (1, 2)), inquiry(3, sealer, store_id="st_b"))
    clock.set(ASKED + 180 * DAY)
    assert await destroy_due(db, clock, 90) == 3
    async with db.read() as session:
        rows = list(await session.scalars(select(Audit)))
    assert {(row.user_id, row.action, row.store_id, row.details["inquiries"]) for row in rows} == {
        ("system", "inquiry.destroy", "st_a", 2),
        ("system", "inquiry.destroy", "st_b", 1),
    }


async def test_a_removed_store_loses_all_of_it_at_once(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await put(db, inquiry(1, sealer), inquiry(2, sealer, answered_at=ASKED), inquiry(3, sealer, store_id="st_b"))
    async with db.write() as session:
        assert await destroy_store(session, "T1", "st_a", clock()) == 2
    assert await with_words(db) == {3}
