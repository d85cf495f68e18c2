"""Storing of settlement rows: the one place that turns a reading of TMON into rows, whoever read it.

The latest reading of a `txSeqNo` wins. A row that its day does not list any more stays, and says since when. What a reading
stores does not depend on what was stored before, so late and corrected rows end as the same month in whatever order they came.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import SettlementItem
from tmon.api.settlement import noted
from tmon.clock import KST
from tmon.database import is_data_error, upsert
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.scope import OfStore, scope

_AT_A_TIME = 500
_WON = Decimal(1)
_STORED_RATE = Decimal("0.000001")
_TABLE = SettlementRow.__table__  # type: ignore[attr-defined]
_KEY = {"team_id", "store_id", "tx_no"}
_OURS = {"first_seen_at", "read_at", "missing_since"}
"""Columns that are no part of what TMON says."""
_SAID = [column.name for column in _TABLE.columns if column.name not in _KEY | _OURS]


@dataclass(frozen=True)
class Stored:
    """What a reading changed."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    """Rows that TMON listed before and does not any more."""
    not_stored: Sequence[str] = field(default=())
    """Their `txSeqNo`."""


def computed_amount(base: int, rate: Decimal | None) -> int | None:
    """Return 계산 지급액: base × rate, half up to the won; None without a rate.

    A rate of at most 1 is a fraction, any other one percent. Halves of negative amounts are rounded away from zero, so that a
    row that takes back another one comes to the same amount.
    """
    if rate is None:
        return None
    amount = base * rate if abs(rate) <= 1 else base * rate / 100
    return int(amount.quantize(_WON, ROUND_HALF_UP))


async def store_day(
    session: AsyncSession,
    store: OfStore,
    day: date,
    rows: Sequence[SettlementItem],
    now: datetime,
    *,
    asked_at: datetime | None = None,
    unread: Collection[str] = (),
) -> Stored:
    """Store all rows that TMON listed for `day`, and mark those that it does not list any more.

    `asked_at`: when TMON was asked, by default `now`; a reading that is older than the last one of the day stores nothing.
    `unread`: numbers of rows of the day that could not be read (`tmon.api.settlement.note_of`): they are not gone.
    """
    asked_at = asked_at or now
    known = await session.get(SettlementDay, (store.team_id, store.store_id, day))
    if known is not None and known.read_at is not None and asked_at < known.read_at <= now:
        return Stored()
    listed = {row.tx_no: _values(store, day, row, asked_at) for row in rows}
    stored = await _stored(session, store, listed)
    # a reading that lies ahead is one of a clock that was ahead: nothing is newer than it but by that clock
    newer = {tx_no for tx_no, old in stored.items() if asked_at < old.read_at <= now}
    wanted = [values for tx_no, values in listed.items() if tx_no not in newer]
    refused = await _upsert(session, wanted)
    new = [tx_no for tx_no in listed if tx_no not in stored and tx_no not in refused]
    changed = [tx_no for tx_no, old in stored.items() if tx_no not in newer and _differs(old, listed[tx_no])]
    gone = await _mark_gone(session, store, day, listed.keys(), unread, asked_at, now)
    await upsert(
        session,
        SettlementDay.__table__,  # type: ignore[attr-defined]
        [
            {
                "team_id": store.team_id,
                "store_id": store.store_id,
                "day": day,
                "read_at": asked_at,
                "due_at": None,
                "rows": len(listed),
            }
        ],
        update=["read_at", "rows"],
    )
    return Stored(len(new), len(changed), gone, tuple(refused))


def _values(store: OfStore, day: date, row: SettlementItem, asked_at: datetime) -> dict[str, Any]:
    return {
        "team_id": store.team_id,
        "store_id": store.store_id,
        "tx_no": row.tx_no,
        "day": day,
        "order_no": row.order.order_no,
        "order_sub_no": row.order.sub_no,
        "individual_order_no": row.order.individual_no,
        "deal_no": row.goods.deal_no,
        "option_no": row.goods.option_no,
        "title": row.goods.title,
        "option_title": row.goods.option_title,
        "kind": row.kind,
        "detail_kind": row.detail_kind,
        "sold_at": row.sold_at,
        "sold_on": row.sold_at.astimezone(KST).date(),
        "pay_due": row.pay_due,
        "sell_amount": row.sell_amount,
        "base_amount": row.base_amount,
        "rate": None if row.rate is None else row.rate.quantize(_STORED_RATE, ROUND_HALF_UP),
        "computed_amount": computed_amount(row.base_amount, row.rate),
        "vendor_amount": row.vendor_amount,
        "tmon_amount": row.tmon_amount,
        "adjust_code": row.adjust_code,
        "discount_no": row.discount_no,
        "discount_name": row.discount_name,
        "first_seen_at": asked_at,
        "read_at": asked_at,
        "missing_since": None,
    }


async def _stored(session: AsyncSession, store: OfStore, tx_nos: Iterable[str]) -> dict[str, Any]:
    """Return the rows that are stored of `tx_nos`, by these."""
    columns = [_TABLE.c[name] for name in ("tx_no", "read_at", "missing_since", *_SAID)]
    found: dict[str, Any] = {}
    for some in _batches(tx_nos):
        rows = await session.execute(
            select(*columns).where(*scope(SettlementRow, store), col(SettlementRow.tx_no).in_(some))
        )
        found.update((row.tx_no, row) for row in rows)
    return found


def _differs(old: Any, values: dict[str, Any]) -> bool:
    return old.missing_since is not None or any(getattr(old, name) != values[name] for name in _SAID)


async def _upsert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Store rows; return the `txSeqNo` of those that the database refuses, which hold up none of the others."""
    try:
        async with session.begin_nested():
            await upsert(session, _TABLE, rows, update=[*_SAID, "read_at", "missing_since"])
    except Exception as error:
        if not is_data_error(error):
            raise
        if len(rows) == 1:
            return [rows[0]["tx_no"]]
        half = len(rows) // 2
        return await _upsert(session, rows[:half]) + await _upsert(session, rows[half:])
    return []


async def _mark_gone(
    session: AsyncSession,
    store: OfStore,
    day: date,
    listed: Collection[str],
    unread: Collection[str],
    asked_at: datetime,
    now: datetime,
) -> int:
    """Mark the rows of a day that this reading does not list; return how many were not marked before."""
    if "" in unread:
        return 0  # any of them may be the row whose number could not be read
    rows = await session.scalars(
        select(col(SettlementRow.tx_no)).where(
            *scope(SettlementRow, store),
            col(SettlementRow.day) == day,
            col(SettlementRow.missing_since).is_(None),
            or_(col(SettlementRow.read_at) <= asked_at, col(SettlementRow.read_at) > now),
        )
    )
    gone = [tx_no for tx_no in rows if tx_no not in listed and noted(tx_no) not in unread]
    for some in _batches(gone):
        await session.execute(
            update(SettlementRow)
            .where(*scope(SettlementRow, store), col(SettlementRow.tx_no).in_(some))
            .values(missing_since=asked_at),
            execution_options={"synchronize_session": False},
        )
    return len(gone)


def _batches(tx_nos: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(tx_nos)
    while some := list(islice(remaining, _AT_A_TIME)):
        yield some
