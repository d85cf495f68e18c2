"""Interrupted confirmations of stores that cannot be asked do not keep those of others from their turn."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from tests.flows.world import World
from tmon.models.orders import Order, OrderState
from tmon.models.stores import Store


async def interrupt(world: World, store: Store) -> list[int]:
    """All orders of a store are in doubt, and say so; returns their numbers."""
    async with world.db.write() as session:
        found = await session.scalars(
            update(Order)
            .where(col(Order.store_id) == store.id)
            .values(
                state=OrderState.UNKNOWN,
                pending_by=world.owner,
                pending_since=world.clock(),
                note="orders.note_unknown" if store.sync_on else "orders.note_unknown_off",
            )
            .returning(col(Order.order_no)),
            execution_options={"synchronize_session": False},
        )
        return list(found)


@pytest.mark.parametrize("why", ["switched off", "no answer"])
async def test_a_store_with_many_does_not_hold_up_another(
    world: World, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setattr("tmon.orders.recovery._AT_A_TIME", 3)
    stores = [await world.add_store(), await world.add_store(partner=1)]
    world.tmon.new_orders(stores[0].seller_id, 4)
    world.tmon.new_orders(stores[1].seller_id, 1)
    await world.collect()
    await world.settle()
    if why == "switched off":
        async with world.db.write() as session:
            stores[0] = await session.get_one(Store, (stores[0].team_id, stores[0].id))
            stores[0].sync_on = False
    else:
        world.tmon.faults.mode, world.tmon.faults.partners = "down", {stores[0].seller_id}
    assert len(await interrupt(world, stores[0])) == 4
    world.clock.advance(timedelta(seconds=1))
    [number] = await interrupt(world, stores[1])
    world.clock.advance(timedelta(seconds=6))
    await world.sweep()
    assert (await world.order(stores[1], number)).state is OrderState.NEW
