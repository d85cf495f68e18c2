"""업체 정책번호: of the deployment, or of a store's own vendor; never one for the other."""

from bot.playground.slack.demo import MINJI
from bot.playground.tmon.demo import DEMO_VENDOR
from tests.flows.stores.editing import LIVING, look, the_store, told
from tests.flows.stores.registering import click, labels, submit, text_of
from tests.flows.world import World
from tmon.models.stores import Credentials, Store, StoreState

OWN = Credentials(
    api_key=LIVING.token,
    vendor_id=DEMO_VENDOR.vendor_id,
    access_key=DEMO_VENDOR.client_id,
    secret_key=DEMO_VENDOR.client_secret,
    personal_data_key=DEMO_VENDOR.personal_data_key,
)


def number(world: World, store: Store) -> int | None:
    return world.bot.services.core.clients.for_store(store).deals.policy_no


async def test_a_store_of_the_deployments_vendor_has_its_number(world: World) -> None:
    assert number(world, await world.add_store()) == DEMO_VENDOR.policy_no


async def test_a_store_with_its_own_vendor_has_its_own_number_or_none(world: World) -> None:
    assert number(world, await world.add_store(credentials=OWN)) is None
    await look(world)
    await click(world, MINJI, "settings.edit#1")
    assert "업체 정책번호" in labels(world.modal(MINJI))
    assert "티몬 운영자가 발급합니다" in text_of(world.modal(MINJI))
    assert set((await submit(world, MINJI, {"policy_no": "일이삼"})).errors) == {"policy_no"}
    before = len(world.tmon.calls)
    assert (await submit(world, MINJI, {"policy_no": "7788"})).errors == {}
    changed = await the_store(world)
    assert (number(world, changed), changed.state) == (7788, StoreState.APPROVED)
    assert len(world.tmon.calls) == before, "the key is the same"
    assert told(world)[-1].endswith("업체 정책번호")
    await look(world)
    await click(world, MINJI, "settings.edit#1")
    assert "7788" in text_of(world.modal(MINJI))
    assert (await submit(world, MINJI, {"vendor_code": ""})).errors == {}
    assert number(world, await the_store(world)) == DEMO_VENDOR.policy_no


async def test_a_number_without_an_own_vendor_is_refused_at_its_field(world: World) -> None:
    await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#1")
    await click(world, MINJI, "setup.more")
    assert set((await submit(world, MINJI, {"policy_no": "7788"})).errors) == {"policy_no"}
    assert (await submit(world, MINJI, {"policy_no": ""})).errors == {}
