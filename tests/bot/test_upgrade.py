"""What version 0.1.0 wrote and posted still means the same: its rows, its sealed values, its buttons, its writes in doubt."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import MetaData, Table, create_engine, inspect, select
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel, col

from bot.db import create_database, migrate, schema_is_current
from bot.keys import open_sealer
from bot.playground.slack.demo import JUNHO, ORDERS
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from handlers.features import FEATURES, complete, register, renderers, subcommands
from handlers.orders.ids import OrderAction
from handlers.payloads import Payload, decode
from handlers.texts import LANGUAGES, Texts
from tests.bot.old_database import IN_DOUBT, KEY, PAYLOADS, SQL, load
from tests.clock import MovableClock
from tests.core import SWITCHES, make_core
from tests.flows.world import World, scene_on, world_in
from tmon import api
from tmon.api import NewTemplate
from tmon.clock import KST
from tmon.database import Choice, Database
from tmon.errors import AppError
from tmon.features import FEATURES as DOMAIN_FEATURES
from tmon.incidents.service import IncidentService
from tmon.models.inquiries import InquiryText
from tmon.models.metadata import METADATA
from tmon.models.orders import BuyerRecord, Order, OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.products import ExtensionState, SalePeriodExtension
from tmon.models.stock import OptionLink
from tmon.models.stores import Contact, Credentials, Store
from tmon.models.templates import AddressChange, DeliveryTemplate, WriteState
from tmon.sealing import Place, Sealer, sealed_columns
from tmon.services import build_services
from tmon.stores.form import StoreForm

DIED = datetime(2026, 3, 11, 3, 0, 21, tzinfo=KST)
"""When the bot of the workspace in doubt died."""
SEALED: dict[str, type[BaseModel] | type[str]] = {
    "store.credentials": Credentials,
    "store.contact": Contact,
    "store.memo": str,
    "draft.content": StoreForm,
    "orders.buyer": BuyerRecord,
    "orders.hold_reason": str,
    "inquiry.content": InquiryText,
    "partner_address.content": api.NewAddress,
    "address_change.content": api.NewAddress,
    "remote_write.sealed": api.NewAddress,
}
"""What is inside of each sealed column."""
WITHOUT_OLD_ORDERS = {"orders_by_state"}
"""Indexes that others have taken the place of, in which old rows are not."""


@pytest.fixture
async def old(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """The old database, migrated and open."""
    await load(empty_database_url, tmp_path)
    await migrate(empty_database_url)
    database = create_database(empty_database_url)
    yield database
    await database.engine.dispose()


def old_tables() -> dict[str, Table]:
    """The old schema, as the dump makes it."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    connection = engine.raw_connection()
    assert isinstance(connection.driver_connection, sqlite3.Connection)
    connection.driver_connection.executescript(SQL)
    metadata = MetaData()
    metadata.reflect(engine)
    engine.dispose()
    return {name: table for name, table in metadata.tables.items() if name != "alembic_version"}


# --- the schema ---


async def test_tables_columns_and_indexes_are_the_old_ones_and_additions(old: Database) -> None:
    assert await schema_is_current(old)
    async with old.engine.connect() as connection:
        now = await connection.run_sync(
            lambda sync: {
                name: (
                    {column["name"] for column in inspect(sync).get_columns(name)},
                    {index["name"]: index["column_names"] for index in inspect(sync).get_indexes(name)},
                )
                for name in inspect(sync).get_table_names()
            }
        )
    for name, table in old_tables().items():
        columns, indexes = now[name]
        assert {column.name for column in table.columns} <= columns, name
        for index in table.indexes:
            if index.name not in WITHOUT_OLD_ORDERS:
                assert indexes[index.name] == [column.name for column in index.columns], index.name


def test_stored_choices_are_the_old_ones_and_additions() -> None:
    now = {
        f"{table.name}.{column.name}": {member.value for member in column.type.kind}
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, Choice)
    }
    kinds = {collector.kind for feature in DOMAIN_FEATURES for collector in feature.collectors}
    now |= {"collection.kind": kinds, "collection_run.kind": kinds}
    for place, values in PAYLOADS["stored"].items():
        assert set(values) <= now[place], place


# --- the rows ---


async def test_every_row_is_read(old: Database) -> None:
    sqlite = sqlite3.connect(":memory:")
    sqlite.executescript(SQL)
    counts = {name: sqlite.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in old_tables()}
    read = {}
    async with old.read() as session:
        for mapper in SQLModel._sa_registry.mappers:
            if (name := str(mapper.local_table)) in counts:
                read[name] = len((await session.scalars(select(mapper.class_))).all())
    assert read == counts
    assert [name for name, count in counts.items() if not count] == ["call_not_offered"]


async def test_every_sealed_value_opens_with_nothing_lost(old: Database) -> None:
    sealer = Sealer([KEY])
    seen = set()
    async with old.read() as session:
        for table, column in sealed_columns(METADATA):
            place = f"{table.name}.{column.name}"
            for token in await session.scalars(select(column).where(column.is_not(None))):
                model, inside = SEALED[place], sealer.open(token)
                seen.add(place)
                if model is str:
                    assert isinstance(inside, str)
                    continue
                assert issubclass(model, BaseModel)
                kept = json.loads(model.model_validate(inside).model_dump_json())
                before = _without_nulls(inside)
                assert {name: kept.get(name) for name in before} == before, place
    assert seen == SEALED.keys()


def _without_nulls(value: Any) -> Any:
    return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value


async def test_the_start_binds_every_sealed_value_to_its_row_with_nothing_lost(old: Database) -> None:
    async def inside(sealer: Sealer) -> list[Any]:
        found = []
        async with old.read() as session:
            for table, column in sealed_columns(METADATA):
                if table.name == "hash_key":
                    continue  # the start makes it
                query = select(*table.primary_key, column).where(column.is_not(None)).order_by(*table.primary_key)
                for *key, token in await session.execute(query):
                    place = Place.at(table, column.key, dict(zip(table.primary_key.columns.keys(), key, strict=True)))
                    found.append(sealer.open(token, place))
        return found

    before = await inside(Sealer([KEY]))
    assert await inside(await open_sealer(old, [KEY])) == before
    assert before


async def test_a_message_of_every_kind_is_drawn(old: Database, clock: MovableClock) -> None:
    draw = renderers(complete(FEATURES))
    async with old.read() as session:
        rows = (await session.scalars(select(OutboxMessage))).all()
    assert {row.kind for row in rows} == set(PAYLOADS["messages"])
    sealer = Sealer([KEY])
    core, incidents = make_core(old, clock, sealer), IncidentService(old, sealer, clock, 3, SWITCHES)
    services = build_services(core, incidents, DOMAIN_FEATURES)
    painted = set()
    for row in rows:
        clock.set(row.created_at)
        for language in LANGUAGES:
            t = Texts(language, clock, KST)
            try:
                drawn = await draw[row.kind](services, row, t)
            except AppError as error:
                if error.key != "common.store_gone":  # what was pending when its store was removed
                    raise
                continue
            if drawn is not None:
                painted.add(row.kind)
                assert drawn.text
    assert painted == set(PAYLOADS["messages"])


# --- what comes back from old messages ---


def payload_classes() -> dict[str, type[Payload]]:
    """Every parameter set of today by name."""

    def below(kind: type[Payload]) -> Iterator[type[Payload]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return {kind.__name__: kind for kind in below(Payload) if kind.__module__.startswith("handlers.")}


@pytest.mark.parametrize("name", PAYLOADS["payload_classes"])
def test_fields_of_a_payload_are_the_old_ones_and_additions(name: str) -> None:
    kind = payload_classes()[name]
    now = {field.serialization_alias or name for name, field in kind.model_fields.items()}
    assert set(PAYLOADS["payload_classes"][name]) <= now


@pytest.mark.parametrize(
    ("text", "names"),
    sorted({(text, tuple(names)) for _, text, names in (*PAYLOADS["buttons"], *PAYLOADS["views"]) if names}),
)
def test_an_old_payload_means_the_same(text: str, names: tuple[str, ...]) -> None:
    for name in names:
        read = decode(payload_classes()[name], text)
        assert json.loads(read.model_dump_json(exclude_defaults=True)) == json.loads(text)


class Registered:
    """Takes what would be registered with Bolt."""

    def __init__(self) -> None:
        self.ids: dict[str, set[str]] = {"actions": set(), "submissions": set(), "events": set(), "commands": set()}

    def action(self, name: str, _: object) -> None:
        self.ids["actions"].add(str(name))

    def submission(self, name: str, _: object) -> None:
        self.ids["submissions"].add(str(name))

    def options(self, name: str, _: object) -> None:
        """A menu that is searched is new since."""

    def event(self, name: str, _: object) -> None:
        self.ids["events"].add(str(name))

    def command(self, name: str, _: object) -> None:
        self.ids["commands"].add(str(name))

    def after_each(self, _: object) -> None:
        """Nothing that has a name."""


def test_every_old_id_and_word_is_listened_to() -> None:
    registered = Registered()
    features = complete(FEATURES)
    register(registered, features)  # type: ignore[arg-type]
    for kind, ids in PAYLOADS["registered"].items():
        assert set(ids) <= registered.ids[kind]
    words = {name for word in subcommands(features) for name in (word.english, *word.korean)}
    assert set(PAYLOADS["words"]) <= words


# --- what was under way ---


@pytest.fixture(params=[True, False], ids=["done at TMON", "not done"])
def done(request: pytest.FixtureRequest) -> bool:
    """Whether TMON carried out what was under way when the old bot died."""
    return bool(request.param)


@pytest.fixture
async def world(empty_database_url: str, tmp_path: Path, done: bool) -> AsyncIterator[World]:
    """The bot of today on the old database, and the shop at TMON as it stood then."""
    clock = MovableClock()
    async with scene_on(empty_database_url, KEY, clock) as scene:
        await load(empty_database_url, tmp_path, only=IN_DOUBT, team_id=scene.slack.team_id)
        await migrate(empty_database_url)
        async with world_in(scene) as made:
            await _as_it_was_then(made, done=done)
            yield made


async def _as_it_was_then(made: World, *, done: bool) -> None:
    """The shop at TMON when the old bot died."""
    open_shop(made.tmon, made.tmon.partners[DEMO_PARTNERS[0].partner_id])
    made.clock.set(DIED)
    orders = await rows(made, Order)
    for number, order in enumerate(sorted(orders, key=lambda order: order.order_no)):
        placed = made.tmon.new_order(
            DEMO_PARTNERS[0].partner_id, deals=2 if number == 0 else 1, ordered_at=order.ordered_at
        )
        assert placed.order_no == order.order_no
        if order.state is OrderState.CONFIRMED:
            made.tmon.move_to(order.order_no, "D2")
    (link,) = await rows(made, OptionLink)
    assert link.attempt is not None
    made.tmon.deals[link.deal_no].options[link.option_no].stock = link.attempt["before"]
    if done:
        await carry_out(made)
    made.tmon.calls.clear()


async def rows(world: World, table: type[Any]) -> list[Any]:
    """The rows of the workspace in doubt."""
    async with world.db.read() as session:
        return list(await session.scalars(select(table).where(col(table.team_id) == world.slack.team_id)))


async def carry_out(world: World) -> None:
    """Everything that was sent and not answered takes effect at TMON."""
    (store,) = await rows(world, Store)
    client = world.bot.services.core.clients.for_store(store)
    sealer = world.bot.services.core.sealer
    for order in await rows(world, Order):
        if order.state in (OrderState.UNKNOWN, OrderState.CONFIRMING):
            world.tmon.move_to(order.order_no, "D2")
    for template in await rows(world, DeliveryTemplate):
        if template.state in (WriteState.UNKNOWN, WriteState.SENDING):
            policy = {**template.policy, "deliveryTemplateName": template.name}
            await client.delivery_templates.create(NewTemplate.model_validate(policy))
    for change in await rows(world, AddressChange):
        address = sealer.open_as(api.NewAddress, change.content, Place.of(change, "content"))
        if change.address_no is None:
            await client.addresses.create(address)
        else:
            await client.addresses.update(change.address_no, address)
    for extension in await rows(world, SalePeriodExtension):
        if extension.state in (ExtensionState.UNKNOWN, ExtensionState.SENT):
            world.tmon.deals[extension.deal_no].sales_end = extension.target
    for link in await rows(world, OptionLink):
        if link.attempt is not None:
            world.tmon.deals[link.deal_no].options[link.option_no].stock = link.attempt["target"]


async def test_writes_in_doubt_are_settled_and_none_is_repeated(world: World, done: bool) -> None:
    before = {kind: await rows(world, kind) for kind in (Order, DeliveryTemplate, AddressChange, SalePeriodExtension)}
    stock = (await rows(world, OptionLink))[0].attempt["target"]
    for _ in range(10):
        world.clock.advance(timedelta(minutes=6))
        for job in world.bot.jobs:
            await job.run()
        await world.settle(1000)
    settled = OrderState.CONFIRMED if done else OrderState.NEW
    orders = {order.order_no: order.state for order in await rows(world, Order)}
    for order in before[Order]:
        in_doubt = order.state in (OrderState.UNKNOWN, OrderState.CONFIRMING)
        assert orders[order.order_no] is (settled if in_doubt else order.state)
    assert world.tmon.calls_of("orders.confirm") == []

    ended = WriteState.DONE if done else WriteState.FAILED
    templates = {template.id: template for template in await rows(world, DeliveryTemplate)}
    for template in before[DeliveryTemplate]:
        now = templates[template.id]
        assert now.state is (WriteState.DONE if template.state is WriteState.DONE else ended)
        assert (now.no in world.tmon.templates) is (now.state is WriteState.DONE)
    assert {change.state for change in await rows(world, AddressChange)} == {ended}
    for name in ("templates.create", "addresses.create", "addresses.update"):
        assert world.tmon.calls_of(name) == []

    extensions = await rows(world, SalePeriodExtension)
    assert {extension.state for extension in extensions} == {ExtensionState.DONE}
    for extension in extensions:
        assert world.tmon.deals[extension.deal_no].sales_end == extension.target
        old = next(one for one in before[SalePeriodExtension] if one.deal_no == extension.deal_no)
        assert extension.target == old.target, "extended by one length and no more"
    sent = {extension.deal_no for extension in before[SalePeriodExtension] if extension.sent_at is not None}
    again = [int(call.path.split("/")[-2]) for call in world.tmon.calls_of("deals.sales_period")]
    assert len(again) == len(set(again)) == len(extensions) - (len(sent) if done else 0)

    (link,) = await rows(world, OptionLink)
    assert (link.attempt, link.last_pushed) == (None, stock)
    assert world.tmon.deals[link.deal_no].options[link.option_no].stock == stock
    assert len(world.tmon.calls_of("deals.stock")) == (0 if done else 1)


@pytest.mark.parametrize("done", [False], indirect=True)
async def test_a_button_of_an_old_card_still_confirms(world: World, done: bool) -> None:
    (store,) = await rows(world, Store)
    order = next(order for order in await rows(world, Order) if order.state is OrderState.NEW and order.held_at is None)
    (value,) = {text for action, text, _ in PAYLOADS["buttons"] if action.startswith(OrderAction.CONFIRM + "#")}
    old = json.loads(value) | {"store": store.id, "order": order.order_no}
    action_id = f"{OrderAction.CONFIRM}#{order.order_no}"
    button = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": "발주확인"},
        "value": json.dumps(old),
    }
    card = await (await world.client()).chat_postMessage(
        channel=ORDERS, text="…", blocks=[{"type": "actions", "elements": [button]}]
    )
    acted = await world.slack.click(JUNHO, channel=ORDERS, ts=str(card["ts"]), action_id=action_id)
    assert acted.ok
    await world.settle(1000)
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    assert {call.path.split("/")[-2] for call in world.tmon.calls_of("orders.confirm")} == {str(order.order_no)}
