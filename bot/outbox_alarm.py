"""Mails the operator when messages are not delivered any more, and again when they are.

The mail is an outbox row too, but mails are sent separately from Slack, so a problem with Slack does not delay it. If
mail itself is the problem, the log and `/healthz` say so, and the operator gets the mail afterwards.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlmodel import col

from bot.attempts import pauses
from handlers.slack_codes import concerns_one_message
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.outbox import MessageArgs, OutboxMessage
from tmon.outbox import MAIL, OPERATOR, OutboxRecovered, OutboxStuck, enqueue, new_message
from tmon.presence import is_present
from tmon.processes import Process

log = structlog.get_logger(__name__)

LATE = timedelta(minutes=10)
"""The outbox counts as stuck if a message has waited this long."""
MOVING = timedelta(minutes=5)
"""If something was sent within this time, the waiting messages are a long queue and not stuck."""
IN_TIME = timedelta(minutes=1)
"""The alarm ends when no message has waited longer than this."""


@dataclass(frozen=True)
class Backlog:
    """The overdue messages."""

    since: datetime
    """When the oldest message was first due."""
    slack: int
    mails: int
    error: str | None
    """The most frequent error of their last attempts."""


@dataclass(frozen=True)
class _Group:
    """Overdue messages to one place, with the same fate so far."""

    mail: bool
    attempts: int
    error: str | None
    place: str
    since: datetime
    count: int


class OutboxAlarm:
    """Watches the outbox of one workspace."""

    def __init__(self, db: Database, clock: Clock, process: Process, team_id: str, *, reachable: bool) -> None:
        """`reachable`: whether a mail server and an operator's address are set."""
        self._db = db
        self._process = process
        self._clock = clock
        self._team_id = team_id
        self._reachable = reachable

    async def __call__(self) -> None:
        """Start or end the alarm; each is mailed once, also across restarts."""
        now = self._clock()
        backlog = await self._backlog(now)
        async with self._db.read() as session:
            last = await session.scalar(
                select(OutboxMessage)
                .where(col(OutboxMessage.team_id) == self._team_id, col(OutboxMessage.kind) == OutboxStuck.kind)
                .order_by(col(OutboxMessage.created_at).desc())
                .limit(1)
            )
            is_open = last is not None and await session.get(OutboxMessage, (self._team_id, _end_of(last.key))) is None
        if is_open:
            assert last is not None
            if backlog is None or now - backlog.since < IN_TIME:
                since = OutboxStuck.model_validate(last.args).since
                await self._enqueue_mail(_end_of(last.key), OutboxRecovered(since=since, until=now), now)
                log.warning("the outbox flows again", since=since.isoformat())
        elif (
            backlog is not None
            and now - backlog.since >= LATE
            and now - await self._process.working_since(now) >= LATE  # after a start there is a backlog to send
        ):
            facts = {"slack": backlog.slack, "mails": backlog.mails, "error": backlog.error}
            number = 1 if last is None else OutboxStuck.model_validate(last.args).number + 1
            message = OutboxStuck(
                since=backlog.since, slack=backlog.slack, mails=backlog.mails, error=backlog.error, number=number
            )
            await self._enqueue_mail(f"outbox/alarm/{number}", message, now)
            log.error("the outbox is stuck", since=backlog.since.isoformat(), told=self._reachable, **facts)

    async def _enqueue_mail(self, key: str, message: MessageArgs, now: datetime) -> None:
        row = new_message(message, team_id=self._team_id, key=key, to=OPERATOR, now=now)
        async with self._db.write() as session:
            await enqueue(session, [row])

    async def _backlog(self, now: datetime) -> Backlog | None:
        is_mail = col(OutboxMessage.destination).in_((MAIL, OPERATOR))
        async with self._db.read() as session:
            rows = await session.execute(
                select(
                    is_mail,
                    col(OutboxMessage.attempts),
                    col(OutboxMessage.error),
                    col(OutboxMessage.destination),
                    func.min(col(OutboxMessage.due_at)),
                    func.min(col(OutboxMessage.refused_since)),
                    func.count(),
                )
                .where(
                    col(OutboxMessage.team_id) == self._team_id,
                    col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                    is_present(col(OutboxMessage.team_id)),
                    (col(OutboxMessage.due_at) <= now) | (col(OutboxMessage.attempts) > 0),
                    col(OutboxMessage.kind).not_in((OutboxStuck.kind, OutboxRecovered.kind)),
                )
                .group_by(
                    is_mail, col(OutboxMessage.attempts), col(OutboxMessage.error), col(OutboxMessage.destination)
                )
            )
            # each failed attempt has postponed it
            found = [
                _Group(bool(mail), attempts, error, place, min(due - pauses(attempts), refused or due), count)
                for mail, attempts, error, place, due, refused, count in rows
            ]
            lasts: dict[bool, datetime] = {}
            if any(now - group.since >= LATE for group in found):
                delivered = await session.execute(
                    select(is_mail, func.max(col(OutboxMessage.delivered_at)))
                    .where(col(OutboxMessage.team_id) == self._team_id, col(OutboxMessage.delivered_at).is_not(None))
                    .group_by(is_mail)
                )
                lasts = {bool(mail): last for mail, last in delivered if last is not None}
        # a long queue is sent at Slack's pace: untried messages wait for their turn while others are sent
        moving = {mail for mail, last in lasts.items() if now - last < MOVING}
        groups = [group for group in found if group.attempts or group.mail not in moving]
        # one place that takes nothing is no stuck outbox: its messages go to the next reader
        refused = [group for group in groups if concerns_one_message(group.error)]
        for mail in (False, True):
            mine = [group for group in refused if group.mail is mail]
            since = min((group.since for group in mine), default=now)
            if len({group.place for group in mine}) == 1 or (mail in lasts and lasts[mail] > since):
                groups = [group for group in groups if group not in mine]
        if not groups:
            return None
        since = min(group.since for group in groups)
        counts, errors = Counter[bool](), Counter[str]()
        for group in groups:
            counts[group.mail] += group.count
            errors[group.error or ""] += group.count
        return Backlog(since, counts[False], counts[True], errors.most_common(1)[0][0] or None)


def _end_of(key: str) -> str:
    return f"{key}/over"
