"""Who reads what people wrote; the look is audited."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import JUNHO, SEOYEON
from bot.playground.tmon import new_question
from handlers.inquiries.ids import InquiryAction, InquiryView
from tests.flows.inquiries.collecting import see_button
from tests.flows.stores.registering import click, text_of
from tests.flows.world import World
from tmon.errors import AppError
from tmon.inquiries.collector import INQUIRIES
from tmon.inquiries.service import InquiryService
from tmon.models.audit import Audit
from tmon.models.inquiries import Inquiry, Source
from tmon.models.stores import Store
from tmon.permissions import Person


async def test_those_who_work_read_everything_and_the_look_is_audited(world: World) -> None:
    store = await world.add_store(worker_ids=[SEOYEON])
    question = new_question(world.tmon, store.seller_id, content="010-1234-5678 로\n전화 주세요")
    await world.collect(INQUIRIES)
    await world.command(SEOYEON, "문의")
    listed = text_of(world.modal(SEOYEON))
    assert "전화 주세요" in listed
    assert "1234" not in listed
    await click(world, SEOYEON, see_button(world, SEOYEON))
    whole = world.modal(SEOYEON)
    assert whole.callback_id == InquiryView.WHOLE
    shown = text_of(whole)
    for part in ("010-1234-5678", question.writer, str(question.article_no), question.deal_title):
        assert part in shown
    async with world.db.read() as session:
        (row,) = await session.scalars(select(Audit).where(col(Audit.action) == "inquiry.see"))
    assert (row.user_id, row.store_id, row.subject) == (SEOYEON, store.id, str(question.article_no))
    assert "1234" not in str(row.details)


async def test_those_who_may_only_see_read_it_masked(world: World) -> None:
    store = await world.add_store(worker_ids=[SEOYEON])
    new_question(world.tmon, store.seller_id, content="010-1234-5678 로 전화 주세요")
    await world.collect(INQUIRIES)
    await world.command(SEOYEON, "cs")
    stolen = see_button(world, SEOYEON)
    await world.command(JUNHO, "cs")
    view = world.modal(JUNHO)
    assert "전화 주세요" in text_of(view)
    assert "1234" not in text_of(view)
    assert InquiryAction.SEE not in str(view)
    # the right goes while the list is open
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).worker_ids = [JUNHO]
    await click(world, SEOYEON, stolen)
    assert f"<@{JUNHO}>" in await world.notice(SEOYEON)
    assert world.modal(SEOYEON).callback_id == InquiryView.LIST
    async with world.db.read() as session:
        assert list(await session.scalars(select(Audit).where(col(Audit.action) == "inquiry.see"))) == []


async def test_text_that_cannot_be_opened_hides_no_other(world: World) -> None:
    store = await world.add_store(worker_ids=[SEOYEON])
    moved = new_question(world.tmon, store.seller_id, content="언제 오나요")
    new_question(world.tmon, store.seller_id, content="환불해 주세요")
    await world.collect(INQUIRIES)
    async with world.db.write() as session:
        rows = {row.number: row for row in await session.scalars(select(Inquiry))}
        other = next(row for number, row in rows.items() if number != moved.article_no)
        rows[moved.article_no].content = other.content  # sealed for another row
    await world.command(SEOYEON, "문의")
    listed = text_of(world.modal(SEOYEON))
    assert "환불해 주세요" in listed
    assert "언제 오나요" not in listed
    person = Person(team_id=store.team_id, user_id=SEOYEON)
    with pytest.raises(AppError, match=r"inquiries\.no_text"):
        await world.bot.services[InquiryService].see(person, store.id, Source.QUESTION, moved.article_no, 0)
