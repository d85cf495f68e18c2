"""Notifications of incidents: who receives them, where and when, as outbox rows."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from cachetools import LRUCache
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.clock import KST
from tmon.ids import new_id
from tmon.incidents.messages import (
    IncidentArgs,
    IncidentAssigned,
    IncidentEmail,
    IncidentMessage,
    IncidentResolved,
    IncidentResolvedEmail,
)
from tmon.models.incidents import Incident, IncidentStore
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Contact, Store
from tmon.outbox import CONTACT, MAIL, OPERATOR, enqueue, enqueue_update, new_message
from tmon.permissions import Person
from tmon.scope import scope
from tmon.sealing import CannotOpen, Place, Sealer

_RESOLVED: dict[str, type[IncidentArgs]] = {
    IncidentMessage.kind: IncidentResolved,
    IncidentEmail.kind: IncidentResolvedEmail,
}
"""The message that follows each kind when the incident is resolved."""
NIGHT_FROM, NIGHT_UNTIL = time(22), time(8)
"""Quiet hours in Seoul. Incidents that are not serious wait until their end."""
_DIGESTS = 10_000
RECOVERY_DELAY = timedelta(minutes=1)
"""Delay of the resolved message while other stores are still to recover, so that it includes their results."""


def after_quiet_hours(now: datetime) -> datetime:
    """Return `now`, or the next 08:00 in Seoul during quiet hours."""
    there = now.astimezone(KST)
    if NIGHT_UNTIL <= there.time() < NIGHT_FROM:
        return now
    day = there.date() + timedelta(days=1) if there.time() >= NIGHT_FROM else there.date()
    return datetime.combine(day, NIGHT_UNTIL, KST).astimezone(now.tzinfo)


@dataclass(frozen=True)
class _Recipient:
    """A contact, with what identifies the person."""

    representative_store: str
    user_id: str | None
    email: bytes | None
    """A digest of the address."""


class _People:
    """The contacts who are told of an incident, each by one store that represents them."""

    def __init__(self) -> None:
        self._stores: dict[str | bytes, str] = {}

    def representative_of(self, contact: _Recipient) -> str:
        """Return the store that represents the person; the contact's own if nobody did so far."""
        known_by = [one for one in (contact.user_id, contact.email) if one is not None]
        for one in known_by:
            if one in self._stores:
                return self._stores[one]
        self._stores.update(dict.fromkeys(known_by, contact.representative_store))
        return contact.representative_store


class IncidentNotifier:
    """Enqueues messages so that each person and each channel is notified of an incident once."""

    def __init__(self, sealer: Sealer, *, quiet_nights: bool = True) -> None:
        """`quiet_nights`: whether incidents that are not serious wait for the morning."""
        self._sealer, self._quiet_nights = sealer, quiet_nights
        self._salt = secrets.token_bytes(16)
        self._digests: LRUCache[str, bytes | None] = LRUCache(_DIGESTS)
        """Of the addresses of contacts, by their seals: each store that joins an incident of thousands is compared with all."""

    def contact(self, store: Store) -> Contact | None:
        """Return the contact of `store`; None if it was removed or its seal cannot be opened."""
        if store.contact is None:
            return None
        try:
            return self._sealer.open_as(Contact, store.contact, Place.of(store, "contact"))
        except CannotOpen:
            return None

    async def add_stores(
        self, session: AsyncSession, incident: Incident, stores: Sequence[Store], now: datetime
    ) -> None:
        """Add `stores` to `incident`, and notify their contacts and channels unless the incident is suppressed."""
        own_members = (col(IncidentStore.team_id) == incident.team_id, col(IncidentStore.incident_id) == incident.id)
        known = set(
            await session.scalars(
                select(col(IncidentStore.store_id)).where(
                    *own_members, col(IncidentStore.store_id).in_([store.id for store in stores])
                )
            )
        )
        new = [store for store in stores if store.id not in known]
        if not new:
            return
        people = _People()
        representatives = await session.execute(
            select(col(Store.id), col(Store.contact_user_id), col(Store.contact))
            .join(
                IncidentStore,
                (col(IncidentStore.team_id) == col(Store.team_id))
                & (col(IncidentStore.contact_store_id) == col(Store.id))
                & (col(IncidentStore.store_id) == col(Store.id)),
            )
            .where(*own_members)
        )
        for store_id, user_id, contact in representatives:
            people.representative_of(self._recipient(incident.team_id, store_id, user_id, contact))
        members = [
            IncidentStore(
                team_id=incident.team_id,
                incident_id=incident.id,
                store_id=store.id,
                contact_store_id=people.representative_of(
                    self._recipient(store.team_id, store.id, store.contact_user_id, store.contact)
                ),
                joined_at=now,
            )
            for store in new
        ]
        session.add_all(members)
        await session.flush()
        if incident.suppressed_by is None:
            await self._enqueue(session, incident, new, members, now)

    async def move(self, session: AsyncSession, store: Store, now: datetime) -> None:
        """Post the open incidents of `store` in its channel, which works again or is another one."""
        incidents = await session.scalars(
            select(Incident)
            .join(
                IncidentStore,
                (col(IncidentStore.team_id) == col(Incident.team_id))
                & (col(IncidentStore.incident_id) == col(Incident.id)),
            )
            .where(
                *scope(IncidentStore, store),
                col(Incident.closed_at).is_(None),
                col(Incident.suppressed_by).is_(None),
            )
        )
        for incident in incidents:
            key = _channel_key(incident, store)
            message = IncidentMessage(incident=incident.id, channel=store.channel_id)
            row = new_message(message, team_id=store.team_id, key=key, to=store.channel_id, now=now, store_id=store.id)
            await enqueue(session, [{**row, "due_at": self._due(incident, now)}])
            await session.execute(  # one that went to a person meanwhile
                update(OutboxMessage)
                .where(
                    col(OutboxMessage.team_id) == store.team_id,
                    col(OutboxMessage.key) == key,
                    col(OutboxMessage.destination) != store.channel_id,
                )
                .values(
                    destination=store.channel_id,
                    channel=None,
                    ts=None,
                    undeliverable=False,
                    version=col(OutboxMessage.version) + 1,
                    due_at=self._due(incident, now),
                )
            )

    async def notify_all(self, session: AsyncSession, incident: Incident, now: datetime) -> None:
        """Notify everybody who was not notified while `incident` was suppressed."""
        rows = await session.execute(
            select(Store, IncidentStore)
            .join(
                IncidentStore,
                (col(IncidentStore.team_id) == col(Store.team_id)) & (col(IncidentStore.store_id) == col(Store.id)),
            )
            .where(col(IncidentStore.team_id) == incident.team_id, col(IncidentStore.incident_id) == incident.id)
        )
        pairs = rows.all()
        await self.refresh(session, incident, now)
        await self._enqueue(
            session,
            incident,
            [store for store, _ in pairs],
            [member for _, member in pairs],
            now,
        )
        await session.execute(  # messages withheld during suppression are due again
            update(OutboxMessage)
            .where(
                *_rows_of(incident),
                col(OutboxMessage.delivered_at).is_(None),
                col(OutboxMessage.destination) != OPERATOR,
            )
            .values(version=col(OutboxMessage.delivered_version) + 1, due_at=self._due(incident, now))
        )

    async def refresh(self, session: AsyncSession, incident: Incident, now: datetime) -> None:
        """Re-render the messages in Slack. Sent emails are not changed."""
        keys = await session.scalars(
            select(col(OutboxMessage.key)).where(
                *_rows_of(incident), col(OutboxMessage.kind).in_((IncidentMessage.kind, IncidentResolved.kind))
            )
        )
        await enqueue_update(session, incident.team_id, keys, now=now)

    async def notify_assignee(self, session: AsyncSession, incident: Incident, by: Person, now: datetime) -> None:
        """Tell the assignee of `incident` that `by` has handed it to them."""
        if incident.assignee is None:
            return
        message = IncidentAssigned(incident=incident.id, user=incident.assignee, who=by.user_id)
        store_id = await session.scalar(
            select(col(IncidentStore.store_id))
            .where(col(IncidentStore.team_id) == incident.team_id, col(IncidentStore.incident_id) == incident.id)
            .limit(1)
        )
        key = (
            f"assigned/{incident.id}/{incident.assignee}/{new_id('as')}"  # the incident is locked, and this is a change
        )
        row = new_message(message, team_id=incident.team_id, key=key, to=incident.assignee, now=now, store_id=store_id)
        await enqueue(session, [row])

    async def join_person(
        self, session: AsyncSession, row: OutboxMessage, message: IncidentMessage, now: datetime
    ) -> bool:
        """Let another direct message to the person of `row` tell of its stores too; False if there is none."""
        others = await session.scalars(
            select(OutboxMessage)
            .where(
                col(OutboxMessage.team_id) == row.team_id,
                col(OutboxMessage.key).startswith(f"incident/{message.incident}/contact/", autoescape=True),
                col(OutboxMessage.key) != row.key,
                col(OutboxMessage.kind) == IncidentMessage.kind,
                col(OutboxMessage.destination) == row.destination,
                col(OutboxMessage.ts).is_not(None) | (col(OutboxMessage.key) < row.key),
                ~col(OutboxMessage.undeliverable),
            )
            .order_by(col(OutboxMessage.ts).is_(None), col(OutboxMessage.key))
            .with_for_update()
        )
        kept = others.first()
        if kept is None or message.contact is None:
            return False
        args = IncidentMessage.model_validate(kept.args)
        also = tuple(dict.fromkeys((*args.also, message.contact, *message.also)))
        kept.args = {**kept.args, "also": list(also)}
        await enqueue_update(session, kept.team_id, [kept.key], now=now)
        return True

    async def send_now(self, session: AsyncSession, incident: Incident, now: datetime) -> None:
        """Deliver messages that wait for the end of quiet hours at once: the incident has become serious."""
        await session.execute(
            update(OutboxMessage)
            .where(*_rows_of(incident), col(OutboxMessage.delivered_at).is_(None), col(OutboxMessage.due_at) > now)
            .values(due_at=now)
        )

    async def notify_resolved(self, session: AsyncSession, incident: Incident, now: datetime) -> None:
        """Enqueue the resolved messages for those who were notified; the renderer withholds them from all others."""
        rows = await session.scalars(
            select(OutboxMessage).where(
                *_rows_of(incident),
                col(OutboxMessage.kind).in_(_RESOLVED),
                col(OutboxMessage.delivered_at).is_not(None) | (col(OutboxMessage.due_at) <= now),
            )
        )
        members = await session.scalars(
            select(col(IncidentStore.store_id)).where(
                col(IncidentStore.team_id) == incident.team_id,
                col(IncidentStore.incident_id) == incident.id,
                col(IncidentStore.recovered_at).is_(None),
            )
        )
        due = self._due(incident, now + RECOVERY_DELAY if members.first() else now)
        await enqueue(
            session,
            [
                new_message(
                    _RESOLVED[row.kind].model_validate(row.args),
                    team_id=row.team_id,
                    key=f"{row.key}/resolved",
                    to=row.destination,
                    now=now,
                    store_id=row.store_id,
                    thread_key=row.key if row.kind == IncidentMessage.kind else None,
                    due_at=now if row.destination == OPERATOR else due,
                )
                for row in rows
            ],
        )

    async def _enqueue(
        self,
        session: AsyncSession,
        incident: Incident,
        stores: Iterable[Store],
        members: Iterable[IncidentStore],
        now: datetime,
    ) -> None:
        representatives = {member.store_id: member.contact_store_id for member in members}
        due = self._due(incident, now)
        rows: dict[str, dict[str, Any]] = {}

        def add(audience: str, message: IncidentArgs, to: str, due_at: datetime, store_id: str | None) -> None:
            key = f"incident/{incident.id}/{audience}"
            rows[key] = new_message(
                message, team_id=incident.team_id, key=key, to=to, now=now, store_id=store_id, due_at=due_at
            )

        number = incident.id
        for store in stores:
            representative = representatives[store.id]
            if representative == store.id:
                in_slack = IncidentMessage(incident=number, contact=representative)
                add(f"contact/{representative}", in_slack, store.contact_user_id or CONTACT, due, representative)
                add(
                    f"mail/{representative}",
                    IncidentEmail(incident=number, contact=representative),
                    MAIL,
                    due,
                    representative,
                )
            elif (key := f"incident/{incident.id}/contact/{representative}") not in rows:
                await enqueue_update(session, incident.team_id, [key], now=now)
            in_channel = IncidentMessage(incident=number, channel=store.channel_id)
            add(f"channel/{store.channel_id}", in_channel, store.channel_id, due, store.id)
        channels = [key for key, row in rows.items() if "channel" in row["args"]]
        await enqueue_update(session, incident.team_id, channels, now=now)
        await enqueue(session, rows.values())

    def _due(self, incident: Incident, now: datetime) -> datetime:
        return after_quiet_hours(now) if self._quiet_nights and not incident.serious else now

    def _recipient(self, team_id: str, store_id: str, user_id: str | None, contact: str | None) -> _Recipient:
        """Return the contact of a store; `contact`: its seal."""
        if contact is None:
            return _Recipient(store_id, user_id, None)
        if contact not in self._digests:
            self._digests[contact] = self._digest(
                Place.at(Store, "contact", {"team_id": team_id, "id": store_id}), contact
            )
        return _Recipient(store_id, user_id, self._digests[contact])

    def _digest(self, place: Place, contact: str) -> bytes | None:
        try:
            email = self._sealer.open_as(Contact, contact, place).email
        except CannotOpen:
            return None
        return hashlib.blake2b(email.casefold().encode(), key=self._salt).digest()


def _channel_key(incident: Incident, store: Store) -> str:
    return f"incident/{incident.id}/channel/{store.channel_id}"


def _rows_of(incident: Incident) -> tuple[Any, Any]:
    return (
        col(OutboxMessage.team_id) == incident.team_id,
        col(OutboxMessage.key).startswith(f"incident/{incident.id}/", autoescape=True),
    )
