"""Workers and webs are killed, frozen and stopped in turn, while orders arrive and people press: nothing is lost or doubled.

`make drill` runs it for five minutes; `DRILL_SECONDS=3600 make drill` for an hour, `DRILL_SEED=…` with the blows of another.
"""

import asyncio
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from bot.db import create_database
from bot.installations import Grant, Installations
from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from bot.playground.tmon import DEMO_VENDOR
from bot.services import build_core
from bot.settings import ExplicitSettings
from tests.bot.test_cli import free_port
from tests.databases import PostgresDatabases
from tests.drill import judge
from tests.drill.far_sides import run_tmon
from tests.drill.fleet import STOP_SECONDS, Fleet, Stall, far_side
from tests.drill.judge import Evidence
from tests.drill.plan import DrillStore, Plan
from tests.drill.slack_side import Address, run_slack
from tests.flows.process import ROOT
from tmon.database import Database
from tmon.ids import new_id
from tmon.models.collection import SyncState
from tmon.models.stores import ConfirmMode, Contact, Credentials, Store, StoreState
from tmon.sealing import Place, Sealer
from tmon.workspaces.service import Arrival

_HISTORY = (
    "CREATE TABLE drill_history (id bigserial PRIMARY KEY, order_no bigint, state text)",
    """CREATE FUNCTION drill_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO drill_history (order_no, state) VALUES (NEW.order_no, NEW.state); RETURN NULL; END $$""",
    "CREATE TRIGGER drill_history AFTER INSERT OR UPDATE OF state ON orders FOR EACH ROW EXECUTE FUNCTION drill_note()",
)
"""What states each order has had: what is drawn has to follow them."""

_LATER = {"settlement": timedelta(days=1), "reviews": timedelta(days=1)}
"""What is not collected here: a first run reads months, and a drill is about what is done again and again."""
_READ = "SELECT count(*) FROM collection WHERE kind = 'orders' AND last_success_at IS NOT NULL"
_LISTED = "SELECT count(*) FROM collection WHERE kind = 'orders' AND last_success_at >= :since"
_ORDERS_LEFT = """
    SELECT orders.order_no, orders.state, orders.note, orders.claim_token, orders.claimed_until, orders.has_card,
        orders.pending_by, orders.pending_since, orders.first_seen_at, orders.updated_at, now() AS now,
        collection.due_at, collection.last_success_at, collection.claim_token AS run, collection.error
    FROM orders JOIN store ON store.team_id = orders.team_id AND store.id = orders.store_id
    JOIN collection ON collection.team_id = orders.team_id AND collection.store_id = orders.store_id
        AND collection.kind = 'orders'
    WHERE orders.state IN ('confirming', 'unknown') OR orders.state = 'new' AND store.confirm_mode = 'auto'
"""
_DUE = {
    "messages": "SELECT count(*) FROM message WHERE wanted > sent AND due_at <= now()",
    "orders under way": "SELECT count(*) FROM orders WHERE state IN ('confirming', 'unknown')",
    "writes": "SELECT count(*) FROM remote_write WHERE state IN ('prepared', 'sent', 'unknown')",
    "jobs of nobody": "SELECT count(*) FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker"
    " ON worker.id = job.worker_id WHERE job.status = 'doing'"
    " AND (worker.id IS NULL OR worker.last_heartbeat < now() - interval '{stalled} seconds')",
    "jobs that wait": "SELECT count(*) FROM procrastinate_jobs AS job JOIN procrastinate_events AS event"
    " ON event.job_id = job.id AND event.type = 'deferred'"
    " WHERE job.status = 'todo' AND event.at < now() - interval '{stalled} seconds'",
    "jobs given up": "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'",
    "collections": "SELECT count(*) FROM collection WHERE due_at < now() - interval '{stalled} seconds'"
    " AND coalesce(claim_token NOT LIKE 'ru%', true)",
    "automatic orders": "SELECT count(*) FROM orders JOIN store ON store.team_id = orders.team_id"
    " AND store.id = orders.store_id WHERE orders.state = 'new' AND store.confirm_mode = 'auto' AND NOT has_card",
}
"""What is left to do, by SQL: at rest all of it is 0."""


_WAITS = text(
    """
    SELECT extract(epoch FROM clock_timestamp() - a.query_start) AS waited, left(a.query, 150) AS waits,
        b.state AS holder, extract(epoch FROM clock_timestamp() - b.xact_start) AS since, left(b.query, 150) AS last
    FROM pg_stat_activity AS a JOIN pg_stat_activity AS b ON b.pid = ANY(pg_blocking_pids(a.pid))
    WHERE a.datname = current_database() AND a.wait_event_type = 'Lock'
        AND a.query_start < clock_timestamp() - interval '2 seconds'
    """
)


@dataclass
class Drill:
    """A drill that is prepared."""

    plan: Plan
    folder: Path
    db: Database
    fleet: Fleet
    stall: Stall
    tmon: Callable[[str], Any]
    slack: Callable[[str], Any]
    team_ids: tuple[str, ...]
    store_ids: dict[str, int] = field(default_factory=dict)
    first_round: float = 0.0
    """Seconds until the orders of every store were read."""
    rested: float = 0.0
    """Seconds until nothing was left to do."""

    async def left(self) -> dict[str, int]:
        """What is left to do."""
        stalled = int(self.plan.stalled.total_seconds())
        async with self.db.read() as session:
            found = {what: await session.scalar(text(sql.format(stalled=stalled))) for what, sql in _DUE.items()}
        return {what: n for what, n in found.items() if n}

    async def warm_up(self) -> None:
        """Wait until the orders of every store were read: it tells how fast this machine is."""
        began = time.monotonic()
        async with asyncio.timeout(600):
            while await self._read(_READ) < len(self.plan.stores):  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(0.5)
        self.first_round = time.monotonic() - began

    async def _read(self, count: str, **values: object) -> int:
        async with self.db.read() as session:
            return int(await session.scalar(text(count), values) or 0)

    async def lists_all(self) -> None:
        """Wait until the orders of every store were listed once more: what has come last is known by then.

        A run that ends now may have listed them before; the one after it has not.
        """
        async with asyncio.timeout(600):
            for _ in range(2):
                since = datetime.now(UTC)
                while await self._read(_LISTED, since=since) < len(self.plan.stores):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.5)

    async def comes_to_rest(self) -> list[str]:
        """Wait until nothing is left to do; return what is, after twice the stalled time and what this machine needs."""
        began = time.monotonic()
        limit = 2 * self.plan.stalled.total_seconds() + 20 * self.stall.longest + self.first_round
        while left := await self.left():
            waited = time.monotonic() - began
            if waited > limit:
                async with self.db.read() as session:
                    orders = [dict(row._mapping) for row in await session.execute(text(_ORDERS_LEFT))]
                return [f"after {waited:.0f} s: {left}", *map(str, orders)]
            await asyncio.sleep(0.5)
        self.rested = time.monotonic() - began
        return []

    async def evidence(self) -> Evidence:
        """All that is known now."""
        await asyncio.gather(self.tmon("report"), self.slack("report"))
        history: dict[int, list[str]] = defaultdict(list)
        async with self.db.read() as session:
            for number, state in await session.execute(text("SELECT order_no, state FROM drill_history ORDER BY id")):
                history[number].append(state)
            orders = (await session.execute(text("SELECT order_no, batch_id, note FROM orders"))).all()
        return Evidence(
            stores=self.plan.stores,
            team_ids=self.team_ids,
            lives=self.fleet.lives,
            tmon=json.loads((self.folder / "tmon.json").read_text()),
            slack=json.loads((self.folder / "slack.json").read_text()),
            history=history,
            batches={number: batch for number, batch, _ in orders if batch is not None},
            noted=frozenset(number for number, _, note in orders if note is not None),
            store_ids=self.store_ids,
        )

    def log(self) -> str:
        """What the processes have complained about."""
        found: Counter[str] = Counter()
        for line in (self.folder / "bot.log").read_text().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("level") in ("warning", "error", "critical"):
                found[f"{entry['level']}: {entry.get('event')} {entry.get('error') or ''}"] += 1
        return "\n".join(f"{n:5} {what}" for what, n in found.most_common(30))


@pytest.fixture
async def drill(postgres_databases: PostgresDatabases, tmp_path: Path) -> AsyncIterator[Drill]:
    """All processes, at work."""
    plan = Plan()
    print(f"\nDRILL_SEED={plan.seed} DRILL_SECONDS={plan.seconds:.0f}, in {tmp_path}")
    url = await postgres_databases.create(tmp_path, migrated=True)
    db = create_database(url)
    key = Fernet.generate_key().decode()
    web_ports = tuple(free_port() for _ in range(plan.webs))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(db.engine.dispose)
        tmon_port, tmon = await stack.enter_async_context(far_side(run_tmon, tmp_path, plan))
        address, slack = await stack.enter_async_context(far_side(run_slack, tmp_path, plan, web_ports))
        await _run(db, "ALTER SYSTEM SET autovacuum = on", "SELECT pg_reload_conf()", *_HISTORY)
        store_ids = await _install(db, url, key, plan, address)
        environment = _environment(plan, url, key, address, tmon_port)
        fleet = Fleet(tmp_path, plan, Random(f"blows {plan.seed}"), environment, web_ports)
        stack.callback(fleet.end)
        stall = Stall()
        measuring = asyncio.create_task(stall.measure())
        stack.callback(measuring.cancel)
        watching = asyncio.create_task(_watch_locks(db, tmp_path / "locks.log"))
        stack.callback(watching.cancel)
        teams = tuple(one.team_id for one in address.workspaces)
        yield Drill(plan, tmp_path, db, fleet, stall, tmon, slack, teams, store_ids)


async def _watch_locks(db: Database, file: Path) -> None:
    """Write down who waits long for whom in the database: it explains what is late."""
    with file.open("a", buffering=1) as log:
        while True:
            await asyncio.sleep(2)
            async with db.read() as session:
                for row in await session.execute(_WAITS):
                    log.write(json.dumps({"at": time.time(), **row._mapping}, default=str) + "\n")


async def _run(db: Database, *statements: str) -> None:
    async with db.engine.connect() as connection:
        commits = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            await commits.execute(text(statement))


async def _install(db: Database, url: str, key: str, plan: Plan, address: Address) -> dict[str, int]:
    """Give both workspaces the app and their stores; return which of them each store belongs to."""
    settings = ExplicitSettings(
        slack_bot_token=SecretStr(address.workspaces[0].token),
        slack_app_token=SecretStr("xapp-1"),
        tmon_client_id=DEMO_VENDOR.client_id,
        tmon_client_secret=SecretStr(DEMO_VENDOR.client_secret),
        tmon_personal_data_key=SecretStr(DEMO_VENDOR.personal_data_key),
        tmon_vendor_policy_no=DEMO_VENDOR.policy_no,
        database_url=url,
        encryption_keys=(SecretStr(key),),
    )
    installations = Installations(build_core(settings, db), "http://127.0.0.1:1")
    now = datetime.now(UTC)
    for one, name in zip(address.workspaces, plan.teams, strict=True):
        arrival = Arrival(one.team_id, name, now, installed_by=MINJI)
        await installations.store(Grant(arrival, one.bot_user_id, one.token))
    sealer = Sealer([key])
    stores = [_store(store, address.workspaces[store.team].team_id, sealer, now) for store in plan.stores]
    states = [
        SyncState(team_id=made.team_id, store_id=made.id, kind=kind, due_at=now + due, watermark=now)
        for number, made in enumerate(stores)
        for kind, due in {**_LATER, "claims": timedelta(seconds=3 * number)}.items()
    ]
    async with db.write() as session:
        session.add_all(stores)
        await session.flush()
        session.add_all(states)
        return {made.id: store.team for made, store in zip(stores, plan.stores, strict=True)}


def _store(store: DrillStore, team_id: str, sealer: Sealer, now: datetime) -> Store:
    made = Store(
        team_id=team_id,
        id=new_id("st"),
        seller_id=store.seller_id,
        name=store.name,
        name_key=store.name,
        channel_id=store.channel,
        channel_ok=True,
        registered_by=MINJI,
        worker_ids=[JUNHO, DANIEL],
        state=StoreState.APPROVED,
        product_on=False,
        confirm_mode=ConfirmMode.AUTO if store.auto else ConfirmMode.MANUAL,
        auto_from=now - timedelta(days=1) if store.auto else None,
        approved_at=now,
        created_at=now,
        updated_at=now,
    )
    contact = Contact(name="박담당", email="contact@example.com", mobile="010-1234-5678")
    made.credentials = sealer.seal(Credentials(api_key=store.api_key), Place.of(made, "credentials"))
    made.contact = sealer.seal(contact, Place.of(made, "contact"))
    return made


def _environment(
    plan: Plan, url: str, key: str, address: Address, tmon_port: int
) -> Callable[[str, str, int | None], Mapping[str, str]]:
    """The settings of a process by its role, the address at which it calls, and the port that it serves."""

    def of(role: str, host: str, port: int | None) -> Mapping[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "TZ": "Asia/Seoul",
            "ENGINE": "queue",
            "DATABASE_URL": url,
            "ENCRYPTION_KEYS": key,
            "SLACK_BOT_TOKEN": address.workspaces[0].token,
            "SLACK_TRANSPORT": "http",
            "SLACK_SIGNING_SECRET": address.signing_secret,
            "SLACK_API_URL": f"http://{host}:{address.port}/api",
            "SLACK_CLIENT_ID": address.client_id,
            "SLACK_CLIENT_SECRET": address.client_secret,
            "PUBLIC_URL": "http://127.0.0.1:1",
            "TMON_API_URL": f"http://{host}:{tmon_port}",
            "TMON_CLIENT_ID": DEMO_VENDOR.client_id,
            "TMON_CLIENT_SECRET": DEMO_VENDOR.client_secret,
            "TMON_PERSONAL_DATA_KEY": DEMO_VENDOR.personal_data_key,
            "HTTP_PORT": str(port or 0),
            "COLLECT_ORDERS_SECONDS": "20",
            "COLLECT_CLAIMS_SECONDS": "120",
            "COLLECT_CS_SECONDS": "120",
            "STALLED_SECONDS": f"{plan.stalled.total_seconds():.0f}",
        }

    return of


def _found(checks: Mapping[str, Iterator[str]]) -> dict[str, list[str]]:
    return {name: lines for name, check in checks.items() if (lines := list(check))}


@pytest.mark.drill
@pytest.mark.timeout(0)
async def test_nothing_is_lost_or_doubled_whatever_is_killed(drill: Drill) -> None:
    drill.fleet.start()
    await drill.warm_up()
    await drill.fleet.strike(drill.plan.seconds)
    await drill.fleet.recover()
    await asyncio.gather(drill.tmon("rest"), drill.slack("rest"))
    await drill.lists_all()
    left = await drill.comes_to_rest()
    seen = await drill.evidence()
    wrong = _found(
        {
            "left to do": iter(left),
            "runs at the same time": judge.overlapping_runs(seen),
            "confirmed twice": judge.confirmed_twice(seen),
            "told in the wrong workspace": judge.strayed(seen),
            "older drawings": judge.older_drawings(seen),
            "forgotten presses": judge.forgotten_presses(seen),
            "untrue cards": judge.untrue_cards(seen, copies=True),
            "unseen orders": judge.unseen_orders(seen),
        }
    )
    pressed = await drill.slack("press all")
    if pressed:
        await asyncio.sleep(drill.plan.stalled.total_seconds() / 2)
        left = await drill.comes_to_rest()
        at_last = await drill.evidence()
        wrong |= _found(
            {
                "left to do at last": iter(left),
                "confirmed twice at last": judge.confirmed_twice(at_last),
                "forgotten presses at last": judge.forgotten_presses(at_last),
                "untrue cards at last": judge.untrue_cards(at_last, copies=False),
            }
        )
    figures = {
        **judge.figures(seen),
        **drill.fleet.blows,
        "seconds of the first round": round(drill.first_round, 1),
        "seconds until rest": round(drill.rested, 1),
        "pressed at last": pressed,
        "slowest stop": round(drill.fleet.slowest_stop, 1),
        "longest stall": round(drill.stall.longest, 2),
    }
    print(json.dumps(figures, ensure_ascii=False, indent=1), drill.log(), sep="\n")
    assert seen.slack["did"].get("press: ok"), "nobody has pressed anything"
    assert figures["confirmed"], "nothing was confirmed"
    assert wrong == {}, f"DRILL_SEED={drill.plan.seed}"
    assert drill.fleet.slowest_stop < STOP_SECONDS + 10 * drill.stall.longest
