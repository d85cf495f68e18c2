"""Why a SKU is not synchronised."""

import pytest

from tests.flows.stock.shop import Shop, change
from tmon.errors import AppError
from tmon.models.stores import StoreState


async def test_a_store_that_is_not_approved_says_so(shop: Shop) -> None:
    await shop.ready()
    await change(shop, state=StoreState.KEY_REJECTED)
    with pytest.raises(AppError, match=r"collect\.inactive"):
        await shop.sync()
