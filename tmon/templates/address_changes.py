"""Addresses registered and edited at TMON; the local copy follows what TMON accepted.

Each write is stored before it leaves. Where no answer tells what became of it, TMON is asked by the address's name, which
is unique there, and never sent the same again blindly.
"""

from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlmodel import col

from tmon import api
from tmon.api import AuthError, NotOffered, Rejected, StoreApi, TmonError, UnknownOutcome
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.masking import mask_text
from tmon.models.stores import Store
from tmon.models.templates import OPEN_WRITES, AddressChange, PartnerAddress, WriteState
from tmon.outbox import enqueue, enqueue_update, new_message
from tmon.permissions import Person
from tmon.sealing import CannotOpen
from tmon.stores import switches
from tmon.templates.address_book import AddressBookService, reject_stale
from tmon.templates.messages import AddressEnded
from tmon.templates.writes import (
    ASK_AFTER,
    KEEP_FAILED,
    SURE_AFTER,
    WAITS_FOR_SWITCH,
    connect,
    locked,
    record,
)

log = structlog.get_logger(__name__)


class AddressChangeService:
    """Writes to the address books of all stores. Rights are the caller's to check."""

    def __init__(self, core: Core, books: AddressBookService) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._connections, self._on_auth_error = core.clients, core.report_auth_error
        self._books = books
        self._running: set[str] = set()

    async def change(self, team_id: str, change_id: str) -> AddressChange:
        """One change. Raises AppError when it was forgotten."""
        async with self._db.read() as session:
            found = await session.get(AddressChange, (team_id, change_id))
            if found is None:
                raise AppError("templates.address_change_gone")
            return found

    def typed(self, change: AddressChange) -> api.NewAddress | None:
        """What was to be written, as long as it is kept."""
        return None if change.content is None else self._sealer.open_as(api.NewAddress, change.content)

    async def open_changes(self, team_id: str, store_id: str) -> list[AddressChange]:
        """What TMON still has to be asked about."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(AddressChange).where(
                    col(AddressChange.team_id) == team_id,
                    col(AddressChange.store_id) == store_id,
                    col(AddressChange.state).in_(OPEN_WRITES),
                )
            )
            return list(rows)

    async def save(
        self,
        person: Person,
        store_id: str,
        address: api.NewAddress,
        no: int | None = None,
        *,
        base: datetime | None = None,
    ) -> AddressChange:
        """Registers `address` at TMON, or gives it to the address `no`; how that ended is in the change.

        `base`: `read_at` of the address that the person saw. Nothing is sent when the name is taken already. Raises
        AppError (the switch, the address gone or changed since, another change of it under way).
        """
        change_id = new_id("ac")
        self._running.add(change_id)  # before the commit makes it visible, or a sweep could take it for a crash's
        try:
            store, change = await self._intend(person, store_id, address, no, change_id, base)
            if change.state is WriteState.FAILED:
                return change
            client = self._connections.for_store(store)
            try:
                if no is None:
                    made = await client.addresses.create(address)
                else:
                    made = await client.addresses.update(no, address)
            except UnknownOutcome:
                return await self._ask(client, store, change)
            except TmonError as error:
                return await self._refused(client, store, change, error)
            return await self._done(store, change, made)
        finally:
            self._running.discard(change_id)

    async def _intend(
        self,
        person: Person,
        store_id: str,
        address: api.NewAddress,
        no: int | None,
        change_id: str,
        base: datetime | None,
    ) -> tuple[Store, AddressChange]:
        async with self._db.write() as session:
            store = await locked(session, person.team_id, store_id)
            rows = list(
                await session.scalars(
                    select(PartnerAddress).where(
                        col(PartnerAddress.team_id) == store.team_id, col(PartnerAddress.store_id) == store_id
                    )
                )
            )
            if no is not None:
                edited = next((row for row in rows if row.no == no), None)
                if edited is None:
                    raise AppError("templates.address_gone")
                reject_stale(edited.read_at, base)
            twin = next((row for row in rows if row.name == address.name and row.no != no), None)
            open_changes = await session.scalars(
                select(AddressChange).where(
                    col(AddressChange.team_id) == store.team_id,
                    col(AddressChange.store_id) == store_id,
                    col(AddressChange.state).in_(OPEN_WRITES),
                )
            )
            if any(other.name == address.name or (no is not None and other.address_no == no) for other in open_changes):
                raise AppError("templates.address_being_saved")
            change = AddressChange(
                team_id=store.team_id,
                id=change_id,
                store_id=store_id,
                address_no=no,
                is_new=no is None,
                name=address.name,
                content=self._sealer.seal(address),
                pending_by=person.user_id,
                pending_since=self._clock(),
            )
            if twin is not None:
                change.state, change.note = WriteState.FAILED, "templates.address_exists"
            session.add(change)
        return store, change

    async def _done(self, store: Store, change: AddressChange, made: api.Address) -> AddressChange:
        async with self._db.write() as session:
            row = await session.get(AddressChange, (change.team_id, change.id))
            if row is None:  # the store was removed meanwhile
                return change
            await self._books.keep(session, store, [made])
            row.state, row.address_no, row.content, row.note = WriteState.DONE, made.no, None, None
            record(
                session,
                store,
                self._clock(),
                row.pending_by,
                "address.register" if row.is_new else "address.edit",
                made.no,
            )
            await enqueue_update(session, row.team_id, [address_key(row.id)], now=self._clock())
        return row

    async def _refused(self, client: StoreApi, store: Store, change: AddressChange, error: TmonError) -> AddressChange:
        """TMON did nothing. Where the name is taken, the address that has it is read, to be offered."""
        note, detail = "templates.not_sent", None
        existing = None
        if isinstance(error, Rejected | NotOffered):
            note, detail = "templates.refused", mask_text(error.message) or None  # it may say what was typed
        elif isinstance(error, AuthError):
            note = "templates.key_refused"
            await self._on_auth_error(store, error)
        if isinstance(error, Rejected) and error.duplicate_name:
            note = "templates.address_exists"
            try:
                existing = await client.addresses.by_name(change.name)
            except TmonError as unread:
                log.info("address not read by its name", store=store.id, error=type(unread).__name__)
        return await self._failed(store, change, note, detail, existing)

    async def _failed(
        self,
        store: Store,
        change: AddressChange,
        note: str,
        detail: str | None = None,
        existing: api.Address | None = None,
    ) -> AddressChange:
        async with self._db.write() as session:
            row = await session.get(AddressChange, (change.team_id, change.id))
            if row is None:
                return change
            if existing is not None:
                await self._books.keep(session, store, [existing])
            row.state, row.note, row.note_detail = WriteState.FAILED, note, detail
            record(session, store, self._clock(), row.pending_by, "address.failed", row.address_no, reason=note)
            await enqueue_update(session, row.team_id, [address_key(row.id)], now=self._clock())
        return row

    async def _ask(self, client: StoreApi, store: Store, change: AddressChange) -> AddressChange:
        """Finds out by the name whether a write took effect; leaves it unknown where that cannot be told yet."""
        wanted = self.typed(change)
        assert wanted is not None, "kept until it is settled"
        try:
            found = await client.addresses.by_name(change.name)
        except AuthError as error:
            await self._on_auth_error(store, error)
            return await self._unknown(change)
        except TmonError as error:
            log.info("address not read after a lost answer", store=store.id, error=type(error).__name__)
            return await self._unknown(change)
        if found is not None and (change.is_new or found.no == change.address_no) and _same(found, wanted):
            return await self._done(store, change, found)
        if self._clock() - change.pending_since < SURE_AFTER:
            return await self._unknown(change)
        note = "templates.address_exists" if found is not None and change.is_new else "templates.not_arrived"
        return await self._failed(store, change, note, existing=found)

    async def _unknown(self, change: AddressChange, note: str | None = None) -> AddressChange:
        """`note`: why TMON is not even asked."""
        now = self._clock()
        async with self._db.write() as session:
            row = await session.get(AddressChange, (change.team_id, change.id))
            if row is None:
                return change
            if row.state is not WriteState.UNKNOWN:
                row.state = WriteState.UNKNOWN
                await enqueue(session, [_ended_message(row, now)])
            if row.note != note:
                row.note = note
                await enqueue_update(session, row.team_id, [address_key(row.id)], now=now)
        return row

    async def settle(self) -> None:
        """Asks TMON about what a crash or a lost answer left, and forgets what failed long ago. Called each half minute."""
        now = self._clock()
        async with self._db.write() as session:
            await session.execute(
                delete(AddressChange).where(
                    col(AddressChange.state).in_((WriteState.FAILED, WriteState.DONE)),
                    col(AddressChange.pending_since) < now - KEEP_FAILED,
                )
            )
            rows = await session.scalars(
                select(AddressChange).where(
                    col(AddressChange.state).in_(OPEN_WRITES), col(AddressChange.pending_since) <= now - ASK_AFTER
                )
            )
            left = [row for row in rows if row.id not in self._running]
            # told even if it can be settled at once: the modal that would have told it is gone
            await enqueue(session, [_ended_message(row, now) for row in left])
        for change in left:
            try:
                store, client = await connect(self._db, self._connections, change.team_id, change.store_id)
                await self._ask(client, store, change)
            except switches.SwitchOff:
                await self._unknown(change, WAITS_FOR_SWITCH)
            except AppError:
                continue  # removed
            except CannotOpen:
                log.error("credentials do not open with the configured keys", store=change.store_id)


def address_key(change_id: str) -> str:
    """The key of the message that tells how a doubtful change ended."""
    return f"address/{change_id}"


def _ended_message(change: AddressChange, now: datetime) -> dict[str, object]:
    return new_message(
        AddressEnded(change=change.id),
        team_id=change.team_id,
        key=address_key(change.id),
        to=change.pending_by,
        now=now,
        store_id=change.store_id,
    )


def _same(told: api.Address, wanted: api.NewAddress) -> bool:
    """Whether TMON has what was written, however it treats blanks."""

    def facts(address: api.NewAddress) -> list[str]:
        values = api.NewAddress.model_validate(address.model_dump()).model_dump(mode="json").values()
        return [" ".join(str(value).split()) for value in values]

    return facts(told) == facts(wanted)
