"""Delivery templates (배송 템플릿): imported and registered, never changed and never deleted (docs/tmon-api.md, ch. 7.2).

TMON takes an identical template for another, so that one must never be sent twice. A registration is stored before it
leaves. Where no answer tells its number, TMON's list is asked; where TMON does not list templates, it stays unknown, and the
same policy is refused, until a person has looked in the partner centre and decided.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlmodel import col

from tmon.api import AuthError, NewTemplate, NotOffered, Rejected, StoreApi, Template, TmonError, UnknownOutcome
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.stores import Store
from tmon.models.templates import OPEN_WRITES, DeliveryTemplate, TemplateImports, WriteState
from tmon.outbox import enqueue, enqueue_update, new_message
from tmon.permissions import Person
from tmon.scope import scope
from tmon.sealing import CannotOpen
from tmon.stores import switches
from tmon.templates.address_book import AddressBookService
from tmon.templates.messages import TemplateEnded
from tmon.templates.policy import NAME_MAX, policy_key
from tmon.templates.template_list import (
    TemplateList,
    by_number,
    kept_policy,
    of_store,
    registered_after,
    reject_duplicate,
)
from tmon.templates.writes import (
    ASK_AFTER,
    KEEP_FAILED,
    SURE_AFTER,
    WAITS_FOR_SWITCH,
    connect,
    imports_of,
    locked,
    record,
)

log = structlog.get_logger(__name__)


class DeliveryTemplateService:
    """The delivery templates of all stores. Rights are the caller's to check."""

    def __init__(self, core: Core, books: AddressBookService) -> None:
        self._db, self._clock = core.db, core.clock
        self._connections, self._on_auth_error = core.clients, core.report_auth_error
        self._books = books
        self._running: set[str] = set()

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
        told = await self._list(client, store)
        if told is None:
            raise AppError("templates.templates_not_offered")
        await self._take(store, told, imported_by=person.user_id)
        return len(told)

    async def add(self, person: Person, store_id: str, no: int, name: str) -> DeliveryTemplate:
        """Takes over the template of the number `no`, with its policy if TMON tells it, else under `name`.

        Raises AppError (the switch, no addresses yet) and TmonError: Rejected when there is no such template.
        """
        store, client = await connect(self._db, self._connections, person.team_id, store_id)
        await self._need_addresses(store)
        told = await self._read(client, store, no)
        if told is not None:
            await self._take(store, [told])
        async with self._db.write() as session:
            await locked(session, store.team_id, store_id)
            row = await by_number(session, store, no)
            if row is None:
                name = " ".join(name.split())[:NAME_MAX]
                if not name:
                    raise AppError("templates.field_required", field="name")
                row = self._new_row(store, name)
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
        store, client = await connect(self._db, self._connections, person.team_id, store_id)
        await self._need_addresses(store)
        told = await self._list(client, store)
        if told is not None:
            await self._take(store, told)
        row = self._new_row(store, template.delivery_template_name)
        row.policy, row.policy_key = kept_policy(template), policy_key(template)
        row.state, row.pending_by, row.pending_since = WriteState.SENDING, person.user_id, self._clock()
        self._running.add(row.id)  # before the commit makes it visible, or a sweep could take it for a crash's
        try:
            async with self._db.write() as session:
                await locked(session, store.team_id, store_id)  # of two presses, one comes first
                await reject_duplicate(session, store.team_id, store_id, template)
                session.add(row)
            try:
                no = await client.delivery_templates.create(template)
            except UnknownOutcome:
                return await self._ask(client, store, row)
            except TmonError as error:
                return await self._refused(store, row, error)
            return await self._done(store, row, no)
        finally:
            self._running.discard(row.id)

    async def decide(self, person: Person, store_id: str, template_id: str, no: int | None) -> DeliveryTemplate:
        """A person has looked in the partner centre: the doubtful template is there as `no`, or not at all.

        Raises AppError: settled meanwhile, TMON's list tells by itself, or `no` is another template.
        """
        store, client = await connect(self._db, self._connections, person.team_id, store_id)
        row = await self.get(store.team_id, store_id, template_id)
        if row.state not in OPEN_WRITES or row.id in self._running:
            raise AppError("templates.settled_already")
        if not (await self.known(store.team_id, store_id)).list_not_offered:
            raise AppError("templates.being_asked")
        if no is None:
            return await self._failed(store, row, "templates.decided_not_there", by=person.user_id)
        told = await self._read(client, store, no)
        if told is not None and policy_key(told) != row.policy_key:
            raise AppError("templates.other_policy", field="no", no=no)
        async with self._db.read() as session:
            other = await by_number(session, store, no)
            if other is not None and other.policy_key not in (None, row.policy_key):
                raise AppError("templates.other_policy", field="no", no=no)
        return await self._done(store, row, no, by=person.user_id)

    async def settle(self) -> None:
        """Asks TMON about what a crash or a lost answer left, and forgets what failed long ago. Called each half minute."""
        now = self._clock()
        async with self._db.write() as session:
            await session.execute(
                delete(DeliveryTemplate).where(
                    col(DeliveryTemplate.state) == WriteState.FAILED,
                    col(DeliveryTemplate.pending_since) < now - KEEP_FAILED,
                )
            )
            rows = await session.scalars(
                select(DeliveryTemplate).where(
                    col(DeliveryTemplate.state).in_(OPEN_WRITES), col(DeliveryTemplate.pending_since) <= now - ASK_AFTER
                )
            )
            left = [row for row in rows if row.id not in self._running]
            # told even if it can be settled at once: the modal that would have told it is gone
            await enqueue(session, [_ended_message(row, now) for row in left])
        for row in left:
            if (await self.known(row.team_id, row.store_id)).list_not_offered:
                await self._unknown(row)  # TMON said so: a person has to decide
                continue
            try:
                store, client = await connect(self._db, self._connections, row.team_id, row.store_id)
                await self._ask(client, store, row)
            except switches.SwitchOff:
                await self._unknown(row, WAITS_FOR_SWITCH)
            except AppError:
                continue  # removed
            except CannotOpen:
                log.error("credentials do not open with the configured keys", store=row.store_id)

    async def _ask(self, client: StoreApi, store: Store, row: DeliveryTemplate) -> DeliveryTemplate:
        """Looks for the template in TMON's list; leaves it unknown where that cannot be told yet."""
        try:
            told = await self._list(client, store)
        except TmonError as error:
            log.info("templates not read after a lost answer", store=store.id, error=type(error).__name__)
            return await self._unknown(row)
        if told is None:
            return await self._unknown(row)
        await self._take(store, told, found=row)
        async with self._db.read() as session:
            kept = await session.get(DeliveryTemplate, (row.team_id, row.id))
        if kept is None or kept.state is WriteState.DONE:
            return kept or row
        if row.pending_since is not None and self._clock() - row.pending_since < SURE_AFTER:
            return await self._unknown(row)
        return await self._failed(store, row, "templates.not_arrived")

    async def _list(self, client: StoreApi, store: Store) -> list[Template] | None:
        """TMON's list; None when TMON does not offer it. Raises TmonError."""
        try:
            told = [template async for page in client.delivery_templates.list() for template in page]
        except NotOffered:
            told = None
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise
        async with self._db.write() as session:
            await session.get(Store, (store.team_id, store.id), with_for_update=True)
            imports = await imports_of(session, store.team_id, store.id)
            if told is None:
                imports.templates_not_offered_at = self._clock()
            else:
                imports.templates_at, imports.templates_not_offered_at = self._clock(), None
        return told

    async def _read(self, client: StoreApi, store: Store, no: int) -> Template | None:
        """One template; None when TMON does not tell single ones. Raises TmonError."""
        try:
            return await client.delivery_templates.get(no)
        except NotOffered:
            return None
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise

    async def _take(
        self,
        store: Store,
        told: Sequence[Template],
        *,
        found: DeliveryTemplate | None = None,
        imported_by: str | None = None,
    ) -> None:
        """Brings the local copy up to what TMON tells, and recognises doubtful ones (and `found`) among it."""
        now = self._clock()
        async with self._db.write() as session:
            await session.get(Store, (store.team_id, store.id), with_for_update=True)
            rows = list(await session.scalars(select(DeliveryTemplate).where(*scope(DeliveryTemplate, store))))
            numbered = {row.no: row for row in rows if row.no is not None}
            waiting = [
                row
                for row in rows
                if row.state in OPEN_WRITES and (row.id not in self._running or (found and row.id == found.id))
            ]
            for template in sorted(told, key=lambda one: one.delivery_template_no):
                key = policy_key(template)
                row = numbered.get(template.delivery_template_no)
                twin = next((one for one in waiting if one.policy_key == key), None)
                if row is not None and twin is not None and registered_after(row, twin):
                    await session.delete(row)
                    await session.flush()
                    row = None
                if row is None:
                    row = twin
                    if row is not None:
                        waiting.remove(row)
                        row.state, row.note, row.note_detail = WriteState.DONE, None, None
                        no, by = template.delivery_template_no, row.pending_by or "system"
                        record(session, store, now, by, "template.register", no, settled=True)
                        await enqueue_update(session, row.team_id, [template_key(row.id)], now=now)
                    else:
                        row = self._new_row(store, template.delivery_template_name)
                        session.add(row)
                    row.no = template.delivery_template_no
                    numbered[row.no] = row
                row.name, row.policy, row.policy_key = template.delivery_template_name, kept_policy(template), key
            if imported_by is not None:
                record(session, store, self._clock(), imported_by, "template.import", count=len(told))

    async def _done(self, store: Store, row: DeliveryTemplate, no: int, *, by: str | None = None) -> DeliveryTemplate:
        async with self._db.write() as session:
            await session.get(Store, (store.team_id, store.id), with_for_update=True)
            kept = await session.get(DeliveryTemplate, (row.team_id, row.id))
            if kept is None:  # the store was removed meanwhile
                return row
            other = await by_number(session, store, no)
            if other is not None and other.id != kept.id:  # an import was faster
                await session.delete(other)
                await session.flush()
            kept.no, kept.state, kept.note, kept.note_detail = no, WriteState.DONE, None, None
            who = by or kept.pending_by or "system"
            record(session, store, self._clock(), who, "template.register", no, settled=by is not None)
            await enqueue_update(session, kept.team_id, [template_key(kept.id)], now=self._clock())
        return kept

    async def _refused(self, store: Store, row: DeliveryTemplate, error: TmonError) -> DeliveryTemplate:
        """TMON did nothing."""
        if isinstance(error, Rejected | NotOffered):
            return await self._failed(store, row, "templates.refused", error.message)
        if isinstance(error, AuthError):
            await self._on_auth_error(store, error)
            return await self._failed(store, row, "templates.key_refused")
        return await self._failed(store, row, "templates.not_sent")

    async def _failed(
        self, store: Store, row: DeliveryTemplate, note: str, detail: str | None = None, *, by: str | None = None
    ) -> DeliveryTemplate:
        async with self._db.write() as session:
            kept = await session.get(DeliveryTemplate, (row.team_id, row.id), with_for_update=True)
            if kept is None or kept.state not in OPEN_WRITES:
                return kept or row
            kept.state, kept.note, kept.note_detail = WriteState.FAILED, note, detail
            record(session, store, self._clock(), by or kept.pending_by or "system", "template.failed", reason=note)
            await enqueue_update(session, kept.team_id, [template_key(kept.id)], now=self._clock())
        return kept

    async def _unknown(self, row: DeliveryTemplate, note: str | None = None) -> DeliveryTemplate:
        """`note`: why TMON is not even asked."""
        now = self._clock()
        async with self._db.write() as session:
            kept = await session.get(DeliveryTemplate, (row.team_id, row.id), with_for_update=True)
            if kept is None or kept.state not in OPEN_WRITES or (kept.state, kept.note) == (WriteState.UNKNOWN, note):
                return kept or row
            kept.state, kept.note = WriteState.UNKNOWN, note
            await enqueue(session, [_ended_message(kept, now)])
            await enqueue_update(session, kept.team_id, [template_key(kept.id)], now=now)
        return kept

    async def _need_addresses(self, store: Store) -> None:
        if not (await self._books.book(store.team_id, store.id)).is_known:
            raise AppError("templates.addresses_first")

    def _new_row(self, store: Store, name: str) -> DeliveryTemplate:
        return DeliveryTemplate(
            team_id=store.team_id, id=new_id("dt"), store_id=store.id, name=name, known_since=self._clock()
        )


def template_key(template_id: str) -> str:
    """The key of the message that tells how a doubtful registration ended."""
    return f"template/{template_id}"


def _ended_message(row: DeliveryTemplate, now: datetime) -> dict[str, object]:
    return new_message(
        TemplateEnded(template=row.id),
        team_id=row.team_id,
        key=template_key(row.id),
        to=row.pending_by or "",
        now=now,
        store_id=row.store_id,
    )
