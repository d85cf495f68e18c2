"""200 products with 1,000 options: previewed, sent within the limit of calls, with progress."""

import resource
import time
from collections import Counter

import pytest

from bot.playground.slack import SlackCall
from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import SlackCallPhase
from tests.flows.listings.uploading import (
    CREATE,
    UPDATE,
    close_all,
    goods_shop,
    listing,
    product,
    shown,
    upload,
    writes,
)
from tests.flows.world import World
from tests.tmon.listings import sheets
from tmon.listings.fields import F, O, part
from tmon.models.stores import Store

pytestmark = pytest.mark.timeout(900)

DEALS, OPTIONS = 200, 5
DETAIL = "<p>가나다라마바사 아자차카타파하</p>\n" * 200
READ_SECONDS = 60.0
"""For a busy machine; how long it takes alone is measured by `tests.bench.products`."""
GROWN_MB = 60.0
"""What the process, the far sides included, may grow by when as many are changed afterwards."""


async def content_of(world: World, store: Store, price: int) -> bytes:
    deals, rows = [], []
    for number in range(DEALS):
        name = f"A-{number:03d}"
        deals.append(await product(world, store, name, **{F.DETAIL: f"{number}{DETAIL}"}))
        rows += [
            sheets.option(name, f"{name}-{place}", **{part(O.SECTIONS, 2): f"{place}호", O.PRICE: price + place})
            for place in range(OPTIONS)
        ]
    return sheets.book(deals, rows)


async def test_two_hundred_products_are_previewed_sent_and_changed(world: World) -> None:
    store = await goods_shop(world)
    steps: list[str] = []

    async def watch(call: SlackCall, phase: SlackCallPhase) -> None:
        if call.method == "views.update" and phase is SlackCallPhase.RECEIVED:
            steps.append(str(call.args))

    content = await content_of(world, store, 10_000)
    began = time.monotonic()
    preview = await upload(world, content)
    previewed = time.monotonic()
    assert f"새로 등록 *{DEALS}* · 변경 *0* · 변경 없음 *0* · 오류 *0*" in shown(preview)
    assert previewed - began < READ_SECONDS
    world.slack.on_call = watch
    await world.slack.submit(MINJI, preview.id, {})
    await world.settle()
    sent = time.monotonic()
    result = world.modal(MINJI)
    assert f"등록 완료 *{DEALS}*" in shown(result), shown(result)
    assert any("보내는 중입니다" in step for step in steps)
    assert writes(world) == [CREATE] * DEALS
    assert sum(len(deal.options) for deal in world.tmon.deals.values() if deal.title.startswith("가상브랜드")) == 1_000
    await close_all(world)

    world.tmon.calls.clear()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    preview = await upload(world, await content_of(world, store, 11_000))
    assert f"변경 *{DEALS}*" in shown(preview)
    await world.slack.submit(MINJI, preview.id, {})
    await world.settle()
    assert f"변경 완료 *{DEALS}*" in shown(world.modal(MINJI))
    assert writes(world) == [UPDATE] * DEALS, "prices and texts of a product leave in one call"
    assert max(Counter(call.path for call in world.tmon.calls_of(UPDATE)).values()) == 1
    deal = listing(world, store, "A-000")
    assert deal is not None
    assert {option.price for option in deal.options.values()} == {11_000 + place for place in range(OPTIONS)}
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"\n{DEALS} products: preview {previewed - began:.1f} s, sending {sent - previewed:.1f} s, +{grown:.0f} MB")
    assert grown < GROWN_MB
