"""Uploaded lists of waybills: kept until they are sent, and their results.

Rows are kept sealed, for an hour; their results for a day. A list is sent by whoever uploaded it, once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import TmonError
from tmon.codes.service import CodeTables
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.orders import OrderDeal
from tmon.models.outbox import MessageArgs
from tmon.models.shipping_files import UploadState, WaybillUpload
from tmon.models.waybills import Waybill, WaybillState
from tmon.outbox import enqueue, new_message
from tmon.permissions import Person
from tmon.sealing import Place
from tmon.spreadsheets.cells import Table
from tmon.waybills.days import today
from tmon.waybills.results import DealResult, Result, Shipment, failure_note
from tmon.waybills.service import ClaimsUnread, WaybillService
from tmon.waybills.upload_checks import check_rows
from tmon.waybills.upload_rows import RowKind, UploadContent, UploadRow, read_rows
from tmon.waybills.writes import parcel_of

log = structlog.get_logger(__name__)

KEPT = timedelta(hours=1)
"""How long a list stays that was previewed and not sent."""
RESULT_KEPT = timedelta(days=1)
LEASE = timedelta(minutes=3)
"""A list that is being sent, and of which nothing was heard for so long, was interrupted."""
_RENEW = timedelta(seconds=20)
_AT_ONCE = 500
"""Order numbers in one query."""

Progress = Callable[[int, int], Awaitable[None]]


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
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer
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
                await self._take_states(session, row.team_id, content.rows, (Result.UNKNOWN,))
        return _upload(row, content)

    async def send(self, person: Person, upload_id: str, progress: Progress, *, unchecked: bool = False) -> Upload:
        """Send the rows that are ready, once; return the list with its results.

        `unchecked`: as in `WaybillService.register_many`. Raises ClaimsUnread if the cancels of no store could be read:
        then nothing was sent, and the list may be sent again. Raises AppError if it is being sent, or was.
        """
        upload = await self._begin(person, upload_id)
        rows = upload.content.rows
        ready: defaultdict[str, list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            if row.kind is RowKind.READY:
                ready[row.store_id].append(index)
        total, before, unread = sum(map(len, ready.values())), 0, 0
        renewed = self._clock()

        async def report(done: int, _: int) -> None:
            nonlocal renewed
            if self._clock() - renewed >= _RENEW:
                renewed = self._clock()
                await self._renew(person.team_id, upload_id)
            await progress(before + done, total)

        for store_id, indices in ready.items():
            shipments = [_shipment(rows[index]) for index in indices]
            try:
                results = await self._waybills.register_many(
                    person, store_id, shipments, unchecked=unchecked, progress=report
                )
            except ClaimsUnread as error:
                unread += 1
                results = [_failed(rows[index], error.key) for index in indices]
            except AppError as error:
                results = [_failed(rows[index], error.key, **error.values) for index in indices]
            except TmonError as error:
                results = [_failed(rows[index], failure_note(error)[0]) for index in indices]
            _take_results(rows, indices, results)
            before += len(indices)
        if unread and unread == len(ready):
            await self._give_back(person.team_id, upload_id)
            raise ClaimsUnread
        return await self._end(upload)

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
            found = await session.scalars(
                select(WaybillUpload).where(
                    col(WaybillUpload.state) == UploadState.SENDING, col(WaybillUpload.started_at) <= now - LEASE
                )
            )
            interrupted = list(found)
        for row in interrupted:
            content = await self._opened(row)
            async with self._db.read() as session:
                await self._take_states(session, row.team_id, content.rows, (None,))
            for index, one in enumerate(content.rows):
                if one.kind is RowKind.READY and one.result is None:
                    changed = {"result": Result.FAILED, "note": "bulk.row_interrupted"}
                    content.rows[index] = one.model_copy(update=changed)
            log.warning("a list of waybills was interrupted", upload=row.id)
            await self._end(_upload(row, content), tell=True)

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

    async def _begin(self, person: Person, upload_id: str) -> Upload:
        now = self._clock()
        async with self._db.write() as session:
            changed = await session.execute(
                update(WaybillUpload)
                .where(
                    *_is(person.team_id, upload_id),
                    col(WaybillUpload.user_id) == person.user_id,
                    col(WaybillUpload.state) == UploadState.PREVIEWED,
                    col(WaybillUpload.expires_at) > now,
                )
                .values(state=UploadState.SENDING, started_at=now)
                .returning(col(WaybillUpload.id))
            )
            row = await session.get(WaybillUpload, (person.team_id, upload_id), populate_existing=True)
            if changed.scalar_one_or_none() is None or row is None:
                is_there = row is not None and row.user_id == person.user_id and row.expires_at > now
                raise AppError("bulk.sent_already" if is_there else "bulk.upload_gone")
        return _upload(row, await self._opened(row))

    async def _renew(self, team_id: str, upload_id: str) -> None:
        async with self._db.write() as session:
            await session.execute(
                update(WaybillUpload).where(*_is(team_id, upload_id)).values(started_at=self._clock())
            )

    async def _give_back(self, team_id: str, upload_id: str) -> None:
        async with self._db.write() as session:
            await session.execute(
                update(WaybillUpload).where(*_is(team_id, upload_id)).values(state=UploadState.PREVIEWED)
            )

    async def _end(self, upload: Upload, *, tell: bool = False) -> Upload:
        now = self._clock()
        async with self._db.write() as session:
            row = await session.get(WaybillUpload, (upload.team_id, upload.id))
            if row is None:
                return upload
            row.content = await self._sealed(row, upload.content)
            row.state, row.expires_at = UploadState.SENT, now + RESULT_KEPT
            if tell:
                await _tell(session, upload, now)
        return replace(upload, state=UploadState.SENT)

    async def _sealed(self, row: WaybillUpload, content: UploadContent) -> str:
        return await asyncio.to_thread(self._sealer.seal, content, Place.of(row, "content"))

    async def _opened(self, row: WaybillUpload) -> UploadContent:
        return await asyncio.to_thread(self._sealer.open_as, UploadContent, row.content, Place.of(row, "content"))

    async def _take_states(
        self, session: AsyncSession, team_id: str, rows: list[UploadRow], of: Collection[Result | None]
    ) -> None:
        """Give rows that ended in one of these results, or in none, the one that our own waybills tell."""
        asked = [index for index, row in enumerate(rows) if row.kind is RowKind.READY and row.result in of]
        for start in range(0, len(asked), _AT_ONCE):
            here = asked[start : start + _AT_ONCE]
            found = await session.scalars(
                select(Waybill).where(
                    col(Waybill.team_id) == team_id,
                    tuple_(
                        col(Waybill.store_id), col(Waybill.order_no), col(Waybill.delivery_no), col(Waybill.deal_no)
                    ).in_([rows[index].place for index in here]),
                )
            )
            waybills = {(one.store_id, one.order_no, one.delivery_no, one.deal_no): one for one in found}
            for index in here:
                waybill = waybills.get(rows[index].place)
                if waybill is not None and parcel_of(waybill) == rows[index].parcel:
                    rows[index] = rows[index].model_copy(update=_state_of(waybill))


def _shipment(row: UploadRow) -> Shipment:
    return Shipment(row.order_no, row.delivery_no, row.parcel, row.deal_no, row.line)


def _failed(row: UploadRow, note: str, **values: object) -> DealResult:
    return DealResult(
        row.order_no, row.delivery_no, row.deal_no, Result.FAILED, note, values=dict(values), row=row.line
    )


def _take_results(rows: list[UploadRow], indices: Sequence[int], results: Sequence[DealResult]) -> None:
    """Write down how the rows ended; each is one deal, and has one result."""
    by_line = {result.row: result for result in results}
    for index in indices:
        result = by_line.get(rows[index].line)
        if result is None:
            continue
        changed: dict[str, object] = {
            "result": result.result,
            "note": "" if result.result is Result.SUCCESS else result.note or "",
            "values": _plain(result.values),
            "detail": result.detail,
        }
        if result.result is Result.HELD_BACK:
            changed |= {"kind": RowKind.HELD, "result": None}
        rows[index] = rows[index].model_copy(update=changed)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Return what is kept as JSON of the values of a sentence."""
    return {name: value if isinstance(value, str | int | None) else str(value) for name, value in values.items()}


def _state_of(waybill: Waybill) -> dict[str, object]:
    """Return how a row ended whose waybill stands like this."""
    match waybill.state:
        case WaybillState.REGISTERED:
            return {"result": Result.SUCCESS, "note": ""}
        case WaybillState.FAILED:
            return {"result": Result.FAILED, "note": waybill.note or "", "detail": waybill.note_detail}
    return {"result": Result.UNKNOWN, "note": "waybills.note_in_doubt"}


async def _tell(session: AsyncSession, upload: Upload, now: datetime) -> None:
    message = new_message(
        WaybillsSent(upload=upload.id),
        team_id=upload.team_id,
        key=f"{WaybillsSent.kind}/{upload.id}",
        to=upload.user_id,
        now=now,
    )
    await enqueue(session, [message])


def _upload(row: WaybillUpload, content: UploadContent) -> Upload:
    return Upload(row.team_id, row.id, row.user_id, row.state, content)


def _is(team_id: str, upload_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(WaybillUpload.team_id) == team_id, col(WaybillUpload.id) == upload_id
