"""Pages of lists in memory and in the database, at their ends and beyond."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from tmon.database import Database
from tmon.models.audit import Audit
from tmon.pages import Page, StablePage, fetch_page, nearest_page

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "total", "expected"),
    [(0, 0, (0, 1)), (7, 0, (0, 1)), (0, 10, (0, 1)), (1, 11, (1, 2)), (9, 25, (2, 3)), (-1, 25, (0, 3))],
)
def test_nearest_page_of_ten_stays_within_the_list(number: int, total: int, expected: tuple[int, int]) -> None:
    assert nearest_page(number, total, 10) == expected


def test_page_of_a_list_that_has_shrunk_is_its_last() -> None:
    assert Page.of("abcde", 5, 2) == Page("e", 2, 3, 5)
    assert Page.of("", 5, 2) == Page("", 0, 1, 0)


class _OfTen(StablePage[str]):
    size = 10


@pytest.mark.parametrize(
    ("start", "total", "expected"),
    [
        (0, 0, (0, 0, 1)),
        (0, 10, (0, 0, 1)),
        (0, 11, (0, 0, 2)),
        (7, 17, (7, 1, 2)),  # three of the first ten have left the list
        (7, 18, (7, 1, 3)),
        (20, 20, (10, 1, 2)),
        (20, 3, (0, 0, 1)),
    ],
)
def test_a_stable_page_may_begin_anywhere(start: int, total: int, expected: tuple[int, int, int]) -> None:
    page = _OfTen((), _OfTen.nearest_start(start, total), total)
    assert (page.start, page.number, page.pages) == expected


async def test_fetched_pages_are_counted_within_the_condition_and_hold_each_row_once(db: Database) -> None:
    async with db.write() as session:
        for n in range(7):
            team, at = "T1" if n < 5 else "T2", NOW + timedelta(minutes=n)
            session.add(Audit(team_id=team, id=f"au_{n}", at=at, user_id="U1", action="store.edit", details={}))
    query = select(Audit).where(col(Audit.team_id) == "T1").order_by(col(Audit.at).desc())
    async with db.read() as session:
        pages = [await fetch_page(session, query, number, 2) for number in range(4)]
    assert [[row.id for row in page.items] for page in pages] == [
        ["au_4", "au_3"],
        ["au_2", "au_1"],
        ["au_0"],
        ["au_0"],
    ]
    assert [(page.number, page.pages, page.total) for page in pages] == [(0, 3, 5), (1, 3, 5), (2, 3, 5), (2, 3, 5)]
    assert pages[0].with_items(["x"]) == Page(["x"], 0, 3, 5)
