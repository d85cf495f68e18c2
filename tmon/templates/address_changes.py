"""Addresses registered and edited at TMON; the local copy follows what TMON accepted.

Where no answer tells what became of a write, TMON is asked by the address's name, which is unique there.
"""

from datetime import datetime
from typing import ClassVar

import structlog
from pydantic import Field
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import Rejected, TmonError
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.masking import mask_text
from tmon.models.stores import ApiGroup, Store
from tmon.models.templates import OPEN_WRITES, AddressChange, PartnerAddress, WriteState
from tmon.models.writes import WriteStep
from tmon.outbox import enqueue, enqueue_update, new_message
from tmon.permissions import Person
from tmon.scope import scope
from tmon.sealing import Place, Sealer
from tmon.templates.address_book import keep_addresses, reject_stale
from tmon.templates.messages import AddressEnded
from tmon.templates.writes import KEEP_FAILED, WAITS_FOR_SWITCH, failure_note, record
from tmon.writes.remote_write import Outcome, RemoteWrite, Truth, Verdict, WriteContext

log = structlog.get_logger(__name__)


class NameTaken(AppError):
    """Another address of the local copy bears the name: nothing was sent."""


class SaveAddress(RemoteWrite[api.Address]):
    """Registers an address, or gives another content to one; TMON answers with what it has then."""

    kind: ClassVar[str] = "address.save"
    switch: ClassVar[ApiGroup] = ApiGroup.PRODUCT
    busy: ClassVar[str] = "templates.address_being_saved"
    sealed_field: ClassVar[str | None] = "address"

    change: str
    """Id of its row."""
    no: int | None
    """The address that is edited; None: a new one."""
    base: datetime | None = None
    """`read_at` of the address that the person saw."""
    address: api.NewAddress = Field(repr=False)

    @property
    def subject(self) -> str:
        """Which address."""
        return f"name:{self.address.name}" if self.no is None else f"no:{self.no}"

    def row(self, sealer: Sealer, actor: str, now: datetime) -> AddressChange:
        """The change as it begins."""
        change = AddressChange(
            team_id=self.team_id,
            id=self.change,
            store_id=self.store_id,
            address_no=self.no,
            is_new=self.no is None,
            name=self.address.name,
            pending_by=actor,
            pending_since=now,
        )
        change.content = sealer.seal(self.address, Place.of(change, "content"))
        return change

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Raises AppError: the address is gone or changed since, or another change of it or to its name is open."""
        if self.no is not None:
            edited = await session.get(PartnerAddress, (self.team_id, self.store_id, self.no))
            if edited is None:
                raise AppError("templates.address_gone")
            reject_stale(edited.read_at, self.base)
        others = await session.scalars(
            select(AddressChange).where(
                *scope(AddressChange, self),
                col(AddressChange.state).in_(OPEN_WRITES),
            )
        )
        if any(one.name == self.address.name or (self.no and one.address_no == self.no) for one in others):
            raise AppError(self.busy)
        rows = await session.scalars(
            select(col(PartnerAddress.no)).where(
                *scope(PartnerAddress, self), col(PartnerAddress.name) == self.address.name
            )
        )
        if any(no != self.no for no in rows):
            raise NameTaken("templates.address_exists")
        session.add(self.row(context.sealer, context.record.actor, context.clock()))

    async def send(self, context: WriteContext) -> api.Address:
        """As TMON has it now. Where the name is taken, the address that has it is read, to be offered."""
        try:
            if self.no is None:
                return await context.api.addresses.create(self.address)
            return await context.api.addresses.update(self.no, self.address)
        except Rejected as error:
            if error.duplicate_name:
                await self._keep_existing(context)
            raise

    async def _keep_existing(self, context: WriteContext) -> None:
        try:
            existing = await context.api.addresses.by_name(self.address.name)
        except TmonError as error:
            log.info("address not read by its name", store=self.store_id, error=type(error).__name__)
            return
        if existing is not None:
            async with context.db.write() as session:
                store = await session.get_one(Store, (self.team_id, self.store_id), with_for_update=True)
                if store.removed_at is None:
                    await keep_addresses(session, context.sealer, store, [existing], context.clock())

    async def verify(self, context: WriteContext) -> Verdict[api.Address]:
        """Looks for it by its name."""
        found = await context.api.addresses.by_name(self.address.name)
        is_done = found is not None and self.no in (None, found.no) and _same(found, self.address)
        return Verdict(Truth.DONE if is_done else Truth.NOT_DONE, found)

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[api.Address]) -> None:
        """The change, the local copy, and the message to whoever saved it."""
        now, store, error = context.clock(), context.store, outcome.error
        row = await session.get(AddressChange, (self.team_id, self.change))
        if row is None or row.state not in OPEN_WRITES:
            return
        row.note = row.note_detail = None
        if outcome.value is not None:
            await keep_addresses(session, context.sealer, store, [outcome.value], now)
        if outcome.state is WriteStep.DONE:
            assert outcome.value is not None
            row.state, row.address_no, row.content = WriteState.DONE, outcome.value.no, None
            action = "address.register" if row.is_new else "address.edit"
            record(session, store, now, row.pending_by, action, row.address_no)
        elif outcome.state is WriteStep.FAILED:
            row.state = WriteState.FAILED
            row.note, sentence = failure_note(error)
            row.note_detail = mask_text(sentence or "") or None  # it may say what was typed
            if (outcome.value is not None and row.is_new) or (isinstance(error, Rejected) and error.duplicate_name):
                row.note = "templates.address_exists"
            record(session, store, now, row.pending_by, "address.failed", row.address_no, reason=row.note)
        else:
            row.state, row.note = WriteState.UNKNOWN, WAITS_FOR_SWITCH if outcome.waits_for_switch else None
            await enqueue(session, [_ended_message(row, now)])
        await enqueue_update(session, row.team_id, [_address_key(row.id)], now=now)


class AddressChangeService:
    """Writes to the address books of all stores. Rights are the caller's to check."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer, self._writes = core.sealer, core.writes

    async def change(self, team_id: str, change_id: str) -> AddressChange:
        """One change. Raises AppError when it was forgotten."""
        async with self._db.read() as session:
            found = await session.get(AddressChange, (team_id, change_id))
            if found is None:
                raise AppError("templates.address_change_gone")
            return found

    def typed(self, change: AddressChange) -> api.NewAddress | None:
        """What was to be written, as long as it is kept."""
        return (
            None
            if change.content is None
            else self._sealer.open_as(api.NewAddress, change.content, Place.of(change, "content"))
        )

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
        write = SaveAddress(
            team_id=person.team_id, store_id=store_id, change=new_id("ac"), no=no, base=base, address=address
        )
        try:
            await self._writes.run(write, person.user_id)
        except NameTaken as error:  # kept, for a person may go on from it
            async with self._db.write() as session:
                row = write.row(self._sealer, person.user_id, self._clock())
                row.state, row.note = WriteState.FAILED, error.key
                session.add(row)
        return await self.change(person.team_id, write.change)

    async def forget_failed(self) -> None:
        """Forgets what failed, or was done, long ago."""
        async with self._db.write() as session:
            await session.execute(
                delete(AddressChange).where(
                    col(AddressChange.state).in_((WriteState.FAILED, WriteState.DONE)),
                    col(AddressChange.pending_since) < self._clock() - KEEP_FAILED,
                )
            )


def _address_key(change_id: str) -> str:
    """The key of the message that tells how a doubtful change ended."""
    return f"address/{change_id}"


def _ended_message(change: AddressChange, now: datetime) -> dict[str, object]:
    return new_message(
        AddressEnded(change=change.id),
        team_id=change.team_id,
        key=_address_key(change.id),
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
