"""The queue of changes in the database: what is open, in which order, and how one ends. The store is locked by whoever writes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.due_times import NOTHING
from tmon.listings.documents import FieldChange, Wanted
from tmon.listings.fields import PERIOD, O, option_field
from tmon.listings.steps import Act
from tmon.models.listings import OPEN_CHANGES, ChangeState, ChangeWait, ProductChange, ProductUpload, UploadState
from tmon.scope import OfStore, scope

SEND = "send products"
"""Name of the task that sends what is due of one store."""
RESULT_KEPT = timedelta(days=1)
"""How long an uploaded list stays after its last change has ended."""
MOST_TRIES = 30
"""So often, two minutes apart if TMON says nothing else, a step is tried again that was not carried out."""
RETRY = timedelta(minutes=2)
LONGEST_RETRY = timedelta(days=1)
"""TMON may ask to wait for so long."""
_CHUNK = 500
_CLIPPED = 100
"""Characters of a value that a change's summary keeps."""
_ORDER = (Act.REGISTER, Act.CHANGE, Act.ADD, Act.PERIOD, Act.DISPLAY, Act.PAUSE, Act.RESUME)


def touched_by(wanted: Iterable[Wanted]) -> frozenset[str]:
    """Return the fields that open changes of a product want, named as in `Standing.touched`."""
    fields = set[str]()
    for one in wanted:
        fields.update(one.values)
        for key, option in one.options.items():
            fields.update(option_field(key, name) for name in O if getattr(option, name) is not None)
    return frozenset(fields)


def acts_after(wanted: Wanted, act: Act) -> list[Act]:
    """Return the calls of a change that follow one that failed, and are not sent."""
    options = wanted.options.values()
    follow = {
        Act.ADD: not wanted.is_new and any(one.is_new for one in options),
        Act.PERIOD: not wanted.is_new and bool(PERIOD & wanted.values.keys()),
        Act.DISPLAY: any(one.display is not None and not (one.is_new and one.display) for one in options),
    }
    return [one for one in _ORDER[_ORDER.index(act) + 1 :] if follow.get(one)]


def clipped(changes: Iterable[FieldChange]) -> list[dict[str, Any]]:
    """Return what changes as it is kept for the history of a product."""
    return [
        one.model_copy(update={"old": _clip(one.old), "new": _clip(one.new)}).model_dump(mode="json", exclude_none=True)
        for one in changes
    ]


def _clip(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _CLIPPED else value[: _CLIPPED - 1] + "…"
    if isinstance(value, list | tuple):
        return [_clip(one) for one in value[:6]]
    return value


async def open_changes(session: AsyncSession, store: OfStore, keys: Iterable[str]) -> list[ProductChange]:
    """Return the changes of products that have not ended, in the order of their acceptance."""
    wanted, rows = sorted(keys), list[ProductChange]()
    for start in range(0, len(wanted), _CHUNK):
        rows += await session.scalars(
            select(ProductChange).where(
                *scope(ProductChange, store),
                col(ProductChange.product_key).in_(wanted[start : start + _CHUNK]),
                col(ProductChange.state).in_(OPEN_CHANGES),
            )
        )
    return sorted(rows, key=lambda row: row.seq)


async def next_seq(session: AsyncSession, store: OfStore) -> int:
    """Return the place of the next change in the order of the store."""
    last = await session.scalar(select(func.max(ProductChange.seq)).where(*scope(ProductChange, store)))
    return (last or 0) + 1


def postpone(change: ProductChange, now: datetime, wait: ChangeWait | None, pause: timedelta = NOTHING) -> None:
    """Let a change wait until it is sent, or sent again."""
    change.state, change.wait, change.due_at, change.sent = ChangeState.WAITING, wait, now + pause, None


async def finish(
    session: AsyncSession,
    change: ProductChange,
    state: ChangeState,
    now: datetime,
    *,
    note: str | None = None,
    values: Mapping[str, Any] | None = None,
    detail: str | None = None,
) -> None:
    """End a change, and its list if that was the last one."""
    change.state, change.ended_at, change.wait, change.wanted, change.sent = state, now, None, {}, None
    change.note, change.values, change.detail = note, dict(values or {}), detail
    if change.upload_id is not None:
        await end_upload(session, change.team_id, change.upload_id, now)


async def end_upload(session: AsyncSession, team_id: str, upload_id: str, now: datetime) -> None:
    """End a list that is being sent, unless one of its changes is open."""
    await session.flush()
    is_open = select(col(ProductChange.id)).where(
        col(ProductChange.team_id) == team_id,
        col(ProductChange.upload_id) == upload_id,
        col(ProductChange.state).in_(OPEN_CHANGES),
    )
    await session.execute(
        update(ProductUpload)
        .where(
            col(ProductUpload.team_id) == team_id,
            col(ProductUpload.id) == upload_id,
            col(ProductUpload.state) == UploadState.SENDING,
            ~is_open.exists(),
        )
        .values(state=UploadState.SENT, ended_at=now, expires_at=now + RESULT_KEPT),
        execution_options={"synchronize_session": False},
    )


def heads(rows: Sequence[ProductChange]) -> list[ProductChange]:
    """Return the oldest of each product, of changes in their order."""
    first: dict[str, ProductChange] = {}
    for row in rows:
        first.setdefault(row.product_key, row)
    return list(first.values())
