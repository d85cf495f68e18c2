"""상품 변경은 관리자만: in the settings of a store, told in its channel, and asked at every press."""

from datetime import timedelta

from bot.playground.slack.demo import JUNHO, MINJI
from tests.flows.stores.editing import audits, look, the_store, told
from tests.flows.stores.registering import click, submit, text_of
from tests.flows.world import World
from tmon.models.stores import Store
from tmon.permissions import Permission, Person, has_permission


async def test_a_manager_keeps_products_to_managers_and_opens_them_again(world: World) -> None:
    store = await world.add_store(registered_by=MINJI, worker_ids=[JUNHO])
    junho = Person(store.team_id, JUNHO)
    assert "*상품 변경은 관리자만*\n사용 안 함" in text_of(await look(world)).replace("\\n", "\n")
    for on, shown in ((True, "사용"), (False, "사용 안 함")):
        world.clock.advance(timedelta(seconds=1))
        await click(world, MINJI, "listing.setting")
        assert "상품 설정" in str(world.modal(MINJI).title)
        assert (await submit(world, MINJI, {"product_managers_only": "on" if on else "off"})).errors == {}
        assert f"*상품 변경은 관리자만*\n{shown}" in text_of(world.modal(MINJI)).replace("\\n", "\n")
        changed = await the_store(world)
        assert has_permission(junho, Permission.PRODUCTS, changed) is not on
        assert has_permission(Person(store.team_id, MINJI), Permission.PRODUCTS, changed)
        assert (await audits(world))[-1].details["values"] == {"product_managers_only": [not on, on]}
        assert "상품 변경은 관리자만" in told(world)[-1]
    await click(world, MINJI, "listing.setting")
    await submit(world, MINJI, {"product_managers_only": "off"})
    assert len(told(world)) == 2, "nothing was changed"


async def test_who_does_not_manage_the_store_any_more_cannot_send_the_form(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    await look(world, JUNHO)
    await click(world, JUNHO, "listing.setting")
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).registered_by = MINJI
    await submit(world, JUNHO, {"product_managers_only": "on"})
    assert not (await the_store(world)).product_managers_only
    assert told(world) == []
