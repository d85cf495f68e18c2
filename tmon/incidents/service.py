"""Incidents: one per cause of failures, opened, extended, suppressed and closed as runs fail and succeed.

All decisions are made in the transaction that records the run. It locks the rows of the open incidents first, so that
runs ending at the same time decide one after the other; a unique index allows one open incident per subject.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.api.errors import NotOffered, PartnerRejected, TmonError, UnknownOutcome, VendorMissing, VendorRejected
from tmon.clock import Clock
from tmon.database import Database
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.incidents import deployment
from tmon.incidents.causes import error_code, error_of, is_platform_wide, may_pass
from tmon.incidents.correlation import is_recovering, stores_failing_alike
from tmon.incidents.messages import IncidentMessage
from tmon.incidents.notifier import IncidentNotifier
from tmon.incidents.open_incidents import OpenIncidents
from tmon.incidents.summary import IncidentSummary, load_summaries, risks
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Cause, Incident, IncidentStore, Resolution
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup, Contact, Credentials, Store
from tmon.outbox import DEPLOYMENT
from tmon.permissions import Permission, Person, has_permission
from tmon.presence import each
from tmon.sealing import CannotOpen, Place, Sealer

__all__ = ["ContactPhone", "IncidentService", "IncidentSummary", "error_code", "error_of", "load_summaries", "may_pass"]

RECENT = 20
"""Maximum number of incidents in the list."""
MESSAGE_LIMIT = 300


@dataclass(frozen=True)
class ContactPhone:
    """Mobile number of a store's contact; shown on request to users who manage the store."""

    store: str
    name: str
    mobile: str

    def __repr__(self) -> str:
        return "ContactPhone(…)"


class IncidentService:
    """Opens, closes and assigns incidents, and loads their summaries."""

    def __init__(
        self,
        db: Database,
        sealer: Sealer,
        clock: Clock,
        after_failures: int,
        switches: Mapping[str, ApiGroup],
        *,
        quiet_nights: bool = True,
    ) -> None:
        """`after_failures`: consecutive transient failures that open an incident; `switches`: by kind of collection.

        `quiet_nights`: see `IncidentNotifier`.
        """
        self._switches = switches
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self.after_failures = after_failures
        self._notifier = IncidentNotifier(sealer, quiet_nights=quiet_nights)

    async def on_failure(
        self,
        session: AsyncSession,
        store: Store,
        kind: str,
        error: TmonError,
        collection: SyncState | None,
        now: datetime,
    ) -> None:
        """Open or extend the incident that a failure belongs to, in the transaction that records the failure.

        `collection` already includes the failure; None if it happened outside of a collection: then only rejected
        credentials matter.
        """
        if isinstance(error, NotOffered | UnknownOutcome):
            return
        since = (collection.failing_since if collection else None) or now
        open_incidents = await OpenIncidents.lock(session, self._notifier, self._switches, store.team_id, now)

        async def open_or_join(cause: Cause, subject: str, stores: Sequence[Store], begin: datetime = since) -> None:
            found = _incident(store.team_id, cause, subject, error_code(error), begin, now)
            found.message = error.message[:MESSAGE_LIMIT] if error.message else None
            found.area = kind if cause is Cause.AREA else None
            await open_incidents.open_or_join(found, stores)

        if isinstance(error, VendorMissing):
            await open_or_join(Cause.KEY, f"key:{store.id}", [store])
        elif isinstance(error, VendorRejected) and not self._has_own_vendor(store):
            await open_or_join(Cause.VENDOR, "vendor", [store])
        elif isinstance(error, VendorRejected | PartnerRejected):
            await open_or_join(Cause.KEY, f"key:{store.id}", [store])
        elif collection is None:
            return
        elif "tmon" in open_incidents.open:
            if kind == ORDERS:  # failures of other kinds are covered, too, but only orders close it
                await open_or_join(Cause.TMON, "tmon", [store])
        elif collection.failures >= self.after_failures and not await is_recovering(session, store, now):
            tried_since = since if may_pass(error) else None
            alike = (
                await stores_failing_alike(session, store.team_id, error_code(error), tried_since)
                if kind == ORDERS
                else []
            )
            if alike:
                moments = sorted(moment for _, moment in alike)
                await open_or_join(Cause.TMON, "tmon", [one for one, _ in alike], moments[len(moments) // 2])
            elif kind == ORDERS and is_platform_wide(error):
                await open_or_join(Cause.TMON, "tmon", [store])
            else:
                await open_or_join(Cause.AREA, f"area:{store.id}:{kind}", [store])

    async def is_outage(self, session: AsyncSession, team_id: str) -> bool:
        """Return whether it is known that TMON as a whole does not work."""
        found = await session.scalar(
            select(col(Incident.id)).where(
                col(Incident.team_id) == team_id, col(Incident.subject) == "tmon", col(Incident.closed_at).is_(None)
            )
        )
        return found is not None

    async def on_success(
        self,
        session: AsyncSession,
        store: Store,
        kind: str,
        counts: Mapping[str, int],
        now: datetime,
        *,
        answered: bool = True,
    ) -> None:
        """Close the incidents that a success of `store` resolves; `counts`: what the run collected, by name.

        Any success in which TMON `answered` proves that the credentials are valid. That TMON has recovered is proved only
        by an order collection, because that is what the incident is about.
        """
        proved = {Cause.VENDOR, Cause.KEY} if answered else set()
        if answered and kind == ORDERS:
            proved.add(Cause.TMON)
        team_id = store.team_id
        concerned = (
            col(IncidentStore.team_id) == team_id,
            col(IncidentStore.store_id) == store.id,
            col(IncidentStore.recovered_at).is_(None),
        )
        if await session.scalar(select(col(IncidentStore.incident_id)).where(*concerned).limit(1)) is None:
            return
        open_incidents = await OpenIncidents.lock(session, self._notifier, self._switches, team_id, now)
        rows = await session.execute(
            select(IncidentStore, Incident)
            .join(
                Incident,
                (col(Incident.team_id) == col(IncidentStore.team_id))
                & (col(Incident.id) == col(IncidentStore.incident_id)),
            )
            .where(
                *concerned,
                (col(Incident.area) == kind) | col(Incident.cause).in_(proved),
            )
            .order_by(col(Incident.opened_at))
        )
        pairs = rows.all()
        for member, _ in pairs:
            member.recovered_at, member.backfilled = now, dict(counts)
        await session.flush()
        for _, incident in pairs:
            if incident.closed_at is None:
                await open_incidents.close(incident, Resolution.RECOVERED)
            else:
                await self._notifier.refresh(session, incident, now)

    async def on_personal_data(
        self, session: AsyncSession, store: Store, *, readable: int, unreadable: int, now: datetime
    ) -> None:
        """Report for how many orders a run could and could not decrypt personal data.

        A wrong key decrypts nothing: if some data can be decrypted, the key is right and the rest is corrupt.
        """
        if not readable and not unreadable:
            return
        subject = f"{Cause.DATA_KEY}:{store.id}" if self._has_own_vendor(store) else Cause.DATA_KEY.value
        open_incidents = await OpenIncidents.lock(session, self._notifier, self._switches, store.team_id, now)
        if readable and (incident := open_incidents.open.get(subject)):
            await session.execute(
                update(IncidentStore)
                .where(
                    col(IncidentStore.team_id) == store.team_id,
                    col(IncidentStore.incident_id) == incident.id,
                    col(IncidentStore.store_id) == store.id,
                )
                .values(recovered_at=now)
            )
            await open_incidents.close(incident, Resolution.RECOVERED)
        elif not readable:
            await open_incidents.open_or_join(
                _incident(store.team_id, Cause.DATA_KEY, subject, "data_key", now, now), [store]
            )

    async def on_channel_mended(self, session: AsyncSession, store: Store, now: datetime) -> None:
        """Tell the channel of `store`, which works again or is another one, of its open incidents."""
        await self._notifier.move(session, store, now)

    async def tick(self) -> None:
        """Review all open incidents: severity, closing of obsolete ones, displayed numbers. Called every minute."""
        now = self._clock()
        async with self._db.read() as session:
            teams = await session.scalars(
                select(col(Incident.team_id)).where(col(Incident.closed_at).is_(None)).distinct()
            )

        async def review(team_id: str) -> None:
            async with self._db.write() as session:
                if team_id == DEPLOYMENT:
                    await deployment.review(session, now)
                    return
                open_incidents = await OpenIncidents.lock(session, self._notifier, self._switches, team_id, now)
                waiting = await risks(session, team_id, now)
                for incident in list(open_incidents.open.values()):
                    await open_incidents.review(incident, waiting)

        await each(teams, review)

    async def assign(self, person: Person, incident_id: str, *, to: str | None = None) -> None:
        """Assign an open incident to `person`, or by them to the user `to`, who is told; replaces a previous assignee.

        Raises AppError if it is closed.
        """
        now, assignee = self._clock(), to or person.user_id
        async with self._db.write() as session:
            open_incidents = await OpenIncidents.lock(session, self._notifier, self._switches, person.team_id, now)
            incident = next((one for one in open_incidents.open.values() if one.id == incident_id), None)
            if incident is None:
                raise AppError("incidents.over")
            if incident.assignee == assignee:
                return
            incident.assignee, incident.assigned_at = assignee, now
            audit.record_in_team(session, person.team_id, person.user_id, "incident.take", now, subject=incident_id)
            await session.flush()
            await self._notifier.refresh(session, incident, now)
            if assignee != person.user_id:
                await self._notifier.notify_assignee(session, incident, person, now)

    async def join_person(self, row: OutboxMessage, message: IncidentMessage) -> bool:
        """Tell the stores of an unsent direct message in another one about the same incident to the same person.

        Returns False if there is none. Contacts that are told by one account are known on delivery only.
        """
        async with self._db.write() as session:
            return await self._notifier.join_person(session, row, message, self._clock())

    async def contact_phones(self, person: Person, incident_id: str) -> list[ContactPhone]:
        """Return the contacts' mobile numbers of a serious incident's stores that `person` manages. Each view is audited.

        A contact without one is reached by the other number, if there is one. Raises AppError if the incident is closed or not
        serious, `person` manages none of the stores, or there is no number at all.
        """
        now = self._clock()
        async with self._db.write() as session:
            incident = await session.get(Incident, (person.team_id, incident_id))
            if incident is None or incident.closed_at is not None or not incident.serious:
                raise AppError("incidents.no_mobile")
            [summary] = await load_summaries(session, [incident], now)
            managed = [store for store in summary.stores if has_permission(person, Permission.MANAGE, store)]
            if not managed:
                raise AppError("incidents.no_mobile_right")
            found = []
            for store in managed:
                contact = self._notifier.contact(store)
                if contact is None or not (number := contact.mobile or contact.phone):
                    continue
                found.append(ContactPhone(store.name, contact.name, number))
                audit.record(session, store, person.user_id, "incident.see_mobile", now, subject=incident_id)
            if not found:
                raise AppError("incidents.no_mobile_number")
            return found

    async def summary(
        self,
        team_id: str,
        incident_id: str,
        *,
        contact: str | None = None,
        also: Sequence[str] = (),
        channel: str | None = None,
    ) -> IncidentSummary | None:
        """Return the current incident, limited to the stores of a contact (given by its representative store) or a channel.

        `also`: further contacts.
        """
        contacts = () if contact is None else (contact, *also)
        async with self._db.read() as session:
            incident = await session.get(Incident, (team_id, incident_id))
            if incident is None:
                return None
            [summary] = await load_summaries(session, [incident], self._clock(), contacts=contacts, channel=channel)
            return summary

    async def reach(self, incident: Incident) -> deployment.Reach:
        """Return how many an incident of the deployment has affected."""
        async with self._db.read() as session:
            return await deployment.reach(session, incident)

    async def by_ids(self, team_id: str, ids: Collection[str]) -> dict[str, Incident]:
        """Return incidents by id, closed ones included."""
        async with self._db.read() as session:
            found = await session.scalars(
                select(Incident).where(col(Incident.team_id) == team_id, col(Incident.id).in_(ids))
            )
            return {one.id: one for one in found}

    async def open_and_recent(self, team_id: str) -> list[IncidentSummary]:
        """Return the open incidents, newest first, then the most recently closed ones; at most `RECENT`."""
        async with self._db.read() as session:
            incidents = await session.scalars(
                select(Incident)
                .where(col(Incident.team_id) == team_id)
                .order_by(
                    col(Incident.closed_at).is_not(None),
                    col(Incident.closed_at).desc(),
                    col(Incident.opened_at).desc(),
                )
                .limit(RECENT)
            )
            return await load_summaries(session, incidents.all(), self._clock())

    async def contact(self, team_id: str, store_id: str) -> Contact | None:
        """Return the contact of a store; None if the store was removed."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            return self._notifier.contact(store) if store else None

    def _has_own_vendor(self, store: Store) -> bool:
        """Return whether the store has its own vendor credentials."""
        if store.credentials is None:
            return False
        try:
            return (
                self._sealer.open_as(Credentials, store.credentials, Place.of(store, "credentials")).access_key
                is not None
            )
        except CannotOpen:
            return False


def _incident(team_id: str, cause: Cause, subject: str, error: str, since: datetime, now: datetime) -> Incident:
    return Incident(
        team_id=team_id,
        id=new_id("in"),
        subject=subject,
        cause=cause,
        failing_since=since,
        opened_at=now,
        refreshed_at=now,
        error=error,
    )
