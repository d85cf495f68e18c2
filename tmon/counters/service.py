"""Counting and listing what was late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core
from tmon.counters.definitions import KINDS, Counter, cases
from tmon.counters.months import month_of
from tmon.models.claims import Claim
from tmon.models.orders import Order
from tmon.models.stores import Store
from tmon.pages import Page, nearest_page

PAGE = 20


@dataclass(frozen=True)
class Tally:
    """One counter of one store in one month."""

    late: int = 0
    """Done after their deadlines."""
    overdue: int = 0
    """Still open, though their deadlines have passed."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.late + self.overdue

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.late + other.late, self.overdue + other.overdue)


Counters = Mapping[Counter, Tally]
"""All five, also those that are zero."""
NONE: Counters = {counter: Tally() for counter in Counter}


@dataclass(frozen=True)
class LateCase:
    """One case of a counter."""

    store: Store
    number: int
    """Of the order, or of the claim."""
    order_no: int
    title: str
    deadline: datetime
    done_at: datetime | None
    """None: still open."""


async def count(session: AsyncSession, team_id: str, month: date, now: datetime) -> dict[str, Counters]:
    """Return the counters of each store that has a case in a month, with one query per counter for all stores."""
    found: dict[str, dict[Counter, Tally]] = {}
    for counter in Counter:
        case = cases(counter, team_id, month, now)
        done = func.count(case.c.done_at)
        rows = await session.execute(select(case.c.store_id, done, func.count() - done).group_by(case.c.store_id))
        for store_id, late, overdue in rows:
            found.setdefault(store_id, dict(NONE))[counter] = Tally(late, overdue)
    return dict(found)


def total(each: Mapping[str, Counters]) -> Counters:
    """Return the sums over all stores."""
    return {counter: sum((counters[counter] for counters in each.values()), Tally()) for counter in Counter}


class LateCases:
    """Lists the cases of a counter."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    def this_month(self) -> date:
        """Return the first day of the current month in Korea."""
        return month_of(self._clock())

    async def tally(self, team_id: str, store_id: str | None, month: date) -> Counters:
        """Return the counters of one store, or of all that are not removed."""
        async with self._db.read() as session:
            each = await count(session, team_id, month, self._clock())
            stores = await session.scalars(
                select(col(Store.id)).where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None))
            )
            wanted = set(stores) if store_id is None else {store_id}
        return total({store: counters for store, counters in each.items() if store in wanted})

    async def page(
        self, team_id: str, store_id: str | None, counter: Counter, month: date, number: int
    ) -> Page[LateCase]:
        """Return one page of the cases: what is still open comes first, then the latest deadline."""
        async with self._db.read() as session:
            case = cases(counter, team_id, month, self._clock())
            query = (
                select(Store, case.c.number, case.c.deadline, case.c.done_at)
                .join(case, case.c.store_id == col(Store.id))
                .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None))
            )
            if store_id is not None:
                query = query.where(col(Store.id) == store_id)
            size = await session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
            number, pages = nearest_page(number, size, PAGE)
            rows = await session.execute(
                query.order_by(case.c.done_at.is_not(None), case.c.deadline.desc(), case.c.number)
                .limit(PAGE)
                .offset(number * PAGE)
            )
            found = rows.all()
            about = await _about(session, team_id, counter, [(store.id, no) for store, no, _, _ in found])
        items = []
        for store, no, deadline, done_at in found:
            order_no, title = about.get((store.id, no), (no, ""))
            items.append(LateCase(store, no, order_no, title, deadline, done_at))
        return Page(items, number, pages, size)

    async def overdue(self, team_id: str, number: int) -> Page[tuple[Counter, LateCase]]:
        """Return one page of what is past its deadline and still open, of every counter, longest overdue first."""
        async with self._db.read() as session:
            now = self._clock()
            parts = []
            for counter in Counter:
                case = cases(counter, team_id, month_of(now), now)
                parts.append(
                    select(
                        literal(counter.value).label("counter"), case.c.store_id, case.c.number, case.c.deadline
                    ).where(case.c.done_at.is_(None))
                )
            every = union_all(*parts).subquery("every")
            query = (
                select(Store, every.c.counter, every.c.number, every.c.deadline)
                .join(every, every.c.store_id == col(Store.id))
                .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None))
            )
            size = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
            number, pages = nearest_page(number, size, PAGE)
            rows = await session.execute(
                query.order_by(every.c.deadline, every.c.number, every.c.counter).limit(PAGE).offset(number * PAGE)
            )
            found = [(store, Counter(counter), no, deadline) for store, counter, no, deadline in rows]
            about: dict[Counter, dict[tuple[str, int], tuple[int, str]]] = {}
            for counter in {counter for _, counter, _, _ in found}:
                keys = [(store.id, no) for store, of, no, _ in found if of is counter]
                about[counter] = await _about(session, team_id, counter, keys)
        items = []
        for store, counter, no, deadline in found:
            order_no, title = about[counter].get((store.id, no), (no, ""))
            items.append((counter, LateCase(store, no, order_no, title, deadline, None)))
        return Page(items, number, pages, size)


async def _about(
    session: AsyncSession, team_id: str, counter: Counter, keys: list[tuple[str, int]]
) -> dict[tuple[str, int], tuple[int, str]]:
    """Return order number and title of the cases with these stores and numbers."""
    if counter not in KINDS:
        orders = await session.execute(
            select(col(Order.store_id), col(Order.order_no), col(Order.title)).where(
                col(Order.team_id) == team_id, tuple_(col(Order.store_id), col(Order.order_no)).in_(keys)
            )
        )
        return {(store, order_no): (order_no, title) for store, order_no, title in orders}
    claims = await session.scalars(
        select(Claim).where(
            col(Claim.team_id) == team_id,
            col(Claim.kind) == KINDS[counter],
            tuple_(col(Claim.store_id), col(Claim.claim_no)).in_(keys),
        )
    )
    return {
        (claim.store_id, claim.claim_no): (claim.order_no, str(claim.goods[0].get("title", "")) if claim.goods else "")
        for claim in claims
    }
