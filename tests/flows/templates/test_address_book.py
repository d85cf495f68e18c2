"""The address book: imported, looked at."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from tests.flows.stores.registering import text_of
from tests.flows.switches import prove
from tests.flows.templates.forms import SWITCHES, Step
from tests.flows.templates.steps import (
    ADDRESS,
    addresses,
    changes,
    new_store,
    opened,
    press,
    settle_later,
    type_in,
)
from tests.flows.world import World
from tmon.models.audit import Audit
from tmon.models.collection import Unread, UnreadRecord
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup
from tmon.models.templates import PartnerAddress


async def import_addresses(world: World) -> None:
    await world.command(MINJI, "templates")
    await press(world, "templates.import_addresses")


async def import_templates(world: World) -> None:
    await world.command(MINJI, "templates")
    await press(world, "templates.import")


# --- the switch ---
@SWITCHES
@pytest.mark.parametrize(
    ("act", "calls"), [(import_addresses, {"addresses.list"}), (import_templates, {"templates.list"})]
)
async def test_imports_in_both_positions(world: World, act: Step, calls: set[str], group: ApiGroup | None) -> None:
    store = await new_store(world)
    await opened(world)
    await prove(world, store, group, lambda: act(world), calls=calls)


# --- whose data is seen, and where it stands ---
async def test_looks_at_contacts_are_audited_and_their_data_stands_nowhere_else(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = "error_500_json", {"addresses.create"}, 1
    faults.error_text = f"담당자 연락처가 올바르지 않습니다. ({ADDRESS['manager_phone']})"
    await type_in(world, ADDRESS)
    assert "올바르지 않습니다" in text_of(world.modal(MINJI))
    assert ADDRESS["manager_phone"] not in text_of(world.modal(MINJI))
    await press(world, "templates.retry_address")
    faults.mode, faults.only, faults.times = "hang", {"addresses.create"}, 1
    await type_in(world, {})
    await settle_later(world)
    async with world.db.read() as session:
        looks = [row for row in await session.scalars(select(Audit)) if row.action == "address.see"]
        kept = [
            *await session.scalars(select(Audit)),
            *await session.scalars(select(OutboxMessage)),
            *await changes(world),
        ]
        kept += list(await session.scalars(select(PartnerAddress)))
    assert [(row.user_id, row.subject) for row in looks] == [(MINJI, None)]
    messages = [m for c in world.slack.channels for m in world.slack.messages(c, MINJI)]
    everything = str([row.model_dump() for row in kept]) + str(messages)
    for personal in (ADDRESS["manager_name"], ADDRESS["manager_phone"], ADDRESS["street_address"], "출고담당"):
        assert personal not in everything
    assert all(personal not in world.modal(MINJI).private_metadata for personal in ADDRESS.values())
    await world.command(MINJI, "templates")
    await press(world, "templates.addresses")
    await press(world, "templates.edit_address")
    async with world.db.read() as session:
        rows = await session.scalars(select(Audit).where(col(Audit.action) == "address.see"))
        assert len(rows.all()) == 3


@pytest.mark.parametrize("mode", ["html_502", "html_503"])
@pytest.mark.parametrize("action", ["templates.import_addresses", "templates.import"])
async def test_a_gateway_in_between_while_importing(world: World, mode: Any, action: str) -> None:
    await new_store(world)
    await opened(world)
    world.tmon.faults.mode = mode
    await press(world, action)
    assert "티몬이 응답하지 않습니다" in text_of(world.modal(MINJI))
    assert len(await addresses(world)) == 2


async def test_an_address_that_cannot_be_read_is_kept_and_told(world: World) -> None:
    await new_store(world)
    await import_addresses(world)
    before = [row.no for row in await addresses(world)]
    assert len(before) > 1
    world.tmon.faults.rewrites["addresses.list"] = lambda listed: [listed[0] | {"managerPhone": None}, *listed[1:]]
    await import_addresses(world)
    assert [row.no for row in await addresses(world)] == before
    async with world.db.read() as session:
        (unread,) = await session.scalars(select(UnreadRecord))
    assert (unread.what, unread.field) == (Unread.ADDRESS, "managerPhone")
    world.tmon.faults.rewrites.clear()
    await import_addresses(world)
    async with world.db.read() as session:
        assert (await session.scalars(select(UnreadRecord))).all() == []
