"""What goes with a store."""

import pytest

from tests.clock import MovableClock
from tests.tmon.stores.registering import OTHER, OWNER, draft, order, refused, registered, rows
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.orders import Order, OrderState
from tmon.models.stores import Draft
from tmon.sealing import Sealer
from tmon.stores.form import StoreForm
from tmon.stores.service import StoreService


async def test_removal_destroys_what_is_secret_and_is_guarded_while_orders_are_open(
    stores: StoreService, db: Database, clock: MovableClock, sealer: Sealer
) -> None:
    store = await registered(stores, memo="메모")
    await draft(stores, OTHER, store.id)
    buyer = sealer.seal({"receiver_name": "김서연"})
    async with db.write() as session:
        session.add(order(store, 1, clock, buyer=buyer))
        session.add(order(store, 2, clock, buyer=buyer, state=OrderState.CONFIRMED))
    assert await stores.open_orders("T1", store.id) == 1
    for typed in ("", "다른 이름"):
        with pytest.raises(AppError) as error:
            await stores.remove(OWNER, store.id, typed_name=typed)
        assert refused(error) == ("stores.orders_open", "typed_name")
    removed = await stores.remove(OWNER, store.id, typed_name=" 한빛리빙 ")
    assert removed.removed_at == clock()
    assert (removed.credentials, removed.contact, removed.memo, removed.check_due_at) == (None, None, None, None)
    assert {(row.order_no, row.buyer) for row in await rows(db, Order)} == {(1, None), (2, None)}
    assert await rows(db, Draft) == []
    assert not await stores.all("T1")
    for late in (
        stores.remove(OWNER, store.id),
        stores.check("T1", store.id),
        stores.settings.turn(OWNER, store.id, None, on=True),
    ):
        with pytest.raises(AppError) as error:
            await late
        assert error.value.key == "common.store_gone"
    with pytest.raises(AppError) as error:
        await stores.drafts.save(OWNER, store.id, StoreForm(), step=1)
    assert error.value.key == "common.store_gone"
