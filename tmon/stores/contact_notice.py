"""The test notice: proves that a store's contact is reached by Slack and by mail, before it matters."""

from dataclasses import dataclass
from enum import StrEnum

from tmon import audit
from tmon.core import Core
from tmon.ids import new_id
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.outbox import CONTACT, MAIL, post
from tmon.permissions import Person
from tmon.stores.messages import ContactNotice, ContactNoticeEmail
from tmon.stores.repository import require_active


class Arrival(StrEnum):
    """How far a notice came."""

    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"  # Slack, or the mail server, took it
    NOT_SET_UP = "not_set_up"  # there is no mail server to give it to
    REFUSED = "refused"  # for good: an address or account that takes nothing
    RETRIED = "retried"  # the other side was silent or put us off; it is tried again


@dataclass(frozen=True)
class NoticeOutcome:
    """How far both notices came."""

    slack: Arrival
    mail: Arrival
    reached: str | None = None
    """The Slack account that got the direct message; None as long as none did."""

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be waited for."""
        return Arrival.ON_ITS_WAY not in (self.slack, self.mail)


class ContactNoticeService:
    """Sends test notices and says what became of them."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def send(self, person: Person, store_id: str) -> str:
        """Sends both notices in the name of `person`; returns the id to ask about. Raises AppError when the store is gone."""
        now, notice_id = self._clock(), new_id("no")
        async with self._db.write() as session:
            store = require_active(await session.get(Store, (person.team_id, store_id)))
            for message, to in (
                (ContactNotice(store=store.id, who=person.user_id), CONTACT),
                (ContactNoticeEmail(store=store.id, who=person.user_id), MAIL),
            ):
                await post(session, store, message, key=_key(store.id, notice_id, message.kind), to=to, now=now)
            audit.record(session, store, person.user_id, "store.test_contact", now)
        return notice_id

    async def outcome(self, team_id: str, store_id: str, notice_id: str) -> NoticeOutcome:
        """How far the notices came by now."""
        async with self._db.read() as session:
            slack = await session.get(OutboxMessage, (team_id, _key(store_id, notice_id, ContactNotice.kind)))
            mail = await session.get(OutboxMessage, (team_id, _key(store_id, notice_id, ContactNoticeEmail.kind)))
        reached = slack.destination if slack is not None and slack.delivered_at is not None else None
        return NoticeOutcome(_arrival(slack), _arrival(mail), reached)


def _key(store_id: str, notice_id: str, kind: str) -> str:
    return f"store/{store_id}/{kind}/{notice_id}"


def _arrival(row: OutboxMessage | None) -> Arrival:
    if row is None:
        return Arrival.ON_ITS_WAY
    if row.undeliverable:
        return Arrival.REFUSED
    if row.delivered_at is not None:
        return Arrival.DELIVERED
    if row.delivered_version >= row.version:
        return Arrival.NOT_SET_UP
    return Arrival.RETRIED if row.attempts else Arrival.ON_ITS_WAY
