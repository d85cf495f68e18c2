"""The open incidents of a workspace, locked for one transaction: opening, extending, suppressing and closing them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from tmon.clock import KST
from tmon.due_times import over
from tmon.incidents import deployment
from tmon.incidents.causes import suppresses
from tmon.incidents.notifier import IncidentNotifier
from tmon.incidents.summary import Risk, risks
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause, Incident, IncidentStore, Resolution
from tmon.models.stores import ApiGroup, Store

SERIOUS_AFTER = timedelta(hours=2)
"""Age of an incident from which it is serious."""
SERIOUS_BEFORE = timedelta(hours=4)
"""Time before the confirm-by of a pending order from which an incident is serious."""
REFRESH_EVERY = timedelta(minutes=5)
"""Minimum interval between updates of the numbers in an open incident's messages."""


class OpenIncidents:
    """The open incidents by subject, row-locked until the transaction ends."""

    def __init__(
        self,
        session: AsyncSession,
        notifier: IncidentNotifier,
        switches: Mapping[str, ApiGroup],
        team_id: str,
        open_: dict[str, Incident],
        now: datetime,
    ) -> None:
        self._session = session
        self._notifier = notifier
        self._switches = switches
        self._team_id = team_id
        self._now = now
        self.open = open_

    @classmethod
    async def lock(
        cls,
        session: AsyncSession,
        notifier: IncidentNotifier,
        switches: Mapping[str, ApiGroup],
        team_id: str,
        now: datetime,
    ) -> "OpenIncidents":
        """Row-lock the workspace's open incidents for this transaction (on SQLite it locks the whole database anyway).

        `switches`: the switch of the store for each kind of collection.
        """
        rows = await session.scalars(
            select(Incident)
            .where(col(Incident.team_id) == team_id, col(Incident.closed_at).is_(None))
            .order_by(col(Incident.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return cls(session, notifier, switches, team_id, {incident.subject: incident for incident in rows}, now)

    async def open_or_join(self, found: Incident, stores: Sequence[Store]) -> None:
        """Open `found`, or add `stores` to the open incident with the same subject."""
        incident = self.open.get(found.subject)
        is_new = incident is None
        if incident is None:
            risk = _sum((store.id for store in stores), await risks(self._session, self._team_id, self._now))
            found.waiting, found.urgent_at = risk.waiting, risk.urgent_at
            found.serious = _is_serious(found, risk, self._now)
            found.suppressed_by = await self._suppressor(found, stores)
            incident = self.open[found.subject] = await self._open(found)
        await self._notifier.add_stores(self._session, incident, stores, self._now)
        if is_new:
            await self._tell_operator(incident)
        subjects = [
            "vendor",
            "tmon",
            *(subject for s in stores for subject in (f"key:{s.id}", f"area:{s.id}:{ORDERS}")),
        ]
        for wide in [self.open[subject] for subject in subjects if subject in self.open]:
            await self._suppress_under(wide)
        if incident.suppressed_by is not None and incident.suppressed_by not in {one.id for one in self.open.values()}:
            await self._unsuppress(incident)  # the wider incident is closed, but this one still fails

    async def close(self, incident: Incident, resolution: Resolution) -> None:
        """Close an incident. Key incidents that it suppressed are notified now, others when they fail again."""
        incident.closed_at, incident.resolution = self._now, resolution
        await self._session.flush()
        del self.open[incident.subject]
        if resolution is Resolution.RECOVERED:
            await self._notifier.notify_resolved(self._session, incident, self._now)
        await self._notifier.refresh(self._session, incident, self._now)
        for narrow in self.open.values():
            if narrow.suppressed_by == incident.id:
                if narrow.cause is Cause.KEY:  # its store is rarely asked, so the next failure may take long
                    await self._unsuppress(narrow)
                else:
                    await self._notifier.refresh(self._session, narrow, self._now)
        if deployment.is_deployment_wide(incident):
            await deployment.close_if_over(self._session, incident.subject, self._now)

    async def review(self, incident: Incident, waiting: Mapping[str, Risk]) -> None:
        """Close `incident` if no success can end it any more, else update severity and numbers, which change with time."""
        stores = (
            await self._session.scalars(
                select(Store).where(
                    col(Store.team_id) == self._team_id,
                    col(Store.id).in_(_members(incident).where(col(IncidentStore.recovered_at).is_(None))),
                )
            )
        ).all()
        if not any(_can_recover(store, incident, self._switches) for store in stores):
            await self.close(incident, Resolution.PAUSED)
            return
        risk = _sum((store.id for store in stores), waiting)
        worse = not incident.serious and _is_serious(incident, risk, self._now)
        due = over(incident.refreshed_at, self._now, REFRESH_EVERY) and (
            risk != Risk(incident.waiting, incident.urgent_at)
            or incident.refreshed_at.astimezone(KST).date() != self._now.astimezone(KST).date()
        )
        if not worse and not due:
            return
        incident.waiting, incident.urgent_at, incident.refreshed_at = risk.waiting, risk.urgent_at, self._now
        incident.serious = incident.serious or worse
        await self._session.flush()
        if incident.suppressed_by is None:
            if worse:
                await self._notifier.send_now(self._session, incident, self._now)
            await self._notifier.refresh(self._session, incident, self._now)

    async def _open(self, found: Incident) -> Incident:
        """Insert and return `found`, or return the open incident of its subject if another transaction was faster."""
        try:
            async with self._session.begin_nested():
                self._session.add(found)
        except IntegrityError:
            rows = await self._session.scalars(
                select(Incident)
                .where(
                    col(Incident.team_id) == self._team_id,
                    col(Incident.subject) == found.subject,
                    col(Incident.closed_at).is_(None),
                )
                .with_for_update()
            )
            return rows.one()
        return found

    async def _unsuppress(self, incident: Incident) -> None:
        incident.suppressed_by = None
        await self._session.flush()
        await self._notifier.notify_all(self._session, incident, self._now)
        await self._tell_operator(incident)

    async def _tell_operator(self, incident: Incident) -> None:
        if incident.suppressed_by is None and deployment.is_deployment_wide(incident):
            await deployment.open_for(self._session, incident, self._now)

    async def _suppress_under(self, wide: Incident) -> None:
        """Suppress the open incidents that are narrower than `wide` and affect only stores of it."""
        theirs = aliased(IncidentStore)
        outside = exists().where(
            col(theirs.team_id) == col(Incident.team_id),
            col(theirs.incident_id) == col(Incident.id),
            col(theirs.store_id).not_in(_members(wide)),
        )
        ids = [one.id for one in self.open.values() if one.suppressed_by is None and suppresses(wide, one)]
        if not ids:
            return
        narrower = await self._session.scalars(
            select(Incident).where(
                col(Incident.team_id) == self._team_id,
                col(Incident.id).in_(ids),
                ~outside,
            )
        )
        for incident in narrower.all():
            incident.suppressed_by = wide.id
            await self._session.flush()
            await self._notifier.refresh(self._session, incident, self._now)

    async def _suppressor(self, found: Incident, stores: Sequence[Store]) -> str | None:
        """Return the id of an open wider incident that already affects all of `stores`, or None."""
        ids = [store.id for store in stores]
        for wide in self.open.values():
            if suppresses(wide, found) and wide.suppressed_by is None:
                members = _members(wide).where(col(IncidentStore.store_id).in_(ids))
                if await self._session.scalar(select(func.count()).select_from(members.subquery())) == len(ids):
                    return wide.id
        return None


def _members(incident: Incident) -> Select[str]:
    return select(col(IncidentStore.store_id)).where(
        col(IncidentStore.team_id) == incident.team_id, col(IncidentStore.incident_id) == incident.id
    )


def _can_recover(store: Store, incident: Incident, switches: Mapping[str, ApiGroup]) -> bool:
    """Return whether a success of `store` can still close the incident."""
    if store.removed_at is not None or not store.sync_on:
        return False
    if incident.cause in (Cause.TMON, Cause.DATA_KEY):  # only an order collection closes these
        return store.order_on
    return incident.area is None or store.group_on(switches[incident.area])


def _is_serious(incident: Incident, risk: Risk, now: datetime) -> bool:
    if incident.cause is Cause.DATA_KEY or incident.area not in (None, ORDERS):
        return False  # orders are still collected
    soon = risk.urgent_at is not None and risk.urgent_at - now < SERIOUS_BEFORE
    return incident.cause is Cause.KEY or now - incident.failing_since >= SERIOUS_AFTER or soon


def _sum(store_ids: Iterable[str], waiting: Mapping[str, Risk]) -> Risk:
    return sum((waiting.get(store_id, Risk()) for store_id in store_ids), Risk())
