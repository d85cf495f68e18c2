"""등록자 넘기기: who may, to whom, and who is told."""

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI
from tests.flows.stores.editing import audits, look, the_store
from tests.flows.stores.registering import click, private, submit, text_of
from tests.flows.world import World


async def hand_over(world: World, user: str, successor: str) -> str:
    await look(world, user)
    await click(world, user, "stores.hand_over")
    await submit(world, user, {"successor": successor})
    return text_of(world.modal(user))


async def test_the_registrant_hands_over_and_loses_the_right(world: World) -> None:
    await world.add_store(registered_by=JUNHO)
    assert "등록자" in await hand_over(world, JUNHO, DANIEL)
    assert (await the_store(world)).registered_by == DANIEL
    (recorded,) = [row for row in await audits(world) if row.action == "store.hand_over"]
    assert (recorded.user_id, recorded.subject, recorded.details) == (JUNHO, DANIEL, {"former": JUNHO})
    assert any("handed the store" in text for text in private(world, DANIEL))
    await world.command(JUNHO, "stores")
    assert "settings.open" not in text_of(world.modal(JUNHO))


async def test_an_admin_hands_over_for_somebody_who_left_and_both_are_told(world: World) -> None:
    await world.add_store(registered_by=JUNHO)
    await hand_over(world, MINJI, DANIEL)
    for reader in (JUNHO, DANIEL):
        assert len([text for text in private(world, reader) if "🔑" in text]) == 1
    assert not any("🔑" in text for text in private(world, MINJI))


async def test_nobody_who_cannot_manage_becomes_the_registrant(world: World) -> None:
    await world.add_store(registered_by=JUNHO)
    await look(world, JUNHO)
    await click(world, JUNHO, "stores.hand_over")
    for successor, says in ((HANEUL, "정하늘"), (JUNHO, "이미 이 스토어의 등록자")):
        answer = await submit(world, JUNHO, {"successor": successor})
        assert says in answer.errors["successor"]
    assert (await the_store(world)).registered_by == JUNHO
