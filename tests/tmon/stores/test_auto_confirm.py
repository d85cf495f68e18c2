"""Automatic confirmation begins when a person was shown what waits."""

from datetime import timedelta

import pytest

from tests.clock import MovableClock
from tests.tmon.stores.registering import OWNER, draft, order, registered, rows
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.collection import ORDERS, SyncState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ConfirmMode
from tmon.stores.service import StoreService


async def test_automatic_confirmation_begins_after_the_number_was_shown(
    stores: StoreService, db: Database, clock: MovableClock
) -> None:
    store = await registered(stores, confirm_mode="auto")
    await stores.offer_auto()
    assert "store_auto" not in [row.kind for row in await rows(db, OutboxMessage)]  # nothing collected yet
    first_seen = clock()
    async with db.write() as session:
        session.add(SyncState(team_id="T1", store_id=store.id, kind=ORDERS, due_at=clock(), last_success_at=clock()))
        session.add(order(store, 1, clock))
        session.add(order(store, 2, clock, held_at=clock()))
    clock.advance(timedelta(minutes=5))
    await stores.offer_auto()
    await stores.offer_auto()
    (offer,) = [row for row in await rows(db, OutboxMessage) if row.kind == "store_auto"]
    assert offer.destination == "U1"
    assert await stores.start_auto(OWNER, store.id, include_waiting=True) == 1
    assert (await stores.get("T1", store.id)).auto_from == first_seen
    assert await stores.start_auto(OWNER, store.id, include_waiting=False) == 0
    assert (await stores.get("T1", store.id)).auto_from == first_seen

    await draft(stores, store_id=store.id, confirm_mode="manual")
    store = await stores.save(OWNER, store.id)
    assert (store.confirm_mode, store.auto_from) == (ConfirmMode.MANUAL, None)
    with pytest.raises(AppError) as error:
        await stores.start_auto(OWNER, store.id, include_waiting=False)
    assert error.value.key == "stores.not_automatic"


async def test_only_new_orders_when_the_waiting_ones_are_not_wanted(
    stores: StoreService, db: Database, clock: MovableClock
) -> None:
    store = await registered(stores, confirm_mode="auto")
    async with db.write() as session:
        session.add(order(store, 1, clock))
    clock.advance(timedelta(minutes=5))
    assert await stores.start_auto(OWNER, store.id, include_waiting=False) == 0
    assert (await stores.get("T1", store.id)).auto_from == clock()
