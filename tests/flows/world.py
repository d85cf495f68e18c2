"""The whole product on real sockets: Slack workspace, TMON sandbox, mail catcher and the bot, with one clock to move.

Nothing runs by itself: a test collects, sweeps and delivers when it wants to, and moves the clock instead of waiting.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml
from procrastinate import App
from pydantic import BaseModel, SecretStr
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select, text
from sqlmodel import col

from bot.db import create_database
from bot.engine import Engine
from bot.engine.embedded import EmbeddedEngine
from bot.engine.queue import QueueEngine
from bot.engine.queue_worker import QueueWorker
from bot.installations import Grant
from bot.keys import open_sealer
from bot.playground.mail import MailCatcher
from bot.playground.slack import Workspace
from bot.playground.slack import serve as serve_slack
from bot.playground.slack.demo import demo_workspace
from bot.playground.slack.model import Channel, Message, SlackUser, View
from bot.playground.tmon import Partner, Sandbox
from bot.playground.tmon import serve as serve_sandbox
from bot.playground.tmon.demo import DEMO_PARTNERS, DEMO_VENDOR
from bot.services import Bot, Features, build_bot
from bot.settings import ExplicitSettings
from handlers.common_views.ids import NoticeView
from handlers.features import FEATURES as SLACK_FEATURES
from handlers.permissions import SlackUsers
from tests.clock import MovableClock
from tmon.api import TmonApi
from tmon.clock import KST, system_clock
from tmon.collection.coordinator import Coordinator
from tmon.database import Database
from tmon.features import FEATURES as DOMAIN_FEATURES
from tmon.ids import new_id
from tmon.models.collection import ORDERS
from tmon.models.orders import Order
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.stores import ConfirmMode, Contact, Credentials, Store, StoreState
from tmon.presence import is_present
from tmon.processes import Process
from tmon.sealing import Place, Sealer
from tmon.workspaces.service import Arrival

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text())
QUICK = httpx.Timeout(2, connect=1)
_EVER = timedelta(days=36500)
_JOBS_SECONDS = 60.0
"""What jobs of the queue may take together on a busy machine."""
PATIENCE_SECONDS = 15.0
"""What the double of Slack waits for an ack here: its three seconds are tested on their own, and a busy machine needs more."""


@dataclass
class Scene:
    """The far sides, the clock and the database: everything but the bot."""

    clock: MovableClock
    slack: Workspace
    tmon: Sandbox
    mail: MailCatcher
    settings: ExplicitSettings
    db: Database

    def person(self, name: str) -> SlackUser:
        """Somebody of the workspace by a part of the name."""
        return next(person for person in self.slack.people.values() if name in person.name or name in person.real_name)

    def channel(self, name: str) -> Channel:
        """A channel by a part of its name."""
        return next(channel for channel in self.slack.channels.values() if name in channel.name)

    @property
    def owner(self) -> str:
        """The owner's user id."""
        return next(p.id for p in self.slack.people.values() if p.is_owner)

    async def add_store(self, *, partner: int = 0, channel: str = "주문", **over: Any) -> Store:
        """A store that is approved already. `credentials` and `contact` may be given plain."""
        demo = DEMO_PARTNERS[partner]
        now = self.clock()
        sealer = Sealer(self.settings.fernet_keys())
        plain: dict[str, Any] = {
            "credentials": Credentials(api_key=demo.token),
            "contact": Contact(name="박담당", email="contact@example.com", mobile="010-1234-5678"),
        }
        plain |= {name: over.pop(name) for name in plain.keys() & over.keys()}
        values: dict[str, Any] = {
            "team_id": self.slack.team_id,
            "id": new_id("st"),
            "seller_id": demo.partner_id,
            "name": demo.name,
            "name_key": demo.name,
            "channel_id": self.channel(channel).id,
            "channel_ok": True,
            "registered_by": self.owner,
            "state": StoreState.APPROVED,
            "confirm_mode": ConfirmMode.MANUAL,
            "approved_at": now,
            "created_at": now,
            "updated_at": now,
            **over,
        }
        store = Store(**values)
        for name, value in plain.items():
            sealed = sealer.seal(value, Place.of(store, name)) if isinstance(value, BaseModel) else value
            setattr(store, name, sealed)
        async with self.db.write() as session:
            session.add(store)
        return store

    async def order(self, store: Store, order_no: int) -> Order:
        """An order as it stands."""
        async with self.db.read() as session:
            return await session.get_one(Order, (store.team_id, store.id, order_no))

    async def orders(self) -> list[Order]:
        """All orders."""
        async with self.db.read() as session:
            return list(await session.scalars(select(Order).order_by(col(Order.order_no))))

    def posts(self, channel: str, viewer: str | None = None) -> list[Message]:
        """What `viewer` (the owner) sees in a channel."""
        place = channel if channel in self.slack.channels else self.channel(channel).id
        return [m for m in self.slack.messages(place, viewer or self.owner) if not m.deleted]

    def modal(self, user: str) -> View:
        """The modal in front of somebody."""
        return self.slack.open_modal(user)[-1]

    async def notice(self, user: str) -> str:
        """What somebody was told above the modal or tab that they acted in, as JSON; they close it."""
        view = self.modal(user)
        assert view.callback_id == NoticeView.NOTICE
        await self.slack.close(user, view.id)
        return json.dumps(view.blocks, ensure_ascii=False)


@dataclass
class World(Scene):
    """With the bot in this process."""

    bot: Bot
    features: Features
    _stack: AsyncExitStack = field(repr=False)

    async def second(self) -> "World":
        """Another bot on the same database, as a second process of the deployment would be; it ends with this one.

        Slack hands the envelopes to the two in turn. Both are alive, however far the clock is moved, until one has a
        `heart_stop`.
        """
        db = open_database(self.settings.database_url, self.clock)
        self._stack.push_async_callback(db.engine.dispose)
        stack = await self._stack.enter_async_context(AsyncExitStack())
        self.process.alone = False
        bot = await start_bot(stack, self.settings, db, self.clock, self.features, alone=False)
        scene = {one.name: getattr(self, one.name) for one in fields(Scene)}
        return World(**{**scene, "db": db}, bot=bot, features=self.features, _stack=stack)

    @property
    def process(self) -> Process:
        """The bot's process."""
        return self.bot.services.core.process

    async def client(self) -> AsyncWebClient:
        """The bot's client of the workspace."""
        return (await self.bot.clients.of(self.slack.team_id)).client

    async def install(self, *team_ids: str) -> None:
        """Lets other workspaces have the app, too; for Slack, all of them are the one that there is."""
        for team_id in team_ids:
            arrival = Arrival(team_id, team_id, self.clock(), installed_by=self.owner)
            await self.bot.installations.store(Grant(arrival, self.slack.bot_user_id, self.slack.bot_token))

    async def beat(self) -> None:
        """A heartbeat, as when the process wakes up."""
        await self.process.beat()

    async def heart_stop(self) -> None:
        """For all others the process is gone, as if it was killed or frozen; its tasks go on, as after a freeze."""
        await self.process.end()

    async def settle(self, limit: int = 200) -> None:
        """Lets everything end that is under way and everything go out that is due, moving the clock for the pace."""
        for _ in range(limit):
            await self.bot.guard.drain()
            await self.bot.engine.drain()
            sent = await self.bot.outbox.deliver() + await self.bot.outbox.deliver_mails()
            if sent:
                continue
            async with self.db.read() as session:
                waiting = await session.scalar(
                    select(col(Row.key)).where(
                        col(Row.version) > col(Row.delivered_version),
                        is_present(col(Row.team_id)),
                        col(Row.due_at) <= self.clock() + timedelta(seconds=10),
                    )
                )
            if waiting is None:
                return
            self.clock.advance(timedelta(seconds=1))
        raise AssertionError("the outbox does not come to rest")

    async def collect(self, kind: str = ORDERS) -> None:
        """What is due is collected, and told."""
        await self.bot.services[Coordinator].tick(kind)
        await self.settle()

    async def run_job(self, name: str) -> None:
        """One run of a job of the scheduler, by its name."""
        await next(job for job in self.bot.jobs if job.name == name).run()

    async def sweep(self) -> None:
        """What a crash or a lost answer left half-way is settled, and told."""
        await self.run_job("settle confirmations")
        await self.settle()

    async def restart(self) -> None:
        """Ends the bot and starts it again on the same database."""
        await self._stack.aclose()
        self.bot = await start_bot(self._stack, self.settings, self.db, self.clock, self.features)

    async def command(self, user: str, text: str, channel: str = "주문") -> Any:
        """`/tmon text`, and what follows from it."""
        acted = await self.slack.slash(user, self.channel(channel).id, "/tmon", text)
        await self.settle()
        return acted


class OneConnection(QueueWorker):
    """A worker with one connection for fetching and ending jobs: to open more takes longer than a test's few jobs."""

    def _app(self, connections: int) -> App:
        return super()._app(1)


class WorkedOffQueue(QueueEngine):
    """The queue, with a worker in this process."""

    def __init__(self, url: str, db: Database) -> None:
        super().__init__()
        self._worker = OneConnection(url, db, self, drain_seconds=0)
        self._db = db

    async def drain(self) -> None:
        """Waits until no job is due and none runs, of whatever process."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _JOBS_SECONDS
        while True:
            async with self._db.read() as session:
                left = (await session.execute(text("SELECT task_name, lock, status FROM procrastinate_jobs"))).all()
            if not left:
                return
            assert loop.time() < end, f"jobs that do not end: {left}"
            await asyncio.sleep(0.01)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Lets the worker run within the block."""
        working = asyncio.create_task(self._worker.run())
        try:
            yield
        finally:
            working.cancel()
            await asyncio.wait({working})


async def _at_once(_: float) -> None:
    """Waits between two attempts without waiting."""


def open_database(url: str, clock: MovableClock) -> Database:
    """A database whose clock follows `clock`."""
    db = create_database(url)
    db.clock_offset = lambda: clock() - system_clock()
    return db


async def start_bot(
    stack: AsyncExitStack,
    settings: ExplicitSettings,
    db: Database,
    clock: MovableClock,
    features: Features,
    *,
    alone: bool = True,
) -> Bot:
    """A bot that listens, until `stack` ends; `alone`: the only process of the database."""
    api = await stack.enter_async_context(TmonApi(settings.tmon_api_url, timeouts=QUICK, sleep=_at_once))
    sealer = await open_sealer(db, settings.fernet_keys(), despite_loss=True)
    process = Process(db, stalled=_EVER)  # its heart beats however far the clock is moved
    await process.begin(alone=alone)
    engine: Engine = WorkedOffQueue(settings.database_url, db) if settings.engine == "queue" else EmbeddedEngine()
    bot = await build_bot(settings, db, clock, api, features, sealer, process=process, engine=engine)
    if isinstance(engine, WorkedOffQueue):
        await stack.enter_async_context(engine.working())
    bot.guard.submission_seconds = PATIENCE_SECONDS - 1
    people = bot.services[SlackUsers]
    people.patience_seconds = people.recheck_seconds = PATIENCE_SECONDS - 1
    bot.guard.press_seconds = PATIENCE_SECONDS - 2
    assert settings.slack_app_token is not None
    handler = AsyncSocketModeHandler(bot.app, settings.slack_app_token.get_secret_value(), web_client=bot.app.client)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    stack.push_async_callback(handler.close_async)
    return bot


@asynccontextmanager
async def scene_on(database_url: str, encryption_key: str, clock: MovableClock) -> AsyncIterator[Scene]:
    """The far sides, and a migrated database."""
    async with AsyncExitStack() as stack:
        slack = demo_workspace(clock, manifest=MANIFEST)
        slack.sockets.ack_seconds = PATIENCE_SECONDS
        slack_server = await serve_slack(slack)
        stack.push_async_callback(slack_server.stop)
        tmon = Sandbox(clock)
        tmon.vendors[DEMO_VENDOR.client_id] = replace(DEMO_VENDOR)
        tmon.partners |= {
            demo.partner_id: Partner(demo.partner_id, demo.token, demo.name, demo.partner_no) for demo in DEMO_PARTNERS
        }
        tmon_server = await serve_sandbox(tmon)
        stack.push_async_callback(tmon_server.stop)
        mail = MailCatcher(clock)
        await mail.start()
        stack.push_async_callback(mail.stop)
        settings = ExplicitSettings(
            slack_bot_token=SecretStr(slack.bot_token),
            slack_app_token=SecretStr(slack.app_token),
            slack_api_url=slack_server.api_url.rstrip("/"),
            tmon_api_url=tmon_server.url,
            tmon_client_id=DEMO_VENDOR.client_id,
            tmon_client_secret=SecretStr(DEMO_VENDOR.client_secret),
            tmon_personal_data_key=SecretStr(DEMO_VENDOR.personal_data_key),
            tmon_vendor_policy_no=DEMO_VENDOR.policy_no,
            database_url=database_url,
            encryption_keys=(SecretStr(encryption_key),),
            smtp_url=SecretStr(mail.url),
            mail_from="bot@example.com",
            operator_email="operator@example.com",
        )
        db = open_database(database_url, clock)
        stack.push_async_callback(db.engine.dispose)
        yield Scene(clock, slack, tmon, mail, settings, db)


@asynccontextmanager
async def world_on(
    database_url: str,
    encryption_key: str,
    clock: MovableClock,
    features: Features = (DOMAIN_FEATURES, SLACK_FEATURES),
    *,
    engine: str = "embedded",
) -> AsyncIterator[World]:
    """A world on a migrated database."""
    async with scene_on(database_url, encryption_key, clock) as scene:
        scene.settings = scene.settings.model_copy(update={"engine": engine})
        async with world_in(scene, features) as world:
            yield world


@asynccontextmanager
async def world_in(scene: Scene, features: Features = (DOMAIN_FEATURES, SLACK_FEATURES)) -> AsyncIterator[World]:
    """A world with the bot started in a scene."""
    async with AsyncExitStack() as stack:
        bot = await start_bot(stack, scene.settings, scene.db, scene.clock, features)
        yield World(**vars(scene), bot=bot, features=features, _stack=stack)


async def until(condition: Any, seconds: float = 10) -> None:
    """Waits, in real time, for what happens on a socket."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another task's server
            await asyncio.sleep(0.01)


def at(hour: int, minute: int = 0, *, day: int = 10, month: int = 3) -> datetime:
    """A moment of March 2026 in Seoul."""
    return datetime(2026, month, day, hour, minute, tzinfo=KST)
