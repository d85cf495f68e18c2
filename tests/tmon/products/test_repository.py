"""Deals as they are kept: all that TMON told of one, and which delivery template is used by which."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlmodel import col

from handlers.samples.fixtures import store
from tests.clock import MovableClock
from tests.tmon.api.examples import deal as example
from tmon import api
from tmon.codes.tables import Carrier
from tmon.database import Database
from tmon.listings.documents import remote_of, stored_remote
from tmon.models.listings import CELL_LENGTH, DealDocument
from tmon.models.products import Deal, DealOption
from tmon.products import repository
from tmon.products.repository import TemplateDeals

SHOP = store()
CARRIERS = (Carrier("10001", "CJ대한통운"),)


def told(**contents: Any) -> api.Deal:
    """A deal as TMON tells it; its `contents` in part."""
    answer = example()
    answer["dealContents"] = answer.get("dealContents", {}) | contents
    return api.Deal.model_validate(answer)


async def kept(db: Database, deal: api.Deal, clock: MovableClock) -> DealDocument:
    async with db.write() as session:
        await repository.upsert_deal(session, SHOP, deal, clock())
    async with db.read() as session:
        return (await session.scalars(select(DealDocument))).one()


@pytest.mark.parametrize("detail", ["<div>\n티셔츠</div>", "가" * (CELL_LENGTH + 1), None])
async def test_a_deal_is_the_same_when_it_is_read_from_what_was_kept(
    db: Database, clock: MovableClock, detail: str | None
) -> None:
    deal = told(detailContents=detail)
    document = await kept(db, deal, clock)
    async with db.read() as session:
        options = (await session.scalars(select(DealOption))).all()
    remote = remote_of(deal, CARRIERS)
    again = stored_remote(document, options, CARRIERS)
    if detail and len(detail) > CELL_LENGTH:
        assert document.detail is None
        for one in (remote, again):
            one.values = {name: getattr(value, "hash", value) for name, value in one.values.items()}
    assert again == remote
    assert {tuple(one.sections) for one in options} == {one.sections for one in deal.options}


async def test_what_changes_here_since_is_in_what_was_kept(db: Database, clock: MovableClock) -> None:
    document = await kept(db, told(), clock)
    async with db.read() as session:
        first, *others = (await session.scalars(select(DealOption).order_by(col(DealOption.option_no)))).all()
    first.stock, first.display = 3, False
    remote = stored_remote(document, [first, *others], CARRIERS)
    assert [(one.stock, one.display) for one in remote.options] == [(3, False), (30, True)]


async def test_a_detail_is_written_again_only_if_it_changed(db: Database, clock: MovableClock) -> None:
    written: list[str] = []

    def note(*args: Any) -> None:
        if "deal_document" in args[2] and not args[2].startswith("SELECT"):
            written.append(args[2].split()[0])

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    first = await kept(db, told(detailContents="<p>가</p>"), clock)
    clock.advance(timedelta(hours=1))
    written.clear()
    same = await kept(db, told(detailContents="<p>가</p>\r\n", title="새 이름"), clock)
    assert written == ["UPDATE"]
    assert same.read_at == first.read_at + timedelta(hours=1)
    assert (same.detail, same.content["title"]) == ("<p>가</p>", "새 이름")
    other = await kept(db, told(detailContents="<p>나</p>"), clock)
    assert (other.detail, other.detail_length) == ("<p>나</p>", 8)
    assert other.detail_hash != first.detail_hash
    event.remove(db.engine.sync_engine, "before_cursor_execute", note)


async def test_a_template_names_the_deals_that_use_it(db: Database, clock: MovableClock) -> None:
    async with db.write() as session:
        for number, title, template in [
            (1, "다", 7),
            (2, "가", 7),
            (3, "라", 7),
            (4, "나", 7),
            (5, "가", 8),
            (6, "마", None),
        ]:
            session.add(
                Deal(
                    team_id=SHOP.team_id,
                    store_id=SHOP.id,
                    deal_no=number,
                    title=title,
                    title_key=title,
                    template_no=template,
                    known_since=clock(),
                )
            )
        session.add(
            Deal(team_id=SHOP.team_id, store_id="st_other", deal_no=1, title="가", template_no=7, known_since=clock())
        )
        await session.flush()
        await repository.mark_deleted(session, SHOP, 3, clock())
    async with db.read() as session:
        assert await repository.deals_by_template(session, SHOP) == {
            7: TemplateDeals(3, ("가", "나", "다")),
            8: TemplateDeals(1, ("가",)),
        }
        assert await repository.deals_by_template(session, SHOP, first=1) == {
            7: TemplateDeals(3, ("가",)),
            8: TemplateDeals(1, ("가",)),
        }


async def test_a_deal_has_its_template_and_category(db: Database, clock: MovableClock) -> None:
    await kept(db, told(), clock)
    async with db.read() as session:
        deal = (await session.scalars(select(Deal))).one()
    assert (deal.template_no, deal.category_no) == (612345, 51010101)
