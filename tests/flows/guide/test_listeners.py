"""`/tmon guide`."""

import pytest

from bot.playground.slack.demo import DANIEL, MINJI
from tests.flows.stores.registering import click, text_of
from tests.flows.world import World


@pytest.mark.parametrize("user", [MINJI, DANIEL])
async def test_the_guide(world: World, user: str) -> None:
    await world.command(user, "guide")
    for topic in ("documents", "key", "register", "join"):
        await click(world, user, f"guide.topic#{topic}")
        assert len(world.slack.open_modal(user)) == 1


async def test_each_topic_leads_to_the_next_and_the_last_to_the_form(world: World) -> None:
    await world.command(MINJI, "guide")
    for topic in ("documents", "key", "register"):
        before = world.modal(MINJI)
        await click(world, MINJI, "guide.topic#next")
        assert world.modal(MINJI).id == before.id
        assert f"guide.topic#{topic}" in text_of(world.modal(MINJI))
    assert "지금 등록하기" in text_of(world.modal(MINJI))
    await click(world, MINJI, "command.run#setup")
    assert world.modal(MINJI).callback_id == "setup.api"
    assert len(world.slack.open_modal(MINJI)) == 1


async def test_above_the_form_it_leads_to_no_other_form(world: World) -> None:
    await world.command(MINJI, "setup")
    await click(world, MINJI, "guide.open")
    await click(world, MINJI, "guide.topic#register")
    assert "지금 등록하기" not in text_of(world.modal(MINJI))
    await world.slack.close(MINJI, world.modal(MINJI).id)
    assert world.modal(MINJI).callback_id == "setup.api"
