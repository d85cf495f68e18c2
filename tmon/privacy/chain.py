"""A hash chain over the audit rows, so that a changed or missing row is noticed.

Access records must be kept so that they can be neither altered nor lost (Standards of Measures to Secure the Safety of
Personal Information, art. 8, para. 3). Rows are taken up shortly after they were written, in the order of their time.
Whoever can write to the database can build the chain anew: the monthly review therefore tells the last hash to people.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database, upsert
from tmon.models.audit import Audit, AuditChain

BATCH = 500
"""Rows per transaction."""


@dataclass(frozen=True)
class ChainState:
    """What the verification of a team's chain found."""

    length: int
    last_hash: str
    broken_at: int | None
    """The first number that is missing, or whose row was changed; None: the chain is whole."""


async def extend(db: Database, team_id: str) -> int:
    """Take up the rows that are not in the chain yet; return how many."""
    taken = 0
    while count := await _extend_once(db, team_id):
        taken += count
    return taken


async def _extend_once(db: Database, team_id: str) -> int:
    async with db.write() as session:
        first = {"team_id": team_id, "length": 0, "last_hash": ""}
        await upsert(session, AuditChain.__table__, [first], update=[])  # type: ignore[attr-defined]
        end = await session.get_one(AuditChain, team_id, with_for_update=True)
        rows = await session.scalars(
            select(Audit)
            .where(col(Audit.team_id) == team_id, col(Audit.chain_no).is_(None))
            .order_by(col(Audit.at), col(Audit.id))
            .limit(BATCH)
        )
        count = 0
        for row in rows:
            end.length += 1
            end.last_hash = row.chain_hash = _hash(end.last_hash, row)
            row.chain_no = end.length
            count += 1
    return count


async def verify(db: Database, team_id: str) -> ChainState:
    """Compute the team's chain anew and compare it with what is stored."""
    async with db.read() as session:
        end = await session.get(AuditChain, team_id)
        length, last = (0, "") if end is None else (end.length, end.last_hash)
        number, before = 0, ""
        async for row in _chained(session, team_id):
            number += 1
            if row.chain_no != number or row.chain_hash != _hash(before, row):
                return ChainState(length, last, number)
            before = row.chain_hash
        broken = None if (number, before) == (length, last) else number + 1
    return ChainState(length, last, broken)


async def _chained(session: AsyncSession, team_id: str) -> AsyncIterator[Audit]:
    after = 0
    while True:
        rows = list(
            await session.scalars(
                select(Audit)
                .where(col(Audit.team_id) == team_id, col(Audit.chain_no) > after)
                .order_by(col(Audit.chain_no))
                .limit(BATCH)
            )
        )
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        after = rows[-1].chain_no or 0
        session.expunge_all()


async def teams(db: Database) -> list[str]:
    """Return the teams that have audit rows."""
    async with db.read() as session:
        return list(await session.scalars(select(func.distinct(col(Audit.team_id)))))


def _hash(before: str, row: Audit) -> str:
    facts = [
        before,
        row.team_id,
        row.id,
        row.at.astimezone(UTC).isoformat(),
        row.user_id,
        row.action,
        row.store_id,
        row.subject,
        row.details,
    ]
    return sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
