"""What TMON listed of each order when it was last stored."""

from tmon import api
from tmon.clock import Clock
from tmon.collection.seen import Seen


class SeenOrders(Seen[api.Order]):
    """Hashes of the orders that were stored, by store."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, lambda order: order.order_no)
