"""What orders take, and give back."""

from datetime import timedelta

from bot.playground.tmon import buyer_cancels, complete_claim
from tests.flows.stock.shop import Shop


async def test_a_cancel_gives_back(shop: Shop) -> None:
    await shop.ready()
    order = shop.world.tmon.sell(shop.towel.option_no, 2)
    await shop.later()
    claim = buyer_cancels(shop.world.tmon, order.order_no)
    assert claim is not None
    complete_claim(shop.world.tmon, claim.claim_no)
    await shop.sync()
    assert shop.sent() == []  # TMON has more than we know of: it waits for the collection
    await shop.later(timedelta(minutes=5))
    assert (await shop.left(), shop.towel.stock) == (300, 300)
    await shop.sync()
    assert shop.sent() == []


async def test_an_order_that_was_confirmed_elsewhere_counts_too(shop: Shop) -> None:
    await shop.ready()
    order = shop.world.tmon.sell(shop.towel.option_no)
    shop.world.tmon.move_to(order.order_no, "D2")
    await shop.later()
    assert await shop.left() == 299
