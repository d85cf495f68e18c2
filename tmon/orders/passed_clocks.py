"""Drawing cards of orders again when a clock on them has passed, so that they say so."""

from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlmodel import col

from tmon.core import Core
from tmon.due_times import LOOK_BACK
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.orders.cards import card_key
from tmon.outbox import enqueue_passed
from tmon.scope import same_key


class PassedClocks:
    """Looks for confirm-by and ship-by times that have passed lately. Called every minute, by any process."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def __call__(self) -> None:
        """Enqueue an update of each card of which a clock has passed since it was drawn."""
        now = self._clock()
        confirm_by, ship_by, moved_to = (
            (column > now - LOOK_BACK) & (column <= now)
            for column in (col(Order.confirm_by), col(Order.ship_by), col(OrderDeal.ship_by))
        )
        moved = (
            select(func.max(col(OrderDeal.ship_by)))
            .where(same_key(Order, OrderDeal, "order_no"), col(OrderDeal.state) != DealState.CANCELLED, moved_to)
            .correlate(Order)
            .scalar_subquery()
        )
        async with self._db.read() as session:
            orders = await session.execute(
                select(Order, moved).where(
                    col(Order.has_card),
                    col(Order.closed_at).is_(None),
                    or_(
                        and_(col(Order.state) == OrderState.NEW, confirm_by),
                        and_(
                            col(Order.state) == OrderState.CONFIRMED,
                            col(Order.shipped_at).is_(None),
                            or_(ship_by, moved.is_not(None)),
                        ),
                    ),
                )
            )
            passed: dict[str, dict[str, datetime]] = {}
            for order, moved_by in orders:
                clocks = [at for at in (order.confirm_by, order.ship_by, moved_by) if at is not None and at <= now]
                if (key := card_key(order)) is not None:
                    cards = passed.setdefault(order.team_id, {})
                    cards[key] = max(*clocks, cards.get(key, clocks[0]))
        if passed:
            async with self._db.write() as session:
                for team_id, cards in passed.items():
                    await enqueue_passed(session, team_id, cards, now=now)
