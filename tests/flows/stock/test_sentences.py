"""TMON's known sentences and gateways at a push of stock (docs/tmon-api.md, ch. 13.2): asked again, renewed, or forgotten."""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.tmon.seed_shop import open_shop
from tests.flows.stock.shop import LIVING, Shop
from tests.flows.world import World


@pytest.fixture
async def shop(world: World) -> Shop:
    """A store whose stock is synchronised, a towel of 300 that is now counted as 100."""
    open_shop(world.tmon, LIVING)
    shop = Shop(world, await world.add_store(stock_on=True))
    await shop.ready()
    await shop.count(100)
    return shop


@pytest.mark.parametrize("call", ["deals.stock", "deals.get"])
@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("error_500_json", "ResourceAccessException: I/O error"),
        ("error_500_json", "CannotCreateTransactionException"),
        ("error_500_json", "PersistenceException"),
        ("error_500_json", "502 Bad Gateway from upstream"),
        ("html_502", ""),
        ("html_503", ""),
    ],
)
async def test_trouble_inside_tmon_is_tried_again_later(shop: Shop, call: str, mode: Any, sentence: str) -> None:
    faults = shop.world.tmon.faults
    faults.mode, faults.only, faults.error_text = mode, {call}, sentence
    await shop.sync()
    assert shop.towel.stock == 300
    faults.clear()
    await shop.later()
    await shop.sync()
    await shop.later(timedelta(minutes=10))
    await shop.sync()
    assert (shop.towel.stock, await shop.left()) == (100, 100)
    assert shop.told("예외") == shop.told("Exception") == []


async def test_a_dead_token_is_renewed_and_pushed_once(shop: Shop) -> None:
    shop.world.tmon.faults.expire_tokens()
    assert (await shop.sync()).error is None
    assert shop.towel.stock == 100


@pytest.mark.parametrize("sentence", ["해당 딜(8812345678)가 없습니다", "삭제된 딜입니다.(8812345678)"])
async def test_a_deal_that_goes_between_reading_and_pushing(shop: Shop, sentence: str) -> None:
    faults = shop.world.tmon.faults
    faults.mode, faults.only, faults.error_text = "error_500_json", {"deals.stock"}, sentence
    done = await shop.sync()
    assert done.error is None, "the others go on"
    assert len(shop.told(sentence)) == 1, "and the channel reads why"
