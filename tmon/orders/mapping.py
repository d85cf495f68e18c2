"""Converting TMON's orders to rows. Pure functions."""

import re
from collections.abc import Collection, Iterable, Mapping, Set
from datetime import date, datetime
from typing import Any

from tmon import api
from tmon.api import DeliveryStatus
from tmon.business_days import confirm_by, ship_by
from tmon.models.orders import TMON, BuyerRecord, DealState, OrderDeal, OrderState
from tmon.models.stores import Store

NEW = DeliveryStatus.D1
_CUSTOMS_ID = re.compile("P[0-9]{12}")
SHIPPED = (DeliveryStatus.D3, DeliveryStatus.D4, DeliveryStatus.D5)
"""States of a deal that has a waybill."""
_CONFIRMED = {DeliveryStatus.D2, *SHIPPED}


def buyer_of(order: api.Order) -> BuyerRecord:
    """Collect all personal data of `order` in one record."""
    buyer = order.buyer
    return BuyerRecord(
        user_id=buyer.user_id,
        user_name=buyer.user_name,
        user_phone=buyer.user_phone,
        receiver_name=buyer.receiver_name,
        receiver_phone=buyer.receiver_phone,
        zip_code=buyer.zip_code,
        address=buyer.address,
        address_detail=buyer.address_detail,
        street_address=buyer.street_address,
        delivery_memo=buyer.delivery_memo,
        additional_message=buyer.additional_message,
        option_messages={
            str(option.option_no): option.additional_message
            for deal in order.deals
            for option in deal.options
            if option.additional_message
        },
        customs_ids={str(deal.deal_no): deal.customs_id for deal in order.deals if deal.customs_id},
        safety_phone_expires=buyer.safety_phone_expires,
    )


def same_address(one: BuyerRecord, other: BuyerRecord) -> bool:
    """Return whether both have the same recipient and address."""
    fields = ("receiver_name", "receiver_phone", "zip_code", "address", "address_detail", "street_address")
    return all(getattr(one, name) == getattr(other, name) for name in fields)


def state_of(deals: Iterable[api.OrderDeal]) -> OrderState:
    """Return NEW if any deal is in D1, else CONFIRMED: TMON has a status per deal, not per order (docs/tmon-api.md, ch. 9.1)."""
    return OrderState.NEW if any(deal.status == NEW for deal in deals) else OrderState.CONFIRMED


def deal_state(deal: api.OrderDeal) -> DealState:
    """Return the confirmation state of one deal at TMON; OPEN for a status that we do not know."""
    return DealState.CONFIRMED if deal.status in _CONFIRMED else DealState.OPEN


def status_of(deal: api.OrderDeal) -> str:
    """Return the state of a deal as TMON spells it, also one that we do not know."""
    return deal.status.value if deal.status is not DeliveryStatus.UNKNOWN else deal.status_code or "?"


def title_of(deal: api.OrderDeal) -> str:
    """Return the title of a deal; its number where TMON sends none."""
    return deal.title or f"#{deal.deal_no}"


def customs_valid(deal: api.OrderDeal) -> bool:
    """Return whether the customs id of a deal is P and twelve digits: what customs clear goods from abroad with."""
    return deal.customs_id is not None and _CUSTOMS_ID.fullmatch(deal.customs_id.strip()) is not None


def strange_state(deals: Iterable[OrderDeal]) -> str | None:
    """Return a state of an open deal, as TMON spells it, that we do not know; None if there is none."""
    known = {NEW.value, *(status.value for status in _CONFIRMED)}
    open_deals = (deal for deal in deals if deal.state is not DealState.CANCELLED)
    return next((deal.delivery_status for deal in open_deals if deal.delivery_status not in known), None)


def options_of(deal: api.OrderDeal, known: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Convert the options of a deal.

    `known`: what is stored of them, with the largest quantities ordered (TMON may lower them after a partial cancel) and the
    marks of completed cancels and returns, which are carried over.
    """
    before = {option["no"]: option for option in known}
    return [_option(option, before.get(option.option_no, {})) for option in deal.options]


def _option(option: api.OrderOption, before: dict[str, Any]) -> dict[str, Any]:
    ordered = max(before.get("ordered", 0), option.quantity)  # a buyer may raise it until it is confirmed
    marks = {name: before[name] for name in ("cancelled", "taken", "returned") if before.get(name)}
    quantity = left_of(option.quantity, ordered, before)
    return {
        "no": option.option_no,
        "title": option.title or f"#{option.option_no}",
        "quantity": quantity,
        "price": option.price,
        "amount": option.amount if quantity == option.quantity else option.price * quantity,
        "ordered": ordered,
        **marks,
    }


def left_of(listed: int, ordered: int, stored: dict[str, Any]) -> int:
    """Return how many pieces are left of an option of which TMON lists so many, and completed cancels took out some.

    TMON's list may have left those out already, or not: neither is reduced twice.
    """
    return min(listed, ordered - int(stored.get("taken", 0)))


def mark_returned(deal: OrderDeal, returned: Mapping[int, int]) -> bool:
    """Note how many pieces of each option (by number) came back. Returns whether that is new."""
    options = [
        {**option, "returned": count}
        if (count := returned.get(option["no"], 0)) > option.get("returned", 0)
        else option
        for option in deal.options
    ]
    if options == deal.options:
        return False
    deal.options = options
    return True


def came_back(deal: OrderDeal) -> bool:
    """Return whether all that was left of a deal came back by completed returns."""
    left = [option for option in deal.options if not option.get("cancelled")]
    return bool(left) and all(
        "returned" in option and option["returned"] >= option["ordered"] - option.get("taken", 0) for option in left
    )


def delivery_fee(deals: Iterable[api.OrderDeal]) -> int:
    """Return what the buyer pays for delivery, KRW, counted once per `deliveryNo` (docs/tmon-api.md, ch. 16, 21 and 23)."""
    paid = {
        deal.delivery_no: deal.delivery_fee.user_amount + deal.delivery_fee.long_distance_user_amount
        for deal in deals
        if deal.delivery_fee is not None
    }
    return sum(paid.values())


def order_row(
    store: Store,
    order: api.Order,
    *,
    sealed_buyer: str,
    now: datetime,
    recipient_hash: str | None = None,
    closed: Set[date] = frozenset(),
) -> dict[str, Any]:
    """Build the row of an order that is seen for the first time. `closed`: the store's closed days."""
    paid_at = order.paid_at or order.ordered_at
    state = state_of(order.deals)
    return {
        "team_id": store.team_id,
        "store_id": store.id,
        "order_no": order.order_no,
        "state": state,
        "ordered_at": order.ordered_at,
        "paid_at": paid_at,
        "confirm_by": confirm_by(paid_at, closed),
        "ship_by": ship_by(paid_at),
        **totals(order),
        "buyer": sealed_buyer,
        "buyer_unreadable": bool(order.buyer.unreadable),
        "recipient_hash": recipient_hash,
        "batch_id": None,
        "has_card": False,
        "confirmed_by": TMON if state is OrderState.CONFIRMED else None,
        "confirmed_at": now if state is OrderState.CONFIRMED else None,
        "first_seen_at": now,
        "updated_at": now,
    }


def totals(order: api.Order) -> dict[str, Any]:
    """Return the sums and the title shown on lists, by column."""
    options = [option for deal in order.deals for option in deal.options]
    return {
        "amount": sum(option.amount for option in options),
        "delivery_fee": delivery_fee(order.deals),
        "quantity": sum(option.quantity for option in options),
        "title": title_of(order.deals[0]) if order.deals else "",
    }


def deal_rows(store: Store, order: api.Order) -> list[dict[str, Any]]:
    """Build the rows of an order's deals."""
    return [
        deal_row(store.team_id, store.id, order.order_no, deal, position) for position, deal in enumerate(order.deals)
    ]


def deal_row(team_id: str, store_id: str, order_no: int, deal: api.OrderDeal, position: int) -> dict[str, Any]:
    """Build the row of one deal."""
    return {
        "team_id": team_id,
        "store_id": store_id,
        "order_no": order_no,
        "deal_no": deal.deal_no,
        "title": title_of(deal),
        "delivery_no": deal.delivery_no,
        "delivery_status": status_of(deal),
        "options": options_of(deal),
        "fee": None if deal.delivery_fee is None else deal.delivery_fee.model_dump(),
        "state": deal_state(deal),
        "refusal": None,
        "position": position,
        "customs_valid": customs_valid(deal),
        "customs_needed": False,
    }


def same_goods(stored: Collection[OrderDeal], order: api.Order) -> bool:
    """Return whether TMON still lists the deals, options and quantities that were shown."""
    ours = {
        (deal.deal_no, option["no"]): option["quantity"]
        for deal in stored
        if deal.state is not DealState.CANCELLED
        for option in deal.options
        if not option.get("cancelled")
    }
    known = {(deal.deal_no, option["no"]): option for deal in stored for option in deal.options}
    gone = {key for key, option in known.items() if option.get("cancelled")}
    theirs = {
        (deal.deal_no, option.option_no): _left(option.quantity, known.get((deal.deal_no, option.option_no)))
        for deal in order.deals
        for option in deal.options
        if (deal.deal_no, option.option_no) not in gone
    }
    return ours == theirs


def _left(listed: int, stored: dict[str, Any] | None) -> int:
    return listed if stored is None else left_of(listed, max(stored["ordered"], listed), stored)
