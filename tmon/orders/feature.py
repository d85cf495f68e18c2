"""Manifest of orders: collection, cards, confirmation, delivery, retention."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core, Services
from tmon.feature import DAY, MINUTE, DomainFeature, FeatureCollector, Job
from tmon.incidents.service import IncidentService
from tmon.models.collection import ORDERS, Unread
from tmon.models.orders import Order, OrderState, is_unsettled
from tmon.models.stores import ApiGroup, Store
from tmon.orders.cards import REVIEW_NOTES, redraw_cards
from tmon.orders.collector import OrderCollector
from tmon.orders.confirmation import CONFIRM, ConfirmationService
from tmon.orders.customs import CustomsCheck
from tmon.orders.delivery_tracking import FOLLOW_SECONDS, DeliveryTracker
from tmon.orders.moving import move_waiting
from tmon.orders.order_list import OrderLists
from tmon.orders.own_clocks import set_anew
from tmon.orders.passed_clocks import PassedClocks
from tmon.orders.recipients import RecipientHashes
from tmon.orders.recovery import ConfirmationRecovery
from tmon.orders.retention import RETENTION, destroy_store
from tmon.orders.seen import SeenOrders
from tmon.orders.service import OrderService
from tmon.retention import CHECK_EVERY, destroy
from tmon.scope import scope
from tmon.work import Queue, Task


def _services(core: Core) -> Iterable[object]:
    confirmation = ConfirmationService(core)
    recovery = ConfirmationRecovery(core, confirmation)
    seen = SeenOrders(core.clock)
    background = DeliveryTracker(core), RecipientHashes(core), CustomsCheck(core), PassedClocks(core)
    return OrderService(core), OrderLists(core), confirmation, recovery, seen, *background


async def _on_store_removed(session: AsyncSession, store: Store, now: datetime) -> None:
    """Destroy buyers' data. The facts of the orders are kept, and open cards say that the store was removed."""
    await destroy_store(session, store.team_id, store.id, now)
    orders = await session.scalars(select(Order).where(*scope(Order, store), is_unsettled()))
    await redraw_cards(session, list(orders), now)


async def _on_auto_confirm_begun(session: AsyncSession, store: Store, now: datetime) -> None:
    """Clear the notes with which an earlier mode left pending orders to a person: they do not apply to the new one."""
    orders = await session.scalars(
        select(Order)
        .where(
            *scope(Order, store),
            is_unsettled(OrderState.NEW),
            col(Order.held_at).is_(None),
            col(Order.note).in_(REVIEW_NOTES),
        )
        .order_by(col(Order.order_no))
        .with_for_update()
    )
    reset = list(orders)
    for order in reset:
        order.note, order.note_detail = None, None
    await redraw_cards(session, reset, now)


async def _confirm(
    services: Services, *, team_id: str, store_id: str, token: str, actor: str, batch_id: str | None, since: str
) -> None:
    await services[ConfirmationService].carry_out(team_id, store_id, token, actor, batch_id, since)


FEATURE = DomainFeature(
    name="orders",
    services=_services,
    collectors=(
        FeatureCollector(
            ORDERS,
            ApiGroup.ORDER,
            lambda options: options.collect_orders,
            lambda services, store, user: OrderCollector(
                services.core,
                services[IncidentService],
                services[ConfirmationService],
                store,
                user,
                services[SeenOrders],
            ),
            reads_again=(Unread.ORDER,),
            remembers=SeenOrders,
        ),
    ),
    jobs=(
        Job("settle confirmations", 5, lambda services: services[ConfirmationRecovery]()),
        Job("remind", MINUTE, lambda services: services[OrderService].remind()),
        Job("draw passed clocks", MINUTE, lambda services: services[PassedClocks]()),
        Job("hash recipients", MINUTE, lambda services: services[RecipientHashes]()),
        Job("check customs ids", MINUTE, lambda services: services[CustomsCheck]()),
        Job("forget ticks", DAY, lambda services: services[OrderLists].forget_ticks()),
        Job("look for deliveries", FOLLOW_SECONDS, lambda services: services[DeliveryTracker]()),
        Job("destroy buyers' data", CHECK_EVERY, lambda services: destroy(services, RETENTION)),
    ),
    tasks=(Task(CONFIRM, _confirm, Queue.PRESS),),
    retention=RETENTION,
    on_store_removed=_on_store_removed,
    on_channel_mended=move_waiting,
    on_auto_confirm_begun=_on_auto_confirm_begun,
    on_closed_days_changed=set_anew,
)
