"""A list of many products: how far it is, is shown meanwhile, and each product is sent once. Times are those of `tests.bench.products`."""

import pytest

from bot.playground.slack import SlackCall
from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import SlackCallPhase
from tests.flows.listings.uploading import CREATE, file_of, goods_shop, shown, upload, writes
from tests.flows.world import World

DEALS = 20


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_many_products_are_sent_and_how_far_it_is_shown(world: World) -> None:
    store = await goods_shop(world)
    steps: list[str] = []

    async def watch(call: SlackCall, phase: SlackCallPhase) -> None:
        if call.method == "views.update" and phase is SlackCallPhase.RECEIVED:
            steps.append(str(call.args))

    preview = await upload(world, await file_of(world, store, *(f"A-{number:02d}" for number in range(DEALS))))
    assert f"새로 등록 *{DEALS}* · 변경 *0* · 변경 없음 *0* · 오류 *0*" in shown(preview)
    world.slack.on_call = watch
    world.tmon.faults.slow_seconds = 0.1
    await world.slack.submit(MINJI, preview.id, {})
    await world.settle()
    assert f"등록 완료 *{DEALS}*" in shown(world.modal(MINJI))
    assert any(f"/{DEALS}" in step for step in steps)
    assert writes(world) == [CREATE] * DEALS
