"""What people choose about a mismatch."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.slack.demo import ORDERS as CHANNEL
from tests.flows.stock.shop import Shop
from tmon.errors import AppError
from tmon.stock.service import StockService


@pytest.mark.parametrize(("action", "at_tmon", "left"), [("stock.keep_ours", 300, 300), ("stock.keep_tmon", 295, 295)])
async def test_a_person_chooses_which_number_is_right(shop: Shop, action: str, at_tmon: int, left: int) -> None:
    await shop.ready()
    shop.towel.stock = 295
    await shop.sync()
    await shop.later(timedelta(minutes=41))
    await shop.sync()
    report = next(m for m in shop.world.posts(CHANNEL) if "맞지" in str(m.blocks))
    await shop.world.slack.click(MINJI, channel=report.channel, ts=report.ts, action_id=action)
    await shop.world.settle()
    await shop.sync()
    assert (shop.towel.stock, await shop.left()) == (at_tmon, left)
    assert shop.told(action) == []
    link = await shop.link()
    with pytest.raises(AppError, match=r"stock\.mismatch_over"):
        await shop.world.bot.services[StockService].settle(
            shop.person, shop.store.id, link.deal_no, link.option_no, link.mismatch_id or "", keep_tmon=True
        )
    assert await shop.left() == left
