"""Whose personal data a store held: for the certificate of destruction, and for the notice after a breach.

A breach is told to those concerned, and to the authority, within 72 hours (Personal Information Protection Act, art. 34;
Enforcement Decree, art. 39 and 40): the list names the orders and inquiries, through which TMON knows the people. It
holds no personal data itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.models.audit import Audit
from tmon.models.claims import Claim
from tmon.models.inquiries import Inquiry
from tmon.models.orders import Order
from tmon.models.reviews import Review
from tmon.pages import Page, fetch_page
from tmon.permissions import Person
from tmon.scope import StoreKey, scope

PAGE = 15
MOST = 50_000
"""Rows of a list; a store with more is listed by its newest."""
DESTROYED = ("buyer.destroy", "inquiry.destroy", "claim.destroy", "review.destroy", "store.remove")
"""Audited actions that destroy personal data."""


class HeldKind(StrEnum):
    """What personal data belongs to."""

    ORDER = "order"
    INQUIRY = "inquiry"
    CLAIM = "claim"
    REVIEW = "review"


@dataclass(frozen=True)
class Holding:
    """Personal data of one order, inquiry, claim or review."""

    kind: HeldKind
    number: int
    since: datetime
    """When the bot first had it."""
    until: datetime | None
    """When it was destroyed; None: still held."""


class Holdings:
    """Lists of what was held and destroyed. The caller checks that the person is an admin."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def of_store(self, person: Person, store_id: str) -> list[Holding]:
        """Return whose data a store holds or held, newest first; audited, for it leaves the bot."""
        store = StoreKey(person.team_id, store_id)
        queries = {
            HeldKind.ORDER: _held(Order, Order.order_no, Order.buyer, Order.buyer_destroyed_at, store),
            HeldKind.INQUIRY: _held(Inquiry, Inquiry.number, Inquiry.content, Inquiry.destroyed_at, store),
            HeldKind.CLAIM: _held(Claim, Claim.claim_no, Claim.claimant, Claim.claimant_destroyed_at, store),
            HeldKind.REVIEW: _held(Review, Review.review_no, Review.content, Review.destroyed_at, store),
        }
        async with self._db.write() as session:
            found = [
                Holding(kind, number, since, until)
                for kind, query in queries.items()
                for number, since, until in await session.execute(query)
            ]
            audit.record(
                session,
                store,
                person.user_id,
                "privacy.export",
                self._clock(),
                records=len(found),
            )
        return found

    async def destructions(self, team_id: str, page: int) -> Page[Audit]:
        """Return a page of the destructions of personal data, newest first."""
        query = (
            select(Audit)
            .where(col(Audit.team_id) == team_id, col(Audit.action).in_(DESTROYED))
            .order_by(col(Audit.at).desc(), col(Audit.id).desc())
        )
        async with self._db.read() as session:
            return await fetch_page(session, query, page, PAGE)


def _held(table: Any, number: Any, content: Any, destroyed_at: Any, store: StoreKey) -> Select[Any]:
    """Select number, begin and end of what has or had personal data, newest first."""
    return (
        select(number, table.first_seen_at, destroyed_at)
        .where(*scope(table, store), or_(content.is_not(None), destroyed_at.is_not(None)))
        .order_by(table.first_seen_at.desc())
        .limit(MOST)
    )


def destroyed_records(row: Audit) -> Iterator[tuple[HeldKind, int]]:
    """Yield kind and number of the records that a row of `DESTROYED` says were destroyed."""
    for kind, name in (
        (HeldKind.ORDER, "orders"),
        (HeldKind.INQUIRY, "inquiries"),
        (HeldKind.CLAIM, "claims"),
        (HeldKind.REVIEW, "reviews"),
    ):
        if count := row.details.get(name):
            yield kind, int(count)
