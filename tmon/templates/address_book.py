"""The address book (주소록): imported from TMON, with what uses each address; the local copy is what TMON told last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api, audit
from tmon.api import AddressType, AuthError, NotOffered, Rejected
from tmon.collection.unread import UnreadLog, tell
from tmon.core import Core
from tmon.database import upsert
from tmon.errors import AppError
from tmon.models.collection import Unread
from tmon.models.stores import Store
from tmon.models.templates import DeliveryTemplate, PartnerAddress, TemplateImports, WriteState
from tmon.permissions import Person
from tmon.scope import StoreKey, scope
from tmon.sealing import Place, Sealer
from tmon.templates.writes import (
    connect,
    imports_of,
    locked,
    record,
)


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

    def default(self, kind: AddressType) -> int | None:
        """Number of the default address of `kind`, if a template may use it."""
        choices = self.choices(kind)
        return next((known.no for known in self.addresses if known.address.default and known.no in choices), None)


class AddressBookService:
    """The address books of all stores. Rights are the caller's to check."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._connections, self._on_auth_error = core.clients, core.report_auth_error

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

    async def audit_view(self, person: Person, store_id: str, no: int | None = None) -> None:
        """Records that `person` is shown whom to call at an address (None: at all of them)."""
        async with self._db.write() as session:
            audit.record(
                session, StoreKey(person.team_id, store_id), person.user_id, "address.see", self._clock(), subject=no
            )

    async def import_all(self, person: Person, store_id: str) -> int:
        """Makes the local copy anew from TMON's list; returns how many there are.

        Raises AppError (the switch, or TMON does not list addresses: then `import_named` helps) and TmonError.
        """
        began = self._clock()
        store, client = await connect(self._db, self._connections, person.team_id, store_id)
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
        unread = UnreadLog(self._db, store, Unread.ADDRESS)
        await unread.load()
        there = [address.no for address in told] + [int(item.number) for item in told.unread if item.number]
        async with self._db.write() as session:
            await locked(session, store.team_id, store_id)
            await unread.set_aside(session, told.unread, self._clock())
            await unread.drop_others(session, self._clock())
            await tell(session, store, self._clock())
            await keep_addresses(session, self._sealer, store, told, self._clock())
            if all(item.number for item in told.unread):  # or one that is still there might be taken for gone
                await session.execute(
                    delete(PartnerAddress).where(
                        col(PartnerAddress.team_id) == store.team_id,
                        col(PartnerAddress.store_id) == store_id,
                        col(PartnerAddress.no).not_in(there),
                        col(PartnerAddress.read_at) < began,  # not what was registered while the list was on its way
                    )
                )
            imports = await imports_of(session, store.team_id, store_id)
            imports.addresses_at, imports.addresses_not_offered_at = self._clock(), None
            record(session, store, self._clock(), person.user_id, "address.import", count=len(told))
        return len(told)

    async def import_named(self, person: Person, store_id: str, name: str) -> None:
        """Takes one address of TMON's into the local copy. Raises AppError at the field `name`, and TmonError."""
        name = " ".join(name.split())
        if not name:
            raise AppError("templates.field_required", field="name")
        store, client = await connect(self._db, self._connections, person.team_id, store_id)
        try:
            found = await client.addresses.by_name(name)
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise
        if found is None:
            raise AppError("templates.no_address_named", field="name", name=name)
        async with self._db.write() as session:
            await locked(session, store.team_id, store_id)
            await keep_addresses(session, self._sealer, store, [found], self._clock())
            record(session, store, self._clock(), person.user_id, "address.import", count=1)

    def _known(self, row: PartnerAddress, used: dict[int, int]) -> KnownAddress:
        content = self._sealer.open_as(api.NewAddress, row.content, Place.of(row, "content"))
        return KnownAddress(
            no=row.no,
            address=content.model_copy(update={"default": row.is_default}),
            available=row.available,
            used_by=used.get(row.no, 0),
            read_at=row.read_at,
        )


async def keep_addresses(
    session: AsyncSession, sealer: Sealer, store: Store, told: Sequence[api.Address], now: datetime
) -> None:
    """Brings the local copy up to what TMON tells of these addresses, in the caller's transaction."""
    if any(address.default for address in told):  # it unset the one before (docs/tmon-api.md, ch. 6.1)
        await session.execute(update(PartnerAddress).where(*scope(PartnerAddress, store)).values(is_default=False))
    rows = []
    for address in told:
        key = {"team_id": store.team_id, "store_id": store.id, "no": address.no}
        content = api.NewAddress.model_validate(address.model_dump())
        rows.append(
            {
                **key,
                "kind": address.type,
                "name": address.name,
                "content": sealer.seal(content, Place.at(PartnerAddress, "content", key)),
                "is_default": address.default,
                "available": address.available,
                "read_at": now,
            }
        )
    columns = ["kind", "name", "content", "is_default", "available", "read_at"]
    await upsert(session, PartnerAddress.__table__, rows, update=columns)  # type: ignore[attr-defined]


def reject_stale(read_at: datetime, base: datetime | None) -> None:
    """Raises AppError when an address was read anew, or changed, after the form `base` belongs to was opened."""
    if base is not None and read_at != base:
        raise AppError("templates.address_changed", field="name")


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
