"""What waits to be shipped (발송 대기): the one condition of every list, count and file of it."""

from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, select
from sqlmodel import col

from tmon.api import DeliveryStatus
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.scope import same_key


def is_prepared() -> ColumnElement[bool]:
    """Return the condition of a deal that TMON expects to be shipped (D2), and of which something is left."""
    return and_(col(OrderDeal.state) != DealState.CANCELLED, col(OrderDeal.delivery_status) == DeliveryStatus.D2.value)


def is_to_ship(*of_deal: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of a confirmed order with a deal that is to be shipped. `of_deal`: more about that deal."""
    return and_(
        col(Order.state) == OrderState.CONFIRMED,
        col(Order.shipped_at).is_(None),
        col(Order.closed_at).is_(None),
        exists().where(same_key(OrderDeal, Order, "order_no"), is_prepared(), *of_deal).correlate(Order),
    )


def first_ship_by(*of_deal: ColumnElement[bool]) -> ScalarSelect[datetime]:
    """Return when the most urgent of an order's deals that are to be shipped has to be: a notice of a delay moves that of its
    deal only. `of_deal`: as in `is_to_ship`.
    """
    return (
        select(func.min(func.coalesce(col(OrderDeal.ship_by), col(Order.ship_by))))
        .where(same_key(OrderDeal, Order, "order_no"), is_prepared(), *of_deal)
        .correlate(Order)
        .scalar_subquery()
    )
