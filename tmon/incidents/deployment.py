"""Incidents of the whole deployment: what no store can mend is told to the operator once, however many workspaces it concerns.

Each is a row of `Incident` without a workspace and without stores. It is open while an incident with the same subject is
open in some workspace, which tells its own people.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import insert_missing
from tmon.ids import new_id
from tmon.incidents.correlation import is_minority
from tmon.incidents.messages import IncidentEmail, IncidentResolvedEmail
from tmon.models.incidents import Cause, Incident, IncidentStore, Resolution
from tmon.models.outbox import OutboxMessage
from tmon.outbox import DEPLOYMENT, OPERATOR, enqueue, new_message


@dataclass(frozen=True)
class Reach:
    """How many an incident of the deployment has affected so far."""

    workspaces: int
    stores: int
    recovered: int
    """Stores that succeeded again."""


def is_deployment_wide(incident: Incident) -> bool:
    """Return whether no store can mend the incident, so that the operator is told."""
    return incident.cause in (Cause.VENDOR, Cause.TMON) or incident.subject == Cause.DATA_KEY


async def open_for(session: AsyncSession, incident: Incident, now: datetime) -> None:
    """Tell the operator of an incident that a workspace has just opened, unless one with its subject is told already.

    That one stays locked until the transaction ends, so that it does not end meanwhile for want of this one.
    """
    while await _locked(session, incident.subject) is None:
        own = {
            "team_id": DEPLOYMENT,
            "id": new_id("in"),
            "subject": incident.subject,
            "cause": incident.cause,
            "serious": False,
            "failing_since": incident.failing_since,
            "opened_at": now,
            "refreshed_at": now,
            "error": incident.error,
            "message": incident.message,
            "waiting": 0,
        }
        made = await insert_missing(session, Incident.__table__, [own], returning="id")  # type: ignore[attr-defined]
        for number in made:
            mail = IncidentEmail(incident=number)
            await enqueue(session, [new_message(mail, team_id=DEPLOYMENT, key=_key(number), to=OPERATOR, now=now)])


async def close_if_over(session: AsyncSession, subject: str, now: datetime) -> None:
    """Close the incident with this subject if none is open in any workspace; one of them was just closed."""
    own = await _locked(session, subject)
    if own is not None and await session.scalar(_open_elsewhere(subject).limit(1)) is None:
        await _close(session, own, now)


async def review(session: AsyncSession, now: datetime) -> None:
    """Close what a few stores alone hold open after TMON has recovered for the others; called every minute.

    The next outage would not be told otherwise.
    """
    own = await _locked(session, Cause.TMON.value)
    if own is None or not await _has_recovered(session, own):
        return
    left = await session.scalar(
        select(func.count())
        .select_from(IncidentStore)
        .join(
            Incident,
            (col(Incident.team_id) == col(IncidentStore.team_id))
            & (col(Incident.id) == col(IncidentStore.incident_id)),
        )
        .where(
            col(Incident.subject) == own.subject,
            col(Incident.closed_at).is_(None),
            col(IncidentStore.recovered_at).is_(None),
        )
    )
    if await is_minority(session, left or 0):
        await _close(session, own, now)


async def reach(session: AsyncSession, own: Incident) -> Reach:
    """Return how many workspaces and stores an incident of the deployment has affected."""
    row = (
        await session.execute(
            select(
                func.count(col(IncidentStore.team_id).distinct()),
                func.count((col(IncidentStore.team_id) + "/" + col(IncidentStore.store_id)).distinct()),
                func.count(col(IncidentStore.recovered_at)),
            )
            .select_from(IncidentStore)
            .join(
                Incident,
                (col(Incident.team_id) == col(IncidentStore.team_id))
                & (col(Incident.id) == col(IncidentStore.incident_id)),
            )
            .where(
                col(Incident.subject) == own.subject,
                or_(col(Incident.closed_at).is_(None), col(Incident.closed_at) >= own.opened_at),
                *([] if own.closed_at is None else [col(Incident.opened_at) <= own.closed_at]),
            )
        )
    ).one()
    workspaces, stores, recovered = row
    return Reach(workspaces, stores, min(recovered, stores))


def _open_elsewhere(subject: str) -> Select[str]:
    return select(col(Incident.id)).where(
        col(Incident.team_id) != DEPLOYMENT, col(Incident.subject) == subject, col(Incident.closed_at).is_(None)
    )


async def _locked(session: AsyncSession, subject: str) -> Incident | None:
    """Lock the open incidents of the deployment, all of them in one order, and return the one with this subject."""
    rows = await session.scalars(
        select(Incident)
        .where(col(Incident.team_id) == DEPLOYMENT, col(Incident.closed_at).is_(None))
        .order_by(col(Incident.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return next((one for one in rows if one.subject == subject), None)


async def _close(session: AsyncSession, own: Incident, now: datetime) -> None:
    """Close an incident, and tell the operator if it ended because something works again."""
    recovered = await _has_recovered(session, own)
    own.closed_at, own.resolution = now, Resolution.RECOVERED if recovered else Resolution.PAUSED
    await session.flush()
    told = await session.get(OutboxMessage, (DEPLOYMENT, _key(own.id)))
    if recovered and told is not None:
        mail = IncidentResolvedEmail(incident=own.id)
        key = f"{_key(own.id)}/resolved"
        await enqueue(session, [new_message(mail, team_id=DEPLOYMENT, key=key, to=OPERATOR, now=now)])


async def _has_recovered(session: AsyncSession, own: Incident) -> bool:
    """Return whether the cause has ended in some workspace since, by a success."""
    ended = await session.scalar(
        select(col(Incident.id))
        .where(
            col(Incident.team_id) != DEPLOYMENT,
            col(Incident.subject) == own.subject,
            col(Incident.closed_at) >= own.opened_at,
            col(Incident.resolution) == Resolution.RECOVERED,
        )
        .limit(1)
    )
    return ended is not None


def _key(number: str) -> str:
    return f"incident/{number}/operator"
