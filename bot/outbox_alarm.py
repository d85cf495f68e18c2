"""The operator hears by mail when messages do not leave any more, and once more when they do.

The mail is a row of the outbox as well, but mails go out apart from Slack: what Slack holds up does not hold it up. Where
it is mail that hangs, the log and `/healthz` say so, and the operator is told afterwards that it was so.
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
from tmon.outbox import MAIL, OPERATOR, OutboxFlows, OutboxStuck, enqueue, new_message

log = structlog.get_logger(__name__)

LATE = timedelta(minutes=10)
"""A message that has waited for so long means that the outbox is stuck."""
MOVING = timedelta(minutes=5)
"""Where something went out within this time, what waits is a long queue and not stuck."""
IN_TIME = timedelta(minutes=1)
"""When nothing waits longer than this it is over."""


@dataclass(frozen=True)
class Backlog:
    """What should have gone out and has not."""

    since: datetime
    """When the oldest message was due first."""
    slack: int
    mails: int
    error: str | None
    """What most of them ended with when they were tried last."""


class OutboxAlarm:
    """Watches over the outbox of one workspace."""

    def __init__(self, db: Database, clock: Clock, team_id: str, *, reachable: bool) -> None:
        """`reachable`: whether there is a mail server and an operator's address."""
        self._db = db
        self._clock = clock
        self._team_id = team_id
        self._reachable = reachable
        self._started = clock()

    async def __call__(self) -> None:
        """Opens the alarm, or ends it; each is told once, also across a restart."""
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
                await self._tell(_end_of(last.key), OutboxFlows(since=since, until=now), now)
                log.warning("the outbox flows again", since=since.isoformat())
        elif backlog is not None and now - max(backlog.since, self._started) >= LATE:  # a start has a backlog to send
            facts = {"slack": backlog.slack, "mails": backlog.mails, "error": backlog.error}
            message = OutboxStuck(since=backlog.since, slack=backlog.slack, mails=backlog.mails, error=backlog.error)
            await self._tell(f"outbox/{now:%Y%m%d%H%M%S}", message, now)
            log.error("the outbox is stuck", since=backlog.since.isoformat(), told=self._reachable, **facts)

    async def _tell(self, key: str, message: MessageArgs, now: datetime) -> None:
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
                    col(OutboxMessage.kind).not_in((OutboxStuck.kind, OutboxFlows.kind)),
                )
                .group_by(is_mail, col(OutboxMessage.attempts), col(OutboxMessage.error))
            )
            # each failed attempt has put the time off
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
        # a long queue goes out at Slack's pace: what was never tried waits for its turn while others go
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
