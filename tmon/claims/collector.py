"""Collection of claims: one run over one store.

TMON is asked for one kind and one state at a time, by the day of the *request* (docs/tmon-api.md, ch. 10.1). Open ones (C1, C2)
are asked for in every run, ended ones (C3, C8, C9) every half hour, and unpaid cancels (C4) once a day. What has ended stands
in the list of the day on which it was requested: so an open claim that is older than the lists, or that no list of open ones
has any more, is read by its number.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import (
    AuthError,
    ClaimStatus,
    NotOffered,
    Rejected,
    StoreApi,
    Throttled,
    TmonError,
    UnexpectedResponse,
    UnreadItem,
    unread_of,
)
from tmon.api.windows import MAX_WINDOW, split
from tmon.claims.cards import post_new, redraw_with_orders
from tmon.claims.messages import ClaimsNotOffered
from tmon.claims.storing import CHUNK, OPEN, give_up, redraw, store_claims
from tmon.clock import Clock
from tmon.collection.runs import record_run
from tmon.collection.seen import Seen
from tmon.collection.unread import UnreadLog
from tmon.core import Core
from tmon.database import is_data_error, upsert
from tmon.due_times import over
from tmon.models.claims import Claim, ClaimEnd, ClaimKind, ClaimSyncState
from tmon.models.collection import RunOutcome, SyncState, Unread, UnreadWhy
from tmon.models.stores import Store
from tmon.orders.cancels import correct_notes
from tmon.outbox import post
from tmon.scope import scope

log = structlog.get_logger(__name__)

CLAIMS = "claims"
"""Kind of this collection."""
UNREAD = {
    ClaimKind.CANCEL: Unread.CANCEL,
    ClaimKind.RETURN: Unread.RETURN,
    ClaimKind.EXCHANGE: Unread.EXCHANGE,
    ClaimKind.REDELIVERY: Unread.REDELIVERY,
}
EVERY: dict[ClaimStatus, timedelta] = {
    ClaimStatus.C1: timedelta(),
    ClaimStatus.C2: timedelta(),
    ClaimStatus.C3: timedelta(minutes=30),
    ClaimStatus.C8: timedelta(minutes=30),
    ClaimStatus.C9: timedelta(minutes=30),
    ClaimStatus.C4: timedelta(days=1),
}
"""How often each state is asked for; nothing: in every run."""
_ENDED = (ClaimStatus.C3, ClaimStatus.C8, ClaimStatus.C9)
_OVERLAP = timedelta(days=1)
"""How far before what was read the next reading begins, after a pause of more than six days."""
_FIRST_LOOK = timedelta(days=28)
"""How far the first run looks back for open claims: a held exchange waits for weeks."""
GIVE_UP_AFTER = timedelta(days=60)
_READ_SINGLY = 20
"""Claims of one kind that one run reads by their numbers; the rest follows with the next runs."""
_OLD_EVERY = timedelta(minutes=30)
"""How often an open claim is read that is older than the lists."""
_NOT_OFFERED_PAUSE = timedelta(days=1)


class SeenClaims(Seen[api.Claim]):
    """Hashes of the claims that were stored, by store, kind and state."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, lambda claim: claim.claim_no)


class ClaimCollector:
    """One run over the claims of one store."""

    def __init__(self, core: Core, store: Store, asked_by: str | None, seen: SeenClaims | None = None) -> None:
        """`asked_by`: who asked for it: then every state is asked for. `seen`: what earlier runs of the process stored."""
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._store = store
        self._asked_by = asked_by
        self._seen = seen or SeenClaims(core.clock)
        self._started_at = core.clock()
        self._news: set[ClaimKind] = set()
        """Kinds that were read before: what has ended is news."""
        self._read: set[ClaimKind] = set()
        """Kinds that this run has read."""
        self._not_stored: set[int] = set()
        self.counts: dict[str, int] = {}
        self.key_refused = False
        self.answered = True  # otherwise the run fails

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Read and store the claims of every kind. Raises TmonError: the first one, after the other kinds were read.

        Raises NotOffered only if TMON offers no kind at all.
        """
        failed: TmonError | None = None
        refused: list[NotOffered] = []
        for kind in ClaimKind:
            try:
                await self._read_kind(client, kind)
            except NotOffered as error:
                refused.append(error)
                await self._tell_not_offered(kind)
            except (AuthError, Throttled):
                raise
            except TmonError as error:
                failed = failed or error
        if len(refused) == len(ClaimKind):
            raise refused[0]
        if failed is not None:
            raise failed

    async def record(
        self, session: AsyncSession, store: Store, state: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Post what is new, and record the run."""
        # everybody who stores claims locks it first
        store = await session.get_one(Store, (store.team_id, store.id), with_for_update=True)
        if store.removed_at is None:
            if ClaimKind.CANCEL in self._read:
                await correct_notes(session, store, now)
            await redraw_with_orders(session, store, now)
            new = await post_new(session, store, self._started_at, self._news, now)
            if new:
                self.counts["new"] = new
        record_run(
            session,
            state,
            outcome,
            counts=self.counts,
            asked_by=self._asked_by,
            started_at=self._started_at,
            now=now,
        )

    async def _read_kind(self, client: StoreApi, kind: ClaimKind) -> None:
        async with self._db.read() as session:
            rows = await session.scalars(
                select(ClaimSyncState).where(*scope(ClaimSyncState, self._store), col(ClaimSyncState.kind) == kind)
            )
            # what was read up to a time to come was read when the clock was ahead, so nothing is known about it
            states = {row.status: row for row in rows if row.read_until <= self._started_at}
        if self._is_not_offered(states):
            return
        if ClaimStatus.C3.value in states:
            self._news.add(kind)
        unread = UnreadLog(self._db, self._store, UNREAD[kind])
        await unread.load()
        listed: set[int] = set()
        for status in EVERY:
            if self._is_due(status, states):
                listed |= await self._read_status(client, kind, status, states, unread)
        if not await self._follow_open(client, kind, listed, unread):
            # many have left the open ones at once, as when TMON refunds at night: the lists tell of all of them
            for status in _ENDED:
                if not self._is_due(status, states):
                    listed |= await self._read_status(client, kind, status, states, unread)
            await self._follow_open(client, kind, listed, unread, however_many=True)
        self._read.add(kind)
        if unread.before and all(self._is_due(status, states) for status in (*EVERY,)[:5]):
            async with self._db.write() as session:
                await unread.drop_others(session, self._clock())  # no list has them any more

    def _is_not_offered(self, states: dict[str, ClaimSyncState]) -> bool:
        first = states.get(ClaimStatus.C1.value)
        if first is None or first.not_offered_at is None or self._asked_by is not None:
            return False
        return not over(first.not_offered_at, self._started_at, _NOT_OFFERED_PAUSE)

    def _is_due(self, status: ClaimStatus, states: dict[str, ClaimSyncState]) -> bool:
        state = states.get(status.value)
        if state is None or self._asked_by is not None:
            return True
        return over(state.read_until, self._started_at, EVERY[status])

    def _start(self, status: ClaimStatus, states: dict[str, ClaimSyncState]) -> datetime:
        """Return from which request on a state is asked for: a week back, and as far as nothing was asked before that."""
        state = states.get(status.value)
        week = self._started_at - MAX_WINDOW
        if state is None:
            return self._started_at - _FIRST_LOOK if status.value in OPEN else week
        return min(week, max(state.read_until - _OVERLAP, self._started_at - GIVE_UP_AFTER))

    async def _tell_not_offered(self, kind: ClaimKind) -> None:
        """Tell the channel, once, that TMON does not offer this kind; the others are collected."""
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id))
            message = ClaimsNotOffered(store=store.id, claim_kind=kind)
            await post(session, store, message, key=f"{message.kind}/{store.id}/{kind.value}", now=self._clock())

    async def _read_status(
        self,
        client: StoreApi,
        kind: ClaimKind,
        status: ClaimStatus,
        states: dict[str, ClaimSyncState],
        unread_log: UnreadLog,
    ) -> set[int]:
        """Read one state of one kind, and store what changed. Returns the numbers of all that were listed."""
        listed: set[int] = set()
        place = (self._store.team_id, self._store.id, kind.value, status.value)
        try:
            for start, end in split(self._start(status, states), self._started_at):
                asked_at = self._clock()
                found: list[api.Claim] = []
                unread: list[UnreadItem] = []
                async for page in client.claims.search(kind, start, end, status):
                    found += page
                    unread += unread_of(page)
                listed.update(claim.claim_no for claim in found)
                listed.update(int(item.number) for item in unread if item.number)
                await unread_log.keep([claim.claim_no for claim in found], unread, self._clock())
                changed = self._seen.changed(place, found)
                for first in range(0, len(changed), CHUNK):
                    await self._store_chunk(kind, changed[first : first + CHUNK], asked_at, unread_log)
                self._seen.stored(place, [one for one in changed if one.claim_no not in self._not_stored])
        except NotOffered:
            await self._keep_state(kind, status, not_offered_at=self._started_at)
            raise
        self._seen.keep(place, listed)
        await self._keep_state(kind, status, not_offered_at=None)
        return listed

    async def _keep_state(self, kind: ClaimKind, status: ClaimStatus, *, not_offered_at: datetime | None) -> None:
        row = {
            "team_id": self._store.team_id,
            "store_id": self._store.id,
            "kind": kind,
            "status": status.value,
            "read_until": self._started_at,
            "not_offered_at": not_offered_at,
        }
        async with self._db.write() as session:
            await upsert(session, ClaimSyncState.__table__, [row], update=["read_until", "not_offered_at"])  # type: ignore[attr-defined]

    async def _store_chunk(
        self, kind: ClaimKind, claims: Sequence[api.Claim], asked_at: datetime, unread_log: UnreadLog
    ) -> None:
        """Store claims in one transaction; if that fails because of what one of them is, each in its own."""
        try:
            await self._store_at_once(kind, claims, asked_at)
        except Exception as error:
            if not is_data_error(error):
                raise
            if len(claims) > 1:
                for claim in claims:
                    await self._store_chunk(kind, [claim], asked_at, unread_log)
                return
            number = claims[0].claim_no
            self._not_stored.add(number)
            log.warning("claim not stored", store=self._store.id, claim=number, error=type(error).__name__)
            async with self._db.write() as session:
                item = UnreadItem(str(number), "", UnreadWhy.NOT_STORED)
                await unread_log.set_aside(session, [item], self._clock())

    async def _store_at_once(self, kind: ClaimKind, claims: Sequence[api.Claim], asked_at: datetime) -> None:
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            if store.removed_at is not None:
                return  # buyers' data were destroyed with the store, and no new ones may be stored
            changed = await store_claims(session, self._sealer, store, kind, claims, asked_at)
        ended = sum(claim.ended_at is not None and claim.first_seen_at < self._started_at for claim in changed)
        if ended:
            self.counts["ended"] = self.counts.get("ended", 0) + ended

    async def _follow_open(
        self,
        client: StoreApi,
        kind: ClaimKind,
        listed: Collection[int],
        unread_log: UnreadLog,
        *,
        however_many: bool = False,
    ) -> bool:
        """Read open claims by number that are not `listed`: those that left the lists, and those older than these.

        Returns False, without having read any, if more have left the lists than are read by number; `however_many`: the
        first of them are read all the same.
        """
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Claim.claim_no), col(Claim.requested_at), col(Claim.read_at)).where(
                    *scope(Claim, self._store),
                    col(Claim.kind) == kind,
                    col(Claim.ended_at).is_(None),
                    col(Claim.first_seen_at) < self._started_at,
                )
            )
            missing = [(number, requested, read) for number, requested, read in rows if number not in listed]
        given_up, since = self._started_at - GIVE_UP_AFTER, self._started_at - MAX_WINDOW
        if too_old := [number for number, requested, _ in missing if requested < given_up]:
            await self._end(kind, too_old, ClaimEnd.GIVEN_UP)
        young = [number for number, requested, _ in missing if requested >= since]
        if len(young) > _READ_SINGLY and not however_many:
            return False
        old = sorted(
            (read, number)
            for number, requested, read in missing
            if given_up <= requested < since and over(read, self._started_at, _OLD_EVERY)
        )
        for number in [*young, *(number for _, number in old)][:_READ_SINGLY]:
            await self._read_one(client, kind, number, unread_log, in_lists=number in young)
        return True

    async def _read_one(
        self, client: StoreApi, kind: ClaimKind, number: int, unread_log: UnreadLog, *, in_lists: bool
    ) -> None:
        """Read one claim. `in_lists`: it ought to stand in a list, and stands in none."""
        asked_at = self._clock()
        try:
            remote = await client.claims.get(kind, number)
        except Rejected as error:
            log.info("claim not told", store=self._store.id, claim=number, error=type(error).__name__)
            if in_lists:
                await self._end(kind, [number], ClaimEnd.GONE)
            return
        except UnexpectedResponse as error:
            if not await unread_log.set_one_aside(number, error, self._clock()):
                raise
            return
        await self._store_chunk(kind, [remote], asked_at, unread_log)
        await unread_log.keep([number], (), self._clock())

    async def _end(self, kind: ClaimKind, numbers: Sequence[int], end: ClaimEnd) -> None:
        now = self._clock()
        async with self._db.write() as session:
            rows = []
            for number in sorted(numbers):
                key = (self._store.team_id, self._store.id, kind, number)
                row = await session.get_one(Claim, key, with_for_update=True)
                if row.ended_at is None and row.act is None:
                    give_up(row, end, now)
                    rows.append(row)
            if rows:
                await redraw(session, rows, now)
        if rows:
            self.counts["ended"] = self.counts.get("ended", 0) + len(rows)
