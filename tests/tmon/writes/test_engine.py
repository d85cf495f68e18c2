"""The engine of writes, against the sandbox over HTTP: never two calls for one write, and its end is what TMON has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.db import create_database
from bot.engine.embedded import EmbeddedEngine
from bot.playground.tmon import DEMO_PARTNERS, DEMO_VENDOR, Partner, Sandbox, serve
from tests.clock import MovableClock
from tmon import api
from tmon.api import AddressType, AuthError, NewAddress, Rejected, Throttled, TmonApi, VendorCredentials
from tmon.clock import system_clock
from tmon.database import Database
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.leases import Claims
from tmon.models.audit import Audit
from tmon.models.stores import ApiGroup, Credentials, Store, StoreState
from tmon.models.writes import OPEN_STEPS, WriteRecord, WriteStep
from tmon.presence import Presence
from tmon.processes import STALLED, Process
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients
from tmon.stores.switches import SwitchOff, require_on
from tmon.writes.engine import ASK_AFTER, ASK_EVERY, WriteEngine
from tmon.writes.records import KEEP, LEASE, delete_writes, end_unclaimed
from tmon.writes.remote_write import (
    SURE_AFTER,
    Outcome,
    RemoteWrite,
    Truth,
    Verdict,
    WriteConflict,
    WriteContext,
)

LIVING = DEMO_PARTNERS[0]
OVER = LEASE + timedelta(seconds=1)
"""The database's clock goes on by itself while a test runs."""
MOMENTS = ("precheck", "intend", "committed", "send", "answered", "verify", "apply")
Hook = Callable[[], Awaitable[None]]


class Killed(BaseException):
    """What is left after it is what kill -9 leaves: no handler of the code under test catches it."""


class Register(RemoteWrite[api.Address]):
    """Registers an address; its audit rows tell what was applied."""

    kind: ClassVar[str] = "test.register"
    switch: ClassVar[ApiGroup] = ApiGroup.PRODUCT
    busy: ClassVar[str] = "templates.address_being_saved"
    sealed_field: ClassVar[str | None] = "address"
    at: ClassVar[dict[str, Hook]] = {}
    """What happens at a moment."""

    address: NewAddress

    @property
    def subject(self) -> str:
        return self.address.name

    async def _moment(self, name: str) -> None:
        if name in self.at:
            await self.at[name]()

    async def precheck(self, context: WriteContext) -> None:
        await self._moment("precheck")
        if await context.api.addresses.by_name(self.address.name) is not None:
            raise AppError("templates.address_exists")

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        context.audit(session, "intend", self.subject)
        await self._moment("intend")

    async def send(self, context: WriteContext) -> api.Address:
        await self._moment("send")
        made = await context.api.addresses.create(self.address)
        await self._moment("answered")
        return made

    async def verify(self, context: WriteContext) -> Verdict[api.Address]:
        await self._moment("verify")
        found = await context.api.addresses.by_name(self.address.name)
        return Verdict(Truth.NOT_DONE if found is None else Truth.DONE, found)

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[api.Address]) -> None:
        waits = "_waits" if outcome.waits_for_switch else ""
        context.audit(session, f"{outcome.state}{waits}", self.subject, actor=outcome.decided_by)
        await self._moment("apply")


class Engine(WriteEngine):
    """One process; it can be stopped between the commit of the intent and the last look at the claim."""

    async def _check_before_send(self, write: RemoteWrite[Any], context: WriteContext) -> None:
        if "committed" in Register.at:
            await Register.at["committed"]()
        await super()._check_before_send(write, context)


@dataclass
class Scene:
    """TMON, a store, and engines on one database."""

    url: str
    db: Database
    clock: MovableClock
    sealer: Sealer
    tmon: Sandbox
    clients: ApiClients
    store: Store
    processes: tuple[Process, Process]
    """Two of which neither is ever gone."""
    reported: list[str] = field(default_factory=list)
    others: list[Database] = field(default_factory=list)

    def engine(
        self, process: Process | None = None, *, on: Database | None = None, work: EmbeddedEngine | None = None
    ) -> Engine:
        """A process, on its own connections if `on` is given, with `work` if it hands anything over."""
        db = on or self.db
        claims = Claims(db, process or self.processes[0])

        async def report(store: Store, error: AuthError) -> None:
            self.reported.append(type(error).__name__)

        return Engine(
            db,
            self.clock,
            claims,
            self.sealer,
            self.clients.for_store,
            require_on,
            report,
            work or EmbeddedEngine(),
            [Register],
        )

    def other_process(self) -> Engine:
        """A second process on the same database."""
        self.others.append(create_database(self.url))
        self.others[-1].clock_offset = self.db.clock_offset
        return self.engine(self.processes[1], on=self.others[-1])

    def write(self, name: str = "김포 창고") -> Register:
        """An address to be registered."""
        address = NewAddress(
            type=AddressType.SHIP_FROM,
            name=name,
            zip_code="10045",
            address="가상동 1",
            address_detail="1층",
            manager_name="한출고",
            manager_phone="031-998-7654",
        )
        return Register(team_id=self.store.team_id, store_id=self.store.id, address=address)

    async def records(self, name: str = "김포 창고") -> list[WriteRecord]:
        """Rows of that subject, oldest first."""
        async with self.db.read() as session:
            rows = select(WriteRecord).where(col(WriteRecord.subject) == name).order_by(col(WriteRecord.created_at))
            return list(await session.scalars(rows))

    async def applied(self, name: str = "김포 창고") -> list[str]:
        """What was applied, in no order."""
        async with self.db.read() as session:
            return [row.action for row in await session.scalars(select(Audit)) if row.subject == name]

    def sent(self, name: str = "김포 창고") -> int:
        """How many calls were made to register that name; with a dead token TMON does nothing, and a new one is fetched."""
        calls = self.tmon.calls_of("addresses.create")
        return sum(name in str(call.body) and call.status != 401 for call in calls)

    def there(self, name: str = "김포 창고") -> int:
        """How many TMON has."""
        return [one.name for one in self.tmon.addresses.values()].count(name)

    async def turn(self, *, on: bool) -> None:
        """The product switch."""
        async with self.db.write() as session:
            (await session.get_one(Store, (self.store.team_id, self.store.id))).product_on = on

    def fail(self, mode: Any, *calls: str, times: int | None = 1) -> None:
        """TMON fails so at these calls (registering)."""
        self.tmon.faults.mode, self.tmon.faults.times = mode, times
        self.tmon.faults.only = set(calls or ("addresses.create",))


@pytest.fixture
async def scene(database_url: str, db: Database, clock: MovableClock, sealer: Sealer) -> AsyncIterator[Scene]:
    """An approved store, and TMON over HTTP."""
    tmon = Sandbox(clock)
    tmon.vendors[DEMO_VENDOR.client_id] = DEMO_VENDOR
    tmon.partners[LIVING.partner_id] = Partner(LIVING.partner_id, LIVING.token, LIVING.name, LIVING.partner_no)
    server = await serve(tmon)
    store = Store(
        team_id="T1",
        id=new_id("st"),
        seller_id=LIVING.partner_id,
        name=LIVING.name,
        name_key=LIVING.name,
        credentials=sealer.seal(Credentials(api_key=LIVING.token)),
        channel_id="C1",
        registered_by="U1",
        state=StoreState.APPROVED,
        created_at=clock(),
        updated_at=clock(),
    )
    async with db.write() as session:
        session.add(store)
    db.clock_offset = lambda: clock() - system_clock()
    processes = (Process(db, stalled=timedelta(days=1000)), Process(db, stalled=timedelta(days=1000)))
    for process in processes:
        await process.begin(alone=False)

    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    vendor = VendorCredentials(
        client_id=DEMO_VENDOR.client_id,
        client_secret=DEMO_VENDOR.client_secret,
        personal_data_key=DEMO_VENDOR.personal_data_key,
    )
    async with TmonApi(server.url, timeouts=httpx.Timeout(0.5, connect=1), sleep=no_wait) as client:
        clients = ApiClients(client, sealer, vendor, Presence(db, clock))
        made = Scene(database_url, db, clock, sealer, tmon, clients, store, processes)
        yield made
    Register.at.clear()
    for other in made.others:
        await other.engine.dispose()
    await server.stop()


async def killed() -> None:
    """Dies here."""
    Register.at.clear()
    raise Killed


# --- once, and for all ---
async def test_write_that_is_answered_is_done_and_applied_once(scene: Scene) -> None:
    outcome = await scene.engine().run(scene.write(), "U1")
    assert (outcome.state, outcome.settled) == (WriteStep.DONE, False)
    assert outcome.value is not None
    assert outcome.value.no in scene.tmon.addresses
    (record,) = await scene.records()
    assert (record.state, record.actor, record.ended_at) == (WriteStep.DONE, "U1", scene.clock())
    assert (record.claim_token, record.claimed_until, record.sealed, record.args) == (None, None, None, {})
    assert sorted(await scene.applied()) == ["done", "intend"]


async def test_personal_field_is_sealed_while_the_write_is_open(scene: Scene) -> None:
    scene.fail("hang")
    await scene.engine().run(scene.write(), "U1")
    (record,) = await scene.records()
    assert "한출고" not in str(record.model_dump())
    assert record.sealed is not None
    assert Register.load(record, scene.sealer) == scene.write()


@pytest.mark.parametrize("processes", [1, 2])
async def test_of_two_runs_at_once_one_sends(scene: Scene, processes: int) -> None:
    engines = [scene.engine()]
    engines.append(scene.other_process() if processes == 2 else engines[0])
    scene.tmon.faults.slow_seconds, scene.tmon.faults.only = 0.1, {"addresses.create"}
    ended = await asyncio.gather(*(one.run(scene.write(), "U1") for one in engines), return_exceptions=True)
    assert sum(isinstance(one, WriteConflict) for one in ended) == 1
    assert (scene.sent(), scene.there()) == (1, 1)
    assert len(await scene.records()) == 1


async def test_write_in_doubt_keeps_its_subject_from_being_written_again(scene: Scene) -> None:
    scene.fail("hang")
    assert (await scene.engine().run(scene.write(), "U1")).state is WriteStep.UNKNOWN
    with pytest.raises(WriteConflict):
        await scene.engine().run(scene.write(), "U2")
    assert (await scene.engine().run(scene.write("다른 창고"), "U2")).state is WriteStep.DONE
    assert scene.sent() == 1


# --- claims that are lost ---
async def test_process_that_lost_its_claim_while_prechecking_sends_nothing(scene: Scene) -> None:
    slow, other = scene.engine(), scene.other_process()

    async def sleep_too_long() -> None:
        Register.at.clear()
        scene.clock.advance(OVER)
        await other.settle()

    Register.at["precheck"] = sleep_too_long
    with pytest.raises(WriteConflict):
        await slow.run(scene.write(), "U1")
    assert scene.sent() == 0
    assert [one.state for one in await scene.records()] == [WriteStep.FAILED]
    assert (await other.run(scene.write(), "U2")).state is WriteStep.DONE


@pytest.mark.parametrize("taken", [True, False])
async def test_process_that_lost_its_claim_after_the_intent_sends_nothing(scene: Scene, taken: bool) -> None:
    slow, other = scene.engine(), scene.other_process()

    async def sleep_too_long() -> None:
        Register.at.clear()
        scene.clock.advance(OVER)
        if taken:
            await other.settle()

    Register.at["committed"] = sleep_too_long
    with pytest.raises(WriteConflict):
        await slow.run(scene.write(), "U1")
    assert scene.sent() == 0
    scene.clock.advance(SURE_AFTER)
    await other.settle()
    assert [one.state for one in await scene.records()] == [WriteStep.FAILED]
    assert sorted(await scene.applied()) == ["failed", "intend", "unknown"]


async def test_answer_that_comes_after_the_claim_was_lost_is_found_by_whoever_has_it(scene: Scene) -> None:
    slow, other = scene.engine(), scene.other_process()

    async def taken_over() -> None:
        Register.at.clear()
        scene.clock.advance(OVER)
        await other.settle()

    Register.at["answered"] = taken_over
    outcome = await slow.run(scene.write(), "U1")
    assert outcome.state is WriteStep.DONE, "as the other one wrote it down"
    assert sorted(await scene.applied()) == ["done", "intend", "unknown"]
    assert scene.sent() == 1


async def test_process_does_not_take_over_what_it_is_doing_itself(scene: Scene) -> None:
    engine = scene.engine()

    async def own_recovery() -> None:
        Register.at.clear()
        scene.clock.advance(LEASE * 2)
        await engine.settle()

    Register.at["answered"] = own_recovery
    assert (await engine.run(scene.write(), "U1")).state is WriteStep.DONE
    assert sorted(await scene.applied()) == ["done", "intend"]


async def test_of_two_recoveries_at_once_one_asks(scene: Scene) -> None:
    scene.fail("hang_after_write")
    Register.at["verify"] = killed
    with pytest.raises(Killed):
        await scene.engine().run(scene.write(), "U1")
    scene.clock.advance(OVER)
    asked = len(scene.tmon.calls_of("addresses.list"))
    scene.tmon.faults.slow_seconds, scene.tmon.faults.only = 0.1, None
    await asyncio.gather(scene.engine().settle(), scene.other_process().settle())
    assert len(scene.tmon.calls_of("addresses.list")) == asked + 1
    assert sorted(await scene.applied()) == ["done", "intend", "unknown"]


# --- crashes ---
@pytest.mark.parametrize("moment", MOMENTS)
async def test_crash_at_any_moment_is_settled_by_the_recovery(scene: Scene, moment: str) -> None:
    Register.at[moment] = killed
    if moment == "verify":
        scene.fail("hang_after_write")
    with pytest.raises(Killed):
        await scene.engine().run(scene.write(), "U1")
    restarted = scene.engine()
    await restarted.settle()
    assert [one.state in OPEN_STEPS for one in await scene.records()] == [True], "the claim stands yet"
    scene.clock.advance(SURE_AFTER)
    await restarted.settle()
    (record,) = await scene.records()
    assert scene.sent() == scene.there()
    assert (record.state is WriteStep.DONE) == (scene.there() == 1)
    assert record.state is (WriteStep.DONE if moment in ("answered", "verify", "apply") else WriteStep.FAILED)
    assert [one for one in await scene.applied() if one in ("done", "failed")] == [record.state]
    if record.state is WriteStep.FAILED:
        assert (await restarted.run(scene.write(), "U1")).state is WriteStep.DONE
    assert (scene.sent(), scene.there()) == (1, 1)


@pytest.mark.parametrize("moment", ["verify", "apply"])
async def test_crash_of_the_recovery_is_settled_by_the_next_one(scene: Scene, moment: str) -> None:
    Register.at["answered"] = killed
    with pytest.raises(Killed):
        await scene.engine().run(scene.write(), "U1")
    scene.clock.advance(OVER)
    Register.at[moment] = killed
    with pytest.raises(Killed):
        await scene.engine().settle()
    scene.clock.advance(OVER)
    await scene.engine().settle()
    assert sorted(await scene.applied()) == ["done", "intend", "unknown"]
    assert scene.sent() == 1


async def test_bug_in_a_step_leaves_a_write_that_is_asked_about(scene: Scene) -> None:
    async def broken() -> None:
        Register.at.clear()
        raise RuntimeError("a bug")

    engine = scene.engine()
    Register.at["answered"] = broken
    with pytest.raises(RuntimeError):
        await engine.run(scene.write(), "U1")
    scene.clock.advance(OVER)
    Register.at["verify"] = broken
    await engine.settle()
    assert [one.state for one in await scene.records()] == [WriteStep.UNKNOWN]
    scene.clock.advance(OVER)
    await engine.settle()
    assert [one.state for one in await scene.records()] == [WriteStep.DONE]


# --- answers ---
@pytest.mark.parametrize("mode", ["hang_after_write", "empty", "truncated"])
async def test_lost_answer_is_looked_up(scene: Scene, mode: str) -> None:
    scene.fail(mode)
    outcome = await scene.engine().run(scene.write(), "U1")
    assert (outcome.state, outcome.settled, scene.sent()) == (WriteStep.DONE, True, 1)


@pytest.mark.parametrize("mode", ["hang", "down", "html_502", "error_500"])
async def test_write_that_did_not_arrive_fails_once_that_is_sure(scene: Scene, mode: str) -> None:
    engine = scene.engine()
    scene.fail(mode)
    assert (await engine.run(scene.write(), "U1")).state is WriteStep.UNKNOWN
    for _ in range(3):
        scene.clock.advance(ASK_EVERY)
        await engine.settle()
    (record,) = await scene.records()
    assert (record.state, record.attempts) == (WriteStep.UNKNOWN, 4)
    scene.clock.advance(SURE_AFTER)
    await engine.settle()
    assert [one.state for one in await scene.records()] == [WriteStep.FAILED]
    assert sorted(await scene.applied()) == ["failed", "intend", "unknown"], "told of the doubt once"
    assert (await engine.run(scene.write(), "U1")).state is WriteStep.DONE
    assert scene.there() == 1


async def test_write_that_takes_effect_late_is_not_taken_for_lost(scene: Scene) -> None:
    engine = scene.engine()
    scene.fail("hang")
    await engine.run(scene.write(), "U1")
    scene.clock.advance(SURE_AFTER - timedelta(seconds=1))
    await engine.settle()
    await scene.clients.for_store(scene.store).addresses.create(scene.write().address)  # as if it had been under way
    scene.clock.advance(ASK_EVERY)
    await engine.settle()
    assert [one.state for one in await scene.records()] == [WriteStep.DONE]


@pytest.mark.parametrize(("mode", "error"), [("error_500_json", Rejected), ("throttled", Throttled)])
async def test_refused_write_fails_at_once(scene: Scene, mode: str, error: type[Exception]) -> None:
    scene.fail(mode)
    outcome = await scene.engine().run(scene.write(), "U1")
    assert (outcome.state, type(outcome.error)) == (WriteStep.FAILED, error)
    assert [(one.state, one.error) for one in await scene.records()] == [(WriteStep.FAILED, error.__name__)]
    assert len(scene.tmon.calls_of("addresses.list")) == 1, "in the precheck: afterwards there is nothing to ask"
    assert (await scene.engine().run(scene.write(), "U1")).state is WriteStep.DONE


async def test_refused_key_is_reported_once(scene: Scene) -> None:
    async def revoke() -> None:
        scene.tmon.revoke_key(scene.store.seller_id)

    Register.at["committed"] = revoke
    outcome = await scene.engine().run(scene.write(), "U1")
    assert (outcome.state, scene.reported) == (WriteStep.FAILED, ["PartnerRejected"])


async def test_key_refused_in_the_precheck_is_reported_and_raised(scene: Scene) -> None:
    scene.tmon.revoke_key(scene.store.seller_id)
    with pytest.raises(AuthError):
        await scene.engine().run(scene.write(), "U1")
    assert (scene.reported, scene.sent(), await scene.applied()) == (["PartnerRejected"], 0, [])


async def test_key_refused_while_asking_leaves_the_doubt(scene: Scene) -> None:
    engine = scene.engine()
    scene.fail("hang")
    await engine.run(scene.write(), "U1")
    scene.tmon.revoke_key(scene.store.seller_id)
    scene.clock.advance(SURE_AFTER)
    await engine.settle()
    assert [one.state for one in await scene.records()] == [WriteStep.UNKNOWN]
    assert scene.reported == ["PartnerRejected"]


async def test_tmon_that_cannot_be_asked_leaves_the_doubt_however_long(scene: Scene) -> None:
    engine = scene.engine()
    scene.fail("hang_after_write")
    Register.at["verify"] = lambda: set_down(scene)
    await engine.run(scene.write(), "U1")
    for _ in range(3):
        scene.clock.advance(timedelta(hours=1))
        await engine.settle()
    assert [one.state for one in await scene.records()] == [WriteStep.UNKNOWN]
    Register.at.clear()
    scene.tmon.faults.clear()
    scene.clock.advance(ASK_EVERY)
    await engine.settle()
    assert sorted(await scene.applied()) == ["done", "intend", "unknown"]


async def set_down(scene: Scene) -> None:
    """TMON is down from now on."""
    scene.fail("down", "addresses.list", times=None)


# --- what stands in the way ---
async def test_precheck_that_finds_something_leaves_nothing_behind(scene: Scene) -> None:
    async def found() -> None:
        Register.at.clear()
        raise AppError("templates.address_exists")

    Register.at["precheck"] = found
    with pytest.raises(AppError):
        await scene.engine().run(scene.write(), "U1")
    assert (scene.sent(), await scene.applied()) == (0, [])
    assert [(one.state, one.error) for one in await scene.records()] == [(WriteStep.FAILED, "templates.address_exists")]
    assert (await scene.engine().run(scene.write(), "U1")).state is WriteStep.DONE


@pytest.mark.parametrize("moment", [None, "precheck"])
async def test_switch_that_is_off_before_the_intent_raises_and_leaves_nothing(scene: Scene, moment: str | None) -> None:
    if moment is None:
        await scene.turn(on=False)
    else:
        Register.at[moment] = lambda: scene.turn(on=False)
    with pytest.raises(SwitchOff):
        await scene.engine().run(scene.write(), "U1")
    assert (scene.sent(), await scene.applied()) == (0, [])
    assert [one for one in await scene.records() if one.state in OPEN_STEPS] == []


async def test_switch_turned_off_right_before_the_call_keeps_it_from_leaving(scene: Scene) -> None:
    Register.at["committed"] = lambda: scene.turn(on=False)
    outcome = await scene.engine().run(scene.write(), "U1")
    assert (outcome.state, type(outcome.error), scene.sent()) == (WriteStep.FAILED, SwitchOff, 0)
    assert sorted(await scene.applied()) == ["failed", "intend"]


async def test_doubt_waits_for_the_switch_and_is_asked_about_afterwards(scene: Scene) -> None:
    engine = scene.engine()
    scene.fail("hang_after_write")
    Register.at["verify"] = killed
    with pytest.raises(Killed):
        await engine.run(scene.write(), "U1")
    await scene.turn(on=False)
    calls = len(scene.tmon.calls)
    for _ in range(3):
        scene.clock.advance(SURE_AFTER)
        await engine.settle()
    assert len(scene.tmon.calls) == calls
    assert sorted(await scene.applied()) == ["intend", "unknown", "unknown_waits"]
    await scene.turn(on=True)
    scene.clock.advance(ASK_EVERY)
    await engine.settle()
    assert "done" in await scene.applied()


async def test_store_removed_while_a_write_is_under_way_is_left_alone(scene: Scene) -> None:
    async def removed() -> None:
        async with scene.db.write() as session:
            store = await session.get_one(Store, (scene.store.team_id, scene.store.id))
            store.removed_at, store.credentials = scene.clock(), None
            await delete_writes(session, store, scene.clock())

    Register.at["answered"] = removed
    outcome = await scene.engine().run(scene.write(), "U1")
    assert (outcome.state, await scene.records(), await scene.applied()) == (WriteStep.UNKNOWN, [], ["intend"])
    with pytest.raises(AppError, match="store_gone"):
        await scene.engine().run(scene.write(), "U1")


# --- those who find out otherwise ---
async def test_person_decides_where_tmon_cannot_be_asked(scene: Scene) -> None:
    engine = scene.engine()
    scene.fail("hang")
    await engine.run(scene.write(), "U1")
    decided = Outcome[api.Address](WriteStep.FAILED, settled=True, decided_by="U2")
    place = (scene.store.team_id, scene.store.id, Register, "김포 창고")
    assert await engine.decide(*place, decided) == decided
    assert await engine.decide(*place, decided) is None, "settled already"
    async with scene.db.read() as session:
        assert (await session.scalars(select(Audit).where(col(Audit.action) == "failed"))).one().user_id == "U2"


@pytest.mark.parametrize("later", [timedelta(0), LEASE * 2], ids=["at once", "after the lease"])
async def test_person_does_not_decide_on_what_is_under_way(scene: Scene, later: timedelta) -> None:
    engine = scene.engine()
    place = (scene.store.team_id, scene.store.id, Register, "김포 창고")
    refused: list[str] = []

    async def meanwhile() -> None:
        Register.at.clear()
        scene.clock.advance(later)
        try:
            await engine.decide(*place, Outcome(WriteStep.FAILED, decided_by="U2"))
        except WriteConflict as error:
            refused.append(error.key)

    Register.at["answered"] = meanwhile
    assert (await engine.run(scene.write(), "U1")).state is WriteStep.DONE
    assert refused == [Register.busy]
    assert sorted(await scene.applied()) == ["done", "intend"]


async def test_what_tmon_answers_counts_also_after_a_person_decided_otherwise(scene: Scene) -> None:
    slow, other = scene.engine(), scene.other_process()
    place = (scene.store.team_id, scene.store.id, Register, "김포 창고")

    async def decided_elsewhere() -> None:
        Register.at.clear()
        scene.clock.advance(OVER)
        await other.decide(*place, Outcome(WriteStep.FAILED, settled=True, decided_by="U2"))

    Register.at["answered"] = decided_elsewhere
    outcome = await slow.run(scene.write(), "U1")
    assert (outcome.state, outcome.value is not None) == (WriteStep.DONE, True)
    assert [one.state for one in await scene.records()] == [WriteStep.DONE]
    assert sorted(await scene.applied()) == ["done", "failed", "intend"]


async def _is_renewed(scene: Scene) -> bool:
    (record,) = await scene.records()
    return record.claimed_until is not None and record.claimed_until >= scene.clock() + LEASE


@pytest.mark.parametrize("moment", ["precheck", "answered", "verify"])
async def test_claim_is_renewed_while_tmon_takes_its_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr("tmon.writes.engine.RENEW_SECONDS", 0.05)
    other = scene.other_process()

    async def long_call() -> None:
        Register.at.clear()
        for _ in range(3):
            scene.clock.advance(LEASE - timedelta(seconds=1))
            async with asyncio.timeout(10):
                while not await _is_renewed(scene):  # noqa: ASYNC110 - renewed in another task
                    await asyncio.sleep(0.01)
            await other.settle()

    Register.at[moment] = long_call
    if moment == "verify":
        scene.fail("hang_after_write")
    assert (await scene.engine().run(scene.write(), "U1")).state is WriteStep.DONE
    assert sorted(await scene.applied()) == ["done", "intend"], "nobody else has looked"


async def test_what_a_killed_process_sent_is_settled_as_soon_as_it_counts_as_gone(scene: Scene) -> None:
    killed_one, other = Process(scene.db), Process(scene.db)
    await killed_one.begin(alone=False)
    Register.at["answered"] = killed
    with pytest.raises(Killed):
        await scene.engine(killed_one).run(scene.write(), "U1")
    scene.clock.advance(ASK_AFTER)
    await other.begin(alone=False)
    await scene.engine(other).settle()
    assert [one.state for one in await scene.records()] == [WriteStep.SENT], "its heartbeat is not old enough"
    scene.clock.advance(STALLED - ASK_AFTER + timedelta(seconds=1))
    until = (await scene.records())[0].claimed_until
    assert until is not None
    assert scene.clock() < until, "the lease itself is not over"
    await scene.engine(other).settle()
    assert [one.state for one in await scene.records()] == [WriteStep.DONE]
    assert scene.sent() == 1


async def test_what_a_killed_process_sent_is_settled_by_the_next_one_that_is_alone(scene: Scene) -> None:
    killed_one, next_one = Process(scene.db), Process(scene.db)
    await killed_one.begin(alone=True)
    Register.at["answered"] = killed
    with pytest.raises(Killed):
        await scene.engine(killed_one).run(scene.write(), "U1")
    await next_one.begin(alone=True)
    scene.clock.advance(ASK_AFTER)
    await scene.engine(next_one).settle()
    assert [one.state for one in await scene.records()] == [WriteStep.DONE]


async def test_no_other_process_asks_about_what_a_living_one_is_sending(scene: Scene) -> None:
    slow, other = Process(scene.db), Process(scene.db)
    await slow.begin(alone=False)
    await other.begin(alone=False)

    async def meanwhile() -> None:
        Register.at.clear()
        scene.clock.advance(ASK_AFTER + STALLED)
        await slow.beat()
        await scene.engine(other).settle()

    Register.at["answered"] = meanwhile
    assert (await scene.engine(slow).run(scene.write(), "U1")).state is WriteStep.DONE
    assert sorted(await scene.applied()) == ["done", "intend"], "nobody has called it doubtful"


async def test_recovery_that_is_cut_off_while_it_takes_over_tries_again(scene: Scene) -> None:
    engine = scene.engine()
    scene.fail("hang_after_write")
    Register.at["verify"] = killed
    with pytest.raises(Killed):
        await engine.run(scene.write(), "U1")
    scene.clock.advance(OVER)
    (record,) = await scene.records()
    scene.other_process()
    async with scene.others[-1].write() as session:
        await session.get(WriteRecord, (record.team_id, record.id), with_for_update=True)
        recovery = asyncio.create_task(engine.settle())
        await asyncio.sleep(0.3)
        recovery.cancel()
        await asyncio.wait({recovery})
    await engine.settle()
    assert [one.state for one in await scene.records()] == [WriteStep.DONE]


async def test_feature_that_sees_the_thing_ends_the_doubt(scene: Scene) -> None:
    engine = scene.engine()
    scene.fail("hang")
    await engine.run(scene.write(), "U1")
    place = (scene.store.team_id, scene.store.id, Register, "김포 창고")
    claims = Claims(scene.db, scene.processes[1])
    async with scene.db.write() as session:
        assert await end_unclaimed(session, claims, *place, scene.clock())
        assert not await end_unclaimed(session, claims, *place, scene.clock())
    assert [one.state for one in await scene.records()] == [WriteStep.DONE]


# --- housekeeping ---
async def test_ended_writes_are_forgotten_and_open_ones_are_not(scene: Scene) -> None:
    engine = scene.engine()
    await engine.run(scene.write("옛 창고"), "U1")
    scene.fail("hang_after_write")
    Register.at["verify"] = lambda: set_down(scene)
    await engine.run(scene.write(), "U1")
    scene.clock.advance(KEEP + timedelta(seconds=1))
    await engine.settle()
    await engine.forget_ended()
    assert await scene.records("옛 창고") == []
    assert [one.state for one in await scene.records()] == [WriteStep.UNKNOWN]


async def test_row_of_an_unknown_kind_stays_and_others_are_settled(scene: Scene) -> None:
    scene.fail("hang_after_write")
    Register.at["verify"] = killed
    with pytest.raises(Killed):
        await scene.engine().run(scene.write(), "U1")
    scene.clock.advance(OVER)
    async with scene.db.write() as session:
        (record,) = await session.scalars(select(WriteRecord))
        other = {**record.model_dump(), "id": new_id("wr"), "kind": "of.the.future", "sealed": None}
        session.add(WriteRecord(**other))
    await scene.engine().settle()
    assert sorted((one.kind, one.state.value) for one in await scene.records()) == [
        ("of.the.future", "sent"),
        ("test.register", "done"),
    ]


def test_two_classes_of_one_kind_are_a_mistake() -> None:
    class Other(Register):
        pass

    with pytest.raises(ValueError, match="two writes"):
        WriteEngine(None, None, None, None, None, None, None, None, [Register, Other])  # type: ignore[arg-type]


# --- anything in any order ---
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.sampled_from([None, *MOMENTS])),
        st.tuples(st.just("settle"), st.sampled_from([None, "verify", "apply"])),
        st.tuples(
            st.just("fault"),
            st.sampled_from(["hang", "hang_after_write", "down", "throttled", "error_500_json", "truncated", None]),
        ),
        st.tuples(st.just("wait"), st.sampled_from([ASK_EVERY, OVER, SURE_AFTER])),
        st.tuples(st.just("switch"), st.booleans()),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
async def test_whatever_happens_nothing_is_sent_twice_and_the_end_is_true(scene: Scene, steps: list[Any]) -> None:
    name = f"창고 {uuid4().hex}"
    engines = [scene.engine(), scene.engine()]
    runs = 0
    Register.at.clear()
    scene.tmon.faults.clear()
    await scene.turn(on=True)
    for number, (what, how) in enumerate(steps):
        engine = engines[number % 2]
        if what == "fault":
            scene.fail(how)
        elif what == "wait":
            scene.clock.advance(how)
        elif what == "switch":
            await scene.turn(on=how)
        else:
            if how is not None:
                Register.at[how] = killed
            before = scene.sent(name)
            try:
                if what == "run":
                    runs += 1
                    await engine.run(scene.write(name), "U1")
                else:
                    await engine.settle()
            except (AppError, Killed):
                pass
            Register.at.clear()
            assert scene.sent(name) - before <= (what == "run"), "only a run sends, and once"
            assert sum(one.state in OPEN_STEPS for one in await scene.records(name)) <= 1
            assert scene.there(name) <= 1
    scene.tmon.faults.clear()
    await scene.turn(on=True)
    for _ in range(3):
        scene.clock.advance(SURE_AFTER)
        await engines[0].settle()
    records = await scene.records(name)
    assert all(one.state in (WriteStep.DONE, WriteStep.FAILED) for one in records)
    done = sum(one.state is WriteStep.DONE for one in records)
    assert (await scene.applied(name)).count("done") == done
    assert done == scene.there(name)
    assert scene.sent(name) <= runs
