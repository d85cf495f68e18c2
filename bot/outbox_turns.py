"""Whose turn it is in the outbox: the places with something to deliver, a lease for each, and the pace of the calls to Slack.

A place is served by one process at a time, which has its lease. Workspaces take turns, and so do the places of each.
"""

from collections import Counter
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, case, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import col

from bot.rate_limit import Pace, Rate
from tmon.clock import Clock
from tmon.database import Database
from tmon.due_times import Moving, is_over
from tmon.leases import HeldLease, Leases
from tmon.models.outbox import OutboxMessage
from tmon.outbox import MAIL, OPERATOR, is_due
from tmon.presence import is_present

_PLACES_AT_ONCE = 8
"""Places of a workspace that are served at the same time: the others' messages do not wait for those of a busy one."""
_AT_ONCE = 128
"""Places of all workspaces that are served at the same time."""
_TURN = 6
"""Messages after which a place gives way to others."""
HOLD = timedelta(seconds=10)
"""After so long another process takes over the places of one that was frozen or killed."""
_BETWEEN_EDITS = timedelta(seconds=1)
"""Minimum time between two edits of a message: all share the workspace's limit of 50 a minute."""
_POSTS = Rate(per_second=1, burst=3)
"""Into each place."""
_EDITS = Rate(per_second=40 / 60, burst=10)
"""In a workspace: never more than 50 a minute."""
_PLACE = "place/"
"""Prefix of the names of the leases of places."""
_POST, _EDIT = "chat.postMessage", "chat.update"
"""Lanes of the methods, which Slack limits in a workspace; the places have lanes of their own for posts."""


Place = tuple[str, str]
"""A workspace, and a channel or another destination in it."""


@dataclass(frozen=True)
class _Due:
    """A place that has something to deliver which Slack takes by now."""

    place: Place
    posts: bool
    edits: bool

    @property
    def team_id(self) -> str:
        return self.place[0]

    @property
    def name(self) -> str:
        return self.place[1]

    def takes(self, row: OutboxMessage) -> bool:
        """Return whether Slack takes a message of this place by now."""
        return self.posts if row.ts is None else self.edits


@dataclass(frozen=True)
class Turn:
    """A place whose lease was taken, with the messages to deliver there now."""

    place: Place
    lease: HeldLease
    rows: Sequence[OutboxMessage]


class OutboxTurns:
    """Finds what is due, and takes the leases of the places."""

    def __init__(self, db: Database, clock: Clock, leases: Leases) -> None:
        self._db = db
        self._clock = clock
        self._now = Moving(clock)
        self._leases = leases
        self._pace = Pace(db)
        self._posting, self._editing = self._counting(_POSTS), self._counting(_EDITS)
        """The statements that count a call, kept because to make one takes longer than to execute it; so are those below."""
        self._any_due = select(col(OutboxMessage.key)).where(*self._due()).order_by(col(OutboxMessage.due_at)).limit(1)
        self._waiting_mails = (
            select(col(OutboxMessage.team_id))
            .where(*self._due_mails())
            .group_by(col(OutboxMessage.team_id))
            .order_by(func.min(col(OutboxMessage.due_at)))
        )
        self._mailed: set[str] = set()
        """Workspaces of which a mail was sent since all had their turn."""

    async def oldest_due(self, db: Database) -> datetime | None:
        """Return when the oldest undelivered message became due; health, which has connections of its own, asks through `db`."""
        async with db.read() as session:
            oldest: datetime | None = await session.scalar(
                select(func.min(col(OutboxMessage.due_at))).where(
                    col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                    col(OutboxMessage.due_at) <= self._clock(),
                    is_present(col(OutboxMessage.team_id)),
                )
            )
        return oldest

    async def take(self, served: Collection[Place], but: Container[Place]) -> list[Turn]:
        """Take the leases of places that have something to deliver. `served`: places in hand; `but`: others to leave out."""
        if not await self._is_any_due():
            return []
        under_way = Counter(team_id for team_id, _ in served)
        chosen: list[_Due] = []
        for due in await self._due_places():
            team_id = due.place[0]
            in_hand = due.place in but or due.place in served  # also if its lease could not be renewed and is over
            if not in_hand and under_way[team_id] < _PLACES_AT_ONCE and len(served) + len(chosen) < _AT_ONCE:
                under_way[team_id] += 1
                chosen.append(due)
        return await self._taken(chosen)

    async def _taken(self, places: Sequence[_Due]) -> list[Turn]:
        """Take the leases of places, and return those that were free, with their messages as they are now."""
        if not places:
            return []
        async with self._db.write() as session:
            leases = await self._leases.take_all(session, [(due.team_id, _PLACE + due.name) for due in places], HOLD)
            held = {(lease.team_id, lease.name.removeprefix(_PLACE)): lease for lease in leases}
            messages = await self._messages(session, [due for due in places if due.place in held])
        return [Turn(place, lease, messages.get(place, ())) for place, lease in held.items()]

    async def _is_any_due(self) -> bool:
        async with self._db.read() as session:
            return await session.scalar(self._any_due) is not None

    async def _due_places(self) -> list[_Due]:
        """Return some places that have a message to deliver and are served by nobody, those of each workspace in turn."""
        # messages are grouped before anything else is looked at: thousands may wait for their turn
        key = (col(OutboxMessage.team_id), _place().label("place"), col(OutboxMessage.ts).is_(None).label("is_new"))
        waiting = (
            select(*key, func.min(col(OutboxMessage.due_at)).label("due_at"))
            .where(*self._due())
            .group_by(*key)
            .subquery()
        )
        team_id, place, due_at = waiting.c.team_id, waiting.c.place, func.min(waiting.c.due_at)
        turn = func.row_number().over(partition_by=team_id, order_by=due_at)
        free = (
            select(
                team_id,
                place,
                func.max(case((waiting.c.is_new, 1), else_=0)).label("posts"),
                func.max(case((waiting.c.is_new, 0), else_=1)).label("edits"),
                due_at.label("due_at"),
                turn.label("turn"),
            )
            .where(self._in_pace(team_id, place, waiting.c.is_new), ~self._leases.is_taken(team_id, _PLACE + place))
            .group_by(team_id, place)
            .subquery()
        )
        async with self._db.read() as session:
            rows = await session.execute(
                select(free.c.team_id, free.c.place, free.c.posts, free.c.edits)
                .where(free.c.turn <= 2 * _PLACES_AT_ONCE)
                .order_by(free.c.turn, free.c.due_at)
                .limit(2 * _AT_ONCE)
            )
            return [_Due((team, name), bool(posts), bool(edits)) for team, name, posts, edits in rows]

    def _in_pace(self, team_id: Any, place: Any, is_new: Any) -> ColumnElement[bool]:
        """Return the condition that Slack takes a new message in a place, or else an edit, by now.

        Messages that have to wait are not selected, or they would fill the selection and hide others.
        """
        pace = self._pace
        may_post = ~pace.is_busy(team_id, place, _POSTS) & ~pace.is_held(team_id, _POST)
        may_edit = ~pace.is_busy(team_id, _EDIT, _EDITS) & ~pace.is_held(team_id, _EDIT)
        return or_(and_(is_new, may_post), and_(not_(is_new), may_edit))

    def _due(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions that a message to Slack is due."""
        new, sent_at = col(OutboxMessage.ts).is_(None), col(OutboxMessage.delivered_at)
        return (
            *self._waits(),
            col(OutboxMessage.destination).not_in((MAIL, OPERATOR)),
            or_(new, is_over(sent_at, self._now, _BETWEEN_EDITS)),
        )

    def _due_mails(self) -> tuple[ColumnElement[bool], ...]:
        return *self._waits(), col(OutboxMessage.destination).in_((MAIL, OPERATOR))

    def _waits(self) -> tuple[ColumnElement[bool], ...]:
        return (
            col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
            is_due(self._now),
            is_present(col(OutboxMessage.team_id)),
        )

    async def _messages(self, session: AsyncSession, places: Sequence[_Due]) -> Mapping[Place, Sequence[OutboxMessage]]:
        """Return the messages of some places that are due, of each those that have been for longest."""
        place, is_new = _place(), col(OutboxMessage.ts).is_(None)
        oldest_first = col(OutboxMessage.due_at), col(OutboxMessage.created_at)
        key = col(OutboxMessage.team_id), col(OutboxMessage.key)
        turn = func.row_number().over(partition_by=(col(OutboxMessage.team_id), place, is_new), order_by=oldest_first)
        waiting = (
            select(*key, turn.label("turn"))
            .where(
                # quicker than a look for the pairs: of other places in these workspaces there are few such rows, if any
                col(OutboxMessage.team_id).in_({due.team_id for due in places}),
                place.in_({due.name for due in places}),
                *self._due(),
            )
            .subquery()
        )
        rows = await session.scalars(
            select(OutboxMessage)
            .join(waiting, and_(key[0] == waiting.c.team_id, key[1] == waiting.c.key))
            .where(waiting.c.turn <= _TURN)
            .order_by(*oldest_first)
        )
        wanted = {due.place: due for due in places}
        messages: dict[Place, list[OutboxMessage]] = {place: [] for place in wanted}
        for row in rows:
            due = wanted.get((row.team_id, row.channel or row.destination))
            if due is not None and due.takes(row) and len(messages[due.place]) < _TURN:
                messages[due.place].append(row)
        return messages

    async def hold(self, row: OutboxMessage, seconds: float) -> None:
        """Heed Slack's `Retry-After` for the method that delivers a message."""
        await self._pace.hold(row.team_id, _POST if row.ts is None else _EDIT, seconds)

    async def may_call(self, row: OutboxMessage, lease: HeldLease, waiting: set[str]) -> bool:
        """Count a call to Slack if the pace allows it and the place is still served here: the last look before the call."""
        lane = lane_of(row)
        call = self._posting if row.ts is None else self._editing
        values = {"team": row.team_id, "lane": lane, "lease": lease.name, "token": lease.token}
        async with self._db.write() as session:
            pause: float | None = await session.scalar(call, values)
        if pause is None or pause > 0:
            waiting.add(lane)
        return pause is not None

    def _counting(self, rate: Rate) -> ReturningInsert[Any]:
        team_id = bindparam("team", type_=String())
        is_held = self._leases.is_held(team_id, bindparam("lease"), bindparam("token"))
        return self._pace.taking(team_id, bindparam("lane", type_=String()), rate, is_held & is_present(team_id))

    async def whose_mail(self) -> str | None:
        """Return the workspace whose mail goes next: the one whose mail has waited longest among those not served lately."""
        async with self._db.read() as session:
            waiting = await session.scalars(self._waiting_mails)
            teams = list(waiting)
        if self._mailed.issuperset(teams):
            self._mailed.clear()
        return next((team for team in teams if team not in self._mailed), None)

    async def next_mail(self, team_id: str) -> OutboxMessage | None:
        """Return the mail of a workspace that has been due longest; another one is next then."""
        self._mailed.add(team_id)
        async with self._db.read() as session:
            mail: OutboxMessage | None = await session.scalar(
                select(OutboxMessage)
                .where(col(OutboxMessage.team_id) == team_id, *self._due_mails())
                .order_by(col(OutboxMessage.due_at), col(OutboxMessage.created_at))
                .limit(1)
            )
        return mail


def _place() -> ColumnElement[str]:
    """Return where a message goes or stands."""
    return func.coalesce(col(OutboxMessage.channel), col(OutboxMessage.destination))


def lane_of(row: OutboxMessage) -> str:
    """Return the lane of the call that delivers a message."""
    return row.destination if row.ts is None else _EDIT
