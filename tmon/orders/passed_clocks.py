"""Drawing cards of orders again when a clock on them has passed, so that they say so."""

from sqlalchemy import and_, or_, select
from sqlmodel import col

from tmon.core import Core
from tmon.due_times import FIRST_LOOK
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.orders.cards import redraw_cards
from tmon.scope import same_key


class PassedClocks:
    """Looks for confirm-by and ship-by times that have passed since the last look. Called every minute."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._since = core.clock() - FIRST_LOOK

    async def __call__(self) -> None:
        """Enqueue an update of each card of which a clock has passed."""
        now = self._clock()
        passed = [
            (column > self._since) & (column <= now)
            for column in (col(Order.confirm_by), col(Order.ship_by), col(OrderDeal.ship_by))
        ]
        moved = select(col(OrderDeal.order_no)).where(
            same_key(Order, OrderDeal, "order_no"), col(OrderDeal.state) != DealState.CANCELLED, passed[2]
        )
        async with self._db.read() as session:
            orders = await session.scalars(
                select(Order).where(
                    col(Order.has_card),
                    or_(
                        and_(col(Order.state) == OrderState.NEW, passed[0]),
                        and_(
                            col(Order.state) == OrderState.CONFIRMED,
                            col(Order.shipped_at).is_(None),
                            col(Order.closed_at).is_(None),
                            or_(passed[1], moved.exists()),
                        ),
                    ),
                )
            )
            due = list(orders)
        if due:
            async with self._db.write() as session:
                await redraw_cards(session, due, now)
        self._since = now
