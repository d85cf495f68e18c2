"""A bench's world: the bot and Slack in this process, TMON here too or in a process of its own."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.db import create_database, migrate
from bot.playground.slack import Workspace
from bot.playground.slack import serve as serve_slack
from bot.playground.slack.demo import MINJI, ORDERS, demo_workspace
from bot.playground.slack.rules.rates import Rates
from bot.playground.tmon import DEMO_VENDOR, Partner, Sandbox
from bot.playground.tmon import serve as serve_sandbox
from bot.services import Bot, build_bot
from bot.settings import ExplicitSettings
from tmon.api import TmonApi
from tmon.clock import Clock, system_clock
from tmon.database import Database
from tmon.ids import new_id
from tmon.models.stores import Contact, Credentials, Store, StoreState
from tmon.sealing import Place


class NoLimits(Rates):
    """Slack's limits, as if they were far away: the bot keeps its own pace."""

    def wait(self, method: str) -> int:
        """No time."""
        return 0


@dataclass
class FarSlack:
    """Where a Slack in another process is, and how it and the bot know each other."""

    api_url: str
    bot_token: str
    app_token: str
    signing_secret: str
    team_id: str


@dataclass
class Shop:
    """The bot with its far sides, on an empty SQLite database."""

    slack: Workspace
    tmon: Sandbox
    """TMON in this process; only its sellers are known where TMON is elsewhere."""
    tmon_url: str
    db: Database
    bot: Bot
    settings: ExplicitSettings
    team_id: str

    async def add_stores(self, count: int) -> list[Store]:
        """Approved stores, each with a partner of its own at TMON."""
        now = system_clock()
        sealer = self.bot.services.core.sealer
        stores = []
        for number in range(count):
            partner = f"bench_{number}"
            self.tmon.partners[partner] = bench_partner(number)
            values: dict[str, Any] = {
                "team_id": self.team_id,
                "id": new_id("st"),
                "seller_id": partner,
                "name": f"가게 {number}",
                "name_key": f"가게 {number}",
                "channel_id": ORDERS,
                "channel_ok": True,
                "registered_by": MINJI,
                "state": StoreState.APPROVED,
                "created_at": now,
                "updated_at": now,
            }
            store = Store(**values)
            contact = Contact(name="박담당", email="contact@example.com", mobile="010-1234-5678")
            store.credentials = sealer.seal(Credentials(api_key=f"token-{number}"), Place.of(store, "credentials"))
            store.contact = sealer.seal(contact, Place.of(store, "contact"))
            stores.append(store)
        async with self.db.write() as session:
            session.add_all(stores)
        return stores


def racing_clock() -> Clock:
    """A clock for Slack's rate limits that gains a second with every look, so that they do not slow a bench down."""
    looks = itertools.count()
    return lambda: system_clock() + timedelta(seconds=next(looks))


def bench_partner(number: int) -> Partner:
    """The seller behind the store of that number."""
    return Partner(f"bench_{number}", f"token-{number}", f"가게 {number}", 90_000 + number)


@asynccontextmanager
async def far_tmon(stores: int, orders: int) -> AsyncIterator[str]:
    """A TMON in a process of its own, with so many orders in each store; yields its address."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.far_tmon", str(stores), str(orders), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        yield (await child.stdout.readline()).decode().strip()
    finally:
        child.kill()
        await child.wait()


@asynccontextmanager
async def plain_client(made: Shop, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """A client that asks TMON for a store and does nothing else; its addresses begin below `/api/{vendorId}`."""
    async with httpx.AsyncClient(base_url=made.tmon_url, timeout=60) as client:
        grant = {"grant_type": "client_credentials"}
        vendor = (DEMO_VENDOR.client_id, DEMO_VENDOR.client_secret)
        token = (await client.post("/oauth/token", data=grant, auth=vendor)).json()["access_token"]
        client.base_url = httpx.URL(f"{made.tmon_url}/api/{DEMO_VENDOR.vendor_id}/")
        client.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "X-Partner-Id": store.seller_id,
                "X-Partner-Token": made.tmon.partners[store.seller_id].token,
            }
        )
        yield client


async def calls_of(url: str) -> str:
    """How many calls a TMON elsewhere has had, and of which kinds."""
    async with httpx.AsyncClient() as client:
        return _kinds((await client.get(f"{url}/calls")).json())


def names_of_calls(made: Shop, before: int) -> str:
    """How many calls TMON has had after the first `before`, and of which kinds."""
    return _kinds([call.name for call in list(made.tmon.calls)[before:]])


def _kinds(calls: list[str]) -> str:
    return f"{len(calls)} ({', '.join(f'{calls.count(name)} {name}' for name in sorted(set(calls)))})"


@asynccontextmanager
async def shop(tmon_url: str | None = None, far: FarSlack | None = None) -> AsyncIterator[Shop]:
    """A shop for as long as the block lasts; with `tmon_url` TMON is elsewhere, with `far` Slack."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        slack = demo_workspace(racing_clock())
        slack_server = await serve_slack(slack)
        stack.push_async_callback(slack_server.stop)
        tmon = Sandbox()
        tmon.vendors[DEMO_VENDOR.client_id] = DEMO_VENDOR
        tmon_server = await serve_sandbox(tmon)
        stack.push_async_callback(tmon_server.stop)
        here = FarSlack(
            slack_server.api_url.rstrip("/"), slack.bot_token, slack.app_token, slack.http.signing_secret, slack.team_id
        )
        used = far or here
        settings = ExplicitSettings(
            slack_bot_token=SecretStr(used.bot_token),
            slack_app_token=SecretStr(used.app_token),
            slack_signing_secret=SecretStr(used.signing_secret),
            slack_api_url=used.api_url,
            tmon_api_url=tmon_url or tmon_server.url,
            tmon_client_id=DEMO_VENDOR.client_id,
            tmon_client_secret=SecretStr(DEMO_VENDOR.client_secret),
            tmon_personal_data_key=SecretStr(DEMO_VENDOR.personal_data_key),
            tmon_vendor_policy_no=DEMO_VENDOR.policy_no,
            database_url=f"sqlite+aiosqlite:///{folder}/bench.db",
            encryption_keys=(SecretStr(Fernet.generate_key().decode()),),
        )
        await migrate(settings.database_url)
        db = create_database(settings.database_url)
        stack.push_async_callback(db.engine.dispose)
        api = await stack.enter_async_context(TmonApi(settings.tmon_api_url))
        bot = await build_bot(settings, db, system_clock, api)
        await bot.services.core.process.begin(alone=True)  # as `tmon-bot run` does
        yield Shop(slack, tmon, settings.tmon_api_url, db, bot, settings, used.team_id)
