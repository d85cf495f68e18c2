"""Mails the operator when messages are not delivered any more, and again when they are.

The mail is an outbox row too, but mails are sent separately from Slack, so a problem with Slack does not delay it. If
mail itself is the problem, the log and `/healthz` say so, and the operator gets the mail afterwards.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlmodel import col

from bot.attempts import pauses
from handlers.slack_codes import concerns_one_message
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.outbox import MessageArgs, OutboxMessage
from tmon.outbox import DEPLOYMENT, MAIL, OPERATOR, OutboxRecovered, OutboxStuck, enqueue, new_message
from tmon.presence import is_present, present_workspaces
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
    """The overdue messages of a workspace, or of several."""

    since: datetime
    """When the oldest message was first due."""
    slack: int
    mails: int
    error: str | None
    """The most frequent error of their last attempts."""
    team_id: str
    """The workspace whose messages have waited longest."""
    workspaces: int = 1


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
    """Watches the outbox of all workspaces: one that is stuck is told, however much others get."""

    def __init__(self, db: Database, clock: Clock, process: Process, *, reachable: bool) -> None:
        """`reachable`: whether a mail server and an operator's address are set."""
        self._db = db
        self._process = process
        self._clock = clock
        self._reachable = reachable

    async def __call__(self) -> None:
        """Start or end the alarm; each is mailed once, also across restarts."""
        now = self._clock()
        backlog = await self._backlog(now)
        async with self._db.read() as session:
            last = await session.scalar(
                select(OutboxMessage)
                .where(col(OutboxMessage.team_id) == DEPLOYMENT, col(OutboxMessage.kind) == OutboxStuck.kind)
                .order_by(col(OutboxMessage.created_at).desc())
                .limit(1)
            )
            is_open = last is not None and await session.get(OutboxMessage, (DEPLOYMENT, _end_of(last.key))) is None
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
            names = await present_workspaces(self._db)
            message = OutboxStuck(
                since=backlog.since,
                slack=backlog.slack,
                mails=backlog.mails,
                error=backlog.error,
                number=1 if last is None else OutboxStuck.model_validate(last.args).number + 1,
                workspace=names.get(backlog.team_id) if len(names) > 1 else None,
                workspaces=backlog.workspaces,
            )
            await self._enqueue_mail(f"outbox/alarm/{message.number}", message, now)
            log.error(
                "the outbox is stuck",
                since=backlog.since.isoformat(),
                told=self._reachable,
                team=backlog.team_id,
                slack=backlog.slack,
                mails=backlog.mails,
                error=backlog.error,
            )

    async def _enqueue_mail(self, key: str, message: MessageArgs, now: datetime) -> None:
        row = new_message(message, team_id=DEPLOYMENT, key=key, to=OPERATOR, now=now)
        async with self._db.write() as session:
            await enqueue(session, [row])

    async def _backlog(self, now: datetime) -> Backlog | None:
        """Return what is overdue in all workspaces; None: nothing."""
        found: list[Backlog] = []
        for team_id, (groups, lasts) in (await self._waiting(now)).items():
            if (backlog := _backlog_of(team_id, groups, lasts, now)) is not None:
                found.append(backlog)
        if not found:
            return None
        worst = min(found, key=lambda one: one.since)
        late = [one for one in found if now - one.since >= LATE] or [worst]  # of others something is just due
        slack, mails = sum(one.slack for one in late), sum(one.mails for one in late)
        return replace(worst, slack=slack, mails=mails, workspaces=len(late))

    async def _waiting(self, now: datetime) -> dict[str, tuple[list[_Group], dict[bool, datetime]]]:
        """Return the overdue messages of each workspace, and when one to Slack, or a mail, was delivered there last."""
        team, is_mail = col(OutboxMessage.team_id), col(OutboxMessage.destination).in_((MAIL, OPERATOR))
        waiting: dict[str, tuple[list[_Group], dict[bool, datetime]]] = {}
        async with self._db.read() as session:
            rows = await session.execute(
                select(
                    team,
                    is_mail,
                    col(OutboxMessage.attempts),
                    col(OutboxMessage.error),
                    col(OutboxMessage.destination),
                    func.min(col(OutboxMessage.due_at)),
                    func.min(col(OutboxMessage.refused_since)),
                    func.count(),
                )
                .where(
                    col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                    is_present(team),
                    (col(OutboxMessage.due_at) <= now) | (col(OutboxMessage.attempts) > 0),
                    col(OutboxMessage.kind).not_in((OutboxStuck.kind, OutboxRecovered.kind)),
                )
                .group_by(
                    team, is_mail, col(OutboxMessage.attempts), col(OutboxMessage.error), col(OutboxMessage.destination)
                )
            )
            for team_id, mail, attempts, error, place, due, refused, count in rows:
                since = min(due - pauses(attempts), refused or due)  # each failed attempt has postponed it
                group = _Group(bool(mail), attempts, error, place, since, count)
                waiting.setdefault(team_id, ([], {}))[0].append(group)
            late = [one for one, (groups, _) in waiting.items() if any(now - group.since >= LATE for group in groups)]
            if late:
                delivered = await session.execute(
                    select(team, is_mail, func.max(col(OutboxMessage.delivered_at)))
                    .where(team.in_(late), col(OutboxMessage.delivered_at).is_not(None))
                    .group_by(team, is_mail)
                )
                for team_id, mail, last in delivered:
                    if last is not None:
                        waiting[team_id][1][bool(mail)] = last
        return waiting


def _backlog_of(team_id: str, found: Sequence[_Group], lasts: Mapping[bool, datetime], now: datetime) -> Backlog | None:
    """Return the overdue messages of a workspace that count. `lasts`: when one to Slack, or a mail, was delivered."""
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
    return Backlog(since, counts[False], counts[True], errors.most_common(1)[0][0] or None, team_id)


def _end_of(key: str) -> str:
    return f"{key}/over"
