"""Many stores on the default intervals, for so long: real workers on a real PostgreSQL, or the one process of the embedded engine.

`python -m tests.bench.fleet --stores 5000 --workers 4 --seconds 600`; `--embedded --stores 1000` on SQLite. With `--outage`
TMON fails for the second third of the time. Everything shares this machine; so the processor's time per run is what counts: how
many runs a second there would be room for on other machines follows from it. What an hour costs is calculated from the time
measured.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlmodel import SQLModel

from bot.db import create_database, migrate
from bot.logs import configure
from bot.playground.slack import demo_workspace
from bot.playground.slack import serve as serve_slack
from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.tmon import DEMO_VENDOR
from bot.services import build_bot
from bot.settings import ExplicitSettings
from tests.bench.processor import peak_megabytes, seconds
from tests.bench.shop import bench_partner
from tests.databases import OwnServer
from tests.flows.process import environment_of
from tmon.api import TmonApi
from tmon.clock import system_clock
from tmon.collection.coordinator import Coordinator
from tmon.core import Options
from tmon.database import Database
from tmon.feature import FeatureCollector
from tmon.features import FEATURES
from tmon.ids import new_id
from tmon.models.collection import SyncState
from tmon.models.stores import Contact, Credentials, Store, StoreState
from tmon.sealing import Place, Sealer

HOUR = 3600
CALLS = 2
"""Requests of a job of the floor: about as many as a run has."""
AT_ONCE = 32
POSTGRES = (
    "CREATE UNLOGGED TABLE begun (kind text, late float, at timestamptz DEFAULT clock_timestamp())",
    """CREATE FUNCTION note_begun() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO begun (kind, late) VALUES (NEW.kind, extract(epoch FROM clock_timestamp() - OLD.due_at)); RETURN NULL;
    END $$""",
    """CREATE TRIGGER note_begun AFTER UPDATE OF claim_token ON collection FOR EACH ROW
    WHEN (NEW.claim_token LIKE 'ru%' AND OLD.claim_token IS DISTINCT FROM NEW.claim_token) EXECUTE FUNCTION note_begun()""",
)
SQLITE = (
    "CREATE TABLE begun (kind text, late float)",
    """CREATE TRIGGER note_begun AFTER UPDATE OF claim_token ON collection
    WHEN NEW.claim_token LIKE 'ru%' AND OLD.claim_token IS NOT NEW.claim_token BEGIN
    INSERT INTO begun VALUES (NEW.kind, (julianday('now') - julianday(OLD.due_at)) * 86400); END""",
)
"""Each run that begins is written down, with how late it is."""


@dataclass
class Fleet:
    """What is measured."""

    options: argparse.Namespace
    folder: Path
    db: Database
    url: str
    tmon_url: str
    far: Process
    server: OwnServer | None
    processes: list[Process]

    def used(self) -> dict[str, float]:
        """Seconds of the processor."""
        found = {"product": seconds(one.pid for one in self.processes), "TMON": seconds([self.far.pid])}
        return found if self.server is None else {**found, "PostgreSQL": seconds([self.server.pid()])}

    async def ask(self, statement: str) -> list[Any]:
        """Rows of a query."""
        async with self.db.read() as session:
            return list(await session.execute(text(statement)))

    async def run(self, *statements: str) -> None:
        """Carries out SQL."""
        async with self.db.write() as session:
            for statement in statements:
                await session.execute(text(statement))


async def main(options: argparse.Namespace) -> None:
    """Prints what was reached, what it cost, and what the floor costs."""
    async with _fleet(options) as fleet:
        who = "`run` on SQLite" if options.embedded else f"{options.workers} workers on PostgreSQL"
        print(f"(n) {options.stores} stores, {who}, TMON answers after {options.latency} s", flush=True)
        await asyncio.sleep(options.warm_up)
        if not options.outage:
            each = await _measure(fleet, options.seconds)
            if fleet.server is not None:
                await _compare(fleet, each)
            return
        for name, path in (("before the outage", None), ("in the outage", "down"), ("after it", "up")):
            if path is not None:
                async with httpx.AsyncClient() as client:
                    await client.post(f"{fleet.tmon_url}/{path}")
            print(f"  {name}:")
            await _measure(fleet, options.seconds / 3)


async def _measure(fleet: Fleet, length: float) -> dict[str, float]:
    """Measure for so many seconds; return the milliseconds of the processor per run."""
    await fleet.run("DELETE FROM begun")
    sizes, counters, used, began = await _sizes(fleet), await _statistics(fleet), fleet.used(), time.monotonic()
    await asyncio.sleep(length)
    taken, used_then = time.monotonic() - began, fleet.used()
    counters_then, sizes_then = await _statistics(fleet), await _sizes(fleet)
    late = sorted(row.late for row in await fleet.ask("SELECT late FROM begun"))
    shares = {name: (used_then[name] - before) / taken for name, before in used.items()}
    wanted = sum(
        fleet.options.stores / collector.interval(Options()).total_seconds()
        for feature in FEATURES
        for collector in feature.collectors
        if _is_on(collector)
    )
    print(f"    {len(late) / taken:.1f} runs/s begun in {taken:.0f} s (the intervals ask for {wanted:.1f})", end="; ")
    print(f"due to begun: median {_at(late, 0.5):.1f} s, p95 {_at(late, 0.95):.1f} s, longest {_at(late, 1):.1f} s")
    print(f"    of a core: {', '.join(f'{name} {share:.0%}' for name, share in shares.items())}", end="; ")
    each = {name: share * taken * 1000 / max(1, len(late)) for name, share in shares.items()}
    print(f"ms per run: {', '.join(f'{name} {ms:.1f}' for name, ms in each.items())}")
    peaks = [peak_megabytes(one.pid) for one in fleet.processes]
    print(f"    memory at most: {', '.join(f'{one:.0f}' for one in peaks)} MB", end="; ")
    rates = {name: (then - counters[name]) / taken for name, then in counters_then.items()}
    if rates:
        print(
            f"{rates['commits']:.0f} commits/s, WAL {rates['wal'] / 1e6:.2f} MB/s = {rates['wal'] * HOUR / 1e9:.2f} GB/h",
            end="; ",
        )
        print(f"whole pages in it {rates['pages']:.0f}/s, {counters_then['connections']:.0f} connections", end="")
    print()
    grown = {name: (then, (then - sizes.get(name, 0)) * HOUR / taken) for name, then in sizes_then.items()}
    largest = sorted(grown.items(), key=lambda one: -one[1][0])[:7]
    print("    MB and growth per hour, calculated:", end=" ")
    print(", ".join(f"{name} {size / 1e6:.1f} {growth / 1e6:+.1f}" for name, (size, growth) in largest))
    [(failing,)] = await fleet.ask("SELECT count(*) FROM collection WHERE failures > 0")
    said = "".join(file.read_text() for file in fleet.folder.glob("*.log"))
    print(f"    failing collections: {failing}; in the logs: {said.count('task failed')} tasks failed", end=", ")
    print(f"{said.count('QueuePool limit')} waited too long for a connection", flush=True)
    return each


async def _compare(fleet: Fleet, each: Mapping[str, float]) -> None:
    """Print what a bare job costs: one row taken with SKIP LOCKED and as many questions, with nothing around it."""
    assert fleet.server is not None
    for one in fleet.processes:
        one.terminate()
    await asyncio.gather(*(one.wait() for one in fleet.processes))
    await fleet.run(
        "CREATE TABLE floor (id int PRIMARY KEY, due timestamptz)",
        f"INSERT INTO floor SELECT n, now() FROM generate_series(1, {fleet.options.stores}) AS n",
        "CREATE INDEX floor_due ON floor (due)",
    )
    before, own = fleet.used(), time.process_time()
    dsn = make_url(fleet.url).set(drivername="postgresql").render_as_string(hide_password=False)
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with (
        asyncpg.create_pool(dsn, min_size=5, max_size=5) as pool,
        httpx.AsyncClient(limits=limits, timeout=60) as client,
    ):
        example = (await client.get(f"{fleet.tmon_url}/example")).text

        async def work() -> None:
            while await _bare_job(pool):
                for _ in range(CALLS):
                    (await client.get(f"{fleet.tmon_url}{example}")).raise_for_status()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    after = {**fleet.used(), "product": before["product"] + time.process_time() - own}
    floor = {name: (after[name] - before[name]) * 1000 / fleet.options.stores for name in each}
    print(f"    floor (SKIP LOCKED and {CALLS} questions), ms per job:", end=" ")
    print(", ".join(f"{name} {ms:.1f} (ratio {each[name] / ms:.1f})" for name, ms in floor.items() if ms))


async def _bare_job(pool: asyncpg.Pool) -> bool:
    """Whether there was one."""
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchval(
            "SELECT id FROM floor WHERE due <= now() ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        await connection.execute("UPDATE floor SET due = now() + interval '1 day' WHERE id = $1", found)
    return found is not None


async def _sizes(fleet: Fleet) -> dict[str, float]:
    """Bytes of each table with its indexes; of the whole file on SQLite."""
    if fleet.server is None:
        file = Path(str(make_url(fleet.url).database))
        return {one.name: one.stat().st_size for one in file.parent.glob(f"{file.name}*")}
    rows = await fleet.ask("SELECT relname, pg_total_relation_size(relid) AS size FROM pg_stat_user_tables")
    return {row.relname: row.size for row in rows if row.relname not in ("begun", "floor")}


async def _statistics(fleet: Fleet) -> dict[str, float]:
    """Counters of PostgreSQL."""
    if fleet.server is None:
        return {}
    [row] = await fleet.ask(
        "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float AS wal,"
        " (SELECT wal_fpi FROM pg_stat_wal)::float AS pages,"
        " (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::float AS commits,"
        " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())::float AS connections"
    )
    return dict(row._mapping)


def _is_on(collector: FeatureCollector) -> bool:
    """Whether it collects from stores in which nobody has changed anything."""
    return bool(Store.model_fields[f"{collector.switch}_on"].default)


def _at(sorted_: Sequence[float], share: float) -> float:
    return sorted_[min(len(sorted_) - 1, int(len(sorted_) * share))] if sorted_ else float("nan")


@asynccontextmanager
async def _fleet(options: argparse.Namespace) -> AsyncIterator[Fleet]:
    """Everything, at work."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = None if options.embedded else OwnServer()
        if server is not None:
            stack.callback(server.close)
        url = f"sqlite+aiosqlite:///{folder}/bench.db" if server is None else server.url
        far = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.far_prepared", str(options.stores), str(options.latency)),
            stdout=asyncio.subprocess.PIPE,
        )
        stack.push_async_callback(_end, far)
        assert far.stdout is not None
        tmon_url = (await far.stdout.readline()).decode().strip()
        slack = demo_workspace()
        slack_server = await serve_slack(slack)
        stack.push_async_callback(slack_server.stop)
        settings = ExplicitSettings(
            slack_bot_token=SecretStr(slack.bot_token),
            slack_app_token=SecretStr(slack.app_token),
            slack_api_url=slack_server.api_url.rstrip("/"),
            tmon_api_url=tmon_url,
            tmon_client_id=DEMO_VENDOR.client_id,
            tmon_client_secret=SecretStr(DEMO_VENDOR.client_secret),
            tmon_personal_data_key=SecretStr(DEMO_VENDOR.personal_data_key),
            database_url=url,
            encryption_keys=(SecretStr(Fernet.generate_key().decode()),),
            http_port=0,
            log_level="WARNING",
        )
        await migrate(url)
        db = create_database(url)
        stack.push_async_callback(db.engine.dispose)
        fleet = Fleet(options, folder, db, url, tmon_url, far, server, [])
        await _add_stores(fleet, slack.team_id, settings)
        await fleet.run(*(SQLITE if server is None else POSTGRES))
        environment = {**environment_of(settings), "ENGINE": "embedded" if server is None else "queue"}
        for number in range(1 if server is None else options.workers):
            with (folder / f"{number}.log").open("wb") as log:
                one = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot.cli", "run" if server is None else "worker"),
                    cwd=folder,
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
            stack.push_async_callback(_end, one)
            fleet.processes.append(one)
        async with asyncio.timeout(120):
            while len(await fleet.ask("SELECT id FROM process")) < len(fleet.processes):  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(0.2)
        yield fleet


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _add_stores(fleet: Fleet, team_id: str, settings: ExplicitSettings) -> None:
    """Approved stores that have been collected for long: what is due is spread over the intervals."""
    now, rng, sealer = system_clock(), random.Random(1), Sealer(settings.fernet_keys())
    collectors = [collector for feature in FEATURES for collector in feature.collectors]
    stores, states = [], []
    for number in range(fleet.options.stores):
        partner = bench_partner(number)
        store = Store(
            team_id=team_id,
            id=new_id("st"),
            seller_id=partner.partner_id,
            name=partner.name,
            name_key=partner.name,
            channel_id=ORDERS,
            channel_ok=True,
            registered_by=MINJI,
            state=StoreState.APPROVED,
            approved_at=now,
            created_at=now,
            updated_at=now,
        )
        store.credentials = sealer.seal(Credentials(api_key=partner.token), Place.of(store, "credentials"))
        contact = Contact(name="박담당", email="contact@example.com", mobile="010-1234-5678")
        store.contact = sealer.seal(contact, Place.of(store, "contact"))
        stores.append(store)
        states += [
            SyncState(
                team_id=team_id,
                store_id=store.id,
                kind=collector.kind,
                due_at=now + rng.random() * collector.interval(Options()),
                last_success_at=now,
                watermark=now,
            )
            for collector in collectors
        ]
    async with fleet.db.write() as session:
        session.add_all(stores)
        await session.flush()
        session.add_all(states)
    async with TmonApi(settings.tmon_api_url) as api:
        bot = await build_bot(settings, fleet.db, system_clock, api)
        for collector in collectors:
            if _is_on(collector):
                await bot.services[Coordinator].collect_now(team_id, stores[0].id, collector.kind, None)
    # what the runs of the first store have left is there for all, as after a day of work
    for table in SQLModel.metadata.sorted_tables:
        if "store_id" in table.primary_key.columns and table.name != SyncState.__tablename__:
            names = [column.name for column in table.columns]
            values = ("store.id" if name == "store_id" else f'first."{name}"' for name in names)
            quoted = ", ".join(f'"{name}"' for name in names)
            await fleet.run(
                f'INSERT INTO "{table.name}" ({quoted}) SELECT {", ".join(values)} FROM "{table.name}" AS first, store'
                f" WHERE store.id <> first.store_id"
            )
    if fleet.server is not None:
        await fleet.run("ANALYZE")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stores", type=int, default=5_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--warm-up", type=float, default=30)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--embedded", action="store_true")
    parser.add_argument("--outage", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    configure("ERROR", "console")
    asyncio.run(main(_options()))
