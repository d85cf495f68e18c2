"""The address book (주소록): imported, registered and edited at TMON; the local copy follows what TMON accepted.

Each write is stored before it leaves. Where no answer tells what became of it, TMON is asked by the address's name, which
is unique there, and never sent the same again blindly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api, audit
from tmon.api import AddressType, AuthError, NotOffered, Rejected, StoreApi, TmonError, UnknownOutcome
from tmon.clock import Clock
from tmon.database import Database, upsert
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.notifications import announce, message, redraw
from tmon.orders.masking import mask_text
from tmon.people import Person
from tmon.sealing import CannotOpen, Sealer
from tmon.stores import switches
from tmon.stores.connections import Connections, OnAuthError
from tmon.stores.tables import Group, Store
from tmon.templates.tables import (
    OPEN_WRITES,
    AddressChange,
    DeliveryTemplate,
    PartnerAddress,
    TemplateImports,
    WriteState,
)

log = structlog.get_logger(__name__)

ADDRESS_ENDED = "address"
"""Kind of the message that tells how a doubtful address ended."""
SURE_AFTER = timedelta(minutes=5)
"""When a thing that TMON still does not show was not made. A request that was lost may take effect a while later: TMON's
gateways give up long before this."""
ASK_AFTER = timedelta(seconds=10)
"""What a crash left is asked about from then on."""
KEEP_FAILED = timedelta(days=1)
"""How long a person may go on from what failed."""
WAITS_FOR_SWITCH = "templates.waits_for_switch"
"""Note of what is in doubt while the switch forbids to ask."""


@dataclass(frozen=True)
class KnownAddress:
    """An address with its content opened; only for those who manage the store."""

    no: int
    address: api.NewAddress
    available: bool
    used_by: int
    """How many delivery templates name it."""
    read_at: datetime


@dataclass(frozen=True)
class AddressBook:
    """A store's addresses, and how far they were imported."""

    addresses: Sequence[KnownAddress]
    """The default one first, then by name."""
    imported_at: datetime | None
    list_not_offered: bool

    @property
    def is_known(self) -> bool:
        """Whether delivery templates can be worked on. Where TMON lists no addresses, one that was looked up is enough."""
        return self.imported_at is not None or (self.list_not_offered and bool(self.addresses))

    def choices(self, kind: AddressType) -> dict[int, str]:
        """Number → name of the addresses that a template may use as `kind`."""
        return {
            known.no: known.address.name for known in self.addresses if known.available and known.address.type == kind
        }


class Addresses:
    """The address books of all stores. Rights are the caller's to check."""

    def __init__(
        self, db: Database, sealer: Sealer, clock: Clock, connections: Connections, on_auth_error: OnAuthError
    ) -> None:
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._connections = connections
        self._on_auth_error = on_auth_error
        self._running: set[str] = set()

    async def book(self, team_id: str, store_id: str) -> AddressBook:
        """The local copy."""
        async with self._db.read() as session:
            imports = await session.get(TemplateImports, (team_id, store_id))
            rows = await session.scalars(
                select(PartnerAddress)
                .where(col(PartnerAddress.team_id) == team_id, col(PartnerAddress.store_id) == store_id)
                .order_by(col(PartnerAddress.is_default).desc(), col(PartnerAddress.name))
            )
            used = await _uses(session, team_id, store_id)
            return AddressBook(
                addresses=[self._known(row, used) for row in rows],
                imported_at=None if imports is None else imports.addresses_at,
                list_not_offered=imports is not None and imports.addresses_not_offered_at is not None,
            )

    async def get(self, team_id: str, store_id: str, no: int) -> KnownAddress:
        """One address. Raises AppError when it is not known."""
        async with self._db.read() as session:
            row = await session.get(PartnerAddress, (team_id, store_id, no))
            if row is None:
                raise AppError("templates.address_gone")
            return self._known(row, await _uses(session, team_id, store_id))

    async def record_look(self, person: Person, store_id: str, no: int | None = None) -> None:
        """Records that `person` is shown whom to call at an address (None: at all of them)."""
        async with self._db.write() as session:
            audit.record(
                session,
                team_id=person.team_id,
                at=self._clock(),
                user_id=person.user_id,
                action="address.see",
                store_id=store_id,
                subject=no,
            )

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

    async def import_all(self, person: Person, store_id: str) -> int:
        """Makes the local copy anew from TMON's list; returns how many there are.

        Raises AppError (the switch, or TMON does not list addresses: then `import_named` helps) and TmonError.
        """
        began = self._clock()
        store, client = await self._client(person.team_id, store_id)
        try:
            told = await client.addresses.list()
        except (NotOffered, Rejected) as error:
            async with self._db.write() as session:
                await locked(session, store.team_id, store_id)
                imports = await imports_of(session, store.team_id, store_id)
                imports.addresses_not_offered_at = self._clock()
            detail = error.message if isinstance(error, Rejected) else None
            if detail:
                raise AppError("templates.addresses_refused", message=detail) from None
            raise AppError("templates.addresses_not_offered") from None
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise
        async with self._db.write() as session:
            await locked(session, store.team_id, store_id)
            await self._keep(session, store, told)
            await session.execute(
                delete(PartnerAddress).where(
                    col(PartnerAddress.team_id) == store.team_id,
                    col(PartnerAddress.store_id) == store_id,
                    col(PartnerAddress.no).not_in([address.no for address in told]),
                    col(PartnerAddress.read_at) < began,  # not what was registered while the list was on its way
                )
            )
            imports = await imports_of(session, store.team_id, store_id)
            imports.addresses_at, imports.addresses_not_offered_at = self._clock(), None
            self._audit(session, store, person.user_id, "address.import", count=len(told))
        return len(told)

    async def import_named(self, person: Person, store_id: str, name: str) -> None:
        """Takes one address of TMON's into the local copy. Raises AppError at the field `name`, and TmonError."""
        name = " ".join(name.split())
        if not name:
            raise AppError("templates.field_required", field="name")
        store, client = await self._client(person.team_id, store_id)
        try:
            found = await client.addresses.by_name(name)
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise
        if found is None:
            raise AppError("templates.no_address_named", field="name", name=name)
        async with self._db.write() as session:
            await locked(session, store.team_id, store_id)
            await self._keep(session, store, [found])
            self._audit(session, store, person.user_id, "address.import", count=1)

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
            client = self._connections.of(store)
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
                refuse_stale(edited.read_at, base)
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
                acting=person.user_id,
                acting_since=self._clock(),
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
            await self._keep(session, store, [made])
            row.state, row.address_no, row.content, row.note = WriteState.DONE, made.no, None, None
            self._audit(session, store, row.acting, "address.register" if row.is_new else "address.edit", made.no)
            await redraw(session, row.team_id, [address_key(row.id)], now=self._clock())
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
                await self._keep(session, store, [existing])
            row.state, row.note, row.note_detail = WriteState.FAILED, note, detail
            self._audit(session, store, row.acting, "address.failed", row.address_no, reason=note)
            await redraw(session, row.team_id, [address_key(row.id)], now=self._clock())
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
        if self._clock() - change.acting_since < SURE_AFTER:
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
                await announce(session, [_ended_message(row, now)])
            if row.note != note:
                row.note = note
                await redraw(session, row.team_id, [address_key(row.id)], now=now)
        return row

    async def settle(self) -> None:
        """Asks TMON about what a crash or a lost answer left, and forgets what failed long ago. Called each half minute."""
        now = self._clock()
        async with self._db.write() as session:
            await session.execute(
                delete(AddressChange).where(
                    col(AddressChange.state).in_((WriteState.FAILED, WriteState.DONE)),
                    col(AddressChange.acting_since) < now - KEEP_FAILED,
                )
            )
            rows = await session.scalars(
                select(AddressChange).where(
                    col(AddressChange.state).in_(OPEN_WRITES), col(AddressChange.acting_since) <= now - ASK_AFTER
                )
            )
            left = [row for row in rows if row.id not in self._running]
            # told even if it can be settled at once: the modal that would have told it is gone
            await announce(session, [_ended_message(row, now) for row in left])
        for change in left:
            try:
                store, client = await self._client(change.team_id, change.store_id)
                await self._ask(client, store, change)
            except switches.SwitchOff:
                await self._unknown(change, WAITS_FOR_SWITCH)
            except AppError:
                continue  # removed
            except CannotOpen:
                log.error("credentials do not open with the configured keys", store=change.store_id)

    async def _client(self, team_id: str, store_id: str) -> tuple[Store, StoreApi]:
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
        switches.check(store, Group.PRODUCT)
        assert store is not None
        return store, self._connections.of(store)

    async def _keep(self, session: AsyncSession, store: Store, told: Sequence[api.Address]) -> None:
        """Brings the local copy up to what TMON tells of these addresses."""
        if any(address.default for address in told):  # it unset the one before (wire contract, ch. 6.1)
            await session.execute(
                update(PartnerAddress)
                .where(col(PartnerAddress.team_id) == store.team_id, col(PartnerAddress.store_id) == store.id)
                .values(is_default=False)
            )
        now = self._clock()
        rows = [
            {
                "team_id": store.team_id,
                "store_id": store.id,
                "no": address.no,
                "kind": address.type,
                "name": address.name,
                "content": self._sealer.seal(api.NewAddress.model_validate(address.model_dump())),
                "is_default": address.default,
                "available": address.available,
                "read_at": now,
            }
            for address in told
        ]
        columns = ["kind", "name", "content", "is_default", "available", "read_at"]
        await upsert(session, PartnerAddress.__table__, rows, update=columns)  # type: ignore[attr-defined]

    def _known(self, row: PartnerAddress, used: dict[int, int]) -> KnownAddress:
        content = self._sealer.open_as(api.NewAddress, row.content)
        return KnownAddress(
            no=row.no,
            address=content.model_copy(update={"default": row.is_default}),
            available=row.available,
            used_by=used.get(row.no, 0),
            read_at=row.read_at,
        )

    def _audit(
        self, session: AsyncSession, store: Store, user_id: str, action: str, no: int | None = None, **details: object
    ) -> None:
        audit.record(
            session,
            team_id=store.team_id,
            at=self._clock(),
            user_id=user_id,
            action=action,
            store_id=store.id,
            subject=no,
            **details,
        )


def refuse_stale(read_at: datetime, base: datetime | None) -> None:
    """Raises AppError when an address was read anew, or changed, after the form `base` belongs to was opened."""
    if base is not None and read_at != base:
        raise AppError("templates.address_changed", field="name")


def address_key(change_id: str) -> str:
    """The key of the message that tells how a doubtful change ended."""
    return f"address/{change_id}"


def _ended_message(change: AddressChange, now: datetime) -> dict[str, object]:
    return message(
        team_id=change.team_id,
        key=address_key(change.id),
        kind=ADDRESS_ENDED,
        destination=change.acting,
        now=now,
        store_id=change.store_id,
        change=change.id,
    )


def _same(told: api.Address, wanted: api.NewAddress) -> bool:
    """Whether TMON has what was written, however it treats blanks."""

    def facts(address: api.NewAddress) -> list[str]:
        values = api.NewAddress.model_validate(address.model_dump()).model_dump(mode="json").values()
        return [" ".join(str(value).split()) for value in values]

    return facts(told) == facts(wanted)


async def imports_of(session: AsyncSession, team_id: str, store_id: str) -> TemplateImports:
    """The store's row of imports, made where there is none. The store is to be locked."""
    row = await session.get(TemplateImports, (team_id, store_id))
    if row is None:
        row = TemplateImports(team_id=team_id, store_id=store_id)
        session.add(row)
    return row


async def locked(session: AsyncSession, team_id: str, store_id: str) -> Store:
    """The store, held until the transaction ends, if its product calls may leave. Raises AppError."""
    store = await session.get(Store, (team_id, store_id), with_for_update=True)
    switches.check(store, Group.PRODUCT)
    assert store is not None
    return store


async def _uses(session: AsyncSession, team_id: str, store_id: str) -> dict[int, int]:
    """Address number → how many delivery templates name it."""
    policies = await session.scalars(
        select(col(DeliveryTemplate.policy)).where(
            col(DeliveryTemplate.team_id) == team_id,
            col(DeliveryTemplate.store_id) == store_id,
            col(DeliveryTemplate.state) == WriteState.DONE,
        )
    )
    count: dict[int, int] = {}
    for policy in policies:
        named = {policy["partner_delivery_address_no"], policy["partner_return_address_no"]} if policy else set()
        for no in named:
            count[no] = count.get(no, 0) + 1
    return count
