"""Incidents: one for each cause of failures, opened, widened, hidden and closed as runs fail and succeed.

All decisions are made in the transaction that records the run. It takes the rows of the open incidents first, so that
runs that end at the same time decide one after the other; the database itself admits one open incident per subject.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.api.errors import NotOffered, PartnerRejected, TmonError, UnknownOutcome, VendorRejected
from tmon.clock import Clock
from tmon.database import Database
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.incidents.causes import error_code, is_platform_wide
from tmon.incidents.correlation import is_recovering, stores_failing_alike
from tmon.incidents.notifier import IncidentNotifier
from tmon.incidents.open_incidents import OpenIncidents
from tmon.incidents.summary import IncidentSummary, load_summaries, risks
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Cause, Incident, IncidentStore, Resolution
from tmon.models.stores import ApiGroup, Contact, Credentials, Store
from tmon.permissions import Permission, Person, has_permission
from tmon.sealing import CannotOpen, Sealer

__all__ = ["ContactPhone", "IncidentService", "IncidentSummary", "error_code", "load_summaries"]

RECENT = 20
"""Incidents in the list."""
MESSAGE_LIMIT = 300


@dataclass(frozen=True)
class ContactPhone:
    """The mobile number of a store's contact; shown on request, to those who manage the store."""

    store: str
    name: str
    mobile: str

    def __repr__(self) -> str:
        return "Reachable(…)"


class IncidentService:
    """Keeps the incidents of every workspace and says what they look like."""

    def __init__(
        self, db: Database, sealer: Sealer, clock: Clock, after_failures: int, switches: Mapping[str, ApiGroup]
    ) -> None:
        """`after_failures`: transient failures in a row that open an incident; `switches`: of each kind of collection."""
        self._switches = switches
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._after_failures = after_failures
        self._telling = IncidentNotifier(sealer)

    async def on_failure(
        self,
        session: AsyncSession,
        store: Store,
        kind: str,
        error: TmonError,
        collection: SyncState | None,
        now: datetime,
    ) -> None:
        """Lays a failure to its cause, in the transaction that records it.

        `collection` counts it already; None for a failure outside of a collection, of which only refused credentials
        tell anything.
        """
        if isinstance(error, NotOffered | UnknownOutcome):
            return
        since = (collection.failing_since if collection else None) or now
        docket = await OpenIncidents.lock(session, self._telling, self._switches, store.team_id, now)

        async def lay(cause: Cause, subject: str, stores: Sequence[Store], begin: datetime = since) -> None:
            found = _incident(store.team_id, cause, subject, error_code(error), begin, now)
            found.message = error.message[:MESSAGE_LIMIT] if error.message else None
            found.area = kind if cause is Cause.AREA else None
            await docket.open_or_join(found, stores)

        if isinstance(error, VendorRejected) and not self._brings_vendor(store):
            await lay(Cause.VENDOR, "vendor", [store])
        elif isinstance(error, VendorRejected | PartnerRejected):
            await lay(Cause.KEY, f"key:{store.id}", [store])
        elif collection is None:
            return
        elif "tmon" in docket.open:
            if kind is ORDERS:  # others are spoken for as well, but only orders end it
                await lay(Cause.TMON, "tmon", [store])
        elif collection.failures >= self._after_failures and not await is_recovering(session, store, now):
            alike = await stores_failing_alike(session, store.team_id, error_code(error)) if kind is ORDERS else []
            if alike:
                moments = sorted(moment for _, moment in alike)
                await lay(Cause.TMON, "tmon", [one for one, _ in alike], moments[len(moments) // 2])
            elif kind is ORDERS and is_platform_wide(error):
                await lay(Cause.TMON, "tmon", [store])
            else:
                await lay(Cause.AREA, f"area:{store.id}:{kind}", [store])

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
        """Closes what a success of `store` proves wrong; `counts` is what it caught up, by name.

        Any success in which TMON `answered` proves that the credentials are good; that TMON is back only a collection of
        orders does, for it is what the incident says is missing.
        """
        proved = {Cause.VENDOR, Cause.KEY} if answered else set()
        if answered and kind is ORDERS:
            proved.add(Cause.TMON)
        team_id = store.team_id
        concerned = (
            col(IncidentStore.team_id) == team_id,
            col(IncidentStore.store_id) == store.id,
            col(IncidentStore.recovered_at).is_(None),
        )
        if await session.scalar(select(col(IncidentStore.incident_id)).where(*concerned).limit(1)) is None:
            return
        docket = await OpenIncidents.lock(session, self._telling, self._switches, team_id, now)
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
                await docket.close(incident, Resolution.RECOVERED)
            else:
                await self._telling.refresh(session, incident, now)

    async def on_personal_data(
        self, session: AsyncSession, store: Store, *, readable: int, unreadable: int, now: datetime
    ) -> None:
        """Tells how many orders' personal data a run could and could not decrypt.

        A wrong key opens nothing; where some data opens, what does not was broken by itself.
        """
        if not readable and not unreadable:
            return
        subject = f"{Cause.DATA_KEY}:{store.id}" if self._brings_vendor(store) else Cause.DATA_KEY.value
        docket = await OpenIncidents.lock(session, self._telling, self._switches, store.team_id, now)
        if readable and (incident := docket.open.get(subject)):
            await session.execute(
                update(IncidentStore)
                .where(
                    col(IncidentStore.team_id) == store.team_id,
                    col(IncidentStore.incident_id) == incident.id,
                    col(IncidentStore.store_id) == store.id,
                )
                .values(recovered_at=now)
            )
            await docket.close(incident, Resolution.RECOVERED)
        elif not readable:
            await docket.open_or_join(_incident(store.team_id, Cause.DATA_KEY, subject, "data_key", now, now), [store])

    async def tick(self) -> None:
        """Once a minute: what has become serious, what nobody waits for any more, and the numbers shown."""
        now = self._clock()
        async with self._db.read() as session:
            teams = await session.scalars(
                select(col(Incident.team_id)).where(col(Incident.closed_at).is_(None)).distinct()
            )
        for team_id in teams:
            async with self._db.write() as session:
                docket = await OpenIncidents.lock(session, self._telling, self._switches, team_id, now)
                waiting = await risks(session, team_id, now)
                for incident in list(docket.open.values()):
                    await docket.review(incident, waiting)

    async def assign(self, person: Person, incident_id: str) -> None:
        """`person` takes care of an open incident, in the place of whoever did before. Raises AppError when it is over."""
        now = self._clock()
        async with self._db.write() as session:
            docket = await OpenIncidents.lock(session, self._telling, self._switches, person.team_id, now)
            incident = next((one for one in docket.open.values() if one.id == incident_id), None)
            if incident is None:
                raise AppError("incidents.over")
            if incident.assignee == person.user_id:
                return
            incident.assignee, incident.assigned_at = person.user_id, now
            audit.record_in_team(session, person.team_id, person.user_id, "incident.take", now, subject=incident_id)
            await session.flush()
            await self._telling.refresh(session, incident, now)

    async def contact_phones(self, person: Person, incident_id: str) -> list[ContactPhone]:
        """Mobile numbers of the contacts of a serious incident's stores that `person` manages. Each look is recorded.

        Raises AppError when the incident is over or not serious, or `person` manages none of the stores.
        """
        now = self._clock()
        async with self._db.write() as session:
            incident = await session.get(Incident, (person.team_id, incident_id))
            if incident is None or incident.closed_at is not None or not incident.serious:
                raise AppError("incidents.no_mobile")
            [facts] = await load_summaries(session, [incident], now)
            found = []
            for store in facts.stores:
                contact = self._telling.contact(store)
                if contact is None or not has_permission(person, Permission.MANAGE, store):
                    continue
                found.append(ContactPhone(store.name, contact.name, contact.mobile))
                audit.record(session, store, person.user_id, "incident.see_mobile", now, subject=incident_id)
            if not found:
                raise AppError("incidents.no_mobile_right")
            return found

    async def summary(
        self, team_id: str, incident_id: str, *, contact: str | None = None, channel: str | None = None
    ) -> IncidentSummary | None:
        """The incident at this moment, cut to the stores of a contact (named by its first store) or of a channel."""
        async with self._db.read() as session:
            incident = await session.get(Incident, (team_id, incident_id))
            if incident is None:
                return None
            [facts] = await load_summaries(session, [incident], self._clock(), contact=contact, channel=channel)
            return facts

    async def open_and_recent(self, team_id: str) -> list[IncidentSummary]:
        """The open incidents, newest first, then those closed last; at most 20."""
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
        """Who hears of trouble with a store; None when it was removed."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            return self._telling.contact(store) if store else None

    def _brings_vendor(self, store: Store) -> bool:
        """Whether the store has vendor credentials of its own."""
        if store.credentials is None:
            return False
        try:
            return self._sealer.open_as(Credentials, store.credentials).access_key is not None
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
