"""The connection test, and what it leads to."""

from typing import Any

import pytest

from bot.playground.slack.demo import MINJI
from tests.flows.stores.editing import look, the_store
from tests.flows.stores.registering import click, text_of
from tests.flows.world import World
from tmon.models.stores import PendingReason, StoreState


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
