"""`/tmon sync`."""

import pytest

from bot.playground.slack.demo import MINJI
from tests.flows.stores.registering import private, stores, text_of
from tests.flows.world import World


@pytest.mark.parametrize(
    ("text", "on"), [("sync off", False), ("연동 끄기 한빛리빙", False), ("sync ON 한빛리빙", True)]
)
async def test_sync_turns_the_switch(world: World, text: str, on: bool) -> None:
    await world.add_store(sync_on=not on)
    await world.command(MINJI, text)
    (store,) = await stores(world)
    assert store.sync_on is on
    assert "한빛리빙" in private(world, MINJI)[-1]


async def test_a_store_has_to_be_named_when_there_are_several(world: World) -> None:
    await world.add_store()
    await world.add_store(partner=1)
    await world.command(MINJI, "sync off")
    assert "소담마켓" in text_of(world.modal(MINJI))
    assert all(store.sync_on for store in await stores(world))
    await world.command(MINJI, "sync off 없는가게")
    assert "없는가게" in text_of(world.modal(MINJI))
    await world.command(MINJI, "sync")
    assert "한빛리빙" in text_of(world.modal(MINJI))
