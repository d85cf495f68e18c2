"""One order as cards and lists show it, with no personal data but the masked name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import DeliveryStatus
from tmon.codes.tables import OWN, find_carriers
from tmon.masking import mask_name, mask_text
from tmon.models.codes import CodeTable
from tmon.models.orders import BuyerRecord, DealState, Order, OrderDeal, OrderState
from tmon.models.stores import Store
from tmon.models.waybills import DelayNotice, Waybill, WaybillState
from tmon.orders.cards import has_open_cancel
from tmon.orders.mapping import SHIPPED, came_back
from tmon.orders.transitions import Deals, stored_buyer
from tmon.scope import StoreKey, scope
from tmon.sealing import CannotOpen, Place, Sealer

SLOW_AFTER = timedelta(seconds=10)
"""How long a confirmation may take before people are told that TMON is slow."""

DealKey = tuple[str, int]
"""Delivery and deal: TMON's unit of shipping."""


@dataclass(frozen=True)
class Shipping:
    """What we sent to TMON about the deliveries of one order."""

    waybills: Mapping[DealKey, Waybill] = field(default_factory=dict)
    notices: Mapping[DealKey, DelayNotice] = field(default_factory=dict)
    carriers: Mapping[str, str] = field(default_factory=dict)
    """Names of carriers by code, as TMON tells them."""


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
    shipping: Shipping = field(default_factory=Shipping)
    cancel_requested: bool = False
    """Its buyer has asked to cancel it, or a part of it."""

    def waybill(self, deal: OrderDeal) -> Waybill | None:
        """The waybill that we sent for a deal, or tried to."""
        return self.shipping.waybills.get((deal.delivery_no, deal.deal_no))

    def notice(self, deal: OrderDeal) -> DelayNotice | None:
        """The late-shipping notice of a deal, or the attempt."""
        return self.shipping.notices.get((deal.delivery_no, deal.deal_no))

    @property
    def live(self) -> tuple[OrderDeal, ...]:
        """The deals of which something is left."""
        return tuple(deal for deal in self.deals if deal.state is not DealState.CANCELLED)

    @property
    def to_ship(self) -> tuple[OrderDeal, ...]:
        """The deals of a confirmed order that wait for their waybill (D2)."""
        if self.order.state is not OrderState.CONFIRMED:
            return ()
        return tuple(deal for deal in self.live if deal.delivery_status == DeliveryStatus.D2)

    @property
    def shipped(self) -> tuple[OrderDeal, ...]:
        """The deals that have a waybill at TMON."""
        return tuple(deal for deal in self.live if deal.delivery_status in SHIPPED)

    @property
    def correctable(self) -> tuple[OrderDeal, ...]:
        """The deals whose number we sent and may still change (D3)."""
        return tuple(
            deal
            for deal in self.live
            if deal.delivery_status == DeliveryStatus.D3
            and not came_back(deal)
            and (row := self.waybill(deal)) is not None
            and row.sent_at is not None
        )

    @property
    def delayable(self) -> tuple[OrderDeal, ...]:
        """The deals that wait to be shipped and have no late-shipping notice."""
        return tuple(
            deal
            for deal in self.to_ship
            if (row := self.notice(deal)) is None or row.state is not WaybillState.REGISTERED
        )

    @property
    def ship_by(self) -> datetime | None:
        """When the most urgent of its deals has to be shipped; None: nothing waits."""
        return min((deal.ship_by or self.order.ship_by for deal in self.to_ship), default=None)


def is_slow(order: Order, now: datetime) -> bool:
    """Return whether TMON takes long to confirm it."""
    since = order.pending_since
    return order.state is OrderState.CONFIRMING and since is not None and since <= now - SLOW_AFTER


def summarize(
    sealer: Sealer,
    store: Store,
    order: Order,
    deals: Deals,
    now: datetime,
    together: Sequence[int] = (),
    shipping: Shipping | None = None,
    *,
    cancel_requested: bool = False,
) -> OrderSummary:
    """Return the summary of a loaded order.

    `together`: see `recipients.shipped_together`; `shipping`: `load_shipping`; `cancel_requested`: `cancels.open_cancels`.
    """
    buyer = stored_buyer(sealer, order)
    return OrderSummary(
        store=store,
        order=order,
        deals=tuple(deals.values()),
        receiver="" if buyer is None else mask_name(buyer.receiver_name),
        hold_reason=_hold_reason(sealer, order, buyer),
        slow=is_slow(order, now),
        together=tuple(together),
        shipping=shipping or Shipping(),
        cancel_requested=cancel_requested or has_open_cancel(order),
    )


async def load_shipping(session: AsyncSession, store: Store, order_nos: Sequence[int]) -> dict[int, Shipping]:
    """Return what was sent about the deliveries of these orders, by order number."""
    if not order_nos:
        return {}
    key = StoreKey(store.team_id, store.id)
    waybills: dict[int, dict[DealKey, Waybill]] = {}
    for row in await session.scalars(select(Waybill).where(*scope(Waybill, key), col(Waybill.order_no).in_(order_nos))):
        waybills.setdefault(row.order_no, {})[row.delivery_no, row.deal_no] = row
    notices: dict[int, dict[DealKey, DelayNotice]] = {}
    for notice in await session.scalars(
        select(DelayNotice).where(*scope(DelayNotice, key), col(DelayNotice.order_no).in_(order_nos))
    ):
        notices.setdefault(notice.order_no, {})[notice.delivery_no, notice.deal_no] = notice
    names: dict[str, str] = {}
    if waybills:
        table = await session.get(CodeTable, (store.team_id, store.id))
        names = {one.code: one.name for one in (*find_carriers({} if table is None else table.groups), OWN)}
    return {
        number: Shipping(waybills.get(number, {}), notices.get(number, {}), names)
        for number in waybills.keys() | notices.keys()
    }


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
