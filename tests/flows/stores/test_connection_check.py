"""Each step of a connection test."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from bot.playground.slack.demo import MINJI
from tests.flows.stores.editing import LIVING, look
from tests.flows.stores.registering import click, text_of
from tests.flows.world import World
from tmon.models.stores import Credentials
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
