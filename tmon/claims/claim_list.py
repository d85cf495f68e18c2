"""Lists of claims, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.claims.service import ClaimService, ClaimSummary, summarize
from tmon.core import Core
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.stores import Store
from tmon.pages import StablePage

PAGE = 15
"""Claims per page: each takes three of the 100 blocks of a view."""

ClaimKey = tuple[str, ClaimKind, int]
"""Store, kind and number of a claim."""


class Shown(StrEnum):
    """Which claims a list shows (보기). Stored in buttons: never rename, only add."""

    OPEN = "open"
    HELD = "held"
    LATE = "late"
    """Decided by TMON itself (티몬 자동환불)."""
    ENDED = "ended"


@dataclass(frozen=True)
class Scope:
    """The claims of a list: of a batch, with a number of an order or a claim, or of stores by kind and state."""

    team_id: str
    store_ids: tuple[str, ...] = ()
    shown: Shown = Shown.OPEN
    kind: ClaimKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    """For claims that have ended: the span in which their deadline was."""
    batch_id: str | None = None
    number: int | None = None


@dataclass(frozen=True)
class ClaimPage(StablePage[ClaimSummary]):
    """A page of a list of claims."""

    size = PAGE


class ClaimLists:
    """Queries of lists of claims."""

    def __init__(self, core: Core) -> None:
        self._db = core.db
        self._sealer = core.sealer
        self._service = ClaimService(core)

    async def page(self, scope: Scope, start: int) -> ClaimPage:
        """Return the page that begins at `start`, or the last one if the list has become shorter."""
        conditions = _conditions(scope)
        async with self._db.read() as session:
            total = await session.scalar(select(func.count()).select_from(Claim).where(*conditions)) or 0
            start = ClaimPage.nearest_start(start, total)
            rows = await session.execute(
                select(col(Claim.store_id), col(Claim.kind), col(Claim.claim_no))
                .where(*conditions)
                .order_by(*_order(scope))
                .limit(PAGE)
                .offset(start)
            )
            found = await self._summaries(session, scope.team_id, [(s, k, n) for s, k, n in rows])
        return ClaimPage(await self._service.with_names(found), start, total)

    async def same_page(self, scope: Scope, start: int, keys: Sequence[ClaimKey]) -> ClaimPage:
        """Return the page with exactly these claims, as they are now: what a person looks at does not move."""
        async with self._db.read() as session:
            total = await session.scalar(select(func.count()).select_from(Claim).where(*_conditions(scope))) or 0
            found = await self._summaries(session, scope.team_id, keys)
        return ClaimPage(await self._service.with_names(found), start, total)

    async def left(self, scope: Scope, keys: Sequence[ClaimKey]) -> int:
        """Return how many of these claims, which were open, have left the list."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Claim.store_id), col(Claim.kind), col(Claim.claim_no)).where(
                    *_conditions(scope), col(Claim.claim_no).in_([number for *_, number in keys])
                )
            )
            there = {(store_id, kind, number) for store_id, kind, number in rows}
        return sum(key not in there for key in keys)

    async def with_number(self, team_id: str, number: int) -> list[ClaimKey]:
        """Return the claims with this number, and those of the order with it, open and newest ones first."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Claim.store_id), col(Claim.kind), col(Claim.claim_no))
                .join(Store, (col(Store.team_id) == col(Claim.team_id)) & (col(Store.id) == col(Claim.store_id)))
                .where(col(Claim.team_id) == team_id, _has_number(number), col(Store.removed_at).is_(None))
                .order_by(*_order(Scope(team_id, number=number)))
            )
            return [(store_id, kind, found) for store_id, kind, found in rows]

    async def _summaries(self, session: AsyncSession, team_id: str, keys: Sequence[ClaimKey]) -> list[ClaimSummary]:
        """Load claims by key, in the given order. Unknown ones are left out."""
        found: dict[ClaimKey, ClaimSummary] = {}
        for store_id in {store_id for store_id, _, _ in keys}:
            store = await session.get_one(Store, (team_id, store_id))
            numbers = [number for of, _, number in keys if of == store_id]
            claims = await session.scalars(
                select(Claim).where(
                    col(Claim.team_id) == team_id, col(Claim.store_id) == store_id, col(Claim.claim_no).in_(numbers)
                )
            )
            for one in await summarize(session, self._sealer, store, list(claims)):
                found[(store_id, one.claim.kind, one.claim.claim_no)] = one
        return [found[key] for key in keys if key in found]


def _order(scope: Scope) -> tuple[Any, ...]:
    key = (col(Claim.store_id), col(Claim.kind), col(Claim.claim_no))
    if scope.batch_id is None and scope.number is None and scope.shown in (Shown.OPEN, Shown.HELD):
        return col(Claim.deadline), *key
    if scope.batch_id is None and scope.number is None:
        return col(Claim.ended_at).desc(), *key
    return col(Claim.ended_at).is_not(None), col(Claim.deadline), *key


def _has_number(number: int) -> ColumnElement[bool]:
    return or_(col(Claim.order_no) == number, col(Claim.claim_no) == number)


def _conditions(scope: Scope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [col(Claim.team_id) == scope.team_id]
    found.append(col(Claim.store_id).in_(scope.store_ids))
    if scope.number is not None:
        return [*found, _has_number(scope.number)]
    if scope.batch_id is not None:
        return [*found, col(Claim.batch_id) == scope.batch_id]
    if scope.kind is not None:
        found.append(col(Claim.kind) == scope.kind)
    if scope.since is not None:
        found.append(col(Claim.deadline) >= scope.since)
    if scope.until is not None:
        found.append(col(Claim.deadline) < scope.until)
    match scope.shown:
        case Shown.OPEN:
            return [*found, col(Claim.ended_at).is_(None)]
        case Shown.HELD:
            return [*found, col(Claim.ended_at).is_(None), col(Claim.holding).is_(True)]
        case Shown.LATE:
            return [*found, col(Claim.end) == ClaimEnd.AUTO_REFUNDED]
        case Shown.ENDED:
            return [*found, col(Claim.ended_at).is_not(None)]
