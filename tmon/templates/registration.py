"""Registering a delivery template at TMON, which cannot be undone, and recognising it in TMON's list.

TMON takes an identical template for another, so that one must never be sent twice. Where no answer tells its number, TMON's
list is asked; where TMON does not list templates, it stays unknown, and the same policy is refused, until a person has
looked in the partner centre and decided.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import NewTemplate, NotOffered, Records, StoreApi, Template, UnreadItem, unread_of
from tmon.collection.unread import UnreadLog, tell
from tmon.database import Database
from tmon.ids import new_id
from tmon.leases import Claims
from tmon.models.collection import Unread, UnreadRecord
from tmon.models.stores import ApiGroup, Store
from tmon.models.templates import OPEN_WRITES, DeliveryTemplate, TemplateImports, WriteState
from tmon.models.writes import WriteStep
from tmon.outbox import enqueue, enqueue_update, new_message
from tmon.scope import scope
from tmon.templates.messages import TemplateEnded
from tmon.templates.policy import policy_key
from tmon.templates.template_list import by_number, kept_policy, registered_after, reject_duplicate
from tmon.templates.writes import WAITS_FOR_SWITCH, failure_note, imports_of, record
from tmon.writes.records import end_unclaimed, is_open
from tmon.writes.remote_write import Outcome, RemoteWrite, Truth, Verdict, WriteContext


class RegisterTemplate(RemoteWrite[int]):
    """Registers a template; TMON answers with its number."""

    kind: ClassVar[str] = "template.register"
    switch: ClassVar[ApiGroup] = ApiGroup.PRODUCT
    busy: ClassVar[str] = "templates.same_being_registered"

    template: str
    """Id of its row."""
    policy: NewTemplate

    @property
    def subject(self) -> str:
        """The policy, whatever its name."""
        return policy_key(self.policy)

    async def precheck(self, context: WriteContext) -> None:
        """Reads TMON's list, so that an identical template is found wherever it was made."""
        told = await read_list(context.db, context.api, context.store, context.clock())
        if told is not None:
            await import_list(context.db, context.claims, context.store, told, context.clock())

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Raises DuplicateTemplate, and AppError while the same policy is being asked about."""
        await reject_duplicate(session, self.team_id, self.store_id, self.policy)
        row = new_row(context.store, self.policy.delivery_template_name, context.clock(), self.template)
        row.policy, row.policy_key, row.state = kept_policy(self.policy), self.subject, WriteState.SENDING
        row.pending_by, row.pending_since = context.record.actor, context.clock()
        session.add(row)

    async def send(self, context: WriteContext) -> int:
        """Its number."""
        return await context.api.delivery_templates.create(self.policy)

    async def verify(self, context: WriteContext) -> Verdict[int]:
        """Looks for it in TMON's list. That TMON does not list templates it says once."""
        async with context.db.read() as session:
            imports = await session.get(TemplateImports, (self.team_id, self.store_id))
        if imports is not None and imports.templates_not_offered_at is not None:
            return Verdict(Truth.UNKNOWN)
        told = await read_list(context.db, context.api, context.store, context.clock())
        if told is None:
            return Verdict(Truth.UNKNOWN)
        await import_list(context.db, context.claims, context.store, told, context.clock())
        async with context.db.read() as session:
            mine = await session.get(DeliveryTemplate, (self.team_id, self.template))
            rows = await session.scalars(select(DeliveryTemplate).where(*scope(DeliveryTemplate, self)))
            known = {row.no for row in rows if mine is None or not registered_after(row, mine)}
        same = [one.delivery_template_no for one in told if policy_key(one) == self.subject]
        found = min((no for no in same if no not in known), default=None)
        if found is None and await self._may_be_unread(context, told.unread):
            return Verdict(Truth.UNKNOWN)
        return Verdict(Truth.NOT_DONE if found is None else Truth.DONE, found)

    async def _may_be_unread(self, context: WriteContext, unread: Sequence[UnreadItem]) -> bool:
        """Whether the new template may be one of those that cannot be read, which were not there before it was sent."""
        if not unread:
            return False
        async with context.db.read() as session:
            rows = await session.scalars(
                select(UnreadRecord).where(*scope(UnreadRecord, self), col(UnreadRecord.what) == Unread.TEMPLATE)
            )
            sent_at = context.record.sent_at or context.record.created_at
            before = {row.number for row in rows if row.first_seen_at < sent_at}
        return any(item.number not in before for item in unread)

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[int]) -> None:
        """The row, and the message to whoever registered it."""
        now = context.clock()
        row = await session.get(DeliveryTemplate, (self.team_id, self.template))
        if row is None or row.state not in OPEN_WRITES:
            return
        row.note = row.note_detail = None
        who = outcome.decided_by or context.record.actor
        if outcome.state is WriteStep.DONE:
            assert outcome.value is not None
            other = await by_number(session, context.store, outcome.value)
            if other is not None and other.id != row.id:  # entered by its number meanwhile
                await session.delete(other)
                await session.flush()
            row.no, row.state = outcome.value, WriteState.DONE
            record(session, context.store, now, who, "template.register", row.no, settled=outcome.settled)
        elif outcome.state is WriteStep.FAILED:
            row.state = WriteState.FAILED
            row.note, row.note_detail = failure_note(outcome.error)
            if outcome.decided_by is not None:
                row.note = "templates.decided_not_there"
            record(session, context.store, now, who, "template.failed", reason=row.note)
        else:
            row.state = WriteState.UNKNOWN
            if outcome.waits_for_switch and not await _a_person_decides(session, context.store):
                row.note = WAITS_FOR_SWITCH
            await enqueue(session, [_ended_message(row, now)])
        await enqueue_update(session, row.team_id, [_template_key(row.id)], now=now)


async def read_list(db: Database, client: StoreApi, store: Store, now: datetime) -> Records[Template] | None:
    """TMON's list; None when TMON does not offer it. Raises TmonError."""
    told: Records[Template] | None
    try:
        pages = [page async for page in client.delivery_templates.list()]
        told = Records((one for page in pages for one in page), (item for page in pages for item in unread_of(page)))
    except NotOffered:
        told = None
    unread = UnreadLog(db, store, Unread.TEMPLATE)
    await unread.load()
    async with db.write() as session:
        await session.get(Store, (store.team_id, store.id), with_for_update=True)
        imports = await imports_of(session, store.team_id, store.id)
        if told is None:
            imports.templates_not_offered_at = now
        else:
            imports.templates_at, imports.templates_not_offered_at = now, None
            await unread.set_aside(session, told.unread, now)
            await unread.drop_others(session, now)
            await tell(session, store, now)
    return told


async def import_list(
    db: Database,
    claims: Claims,
    store: Store,
    told: Sequence[Template],
    now: datetime,
    *,
    imported_by: str | None = None,
) -> None:
    """Brings the local copy up to what TMON tells, and recognises doubtful ones among it, but for those being asked about."""
    async with db.write() as session:
        await session.get(Store, (store.team_id, store.id), with_for_update=True)
        rows = list(await session.scalars(select(DeliveryTemplate).where(*scope(DeliveryTemplate, store))))
        numbered = {row.no: row for row in rows if row.no is not None}
        waiting = {row.policy_key: row for row in rows if row.state in OPEN_WRITES}
        for template in sorted(told, key=lambda one: one.delivery_template_no):
            no, key = template.delivery_template_no, policy_key(template)
            row = numbered.get(no)
            if row is None and key in waiting:
                place = (store.team_id, store.id, RegisterTemplate, key)
                if not await end_unclaimed(session, claims, *place, now) and await is_open(session, *place):
                    continue  # whoever is asking about it recognises it
                row = waiting.pop(key)
                row.no, row.state, row.note, row.note_detail = no, WriteState.DONE, None, None
                record(session, store, now, row.pending_by or "system", "template.register", no, settled=True)
                await enqueue_update(session, row.team_id, [_template_key(row.id)], now=now)
            elif row is None:
                row = new_row(store, template.delivery_template_name, now)
                row.no = no
                session.add(row)
            row.name, row.policy, row.policy_key = template.delivery_template_name, kept_policy(template), key
        if imported_by is not None:
            record(session, store, now, imported_by, "template.import", count=len(told))


def new_row(store: Store, name: str, now: datetime, template_id: str | None = None) -> DeliveryTemplate:
    """A template of which nothing is known but its name."""
    return DeliveryTemplate(
        team_id=store.team_id, id=template_id or new_id("dt"), store_id=store.id, name=name, known_since=now
    )


async def _a_person_decides(session: AsyncSession, store: Store) -> bool:
    """Whether TMON said that it does not list templates, so that there is nothing to wait for."""
    return (await imports_of(session, store.team_id, store.id)).templates_not_offered_at is not None


def _template_key(template_id: str) -> str:
    """The key of the message that tells how a doubtful registration ended."""
    return f"template/{template_id}"


def _ended_message(row: DeliveryTemplate, now: datetime) -> dict[str, object]:
    return new_message(
        TemplateEnded(template=row.id),
        team_id=row.team_id,
        key=_template_key(row.id),
        to=row.pending_by or "",
        now=now,
        store_id=row.store_id,
    )
