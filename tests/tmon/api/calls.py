"""The writes that tests make."""

from datetime import UTC, datetime

from tmon.api import (
    OptionQuantity,
    StoreApi,
)

LINES = [OptionQuantity(7700112301, 2), OptionQuantity(7700112302, 1)]


async def confirm(store: StoreApi) -> None:
    await store.orders.confirm(9100200301, 7700112233, LINES)


START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 5, 12, 0, 5, tzinfo=UTC)
