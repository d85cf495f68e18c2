"""Takes every write to TMON through the same steps: claim, precheck, intent, send, verify, apply.

A write is sent once. Each step is a conditional update that checks the claim's token, and the token is read again right
before the call, so a process that lost its claim sends nothing. What a crash or a lost answer left is settled by `settle`,
which begins with asking TMON.

Where several processes share the work, what a person pressed is handed over: the row and the task that carries it out are
stored in one transaction, before the press is acknowledged. Several writes of one press are handed over together everywhere.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import AuthError, StoreApi, TmonError, UnknownOutcome
from tmon.clock import Clock
from tmon.database import Database
from tmon.due_times import NOTHING, has_come
from tmon.errors import AppError
from tmon.leases import NOBODY, Claims
from tmon.models.stores import ApiGroup, Store
from tmon.models.writes import OPEN_STEPS, WriteRecord, WriteStep
from tmon.presence import is_present
from tmon.sealing import CannotOpen, Sealer
from tmon.work import Work, pressed
from tmon.writes.handed_over import HandedOver
from tmon.writes.records import (
    LEASE,
    as_stored,
    ended,
    follow,
    forget_ended,
    insert,
    keeping,
    lock_store,
    may_send,
    new_record,
    open_of,
    overrule,
    step,
)
from tmon.writes.remote_write import ClaimLost, Outcome, RemoteWrite, Truth, Verdict, WriteConflict, WriteContext
from tmon.writes.results import of_outcome, of_raised

log = structlog.get_logger(__name__)

RENEW_SECONDS = 20.0
"""Between two renewals of a claim: an answer may take minutes."""
ASK_AFTER = timedelta(seconds=10)
"""What is in doubt is asked about from then on."""
ASK_EVERY = timedelta(seconds=30)
"""Between two questions about the same write."""
SETTLE_SECONDS = 10.0
"""Seconds between two runs of `settle`."""
_AT_ONCE = 8
_AT_A_TIME = 500

V = TypeVar("V")


class WriteEngine:
    """Writes to TMON for all stores. Rights are the caller's to check."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        claims: Claims,
        sealer: Sealer,
        connect: Callable[[Store], StoreApi],
        require_on: Callable[[Store | None, ApiGroup], None],
        report_auth_error: Callable[[Store, AuthError], Awaitable[None]],
        work: Work,
        kinds: Iterable[type[RemoteWrite[Any]]] = (),
    ) -> None:
        """`connect`: makes a store's client; `require_on`: raises AppError unless calls of a group may leave for a store.

        `kinds`: the classes of all features, by which the recovery knows what a row is. Raises ValueError on a double.
        """
        self._db = db
        self._clock = clock
        self._claims = claims
        self._sealer = sealer
        self._connect = connect
        self._require_on = require_on
        self._report_auth_error = report_auth_error
        self._handed_over = HandedOver(db, clock, sealer, claims, work)
        self._kinds: dict[str, type[RemoteWrite[Any]]] = {}
        for kind in kinds:
            if self._kinds.setdefault(kind.kind, kind) is not kind:
                raise ValueError(f"two writes of the kind {kind.kind}")
        self._running: set[str] = set()
        """Ids of writes under way in this process, whose claim it does not take over itself."""

    async def run(self, write: RemoteWrite[V], actor: str) -> Outcome[V]:
        """Carries out `write` for `actor`; how that ended is in the outcome and in the feature's rows.

        Raises before anything was sent: WriteConflict, AppError (the switch, what precheck found), TmonError of the
        precheck.
        """
        if pressed.get() is not None:
            (ended,) = await self.run_all([write], actor)
            if isinstance(ended, Exception):
                raise ended
            return ended
        record = new_record(write, actor, self._clock(), self._sealer, self._claims.new(LEASE))
        self._running.add(record.id)  # before the commit makes it visible, or `settle` could take it for a crash's
        try:
            async with self._db.write() as session:
                context = await self._claim(session, write, record)
            return await self._carry_out(write, context)
        finally:
            self._running.discard(record.id)

    async def run_all(self, writes: Sequence[RemoteWrite[V]], actor: str) -> list[Outcome[V] | AppError | TmonError]:
        """Carries out all writes of one press for `actor`, one after the other: they are stored together, or not at all.

        Returns how each ended, or what `run` would have raised; none stops the others. Raises AppError when the switch is off.
        """
        return await self._handed_over.run_all(writes, actor, self._claim)

    async def carry_out(self, team_id: str, write_id: str, token: str, further: Sequence[str] = ()) -> None:
        """Carry out writes that were handed over with `token`, but for those that somebody has taken already."""
        for one in (write_id, *further):
            try:
                await self._carry_out_one(team_id, one, token)
            except Exception:
                log.exception("write not carried out", write=one)

    async def _carry_out_one(self, team_id: str, write_id: str, token: str) -> None:
        async with self._db.read() as session:
            record = await session.get(WriteRecord, (team_id, write_id))
        if record is None or record.claim_token != token or record.state is not WriteStep.PREPARED:
            return
        if await self._take_over(record, where=()):
            try:
                await self._carry_out_asked(record)
            finally:
                self._running.discard(record.id)

    async def decide(
        self, team_id: str, store_id: str, kind: type[RemoteWrite[V]], subject: str, outcome: Outcome[V]
    ) -> Outcome[V] | None:
        """Ends a write in doubt as a person says (`outcome.decided_by`); None when it is settled.

        Raises WriteConflict while it is under way or being asked about.
        """
        async with self._db.read() as session:
            store = await session.get_one(Store, (team_id, store_id))
            record = await session.scalar(select(WriteRecord).where(*open_of(team_id, store_id, kind.kind, subject)))
        if record is None:
            return None
        if record.state is WriteStep.PREPARED or record.id in self._running or not await self._take_over(record):
            raise WriteConflict(kind.busy)
        try:
            return await self._end(kind.load(record, self._sealer), self._context(store, record), outcome)
        finally:
            self._running.discard(record.id)

    async def settle(self) -> None:
        """Asks TMON about what a crash or a lost answer left. Called every few seconds."""
        now = self._clock()
        by_store: defaultdict[tuple[str, str], list[WriteRecord]] = defaultdict(list)
        async with self._db.read() as session:
            rows = await session.scalars(
                select(WriteRecord)
                .where(
                    col(WriteRecord.state).in_(OPEN_STEPS),
                    has_come(col(WriteRecord.due_at), now, ASK_EVERY),
                    self._claims.is_free(WriteRecord),
                    is_present(col(WriteRecord.team_id)),
                )
                .order_by(col(WriteRecord.due_at))
                .limit(_AT_A_TIME)
            )
            for record in rows:
                if record.id not in self._running:
                    by_store[record.team_id, record.store_id].append(record)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def of_store(records: list[WriteRecord]) -> None:
            async with slots:
                for record in records:
                    try:
                        await self._settle(record)
                    except CannotOpen:
                        log.error("credentials do not open with the configured keys", store=record.store_id)
                    except Exception:
                        log.exception("write not settled", write=record.id, kind=record.kind, store=record.store_id)

        await asyncio.gather(*(of_store(records) for records in by_store.values()))

    async def forget_ended(self) -> None:
        """Forgets what ended long ago."""
        await self._handed_over.forget()
        await forget_ended(self._db, self._clock())

    async def _carry_out_asked(self, record: WriteRecord) -> None:
        """Carry out a write of which nothing was sent, and leave the outcome for whoever waits for it."""
        try:
            write = self._kinds[record.kind].load(record, self._sealer)
        except (CannotOpen, ValueError) as error:
            await self._drop(record, error)  # it must not block its subject for ever
            return
        async with self._db.read() as session:
            store = await session.get_one(Store, (record.team_id, record.store_id))
        try:
            result = of_outcome(await self._carry_out(write, self._context(store, record)))
        except ClaimLost:
            return  # whoever has taken it over leaves how it ended
        except (AppError, TmonError) as error:
            result = of_raised(error)
        await self._handed_over.leave(record, result)

    async def _carry_out(self, write: RemoteWrite[V], context: WriteContext) -> Outcome[V]:
        async with keeping(self._db, context.record, RENEW_SECONDS):
            try:
                await write.precheck(context)
                await self._intend(write, context)
            except Exception as error:
                await self._report(context, error)
                if not await self._drop(context.record, error):
                    raise ClaimLost(write.busy) from error
                raise
            return await self._send(write, context)

    async def _claim(self, session: AsyncSession, write: RemoteWrite[V], record: WriteRecord) -> WriteContext:
        store = await session.get(Store, (write.team_id, write.store_id))
        self._require_on(store, write.switch)
        assert store is not None
        context = self._context(store, record)
        _ = context.api  # what cannot be opened is found out before anything begins
        if not await insert(session, record):
            raise WriteConflict(write.busy)
        return context

    async def _intend(self, write: RemoteWrite[V], context: WriteContext) -> None:
        """Commits that it is about to leave."""
        now = self._clock()
        changed: dict[str, Any] = {
            "state": WriteStep.SENT,
            "sent_at": now,
            "due_at": now + ASK_AFTER,
            "claimed_until": self._db.now(LEASE),
        }
        async with self._db.write() as session:
            self._require_on(await lock_store(session, context.store), write.switch)
            if not await step(session, context.record, WriteStep.PREPARED, **changed):
                raise ClaimLost(write.busy)
            await write.intend(session, context)
        follow(context.record, changed)

    async def _drop(self, record: WriteRecord, error: Exception) -> bool:
        """Nothing was sent, and nothing of it stays but this row. Returns False if the claim was lost."""
        async with self._db.write() as session:
            return await step(session, record, WriteStep.PREPARED, **ended(WriteStep.FAILED, self._clock(), error))

    async def _send(self, write: RemoteWrite[V], context: WriteContext) -> Outcome[V]:
        try:
            await self._check_before_send(write, context)
        except ClaimLost:
            raise
        except AppError as error:  # turned off since: nothing leaves
            return await self._end(write, context, Outcome(WriteStep.FAILED, error=error))
        try:
            value = await write.send(context)
        except UnknownOutcome:
            return await self._ask(write, context)
        except TmonError as error:  # TMON did nothing
            await self._report(context, error)
            return await self._end(write, context, Outcome(WriteStep.FAILED, error=error))
        return await self._end(write, context, Outcome(WriteStep.DONE, value), answered=True)

    async def _check_before_send(self, write: RemoteWrite[V], context: WriteContext) -> None:
        """Raises AppError when a switch was turned off, ClaimLost when the claim is lost or may be taken by now."""
        async with self._db.read() as session:
            self._require_on(await session.get(Store, (write.team_id, write.store_id)), write.switch)
            mine = await may_send(session, context.record, self._db.now())
        if not mine:
            raise ClaimLost(write.busy)

    async def _ask(self, write: RemoteWrite[V], context: WriteContext) -> Outcome[V]:
        """Finds out whether a write took effect; leaves it unknown where that cannot be told yet."""
        record = context.record
        verdict: Verdict[V] = Verdict(Truth.UNKNOWN)
        try:
            verdict = await write.verify(context)
        except TmonError as error:
            log.info("write not settled yet", kind=record.kind, store=record.store_id, error=type(error).__name__)
            await self._report(context, error)
        if verdict.truth is Truth.DONE:
            return await self._end(write, context, Outcome(WriteStep.DONE, verdict.value, settled=True))
        sent_at = record.sent_at or record.created_at
        asked = record.attempts * ASK_EVERY if sent_at > self._clock() else NOTHING  # the clock was set back since
        if verdict.truth is Truth.NOT_DONE and max(self._clock() - sent_at, asked) >= write.sure_after:
            return await self._end(write, context, Outcome(WriteStep.FAILED, verdict.value, settled=True))
        return await self._doubt(write, context)

    async def _settle(self, record: WriteRecord) -> None:
        kind = self._kinds.get(record.kind)
        if kind is None:
            log.error("no feature knows this kind of write", kind=record.kind, write=record.id)
            return
        if not await self._take_over(record):
            return
        try:
            if record.state is WriteStep.PREPARED and record.handed_over:  # the person was told that it is on its way
                await self._carry_out_asked(record)
                return
            try:
                write = kind.load(record, self._sealer)
            except (CannotOpen, ValueError) as error:
                if record.state is not WriteStep.PREPARED:
                    raise
                await self._drop(record, error)  # nothing was sent: it must not block its subject for ever
                return
            async with self._db.read() as session:
                store = await session.get_one(Store, (record.team_id, record.store_id))
            context = self._context(store, record)
            if record.state is WriteStep.PREPARED:
                await self._end(write, context, Outcome(WriteStep.FAILED))
                return
            if record.state is WriteStep.SENT:  # told even if settled at once: who began it does not wait any more
                await self._doubt(write, context, keep_claim=True)
            try:
                self._require_on(store, write.switch)
            except AppError:
                await self._doubt(write, context, waits_for_switch=True)
            else:
                async with keeping(self._db, record, RENEW_SECONDS):
                    await self._ask(write, context)
        finally:
            self._running.discard(record.id)

    async def _take_over(self, record: WriteRecord, where: tuple[Any, ...] | None = None) -> bool:
        """Claims a write that nobody holds, or one that fits `where`; whoever held it before cannot carry it on."""
        changed = self._claims.new(LEASE)
        where = (self._claims.is_free(WriteRecord),) if where is None else where
        self._running.add(record.id)
        won = False
        try:
            async with self._db.write() as session:
                won = await step(session, record, record.state, where=where, **changed)
        finally:
            if not won:
                self._running.discard(record.id)
        if won:
            follow(record, changed)
        return won

    async def _doubt(
        self, write: RemoteWrite[V], context: WriteContext, *, waits_for_switch: bool = False, keep_claim: bool = False
    ) -> Outcome[V]:
        """`waits_for_switch`: why TMON is not even asked."""
        record = context.record
        before = (record.state, record.waits_for_switch)
        changed: dict[str, Any] = {"state": WriteStep.UNKNOWN, "waits_for_switch": waits_for_switch}
        if not keep_claim:
            changed |= {"due_at": self._clock() + ASK_EVERY, "attempts": record.attempts + 1, **NOBODY}
        outcome: Outcome[V] = Outcome(WriteStep.UNKNOWN, waits_for_switch=waits_for_switch)
        async with self._db.write() as session:
            await lock_store(session, context.store)
            won = await step(session, record, WriteStep.SENT, WriteStep.UNKNOWN, **changed)
            if won and before != (WriteStep.UNKNOWN, waits_for_switch):
                await write.apply(session, context, outcome)
        if won:
            follow(record, changed)
        return outcome if won else await as_stored(self._db, context.record)

    async def _end(
        self, write: RemoteWrite[V], context: WriteContext, outcome: Outcome[V], *, answered: bool = False
    ) -> Outcome[V]:
        """`answered`: TMON itself has just said that it is done, which counts whoever holds the claim by now."""
        changed = ended(outcome.state, self._clock(), outcome.error)
        async with self._db.write() as session:
            await lock_store(session, context.store)
            won = await step(session, context.record, *OPEN_STEPS, **changed)
            if not won and answered:
                log.error("answer after the claim was lost", write=context.record.id, kind=context.record.kind)
                won = await overrule(session, context.record, **changed)
            if won:
                await write.apply(session, context, outcome)
        if won:
            follow(context.record, changed)
        return outcome if won else await as_stored(self._db, context.record)

    async def _report(self, context: WriteContext, error: Exception) -> None:
        if isinstance(error, AuthError):
            await self._report_auth_error(context.store, error)

    def _context(self, store: Store, record: WriteRecord) -> WriteContext:
        return WriteContext(self._db, self._clock, self._claims, self._sealer, store, record, self._connect)
