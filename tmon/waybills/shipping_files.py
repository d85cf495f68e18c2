"""Files with recipients' data (배송용): made with a password, and followed until Slack says that they are gone.

The row is written before anything leaves, with a time of deletion minutes away. Only once the person has the password on the
screen does the file get its full time. So whatever crashes, no file stays behind, and none that nobody can open stays for long.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.masking import mask_text
from tmon.models.audit import Audit
from tmon.models.orders import BuyerRecord, Order
from tmon.models.outbox import MessageArgs
from tmon.models.shipping_files import ShippingFile
from tmon.models.stores import Store
from tmon.outbox import OPERATOR, enqueue, new_message
from tmon.permissions import Person
from tmon.privacy.looks import IN_FILE
from tmon.scope import StoreKey
from tmon.sealing import CannotOpen, Place
from tmon.spreadsheets.writing import SheetColumn, new_password, protected, workbook
from tmon.waybills.waiting import WaitingDeal, count_held_back, waiting_deals

log = structlog.stdlib.get_logger(__name__)

UNSEEN = timedelta(minutes=5)
"""How long a file lives whose password nobody has seen: longer than any upload takes."""
TRYING = timedelta(minutes=1)
"""So long nobody else tries to delete a file, and it is tried again after a crash."""
RETRY_LONGEST = timedelta(minutes=30)
"""The longest pause between two attempts to delete a file."""
TELL_AFTER = 6
"""Failed attempts, an hour in all, after which the operator is told; at once if Slack refuses the bot."""

COLUMNS = (
    SheetColumn("주문번호", 16),
    SheetColumn("배송번호", 16),
    SheetColumn("딜번호", 14),
    SheetColumn("상품명", 32),
    SheetColumn("옵션", 28),
    SheetColumn("수량", 6),
    SheetColumn("받는 분", 12),
    SheetColumn("연락처", 16),
    SheetColumn("우편번호", 10),
    SheetColumn("주소", 48),
    SheetColumn("배송메모", 28),
    SheetColumn("통관고유부호", 16),
)
"""Fixed: carriers' programs know the columns by their titles."""


class ShippingFileStays(MessageArgs):
    """Email to the operator: Slack does not let the bot delete a file with recipients' data."""

    kind = "shipping_file_stays"

    file: str
    """Slack's id of the file."""
    user: str
    since: datetime
    error: str


@dataclass(frozen=True)
class PreparedFile:
    """A file that is ready to be sent."""

    id: str
    orders: int
    held_back: int
    """Orders that are left out because their buyer has asked to cancel."""
    unreadable: int
    """Orders that are left out because their recipient is not known (any more)."""
    content: bytes = field(repr=False)
    password: str = field(repr=False)


class ShippingFiles:
    """Makes files with recipients' data, and keeps account of them. Rights are the caller's to check."""

    def __init__(self, core: Core) -> None:
        self._core, self._db, self._clock = core, core.db, core.clock

    async def has_orders(self, store: Store) -> bool:
        """Return whether anything of a store can be shipped now."""
        async with self._db.read() as session:
            async for _ in waiting_deals(session, store.team_id, [store.id]):
                return True
        return False

    async def prepare(self, person: Person, store: Store, reason: str) -> PreparedFile:
        """Make the file of a store's orders that wait to be shipped, and commit that it is about to leave.

        Audited, with one record per order: it is a look at the data of each. Raises AppError if there is nothing to ship.
        """
        rows: list[list[str]] = []
        seen: set[int] = set()
        unreadable: set[int] = set()
        async with self._db.read() as session:
            async for line, order in waiting_deals(session, store.team_id, [store.id]):
                buyer = self._buyer(order)
                if buyer is None:
                    unreadable.add(order.order_no)
                    continue
                seen.add(order.order_no)
                rows.append(_row(line, buyer))
            held_back = await count_held_back(session, store.team_id, [store.id])
        if not rows:
            raise AppError("shipping_file.none_readable" if unreadable else "shipping_file.none", store=store.name)
        file_id = await self._begin(person, store, reason, sorted(seen))
        password = new_password()
        content = await asyncio.to_thread(lambda: protected(workbook("배송용", COLUMNS, rows), password))
        return PreparedFile(file_id, len(seen), held_back, len(unreadable), content, password)

    async def posted(self, team_id: str, file_id: str, channel: str, ts: str) -> None:
        """Keep where the message before the file stands."""
        await self._change(team_id, file_id, channel=channel, ts=ts)

    async def announced(self, team_id: str, file_id: str, slack_id: str) -> None:
        """Keep Slack's id of the file, before its content is sent. Raises AppError if it is to be deleted already."""
        await self._change(team_id, file_id, file_id=slack_id)

    async def seen(self, team_id: str, file_id: str) -> datetime:
        """The person has the password: the file gets its full time. Return when it is deleted. Raises AppError if it is gone."""
        now = self._clock()
        until = now + self._core.options.shipping_file
        await self._change(team_id, file_id, seen_at=now, delete_at=until, try_at=until)
        return until

    async def give_up(self, team_id: str, file_id: str) -> ShippingFile | None:
        """Nobody will see the password, or the upload failed: the file is to be deleted at once. Return its row, if it is there."""
        now = self._clock()
        async with self._db.write() as session:
            await session.execute(
                update(ShippingFile).where(*_is(team_id, file_id)).values(delete_at=now, try_at=now, seen_at=None)
            )
            return await session.get(ShippingFile, (team_id, file_id))

    async def due(self) -> list[ShippingFile]:
        """Return the files of all workspaces whose time is over, and whose deletion is to be tried now."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(ShippingFile).where(*self._is_due()).order_by(col(ShippingFile.delete_at))
            )
            return list(rows)

    async def take(self, file: ShippingFile) -> bool:
        """Put the next attempt at a file that is due off, so that of several processes one deletes it."""
        async with self._db.write() as session:
            taken = await session.scalar(
                update(ShippingFile)
                .where(*_is(file.team_id, file.id), *self._is_due())
                .values(try_at=self._clock() + TRYING)
                .returning(col(ShippingFile.id)),
                execution_options={"synchronize_session": False},
            )
        return taken is not None

    def _is_due(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        now = self._clock()
        return col(ShippingFile.delete_at) <= now, col(ShippingFile.try_at) <= now

    async def gone(self, file: ShippingFile) -> None:
        """Slack says that the file is gone, or nothing was ever sent."""
        now = self._clock()
        async with self._db.write() as session:
            deleted = await session.execute(
                delete(ShippingFile).where(*_is(file.team_id, file.id)).returning(col(ShippingFile.id))
            )
            if deleted.scalar_one_or_none() is None:
                return
            audit.record(
                session,
                StoreKey(file.team_id, file.store_id),
                "system",
                "order.delete_shipping_file",
                now,
                subject=file.id,
                orders=file.orders,
            )

    async def stays(self, file: ShippingFile, error: str, *, refused: bool) -> None:
        """Slack did not delete the file: it is tried again later. `refused`: only the operator can help, and is told."""
        now = self._clock()
        attempts = file.attempts + 1
        pause = min(timedelta(minutes=2 ** min(attempts, 10)), RETRY_LONGEST)
        log.warning("a file with recipients' data was not deleted", file=file.id, error=error, attempts=attempts)
        tell = file.told_at is None and (refused or attempts >= TELL_AFTER)
        async with self._db.write() as session:
            await session.execute(
                update(ShippingFile)
                .where(*_is(file.team_id, file.id))
                .values(
                    attempts=attempts,
                    error=error[:60],
                    try_at=now + pause,
                    told_at=now if tell else file.told_at,
                )
            )
            if tell and file.file_id is not None:
                message = ShippingFileStays(file=file.file_id, user=file.user_id, since=file.created_at, error=error)
                key = f"{ShippingFileStays.kind}/{file.id}"
                await enqueue(session, [new_message(message, team_id=file.team_id, key=key, to=OPERATOR, now=now)])

    async def _begin(self, person: Person, store: Store, reason: str, order_nos: list[int]) -> str:
        now = self._clock()
        soon = now + UNSEEN
        file = ShippingFile(
            team_id=store.team_id,
            id=new_id("sf"),
            store_id=store.id,
            user_id=person.user_id,
            orders=len(order_nos),
            created_at=now,
            delete_at=soon,
            try_at=soon,
        )
        key = StoreKey(store.team_id, store.id)
        async with self._db.write() as session:
            session.add(file)
            audit.record(
                session,
                key,
                person.user_id,
                "order.shipping_file",
                now,
                subject=file.id,
                orders=len(order_nos),
                reason=mask_text(reason),
            )
            await _record_looks(session, key, person.user_id, file.id, order_nos, now)
        return file.id

    async def _change(self, team_id: str, own_id: str, **values: object) -> None:
        """Change the row of a file that is not due yet. Raises AppError if it is: then it is gone, or soon will be."""
        async with self._db.write() as session:
            changed = await session.execute(
                update(ShippingFile)
                .where(*_is(team_id, own_id), col(ShippingFile.delete_at) > self._clock())
                .values(**values)
                .returning(col(ShippingFile.id))
            )
            if changed.scalar_one_or_none() is None:
                raise AppError("shipping_file.too_slow")

    def _buyer(self, order: Order) -> BuyerRecord | None:
        """Return who gets an order; None if that was destroyed or cannot be read."""
        if order.buyer is None:
            return None
        try:
            buyer = self._core.sealer.open_as(BuyerRecord, order.buyer, Place.of(order, "buyer"))
        except CannotOpen:
            return None
        return buyer if buyer.receiver_name and (buyer.street_address or buyer.address) else None


async def _record_looks(
    session: AsyncSession, store: StoreKey, user_id: str, file_id: str, order_nos: list[int], now: datetime
) -> None:
    """Record the look at the recipient of each order, a thousand in one statement."""
    rows = [
        {
            "team_id": store.team_id,
            "id": new_id("au"),
            "at": now,
            "user_id": user_id,
            "action": IN_FILE,
            "store_id": store.store_id,
            "subject": str(order_no),
            "details": {"file": file_id},
        }
        for order_no in order_nos
    ]
    await session.execute(insert(Audit), rows)


def _is(team_id: str, file_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(ShippingFile.team_id) == team_id, col(ShippingFile.id) == file_id


def _row(line: WaitingDeal, buyer: BuyerRecord) -> list[str]:
    """Return the cells of a line, in the order of `COLUMNS`."""
    street = buyer.street_address or buyer.address or ""
    return [
        str(line.order_no),
        line.delivery_no,
        str(line.deal_no),
        line.title,
        line.options,
        str(line.quantity),
        buyer.receiver_name or "",
        buyer.receiver_phone or "",
        buyer.zip_code or "",
        f"{street} {buyer.address_detail or ''}".strip(),
        buyer.delivery_memo or "",
        buyer.customs_ids.get(str(line.deal_no), ""),
    ]
