"""One order as cards and lists show it, with no personal data but the masked name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tmon.masking import mask_name, mask_text
from tmon.models.orders import BuyerRecord, Order, OrderDeal, OrderState
from tmon.models.stores import Store
from tmon.orders.transitions import Deals, stored_buyer
from tmon.sealing import CannotOpen, Place, Sealer

SLOW_AFTER = timedelta(seconds=10)
"""How long a confirmation may take before people are told that TMON is slow."""


@dataclass(frozen=True)
class OrderSummary:
    """One order as a card shows it, with no personal data but the masked name."""

    store: Store
    order: Order
    deals: tuple[OrderDeal, ...]
    receiver: str
    """Masked; empty if destroyed or unreadable."""
    hold_reason: str
    """Masked."""
    slow: bool = False
    """TMON has been asked to confirm it for longer than usual."""
    together: tuple[int, ...] = ()
    """Other orders that wait to be shipped to the same recipient."""


def is_slow(order: Order, now: datetime) -> bool:
    """Return whether TMON takes long to confirm it."""
    since = order.pending_since
    return order.state is OrderState.CONFIRMING and since is not None and since <= now - SLOW_AFTER


def summarize(
    sealer: Sealer, store: Store, order: Order, deals: Deals, now: datetime, together: Sequence[int] = ()
) -> OrderSummary:
    """Return the summary of a loaded order. `together`: see `recipients.shipped_together`."""
    buyer = stored_buyer(sealer, order)
    return OrderSummary(
        store=store,
        order=order,
        deals=tuple(deals.values()),
        receiver="" if buyer is None else mask_name(buyer.receiver_name),
        hold_reason=_hold_reason(sealer, order, buyer),
        slow=is_slow(order, now),
        together=tuple(together),
    )


def _hold_reason(sealer: Sealer, order: Order, buyer: BuyerRecord | None) -> str:
    """Return what staff wrote, without anything that identifies the buyer."""
    if order.hold_reason is None:
        return ""
    try:
        reason: str = sealer.open(order.hold_reason, Place.of(order, "hold_reason"))
    except CannotOpen:
        return ""
    for name in () if buyer is None else (buyer.receiver_name, buyer.user_name):
        if name and len(name) > 1:
            reason = reason.replace(name, mask_name(name))
    return mask_text(reason)
