"""Retention of claims: whom to collect from, the buyer's words and pictures. The facts of a claim are kept.

They are destroyed soon after the data of the order; of a claim whose order the bot does not have, or that came after
the order's data were destroyed, by the same rule: so many days after its end, and 180 days after it was asked for at the latest.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.audit import record
from tmon.claims.cards import redraw_cards
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.claims import Claim
from tmon.models.orders import Order
from tmon.orders.retention import BATCH, LATEST
from tmon.retention import Amount, Retention
from tmon.scope import StoreKey, same_key, scope

_HAS_DATA = col(Claim.claimant).is_not(None)


async def amount(session: AsyncSession, now: datetime, days: int) -> Amount:
    """Return of how many claims personal data are held, and for how many of these they are due."""
    held = await session.scalar(select(func.count()).select_from(Claim).where(_HAS_DATA))
    due = await session.scalar(select(func.count()).select_from(Claim).where(_due(now, days)))
    return Amount(held or 0, due or 0)


async def destroy_due(db: Database, clock: Clock, days: int, most: int | None = None) -> int:
    """Destroy the personal data of claims that are due; return of how many. `most`: no more than that.

    Each batch leaves an audit row with its count, in the same transaction.
    """
    destroyed = 0
    async with db.read() as session:
        stores = list(
            await session.execute(select(col(Claim.team_id), col(Claim.store_id)).where(_due(clock(), days)).distinct())
        )
    for team_id, store_id in stores:
        while (limit := BATCH if most is None else min(BATCH, most - destroyed)) > 0:
            now, key = clock(), StoreKey(team_id, store_id)
            async with db.write() as session:
                rows = await session.execute(
                    select(col(Claim.kind), col(Claim.claim_no))
                    .where(*scope(Claim, key), _due(now, days))
                    .order_by(col(Claim.requested_at), col(Claim.claim_no))
                    .limit(limit)
                    .with_for_update(skip_locked=True)  # what another process destroys is counted there
                )
                due = [(kind, number) for kind, number in rows]
                count = await _destroy(session, key, tuple_(col(Claim.kind), col(Claim.claim_no)).in_(due), now)
                if count:
                    record(session, key, "system", "claim.destroy", now, claims=count)
            destroyed += count
            if count < limit:
                break
    return destroyed


async def destroy_store(session: AsyncSession, team_id: str, store_id: str, now: datetime) -> int:
    """Destroy the personal data of all claims of a removed store; return of how many. The caller audits."""
    return await _destroy(session, StoreKey(team_id, store_id), _HAS_DATA, now)


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


RETENTION = Retention("claims", "claim.destroy", "claims", amount, destroy_due)
