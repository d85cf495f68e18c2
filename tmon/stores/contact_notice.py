"""Test notice: verifies that a store's contact can be reached by Slack and by email."""

from dataclasses import dataclass
from enum import StrEnum

from tmon import audit
from tmon.core import Core
from tmon.ids import new_id
from tmon.models.outbox import OutboxMessage
from tmon.outbox import CONTACT, MAIL, enqueue, new_message, post
from tmon.permissions import Person
from tmon.stores import contact_address
from tmon.stores.messages import ContactNotice, ContactNoticeEmail
from tmon.stores.repository import lock


class NoticeState(StrEnum):
    """Delivery state of a notice."""

    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"  # accepted by Slack, or by the mail server
    NOT_SET_UP = "not_set_up"  # no mail server is configured
    REFUSED = "refused"  # permanently: the address or account cannot receive messages
    UNCONFIRMED = "unconfirmed"  # held back until the address is confirmed
    JUST_SENT = "just_sent"  # one went to this address within the hour, so none was sent
    BROKEN = "broken"  # the mail server takes none of the bot's mail until the operator mends TLS, login or sender
    RETRIED = "retried"  # no answer, or a temporary refusal; delivery is retried


@dataclass(frozen=True)
class NoticeOutcome:
    """Delivery state of both notices."""

    slack: NoticeState
    mail: NoticeState
    slack_user: str | None = None
    """The Slack user who received the direct message; None until then."""
    mail_error: str = ""
    """Why the mail does not leave, as a code; empty if it does."""

    @property
    def settled(self) -> bool:
        """Whether neither notice is still on its way."""
        return NoticeState.ON_ITS_WAY not in (self.slack, self.mail)


class ContactNoticeService:
    """Sends test notices and reports their delivery state."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer

    async def send(self, person: Person, store_id: str) -> str:
        """Send both notices on behalf of `person`; return the id for `outcome`. Raises AppError if the store was removed."""
        now, notice_id = self._clock(), new_id("no")
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            in_slack = ContactNotice(store=store.id, who=person.user_id)
            await post(session, store, in_slack, key=_key(store.id, notice_id, in_slack.kind), to=CONTACT, now=now)
            by_mail = ContactNoticeEmail(store=store.id, who=person.user_id)
            row = new_message(
                by_mail,
                team_id=store.team_id,
                key=_key(store.id, notice_id, by_mail.kind),
                to=MAIL,
                now=now,
                store_id=store.id,
            )
            email = contact_address.email_of(store, self._sealer)
            if email is not None and not await contact_address.note_mail(
                session, self._sealer, store, email, contact_address.NOTICE, now
            ):
                row |= {"delivered_version": row["version"], "error": NoticeState.JUST_SENT.value}
            await enqueue(session, [row])
            audit.record(session, store, person.user_id, "store.test_contact", now)
        return notice_id

    async def outcome(self, team_id: str, store_id: str, notice_id: str) -> NoticeOutcome:
        """Return the current delivery state of both notices."""
        async with self._db.read() as session:
            slack = await session.get(OutboxMessage, (team_id, _key(store_id, notice_id, ContactNotice.kind)))
            mail = await session.get(OutboxMessage, (team_id, _key(store_id, notice_id, ContactNoticeEmail.kind)))
        reached = slack.destination if slack is not None and slack.delivered_at is not None else None
        error = mail.error if mail is not None and mail.delivered_at is None else None
        return NoticeOutcome(_arrival(slack), _arrival(mail), reached, error or "")


_OURS = ("mail_tls", "mail_login", "mail_sender", "mail_server")
"""How the errors begin that only the operator can mend (`bot/mail.py`)."""


def _key(store_id: str, notice_id: str, kind: str) -> str:
    return f"store/{store_id}/{kind}/{notice_id}"


def _arrival(row: OutboxMessage | None) -> NoticeState:
    if row is None:
        return NoticeState.ON_ITS_WAY
    if row.undeliverable:
        return NoticeState.REFUSED
    if row.delivered_at is not None:
        return NoticeState.DELIVERED
    if row.error in (NoticeState.UNCONFIRMED, NoticeState.JUST_SENT):
        return NoticeState(row.error)
    if row.delivered_version >= row.version:
        return NoticeState.NOT_SET_UP
    if row.error is not None and row.error.startswith(_OURS):
        return NoticeState.BROKEN
    return NoticeState.RETRIED if row.attempts else NoticeState.ON_ITS_WAY
