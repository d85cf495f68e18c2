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

from bot.delivery import pauses
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.outbox import MessageArgs, OutboxMessage
from tmon.outbox import MAIL, OPERATOR, OutboxRecovered, OutboxStuck, enqueue, new_message

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


class OutboxAlarm:
    """Watches the outbox of one workspace."""

    def __init__(self, db: Database, clock: Clock, team_id: str, *, reachable: bool) -> None:
        """`reachable`: whether a mail server and an operator's address are set."""
        self._db = db
        self._clock = clock
        self._team_id = team_id
        self._reachable = reachable
        self._started = clock()

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
            backlog is not None and now - max(backlog.since, self._started) >= LATE
        ):  # after a start there is a backlog to send
            facts = {"slack": backlog.slack, "mails": backlog.mails, "error": backlog.error}
            message = OutboxStuck(since=backlog.since, slack=backlog.slack, mails=backlog.mails, error=backlog.error)
            await self._enqueue_mail(f"outbox/{now:%Y%m%d%H%M%S}", message, now)
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
                    func.min(col(OutboxMessage.due_at)),
                    func.count(),
                )
                .where(
                    col(OutboxMessage.team_id) == self._team_id,
                    col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                    (col(OutboxMessage.due_at) <= now) | (col(OutboxMessage.attempts) > 0),
                    col(OutboxMessage.kind).not_in((OutboxStuck.kind, OutboxRecovered.kind)),
                )
                .group_by(is_mail, col(OutboxMessage.attempts), col(OutboxMessage.error))
            )
            # each failed attempt has postponed it
            found = [
                (mail, attempts, error, due - pauses(attempts), count) for mail, attempts, error, due, count in rows
            ]
            moving = set[bool]()
            if any(not attempts and now - since >= LATE for _, attempts, _, since, _ in found):
                lasts = await session.execute(
                    select(is_mail, func.max(col(OutboxMessage.delivered_at)))
                    .where(col(OutboxMessage.team_id) == self._team_id)
                    .group_by(is_mail)
                )
                moving = {bool(mail) for mail, last in lasts if last is not None and now - last < MOVING}
        # a long queue is sent at Slack's pace: untried messages wait for their turn while others are sent
        groups = [
            (mail, error, since, count)
            for mail, attempts, error, since, count in found
            if attempts or bool(mail) not in moving
        ]
        if not groups:
            return None
        since = min(since for *_, since, _ in groups)
        counts, errors = Counter[bool](), Counter[str]()
        for mail, error, _, count in groups:
            counts[bool(mail)] += count
            errors[error or ""] += count
        return Backlog(since, counts[False], counts[True], errors.most_common(1)[0][0] or None)


def _end_of(key: str) -> str:
    return f"{key}/over"
