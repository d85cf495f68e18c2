"""Records of TMON that could not be read or stored: set aside, told once, and dropped as soon as they can be read.

They hold up neither the others nor the watermark, and are no failure of the store.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import TmonError, UnexpectedResponse, UnreadableAnswer, UnreadItem
from tmon.clock import KST
from tmon.collection.messages import UnreadFound, UnreadFoundEmail
from tmon.database import Database, upsert
from tmon.models.collection import Unread, UnreadRecord, UnreadWhy, field_name
from tmon.models.stores import Store
from tmon.outbox import DEPLOYMENT, OPERATOR, enqueue, enqueue_update, new_message, post
from tmon.scope import OfStore, scope

_AT_A_TIME = 500
_NAMED = 10
"""Records that a message names."""


class UnreadLog:
    """The unread records of one kind, as one run over a store finds and leaves them."""

    def __init__(self, db: Database, store: OfStore, what: Unread) -> None:
        self._db = db
        self._store = store
        self._what = what
        self.before: dict[str, UnreadRecord] = {}
        """Those that earlier runs set aside, by number."""
        self.met: set[str] = set()
        """Numbers of those that this run could not read."""

    async def load(self) -> None:
        """Read what earlier runs set aside."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(UnreadRecord).where(*scope(UnreadRecord, self._store), col(UnreadRecord.what) == self._what)
            )
            self.before = {row.number: row for row in rows}

    async def set_aside(
        self, session: AsyncSession, items: Iterable[UnreadItem], now: datetime, listed_from: date | None = None
    ) -> None:
        """Store notes of `items`. `listed_from`: the first day of the list query that contained them."""
        found = {item.number: item for item in items}
        self.met.update(found)
        await set_aside(session, self._store, self._what, found.values(), now, listed_from)

    async def set_one_aside(self, number: int, error: TmonError, now: datetime) -> bool:
        """Store a note of a record that was asked for by its number, if `error` is about what TMON said of it.

        Returns False for every other error, such as an answer that is no record at all.
        """
        if not isinstance(error, UnexpectedResponse) or isinstance(error, UnreadableAnswer):
            return False
        async with self._db.write() as session:
            await self.set_aside(session, [UnreadItem(str(number), error.field, error.why)], now)
        return True

    async def keep(
        self, read: Iterable[int | str], unread: Collection[UnreadItem], now: datetime, listed_from: date | None = None
    ) -> None:
        """Set aside what could not be read, and drop the notes of what could, in a transaction of its own.

        `listed_from`: the first day of the list query that contained them.
        """
        if not unread and not self.before and not self.met:
            return
        still = {item.number for item in unread}
        async with self._db.write() as session:
            await self.could_read(session, [number for number in read if str(number) not in still], now)
            await self.set_aside(session, unread, now, listed_from)

    async def could_read(self, session: AsyncSession, numbers: Collection[int | str], now: datetime) -> None:
        """Drop the notes of records that could be read."""
        gone = (self.before.keys() | self.met) & {str(number) for number in numbers}
        self.met -= gone
        await could_read(session, self._store, self._what, gone, now)

    async def could_read_unnumbered(self, session: AsyncSession, now: datetime) -> None:
        """Drop the note of records without a number, because this run met none."""
        if "" in self.before.keys() - self.met:
            await could_read(session, self._store, self._what, [""], now)

    async def drop_others(self, session: AsyncSession, now: datetime, keep: Collection[str] = ()) -> None:
        """Drop earlier notes that this run did not meet again, but for `keep`: TMON lists those records no more."""
        await could_read(session, self._store, self._what, self.before.keys() - self.met - set(keep), now)


async def set_aside(
    session: AsyncSession,
    store: OfStore,
    what: Unread,
    items: Iterable[UnreadItem],
    now: datetime,
    listed_from: date | None = None,
) -> None:
    """Store notes of records that could not be read, each once."""
    rows = [
        {
            "team_id": store.team_id,
            "store_id": store.store_id,
            "what": what,
            "number": item.number,
            "field": item.field[:120],
            "why": UnreadWhy(item.why),
            "listed_from": listed_from,
            "first_seen_at": now,
            "last_seen_at": now,
            "told_at": None,
        }
        for item in items
    ]
    await upsert(session, UnreadRecord.__table__, rows, update=["field", "why", "last_seen_at"])  # type: ignore[attr-defined]


async def could_read(
    session: AsyncSession, store: OfStore, what: Unread, numbers: Iterable[str], now: datetime
) -> None:
    """Drop the notes of `numbers`, and let the messages that named them say so."""
    wanted = sorted(numbers)
    for first in range(0, len(wanted), _AT_A_TIME):
        told = await session.scalars(
            delete(UnreadRecord)
            .where(
                *scope(UnreadRecord, store),
                col(UnreadRecord.what) == what,
                col(UnreadRecord.number).in_(wanted[first : first + _AT_A_TIME]),
            )
            .returning(col(UnreadRecord.told_at))
        )
        keys = {message_key(store.store_id, moment) for moment in told if moment is not None}
        await enqueue_update(session, store.team_id, sorted(keys), now=now)


async def tell(session: AsyncSession, store: Store, now: datetime) -> None:
    """Tell who manages the store of records that nobody was told of yet, in one message, and the operator of their causes."""
    # the moment is in the message's key: what another kind's run has told of in the same one is another message
    known = await session.execute(
        select(func.max(col(UnreadRecord.told_at)), func.count() - func.count(col(UnreadRecord.told_at))).where(
            *scope(UnreadRecord, store)
        )
    )
    last, untold = known.one()
    if not untold:
        return
    told_at = now if last is None else max(now, last + timedelta(microseconds=1))
    found = await session.scalars(
        update(UnreadRecord)
        .where(*scope(UnreadRecord, store), col(UnreadRecord.told_at).is_(None))
        .values(told_at=told_at)
        .returning(UnreadRecord)
    )
    told = found.all()
    records = tuple(sorted((one.what, one.number) for one in told))
    if not records:
        return
    key = message_key(store.id, told_at)
    message = UnreadFound(store=store.id, records=records[:_NAMED], more=max(0, len(records) - _NAMED))
    await post(session, store, message, key=key, now=now, to=store.registered_by)
    await _tell_operator(session, told, now)


async def _tell_operator(session: AsyncSession, records: Iterable[UnreadRecord], now: datetime) -> None:
    """Mail the operator what is wrong with records, unless somebody's of the same kind were told of today."""
    mails = {}
    for one in records:
        mail = UnreadFoundEmail(what=one.what, why=one.why, field=field_name(one.field))
        cause = sha256(f"{mail.what}/{mail.why}/{mail.field}".encode()).hexdigest()[:16]
        mails[f"{mail.kind}/{cause}/{now.astimezone(KST):%Y%m%d}"] = mail
    # sorted, as other runs may be about to tell of the same ones
    rows = [new_message(mail, team_id=DEPLOYMENT, key=key, to=OPERATOR, now=now) for key, mail in sorted(mails.items())]
    await enqueue(session, rows)


async def counts(session: AsyncSession, team_id: str) -> dict[str, int]:
    """Return the number of unread records by store, for stores that have any."""
    rows = await session.execute(
        select(col(UnreadRecord.store_id), func.count())
        .where(col(UnreadRecord.team_id) == team_id)
        .group_by(col(UnreadRecord.store_id))
    )
    return dict(list(rows))


def message_key(store_id: str, told_at: datetime) -> str:
    """Return the outbox key of the message that told of the records with this `told_at`."""
    return f"unread/{store_id}/{told_at:%Y%m%d%H%M%S%f}"
