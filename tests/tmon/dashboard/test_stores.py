"""Every store at a glance."""

from datetime import timedelta

from tests.clock import MovableClock
from tests.core import make_core
from tests.tmon.stores.registering import MARKET, order, registered
from tmon.dashboard.service import Dashboard
from tmon.database import Database
from tmon.features import FEATURES as DOMAIN_FEATURES
from tmon.models.collection import ORDERS
from tmon.models.orders import OrderState
from tmon.stores.service import StoreService


async def test_the_overview_counts_what_waits(stores: StoreService, db: Database, clock: MovableClock) -> None:
    store = await registered(stores)
    await registered(stores, store_name="소담마켓", seller_id=MARKET.partner_id, api_key=MARKET.token)
    async with db.write() as session:
        session.add(order(store, 1, clock, confirm_by=clock() + timedelta(hours=2)))
        session.add(order(store, 2, clock, confirm_by=clock() + timedelta(hours=1), held_at=clock()))
        session.add(order(store, 3, clock, state=OrderState.CONFIRMED))
    market, living = await Dashboard(make_core(db, clock), DOMAIN_FEATURES).stores("T1")
    assert (market.store.name, market.waiting, market.urgent_by) == ("소담마켓", 0, None)
    assert (living.waiting, living.held, living.urgent_by) == (2, 1, clock() + timedelta(hours=1))
    assert (living.collections[0].kind, living.collections[0].state) == (ORDERS, None)
