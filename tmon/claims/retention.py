"""Retention of claims: whom to collect from, the buyer's words and pictures. The facts of a claim are kept.

They are destroyed soon after the data of the order; of a claim whose order the bot does not have, or that came after
the order's data were destroyed, by the same rule: so many days after its end, and 180 days after it was asked for at the latest.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.audit import record
from tmon.claims.cards import redraw_cards
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.claims import Claim
from tmon.models.orders import Order
from tmon.orders.retention import LATEST
from tmon.pieces import in_pieces
from tmon.retention import Amount, Retention
from tmon.scope import StoreKey, same_key, scope

_HAS_DATA = col(Claim.claimant).is_not(None)
_KEY = (col(Claim.kind), col(Claim.claim_no))


async def amount(session: AsyncSession, now: datetime, days: int) -> Amount:
    """Return of how many claims personal data are held, and for how many of these they are due."""
    held = await session.scalar(select(func.count()).select_from(Claim).where(_HAS_DATA))
    due = await session.scalar(select(func.count()).select_from(Claim).where(_due(now, days)))
    return Amount(held or 0, due or 0)


async def destroy_due(db: Database, clock: Clock, days: int, most: int | None = None) -> int:
    """Destroy the personal data of claims that are due; return of how many. `most`: no more than that.

    Each piece leaves an audit row with its count, in the same transaction.
    """

    async def destroy(session: AsyncSession, store: StoreKey, rows: Sequence[tuple[Any, ...]]) -> int:
        now = clock()
        found = await session.execute(
            select(col(Claim.kind), col(Claim.claim_no))
            .where(*scope(Claim, store), _among(rows), _due(now, days))
            .order_by(col(Claim.kind), col(Claim.claim_no))
            .with_for_update(skip_locked=True)  # what another process destroys is counted there
        )
        count = await _destroy(session, store, tuple_(*_KEY).in_([tuple(row) for row in found]), now)
        if count:
            record(session, store, "system", "claim.destroy", now, claims=count)
        return count

    return await in_pieces(db, _keys().where(_due(clock(), days)), destroy, most)


async def destroy_of_store(db: Database, clock: Clock, store: StoreKey) -> int:
    """Destroy the personal data of all claims of a store that was removed, in pieces; return of how many."""

    async def destroy(session: AsyncSession, store: StoreKey, rows: Sequence[tuple[Any, ...]]) -> int:
        return await _destroy(session, store, _among(rows), clock())

    return await in_pieces(db, _keys().where(*scope(Claim, store), _HAS_DATA), destroy)


async def destroy_store(session: AsyncSession, team_id: str, store_id: str, now: datetime) -> int:
    """Destroy the personal data of all claims of a removed store; return of how many. The caller audits."""
    return await _destroy(session, StoreKey(team_id, store_id), _HAS_DATA, now)


def _keys() -> Select[*tuple[Any, ...]]:
    """Select claims by store, the oldest first, as `in_pieces` wants it."""
    return select(col(Claim.team_id), col(Claim.store_id), col(Claim.requested_at), *_KEY)


def _among(rows: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    return tuple_(*_KEY).in_([(kind, number) for _, kind, number in rows])


async def _destroy(session: AsyncSession, store: StoreKey, which: ColumnElement[bool], now: datetime) -> int:
    chosen = (*scope(Claim, store), which)
    await redraw_cards(session, list(await session.scalars(select(Claim).where(*chosen))), now)
    result = await session.execute(
        update(Claim)
        .where(*chosen)
        .values(claimant=None, claimant_destroyed_at=now)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], result).rowcount


def _due(now: datetime, days: int) -> ColumnElement[bool]:
    with_order = (
        select(col(Order.order_no))
        .where(
            same_key(Order, Claim, "order_no"),
            col(Order.buyer_destroyed_at).is_not(None),
            col(Order.buyer_destroyed_at) >= col(Claim.first_seen_at),
        )
        .correlate(Claim)
        .exists()
    )
    held = (
        select(col(Order.order_no))
        .where(same_key(Order, Claim, "order_no"), col(Order.buyer).is_not(None))
        .correlate(Claim)
        .exists()
    )
    return and_(
        _HAS_DATA,
        or_(
            with_order,
            and_(~held, col(Claim.ended_at) <= now - timedelta(days=days)),
            col(Claim.requested_at) <= now - LATEST,
        ),
    )


RETENTION = Retention("claims", "claim.destroy", "claims", amount, destroy_due, destroy_of_store)
