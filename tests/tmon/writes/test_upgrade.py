"""Writes that the version before left in doubt, in the columns where it kept them, are settled after the upgrade."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, insert, select

from bot.db import alembic_config, create_database
from bot.playground.tmon import DEMO_PARTNERS, DEMO_VENDOR, Partner, Sandbox, open_shop, serve
from tests.clock import MovableClock
from tests.core import make_core
from tests.rows import value_for
from tmon.api import (
    AddressType,
    DeliveryType,
    FeePolicy,
    NewAddress,
    NewTemplate,
    ProductType,
    TmonApi,
    VendorCredentials,
)
from tmon.core import Core
from tmon.database import Database
from tmon.models.audit import Audit
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Credentials, Store
from tmon.models.templates import AddressChange, DeliveryTemplate, PartnerAddress, WriteState
from tmon.models.writes import WriteRecord, WriteStep
from tmon.presence import Presence
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients
from tmon.templates.policy import policy_key
from tmon.templates.template_list import kept_policy

LIVING = DEMO_PARTNERS[0]
BEFORE = "0002"
"""The schema of 0.1.0."""


@pytest.fixture
async def old(empty_database_url: str) -> AsyncIterator[Database]:
    """A database of the version before."""
    database = create_database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), BEFORE))
    yield database
    await database.engine.dispose()


@pytest.fixture
async def tmon(clock: MovableClock) -> Sandbox:
    """TMON with the demo's shop."""
    sandbox = Sandbox(clock)
    sandbox.vendors[DEMO_VENDOR.client_id] = DEMO_VENDOR
    sandbox.partners[LIVING.partner_id] = Partner(LIVING.partner_id, LIVING.token, LIVING.name, LIVING.partner_no)
    open_shop(sandbox, sandbox.partners[LIVING.partner_id])
    return sandbox


@pytest.fixture
async def core(old: Database, clock: MovableClock, sealer: Sealer, tmon: Sandbox) -> AsyncIterator[Core]:
    """What the new version works with, before the upgrade."""
    server = await serve(tmon)

    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    vendor = VendorCredentials(
        client_id=DEMO_VENDOR.client_id,
        client_secret=DEMO_VENDOR.client_secret,
        personal_data_key=DEMO_VENDOR.personal_data_key,
    )
    async with TmonApi(server.url, timeouts=httpx.Timeout(2.0), sleep=no_wait) as api:
        yield make_core(old, clock, sealer, ApiClients(api, sealer, vendor, Presence(old, clock)))
    await server.stop()


async def put(db: Database, **tables: dict[str, Any]) -> None:
    """One row into each table, as the version before wrote it."""

    def fill(connection: Connection) -> None:
        metadata = MetaData()
        metadata.reflect(connection)
        for name, given in tables.items():
            table = metadata.tables[name]
            usual = {c.name: None if c.nullable else value_for(c.type) for c in table.columns}
            place = {"team_id": "T1"} | ({} if name == "store" else {"store_id": "st_1"})
            connection.execute(insert(table).values(usual | place | given))

    async with db.engine.begin() as connection:
        await connection.run_sync(fill)


async def put_store(core: Core) -> None:
    """The store of those rows."""
    credentials = core.sealer.seal(Credentials(api_key=LIVING.token))
    kept = {"seller_id": LIVING.partner_id, "credentials": credentials, "state": "approved", "confirm_mode": "manual"}
    await put(core.db, store={"id": "st_1", **kept})


async def upgrade(db: Database) -> None:
    """To the newest schema."""
    async with db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))


async def all_rows(db: Database, table: type[Any]) -> list[Any]:
    async with db.read() as session:
        return list(await session.scalars(select(table)))


TEMPLATE = NewTemplate(
    delivery_template_name="5만원 이상 무료",
    bundled_delivery_able=True,
    delivery_fee_policy=FeePolicy.CONDITION,
    delivery_fee=3123,
    delivery_fee_free_price=50000,
    product_type=ProductType.DP07,
    delivery_type=DeliveryType.ND,
    partner_delivery_address_no=1,
    partner_return_address_no=2,
)

ADDRESS = NewAddress(
    type=AddressType.SHIP_FROM,
    name="김포 제2창고",
    zip_code="10045",
    address="경기도 김포시 가상동 34-5",
    address_detail="2층",
    street_address="경기도 김포시 가상로 77",
    manager_name="한출고",
    manager_phone="031-998-7654",
)


@pytest.mark.parametrize("state", ["sending", "unknown"])
@pytest.mark.parametrize("arrived", [True, False])
async def test_template_in_doubt_is_settled(
    core: Core, tmon: Sandbox, clock: MovableClock, arrived: bool, state: str
) -> None:
    ship_from = next(one.no for one in tmon.addresses.values() if one.kind == "D")
    return_to = next(one.no for one in tmon.addresses.values() if one.kind == "R")
    wanted = TEMPLATE.model_copy(
        update={"partner_delivery_address_no": ship_from, "partner_return_address_no": return_to}
    )
    await put_store(core)
    await put(
        core.db,
        delivery_template={
            "id": "dt_1",
            "name": wanted.delivery_template_name,
            "policy": kept_policy(wanted),
            "policy_key": policy_key(wanted),
            "state": state,
            "acting": "U1",
            "acting_since": clock(),
            "known_since": clock(),
        },
    )
    await upgrade(core.db)
    if arrived:
        (store,) = await all_rows(core.db, Store)
        await core.clients.for_store(store).delivery_templates.create(wanted)
    calls = len(tmon.calls_of("templates.create"))
    clock.advance(timedelta(minutes=6))
    await core.writes.settle()
    async with core.db.read() as session:
        row = await session.get_one(DeliveryTemplate, ("T1", "dt_1"))
    assert row.state is (WriteState.DONE if arrived else WriteState.FAILED)
    assert (row.no in tmon.templates, row.pending_by) == (arrived, "U1")
    assert len(tmon.calls_of("templates.create")) == calls
    assert [one.state for one in await all_rows(core.db, WriteRecord)] == [
        WriteStep.DONE if arrived else WriteStep.FAILED
    ]
    assert [(one.user_id, one.action) for one in await all_rows(core.db, Audit)] == [
        ("U1", "template.register" if arrived else "template.failed")
    ]
    if state == "sending":  # of what was unknown the message was there already
        assert [one.key for one in await all_rows(core.db, OutboxMessage)] == ["template/dt_1"]


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("state", ["sending", "unknown"])
@pytest.mark.parametrize("arrived", [True, False])
async def test_address_in_doubt_is_settled(
    core: Core, tmon: Sandbox, clock: MovableClock, arrived: bool, state: str, edited: bool
) -> None:
    wanted = ADDRESS
    no = next(iter(tmon.addresses)) if edited else None
    if no is not None:
        wanted = wanted.model_copy(update={"type": AddressType(tmon.addresses[no].kind)})
    await put_store(core)
    await put(
        core.db,
        address_change={
            "id": "ac_1",
            "name": wanted.name,
            "content": core.sealer.seal(wanted),
            "is_new": not edited,
            "address_no": no,
            "state": state,
            "acting": "U1",
            "acting_since": clock(),
        },
    )
    await upgrade(core.db)
    if arrived:
        (store,) = await all_rows(core.db, Store)
        addresses = core.clients.for_store(store).addresses
        await (addresses.create(wanted) if no is None else addresses.update(no, wanted))
    calls = len(tmon.calls)
    clock.advance(timedelta(minutes=6))
    await core.writes.settle()
    async with core.db.read() as session:
        row = await session.get_one(AddressChange, ("T1", "ac_1"))
    assert row.state is (WriteState.DONE if arrived else WriteState.FAILED)
    assert (row.content is None) is arrived, "a person may go on from what failed"
    assert (row.address_no in tmon.addresses) is (arrived or edited)
    asked = [call.name for call in tmon.calls][calls:]
    assert "addresses.create" not in asked
    assert "addresses.update" not in asked
    assert [one.name for one in await all_rows(core.db, PartnerAddress)] == ([wanted.name] if arrived else [])
    action = ("address.edit" if edited else "address.register") if arrived else "address.failed"
    assert [(one.user_id, one.action) for one in await all_rows(core.db, Audit)] == [("U1", action)]
    assert [one.sealed for one in await all_rows(core.db, WriteRecord)] == [None]


async def test_what_ended_before_the_upgrade_is_left_alone(core: Core, clock: MovableClock) -> None:
    await put_store(core)
    for number, state in enumerate(("done", "failed")):
        await put(
            core.db,
            delivery_template={"id": f"dt_{number}", "no": number, "state": state, "acting_since": clock()},
            address_change={"id": f"ac_{number}", "state": state},
        )
    await upgrade(core.db)
    assert await all_rows(core.db, WriteRecord) == []
