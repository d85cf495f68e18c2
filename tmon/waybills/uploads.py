"""Uploaded lists of waybills: kept until they are sent, and their results.

Rows are kept sealed, for an hour; their results for a day. A list is sent by whoever uploaded it, once. What is typed into a
form is a list, too, where other processes share the work: if the one that sends it is killed, nothing typed is lost.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import TmonError
from tmon.codes.service import CodeTables
from tmon.core import Core
from tmon.database import Database
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.leases import NOBODY, renewed
from tmon.models.orders import OrderDeal
from tmon.models.outbox import MessageArgs
from tmon.models.shipping_files import UploadState, WaybillUpload
from tmon.orders.transitions import load
from tmon.outbox import enqueue, enqueue_update, new_message
from tmon.permissions import Person
from tmon.sealing import CannotOpen, Place
from tmon.spreadsheets.cells import Table
from tmon.waybills.days import today
from tmon.waybills.results import DealResult, Shipment, failure_note
from tmon.waybills.service import ClaimsUnread, Progress, WaybillService
from tmon.waybills.upload_checks import check_rows
from tmon.waybills.upload_results import (
    INTERRUPTED,
    failed,
    mark_interrupted,
    shipment,
    take_results,
    take_states,
    typed_rows,
)
from tmon.waybills.upload_rows import RowKind, UploadContent, UploadRow, read_rows
from tmon.work import Press, pressed

log = structlog.get_logger(__name__)

KEPT = timedelta(hours=1)
"""How long a list stays that was previewed and not sent."""
RESULT_KEPT = timedelta(days=1)
LEASE = timedelta(minutes=3)
"""A list that is being sent, and of which nothing was heard for so long, was interrupted; at once if its process is gone."""
RENEW_SECONDS = 20.0
"""Between two signs of life of a list that is being sent: a single answer of TMON may take minutes."""
_AT_ONCE = 500
"""Order numbers in one query."""


class WaybillsSent(MessageArgs):
    """Direct message to whoever uploaded a list: what became of it, where its view was closed meanwhile."""

    kind = "waybills_sent"

    upload: str


@dataclass(frozen=True)
class Upload:
    """An uploaded list with its rows."""

    team_id: str
    id: str
    user_id: str
    state: UploadState
    content: UploadContent = field(repr=False)


class WaybillUploads:
    """Keeps uploaded lists of waybills, and sends them. Rights on the stores of its rows are the caller's to check."""

    def __init__(self, core: Core, waybills: WaybillService, codes: CodeTables) -> None:
        self._db, self._clock, self._sealer, self._claims = core.db, core.clock, core.sealer, core.claims
        self._waybills, self._codes = waybills, codes

    async def preview(self, person: Person, table: Table) -> Upload:
        """Check a list against what the person may ship, and keep it. Raises AppError if there is nothing in it."""
        now = self._clock()
        content = await asyncio.to_thread(read_rows, table, today(now))
        if not content.rows:
            raise AppError("bulk.nothing_filled", n=content.blank)
        content.rows = await check_rows(self._db, self._codes, person, content.rows)
        upload = WaybillUpload(
            team_id=person.team_id,
            id=new_id("wu"),
            user_id=person.user_id,
            state=UploadState.PREVIEWED,
            content="",
            created_at=now,
            expires_at=now + KEPT,
        )
        upload.content = await self._sealed(upload, content)
        async with self._db.write() as session:
            session.add(upload)
        return _upload(upload, content)

    async def get(self, person: Person, upload_id: str) -> Upload:
        """Return a list of this person's, with the newest results. Raises AppError if there is none (any more)."""
        async with self._db.read() as session:
            row = await session.get(WaybillUpload, (person.team_id, upload_id))
            if row is None or row.user_id != person.user_id or row.expires_at <= self._clock():
                raise AppError("bulk.upload_gone")
            content = await self._opened(row)
            if row.state is UploadState.SENT:
                await take_states(session, row.team_id, content.rows)
        return _upload(row, content)

    async def send(self, person: Person, upload_id: str, progress: Progress, *, unchecked: bool = False) -> Upload:
        """Send the rows that are ready, once; return the list with its results.

        `unchecked`: as in `WaybillService.register_many`. Raises ClaimsUnread if the cancels of no store could be read:
        then nothing was sent, and the list may be sent again. Raises AppError if it is being sent, or was.
        """
        upload, claim = await self._begin(person, upload_id)
        try:
            async with renewed(claim.renew, RENEW_SECONDS, upload=upload.id):
                await self._send_rows(person, upload.content.rows, claim, progress, unchecked=unchecked)
        except _ClaimLost:
            return await self._ended_meanwhile(person, upload)
        except ClaimsUnread:
            await self._give_back(claim)
            raise
        if not await self._end(upload, claim.is_mine):
            return await self._ended_meanwhile(person, upload)
        return replace(upload, state=UploadState.SENT)

    async def send_typed(
        self, person: Person, store_id: str, shipments: Sequence[Shipment], *, unchecked: bool = False
    ) -> list[DealResult]:
        """Ship parcels that were typed into a form, as `WaybillService.register_many` does."""
        press = pressed.get()
        if press is None:
            return await self._waybills.register_many(person, store_id, shipments, unchecked=unchecked)
        claim = await self._keep_typed(press, person, store_id, shipments)
        try:
            async with renewed(claim.renew, RENEW_SECONDS, upload=claim.upload_id):
                return await self._waybills.register_many(
                    person, store_id, shipments, unchecked=unchecked, before_each=claim.check
                )
        except _ClaimLost:
            raise AppError(
                INTERRUPTED
            ) from None  # this process stood still, and the person was told what became of them
        finally:
            await self._forget(claim)

    async def tell(self, upload: Upload) -> None:
        """Tell the person what became of a list by direct message."""
        async with self._db.write() as session:
            await _tell(session, upload, self._clock())

    async def settle(self) -> None:
        """End lists whose process was killed while it sent them, and delete what is old. Called every minute."""
        now = self._clock()
        async with self._db.write() as session:
            await session.execute(
                delete(WaybillUpload).where(
                    col(WaybillUpload.expires_at) <= now, col(WaybillUpload.state) != UploadState.SENDING
                )
            )
        async with self._db.read() as session:
            found = await session.scalars(select(WaybillUpload).where(self._is_abandoned()))
            interrupted = list(found)
        for row in interrupted:
            try:
                content = await self._opened(row)
            except CannotOpen:  # nobody can say what became of it: its waybills stand on the cards of their orders
                log.error("a list of waybills was interrupted and cannot be read", upload=row.id)
                async with self._db.write() as session:
                    await session.execute(delete(WaybillUpload).where(*_is(row), self._is_abandoned()))
                continue
            async with self._db.read() as session:
                await take_states(session, row.team_id, content.rows)
            mark_interrupted(content.rows)
            if await self._end(_upload(row, content), self._is_abandoned(), tell=True):
                log.warning("a list of waybills was interrupted", upload=row.id)

    async def deals(self, team_id: str, rows: Sequence[UploadRow]) -> Mapping[tuple[str, int, str, int], OrderDeal]:
        """Return the deals of rows, for files that show their goods."""
        found: dict[tuple[str, int, str, int], OrderDeal] = {}
        numbers = sorted({row.order_no for row in rows if row.store_id})
        async with self._db.read() as session:
            for start in range(0, len(numbers), _AT_ONCE):
                deals = await session.scalars(
                    select(OrderDeal).where(
                        col(OrderDeal.team_id) == team_id,
                        col(OrderDeal.order_no).in_(numbers[start : start + _AT_ONCE]),
                    )
                )
                for deal in deals:
                    found[deal.store_id, deal.order_no, deal.delivery_no, deal.deal_no] = deal
        return found

    async def _begin(self, person: Person, upload_id: str) -> tuple[Upload, "_Claim"]:
        now, claim = self._clock(), self._claims.new(LEASE)
        async with self._db.write() as session:
            changed = await session.execute(
                update(WaybillUpload)
                .where(
                    col(WaybillUpload.team_id) == person.team_id,
                    col(WaybillUpload.id) == upload_id,
                    col(WaybillUpload.user_id) == person.user_id,
                    col(WaybillUpload.state) == UploadState.PREVIEWED,
                    col(WaybillUpload.expires_at) > now,
                )
                .values(state=UploadState.SENDING, started_at=now, **claim)
                .returning(col(WaybillUpload.id)),
                execution_options={"synchronize_session": False},
            )
            row = await session.get(WaybillUpload, (person.team_id, upload_id), populate_existing=True)
            if changed.scalar_one_or_none() is None or row is None:
                is_there = row is not None and row.user_id == person.user_id and row.expires_at > now
                raise AppError("bulk.sent_already" if is_there else "bulk.upload_gone")
        upload = _upload(row, await self._opened(row))
        return upload, _Claim(self._db, upload, claim["claim_token"])

    async def _keep_typed(self, press: Press, person: Person, store_id: str, shipments: Sequence[Shipment]) -> "_Claim":
        """Keep what was typed as a list that is being sent, before its form is acknowledged."""
        press.begin()
        now, claim = self._clock(), self._claims.new(LEASE)
        upload = WaybillUpload(
            team_id=person.team_id,
            id=new_id("wu"),
            user_id=person.user_id,
            state=UploadState.SENDING,
            content="",
            created_at=now,
            started_at=now,
            expires_at=now + KEPT,
            **claim,
        )
        async with self._db.write() as session:
            found = await load(session, person.team_id, store_id, sorted({one.order_no for one in shipments}))
            content = UploadContent(rows=typed_rows(store_id, shipments, found))
            upload.content = await self._sealed(upload, content)
            session.add(upload)
            await session.flush()
            press.store(session)
        return _Claim(self._db, _upload(upload, content), claim["claim_token"])

    async def _forget(self, claim: "_Claim") -> None:
        """Forget what was typed into a form, whose results its person sees."""
        try:
            async with self._db.write() as session:
                await session.execute(delete(WaybillUpload).where(claim.is_mine))
        except (SQLAlchemyError, OSError) as error:  # `settle` tells, as if this process was killed
            log.warning("a list was not forgotten", upload=claim.upload_id, error=type(error).__name__)

    async def _send_rows(
        self, person: Person, rows: list[UploadRow], claim: "_Claim", progress: Progress, *, unchecked: bool
    ) -> None:
        """Send the rows that are ready, store by store, and write down how they ended. Raises ClaimsUnread, _ClaimLost."""
        ready: defaultdict[str, list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            if row.kind is RowKind.READY:
                ready[row.store_id].append(index)
        total, before, unread = sum(map(len, ready.values())), 0, 0

        async def report(done: int, _: int) -> None:
            await progress(before + done, total)

        for store_id, indices in ready.items():
            shipments = [shipment(rows[index]) for index in indices]
            try:
                results = await self._waybills.register_many(
                    person, store_id, shipments, unchecked=unchecked, progress=report, before_each=claim.check
                )
            except ClaimsUnread as error:
                unread += 1
                results = [failed(rows[index], error.key) for index in indices]
            except AppError as error:
                results = [failed(rows[index], error.key, **error.values) for index in indices]
            except TmonError as error:
                results = [failed(rows[index], failure_note(error)[0]) for index in indices]
            take_results(rows, indices, results)
            before += len(indices)
        if unread and unread == len(ready):
            raise ClaimsUnread

    async def _give_back(self, claim: "_Claim") -> None:
        async with self._db.write() as session:
            await session.execute(
                update(WaybillUpload).where(claim.is_mine).values(state=UploadState.PREVIEWED, **NOBODY)
            )

    async def _end(self, upload: Upload, is_ours: ColumnElement[bool], *, tell: bool = False) -> bool:
        """Keep how a list ended that is being sent. Returns whether it did: `is_ours` is still so."""
        now = self._clock()
        async with self._db.write() as session:
            row = await session.scalar(select(WaybillUpload).where(*_is(upload), is_ours).with_for_update())
            if row is None:
                return False
            row.content = await self._sealed(row, upload.content)
            row.state, row.expires_at = UploadState.SENT, now + RESULT_KEPT
            row.claim_token = row.claim_owner = row.claimed_until = None
            if tell:
                await _tell(session, upload, now)
        return True

    async def _ended_meanwhile(self, person: Person, upload: Upload) -> Upload:
        """Return a list that `settle` has ended while our process stood still. What the person was told follows."""
        async with self._db.write() as session:
            await enqueue_update(session, upload.team_id, [_message_key(upload)], now=self._clock())
        return await self.get(person, upload.id)

    def _is_abandoned(self) -> ColumnElement[bool]:
        """Return the condition that a list is being sent, and that its process is gone or was not heard of for too long."""
        return and_(_IS_SENDING, self._claims.is_free(WaybillUpload))

    async def _sealed(self, row: WaybillUpload, content: UploadContent) -> str:
        return await asyncio.to_thread(self._sealer.seal, content, Place.of(row, "content"))

    async def _opened(self, row: WaybillUpload) -> UploadContent:
        return await asyncio.to_thread(self._sealer.open_as, UploadContent, row.content, Place.of(row, "content"))


class _ClaimLost(Exception):
    """The list was taken for abandoned, and ended by `settle`."""


class _Claim:
    """The right to send a list, whose holder says now and then that it still does."""

    def __init__(self, db: Database, upload: Upload, token: str) -> None:
        self._db = db
        self.upload_id = upload.id
        self.is_mine = and_(*_is(upload), _IS_SENDING, col(WaybillUpload.claim_token) == token)
        """The condition that nobody has ended it."""

    async def renew(self) -> bool:
        """Extend it, if nobody has ended the list. Returns whether that is so."""
        async with self._db.write() as session:
            mine = await session.scalar(
                update(WaybillUpload)
                .where(self.is_mine)
                .values(claimed_until=self._db.now(LEASE))
                .returning(col(WaybillUpload.id)),
                execution_options={"synchronize_session": False},
            )
        return mine is not None

    async def check(self) -> None:
        """Raise _ClaimLost if the list was ended; extend the claim if it may be ended any moment."""
        async with self._db.read() as session:
            is_held = await session.scalar(
                select(col(WaybillUpload.id)).where(self.is_mine, col(WaybillUpload.claimed_until) > self._db.now())
            )
        if is_held is None and not await self.renew():
            raise _ClaimLost


async def _tell(session: AsyncSession, upload: Upload, now: datetime) -> None:
    message = new_message(
        WaybillsSent(upload=upload.id),
        team_id=upload.team_id,
        key=_message_key(upload),
        to=upload.user_id,
        now=now,
    )
    await enqueue(session, [message])


def _upload(row: WaybillUpload, content: UploadContent) -> Upload:
    return Upload(row.team_id, row.id, row.user_id, row.state, content)


def _message_key(upload: Upload) -> str:
    return f"{WaybillsSent.kind}/{upload.id}"


def _is(upload: Upload | WaybillUpload) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(WaybillUpload.team_id) == upload.team_id, col(WaybillUpload.id) == upload.id


_IS_SENDING = col(WaybillUpload.state) == UploadState.SENDING
