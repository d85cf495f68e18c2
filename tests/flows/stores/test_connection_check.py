"""The connection test: each of its steps, and what it leads to."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from bot.playground.slack.demo import MINJI
from tests.flows.stores.editing import LIVING, look, the_store
from tests.flows.stores.registering import click, text_of
from tests.flows.world import World
from tmon.models.stores import Credentials, PendingReason, StoreState
from tmon.sealing import Sealer


@pytest.mark.parametrize(
    ("fault", "marks", "says"),
    [
        ({"reject_vendor": True}, "❌➖➖", "연동 업체"),
        ({"reject_partners": {LIVING.partner_id}}, "✅❌➖", "Key"),
        ({"mode": "error_500", "only": {"orders.list"}}, "✅➖❌", "응답하지"),
        ({"not_offered": {"orders.list"}}, "✅➖❌", "제공하지"),
        ({"mode": "down"}, "❌➖➖", "응답하지"),
    ],
)
async def test_each_step_of_the_connection_has_its_result(
    world: World, fault: dict[str, Any], marks: str, says: str
) -> None:
    await world.add_store()
    for name, value in fault.items():
        setattr(world.tmon.faults, name, value)
    await look(world)
    await click(world, MINJI, "settings.test")
    shown = text_of(world.modal(MINJI))
    assert "".join(mark for mark in shown if mark in "✅❌➖") == marks
    assert says in shown


async def test_a_key_that_does_not_open_is_said(world: World) -> None:
    await world.add_store(credentials=Sealer([Fernet.generate_key().decode()]).seal(Credentials(api_key="x")))
    await look(world)
    await click(world, MINJI, "settings.test")
    assert "ENCRYPTION_KEYS" in text_of(world.modal(MINJI))
    assert not world.tmon.calls


@pytest.mark.parametrize("off", [{"sync_on": False}, {"order_on": False}, {}])
async def test_the_connection_is_tested_whatever_the_switches_say(world: World, off: dict[str, Any]) -> None:
    await world.add_store(**off)
    await look(world)
    await click(world, MINJI, "settings.test")
    shown = text_of(world.modal(MINJI))
    assert (shown.count("✅"), shown.count("❌"), shown.count("➖")) == (3, 0, 0)
    assert {call.name for call in world.tmon.calls} == {"token", "orders.list"}


async def test_a_good_connection_of_a_waiting_store_leads_to_its_approval(world: World) -> None:
    await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.KEY_REFUSED)
    await look(world)
    await click(world, MINJI, "settings.test")
    assert (await the_store(world)).state is StoreState.PENDING
    await click(world, MINJI, "stores.recheck")
    assert (await the_store(world)).state is StoreState.APPROVED
