"""One workspace with 10,000 due messages: when 499 others get the first one of theirs. Real workers on a real PostgreSQL.

`python -m tests.bench.fairness --workers 4`. The floor is the same without the 10,000.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import Process
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import insert, text

from bot.db import create_database, migrate
from bot.installations import Grant
from bot.logs import configure
from bot.playground.slack import Workspace, demo_workspace
from bot.playground.slack import serve as serve_slack
from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import Channel
from bot.playground.tmon import DEMO_VENDOR
from bot.services import build_bot
from bot.settings import ExplicitSettings
from tests.bench.processor import seconds
from tests.bench.shop import NoLimits
from tests.databases import OwnServer
from tests.flows.process import environment_of
from tmon.api import TmonApi
from tmon.clock import system_clock
from tmon.database import Database
from tmon.models.stores import Store, StoreState
from tmon.outbox import enqueue, new_message
from tmon.stores.messages import ChannelLost
from tmon.workspaces.service import Arrival

OTHERS = [f"T{number:05}" for number in range(499)]
PLACES = [f"C{number:08}" for number in range(50)]
BACKLOG = 10_000
AIM_SECONDS = 2.0
PATIENCE_SECONDS = 120


class _OneForAll(NoLimits):
    """Slack counts for each workspace; the one here stands for all of them, in the same channel."""

    def wait_to_post(self, channel: str) -> int:
        """No time."""
        return 0


async def main(options: argparse.Namespace) -> None:
    """Prints seconds from due until Slack had them, without and with the backlog, and what that cost."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = OwnServer()
        stack.callback(server.close)
        slack = demo_workspace()
        slack.rates = _OneForAll(system_clock)
        slack_server = await serve_slack(slack)
        stack.push_async_callback(slack_server.stop)
        settings = ExplicitSettings(
            slack_bot_token=SecretStr(slack.bot_token),
            slack_app_token=SecretStr(slack.app_token),
            slack_api_url=slack_server.api_url.rstrip("/"),
            tmon_client_id=DEMO_VENDOR.client_id,
            tmon_client_secret=SecretStr(DEMO_VENDOR.client_secret),
            tmon_personal_data_key=SecretStr(DEMO_VENDOR.personal_data_key),
            database_url=server.url,
            encryption_keys=(SecretStr(Fernet.generate_key().decode()),),
            http_port=0,
            log_level="WARNING",
        )
        await migrate(server.url)
        db = create_database(server.url)
        stack.push_async_callback(db.engine.dispose)
        for place in PLACES:
            slack.channels[place] = Channel(place, place.lower(), members={MINJI}, bot_is_member=True)
        store_id = await _add_workspaces(db, slack, settings)
        environment = {**environment_of(settings), "ENGINE": "queue"}
        workers: list[Process] = []
        for number in range(options.workers):
            with (folder / f"{number}.log").open("wb") as log:
                one = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot.cli", "worker"), cwd=folder, env=environment, stdout=log, stderr=log
                )
            stack.push_async_callback(_end, one)
            workers.append(one)

        def used() -> list[float]:
            return [seconds(one.pid for one in workers), seconds([server.pid()]), time.process_time()]

        async with asyncio.timeout(PATIENCE_SECONDS):
            while await _count(db, "SELECT count(*) FROM process") < options.workers:  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(0.2)
        await asyncio.sleep(10)  # until they are at rest
        before = used()
        floor = await _first_messages(db, store_id, "without")
        each = ((then - now) * 1000 / len(OTHERS) for now, then in zip(before, used(), strict=True))
        print("    ms of the processor per message: {:.1f} workers, {:.1f} PostgreSQL, {:.1f} Slack".format(*each))
        rows = [_message(slack.team_id, f"backlog/{n}", PLACES[n % len(PLACES)], store_id) for n in range(BACKLOG)]
        async with db.write() as session:
            await enqueue(session, rows)
        await asyncio.sleep(5)
        taken = await _first_messages(db, store_id, "with")
        sent = await _count(db, "SELECT count(*) FROM message WHERE key LIKE 'backlog/%' AND ts IS NOT NULL")
        print(f"    ratio of the last ones {taken / floor:.2f}; of the {BACKLOG:,}, {sent:,} had been sent by then")


async def _first_messages(db: Database, store_id: str, which: str) -> float:
    """A message each for the other workspaces; seconds until Slack had the last one."""
    async with db.write() as session:
        await enqueue(session, [_message(team_id, f"first/{which}", PLACES[0], store_id) for team_id in OTHERS])
    due = time.time()
    left = f"SELECT count(*) FROM message WHERE key = 'first/{which}' AND ts IS NULL"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await _count(db, left):  # noqa: ASYNC110 - other processes do it
            await asyncio.sleep(0.2)
    async with db.read() as session:
        found = await session.scalars(text(f"SELECT ts FROM message WHERE key = 'first/{which}'"))
        late = sorted(float(ts) - due for ts in found)
    assert len(late) == len(OTHERS)
    print(f"(n) {which} {BACKLOG:,} due messages of another workspace:", end=" ")
    print(f"median {late[len(late) // 2]:.2f} s, last {late[-1]:.2f} s (aim {AIM_SECONDS})", flush=True)
    return late[-1]


def _message(team_id: str, key: str, place: str, store_id: str) -> dict[str, Any]:
    args = ChannelLost(store=store_id, channel=PLACES[0])
    return new_message(args, team_id=team_id, key=key, to=place, now=system_clock(), store_id=store_id)


async def _add_workspaces(db: Database, slack: Workspace, settings: ExplicitSettings) -> str:
    """500 workspaces with a store each, of the same public id; for Slack, all of them are the one that there is."""
    now = system_clock()
    values = Store(
        team_id=slack.team_id,
        id="st_bench",
        seller_id="bench",
        name="Bench",
        name_key="bench",
        channel_id=PLACES[0],
        registered_by=MINJI,
        state=StoreState.PENDING,
        created_at=now,
        updated_at=now,
    ).model_dump()
    async with TmonApi(settings.tmon_api_url) as api:
        bot = await build_bot(settings, db, system_clock, api)
        for team_id in OTHERS:
            arrival = Arrival(team_id, team_id, now, installed_by=MINJI)
            await bot.installations.store(Grant(arrival, slack.bot_user_id, slack.bot_token))
    async with db.write() as session:
        await session.execute(insert(Store), [{**values, "team_id": team_id} for team_id in (slack.team_id, *OTHERS)])
    return "st_bench"


async def _count(db: Database, statement: str) -> int:
    async with db.read() as session:
        return await session.scalar(text(statement)) or 0


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    configure("ERROR", "console")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=4)
    asyncio.run(main(parser.parse_args()))
