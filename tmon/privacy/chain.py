"""A hash chain over the audit rows, so that a changed or missing row is noticed.

Access records must be kept so that they can be neither altered nor lost (Standards of Measures to Secure the Safety of
Personal Information, art. 8, para. 3). Rows are taken up shortly after they were written, in the order of their time.
Whoever can write to the database can build the chain anew: the monthly review therefore tells the last hash to people.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlmodel import col

from tmon.clock import Clock
from tmon.database import Database, upsert
from tmon.models.audit import Audit, AuditChain

log = structlog.get_logger(__name__)

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
    """Compute the team's chain anew and compare it with what is stored: seconds per 100,000 rows."""
    async with db.read() as session:
        highest = select(func.max(col(Audit.chain_no))).where(col(Audit.team_id) == team_id).scalar_subquery()
        found = await session.execute(  # in one statement: the chain grows meanwhile
            select(col(AuditChain.length), col(AuditChain.last_hash), highest).where(col(AuditChain.team_id) == team_id)
        )
        length, last, numbered = found.one_or_none() or (0, "", 0)
    number, before = 0, ""
    async for row in _chained(db, team_id, length):
        number += 1
        if row.chain_no != number or row.chain_hash != _hash(before, row):
            return ChainState(length, last, number)
        before = row.chain_hash
    whole = (number, before) == (length, last) and (numbered or 0) <= length
    return ChainState(length, last, None if whole else number + 1)


async def check(db: Database, clock: Clock, team_id: str) -> ChainState:
    """Take up what is new, verify the chain and keep what was found, for whoever wants to see it at once."""
    await extend(db, team_id)
    state = await verify(db, team_id)
    if state.broken_at is not None:
        log.error("audit records were changed or are missing", first=state.broken_at)
    async with db.write() as session:
        end = await session.get_one(AuditChain, team_id, with_for_update=True)
        end.verified_at = clock()
        end.verified_length, end.verified_hash, end.broken_at = state.length, state.last_hash, state.broken_at
    return state


async def last_check(db: Database, team_id: str) -> tuple[ChainState, datetime] | None:
    """Return what the last `check` found, and when; None: there was none yet."""
    async with db.read() as session:
        end = await session.get(AuditChain, team_id)
    if end is None or end.verified_at is None:
        return None
    return ChainState(end.verified_length, end.verified_hash, end.broken_at), end.verified_at


async def _chained(db: Database, team_id: str, length: int) -> AsyncIterator[Any]:
    """Yield the rows of a chain of `length`, in its order. They are read in pieces, for none of them ever changes."""
    query = (
        select(*Audit.__table__.c)  # type: ignore[attr-defined]
        .where(col(Audit.team_id) == team_id, col(Audit.chain_no) <= length)
        .order_by(col(Audit.chain_no))
        .limit(BATCH)
    )
    after = 0
    while True:
        async with db.read() as session:
            rows = (await session.execute(query.where(col(Audit.chain_no) > after))).all()
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        after = rows[-1].chain_no


async def behind(db: Database) -> list[str]:
    """Return the teams that have rows which are not in their chain yet."""
    async with db.read() as session:
        found = select(col(Audit.team_id)).where(col(Audit.chain_no).is_(None)).distinct()
        return list(await session.scalars(found))


async def teams(db: Database) -> list[str]:
    """Return the teams that have a chain, or rows for one."""
    async with db.read() as session:
        chained = set(await session.scalars(select(col(AuditChain.team_id))))
    return sorted(chained | set(await behind(db)))


def _hash(before: str, row: Any) -> str:
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
