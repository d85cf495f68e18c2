"""Delivery templates (배송 템플릿): imported and registered, never changed and never deleted (docs/tmon-api.md, ch. 7.2)."""

from sqlalchemy import delete, select
from sqlmodel import col

from tmon.api import AuthError, NewTemplate, NotOffered, StoreApi, Template
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.stores import Store
from tmon.models.templates import OPEN_WRITES, DeliveryTemplate, TemplateImports, WriteState
from tmon.models.writes import WriteStep
from tmon.permissions import Person
from tmon.products.repository import TemplateDeals, deals_by_template
from tmon.scope import StoreKey
from tmon.templates.address_book import AddressBookService
from tmon.templates.policy import NAME_MAX, policy_key
from tmon.templates.registration import RegisterTemplate, import_list, new_row, read_list
from tmon.templates.template_list import TemplateList, by_number, of_store, reject_duplicate
from tmon.templates.writes import KEEP_FAILED, connect, locked, record
from tmon.writes.remote_write import Outcome, WriteConflict


class DeliveryTemplateService:
    """The delivery templates of all stores. Rights are the caller's to check."""

    def __init__(self, core: Core, books: AddressBookService) -> None:
        self._db, self._clock, self._claims = core.db, core.clock, core.claims
        self._connections, self._on_auth_error = core.clients, core.report_auth_error
        self._writes = core.writes
        self._books = books

    async def known(self, team_id: str, store_id: str) -> TemplateList:
        """What is known."""
        async with self._db.read() as session:
            imports = await session.get(TemplateImports, (team_id, store_id))
            rows = list(
                await session.scalars(
                    select(DeliveryTemplate)
                    .where(
                        col(DeliveryTemplate.team_id) == team_id,
                        col(DeliveryTemplate.store_id) == store_id,
                        col(DeliveryTemplate.state) != WriteState.FAILED,
                    )
                    .order_by(col(DeliveryTemplate.no).desc(), col(DeliveryTemplate.known_since))
                )
            )
        return TemplateList(
            templates=[row for row in rows if row.state is WriteState.DONE],
            unconfirmed=[row for row in rows if row.state in OPEN_WRITES],
            imported_at=None if imports is None else imports.templates_at,
            list_not_offered=imports is not None and imports.templates_not_offered_at is not None,
        )

    async def deals(self, team_id: str, store_id: str) -> dict[int, TemplateDeals]:
        """The known deals that use each template, by its number at TMON."""
        async with self._db.read() as session:
            return await deals_by_template(session, StoreKey(team_id, store_id))

    async def get(self, team_id: str, store_id: str, template_id: str) -> DeliveryTemplate:
        """One template. Raises AppError when it is not known."""
        async with self._db.read() as session:
            return of_store(await session.get(DeliveryTemplate, (team_id, template_id)), store_id)

    async def by_id(self, team_id: str, template_id: str) -> DeliveryTemplate | None:
        """One template of the workspace, for its message."""
        async with self._db.read() as session:
            return await session.get(DeliveryTemplate, (team_id, template_id))

    async def import_all(self, person: Person, store_id: str) -> int:
        """Takes over what TMON lists; returns how many there are.

        Raises AppError (the switch, no addresses yet, or TMON does not list templates: then `add` helps) and TmonError.
        """
        store, client = await connect(self._db, self._connections, person.team_id, store_id)
        await self._need_addresses(store)
        try:
            told = await read_list(self._db, client, store, self._clock())
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise
        if told is None:
            raise AppError("templates.templates_not_offered")
        await import_list(self._db, self._claims, store, told, self._clock(), imported_by=person.user_id)
        return len(told)

    async def add(self, person: Person, store_id: str, no: int, name: str) -> DeliveryTemplate:
        """Takes over the template of the number `no`, with its policy if TMON tells it, else under `name`.

        Raises AppError (the switch, no addresses yet) and TmonError: Rejected when there is no such template.
        """
        store, client = await connect(self._db, self._connections, person.team_id, store_id)
        await self._need_addresses(store)
        told = await self._read(client, store, no)
        if told is not None:
            await import_list(self._db, self._claims, store, [told], self._clock())
        async with self._db.write() as session:
            await locked(session, store.team_id, store_id)
            row = await by_number(session, store, no)
            if row is None and told is not None:
                raise AppError("templates.being_asked")
            if row is None:
                name = " ".join(name.split())[:NAME_MAX]
                if not name:
                    raise AppError("templates.field_required", field="name")
                row = new_row(store, name, self._clock())
                row.no = no
                session.add(row)
            record(session, store, self._clock(), person.user_id, "template.add", no)
        return row

    async def reject_duplicate(self, team_id: str, store_id: str, template: NewTemplate) -> None:
        """Raises AlreadyThere, or AppError while it is being asked about, when the policy is known here already."""
        async with self._db.read() as session:
            await reject_duplicate(session, team_id, store_id, template)

    async def register(self, person: Person, store_id: str, template: NewTemplate) -> DeliveryTemplate:
        """Registers `template` at TMON, which cannot be undone; how that ended is in the row.

        TMON's list is read first, so that an identical template is found wherever it was made; where TMON does not list
        templates, only those known here are compared. Raises AlreadyThere and AppError before anything is sent, and
        TmonError when the list could not be read.
        """
        store, _ = await connect(self._db, self._connections, person.team_id, store_id)
        await self._need_addresses(store)
        write = RegisterTemplate(team_id=store.team_id, store_id=store_id, template=new_id("dt"), policy=template)
        await self._writes.run(write, person.user_id)
        return await self.get(store.team_id, store_id, write.template)

    async def decide(self, person: Person, store_id: str, template_id: str, no: int | None) -> DeliveryTemplate:
        """A person has looked in the partner centre: the doubtful template is there as `no`, or not at all.

        Raises AppError: settled meanwhile, TMON's list tells by itself, or `no` is another template.
        """
        store, client = await connect(self._db, self._connections, person.team_id, store_id)
        row = await self.get(store.team_id, store_id, template_id)
        if row.state not in OPEN_WRITES:
            raise AppError("templates.settled_already")
        if not (await self.known(store.team_id, store_id)).list_not_offered:
            raise AppError("templates.being_asked")
        outcome = Outcome[int](WriteStep.FAILED, settled=True, decided_by=person.user_id)
        if no is not None:
            told = await self._read(client, store, no)
            if told is not None and policy_key(told) != row.policy_key:
                raise AppError("templates.other_policy", field="no", no=no)
            async with self._db.read() as session:
                other = await by_number(session, store, no)
                if other is not None and other.policy_key not in (None, row.policy_key):
                    raise AppError("templates.other_policy", field="no", no=no)
            outcome = Outcome(WriteStep.DONE, no, settled=True, decided_by=person.user_id)
        try:
            decided = await self._writes.decide(
                store.team_id, store_id, RegisterTemplate, row.policy_key or "", outcome
            )
        except WriteConflict:
            raise AppError("templates.being_asked") from None
        if decided is None:
            raise AppError("templates.settled_already")
        return await self.get(store.team_id, store_id, template_id)

    async def forget_failed(self) -> None:
        """Forgets what failed long ago."""
        async with self._db.write() as session:
            await session.execute(
                delete(DeliveryTemplate).where(
                    col(DeliveryTemplate.state) == WriteState.FAILED,
                    col(DeliveryTemplate.pending_since) < self._clock() - KEEP_FAILED,
                )
            )

    async def _read(self, client: StoreApi, store: Store, no: int) -> Template | None:
        """One template; None when TMON does not tell single ones. Raises TmonError."""
        try:
            return await client.delivery_templates.get(no)
        except NotOffered:
            return None
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise

    async def _need_addresses(self, store: Store) -> None:
        if not (await self._books.book(store.team_id, store.id)).is_known:
            raise AppError("templates.addresses_first")
