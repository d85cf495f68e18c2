"""Data for samples: ordinary objects with adjustable fields, and the most extreme data that TMON may send."""

from datetime import date, datetime, timedelta
from typing import Any

from tmon.api import OWN_DELIVERY, DeliveryStatus, SalesStatus
from tmon.clock import KST
from tmon.dashboard.checklist import Checklist, Milestone
from tmon.dashboard.stores import KindOverview, Overview
from tmon.features import FEATURES
from tmon.incidents.summary import IncidentSummary, Risk
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Cause, Incident
from tmon.models.orders import DealState, Order, OrderBatch, OrderDeal, OrderState
from tmon.models.products import (
    Deal,
    SalePeriodSchedule,
)
from tmon.models.stores import Store
from tmon.models.waybills import DelayNotice, Waybill, WaybillState
from tmon.orders.goods import Goods
from tmon.orders.service import BatchSummary
from tmon.orders.summaries import DealKey, OrderSummary, Shipping
from tmon.stores.categories import TOP_LEVEL

KINDS = {collector.kind: collector.switch for feature in FEATURES for collector in feature.collectors}
"""The collected kinds, with the switch of each."""
MOMENT = datetime(2026, 3, 10, 10, 0, tzinfo=KST)
"""A Tuesday morning."""
NASTY = "<!channel> & <@U666> *특가* _한정_ ~품절~ `코드` 🍊👨‍👩‍👧‍👦 <https://example.com|눌러> :tada:\n> 인용"
"""Text with everything that has a meaning in Slack's markup."""
LONG = ("귤🍊&<>*_~" * 400)[:3000]
HUGE = 9_223_372_036_854_775_807
_DAY = date(2026, 3, 20)


def store(name: str = "한빛리빙", **over: Any) -> Store:
    """A store that is pending approval."""
    values = {
        "team_id": "T1",
        "id": "st_0123456789ab",
        "seller_id": "hanbit_living",
        "name": name,
        "name_key": name,
        "category": TOP_LEVEL[0],
        "channel_id": "C0123456789",
        "channel_ok": True,
        "registered_by": "U1",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **over,
    }
    return Store(**values)


def overview(one: Store) -> Overview:
    """A store in a list: every collection fails, and orders are waiting."""
    rows = tuple(
        KindOverview(
            kind,
            one.group_on(group),
            SyncState(
                team_id="T1",
                store_id=one.id,
                kind=kind,
                due_at=MOMENT,
                last_success_at=MOMENT,
                failures=3,
                failing_since=MOMENT,
            ),
        )
        for kind, group in KINDS.items()
    )
    extension = SalePeriodSchedule(team_id="T1", store_id=one.id, due_at=MOMENT, ran_at=MOMENT)
    return Overview(one, rows, waiting=12345, held=3, urgent_by=MOMENT, extension=extension, unread=3)


def checklist(one: Store, following: Milestone | None) -> Checklist:
    """The steps of a store, done up to `following`; None: all of them."""
    steps = list(Milestone)
    done = len(steps) if following is None else steps.index(following)
    return Checklist(one, {step: place < done for place, step in enumerate(steps)})


def order(state: OrderState = OrderState.NEW, number: int = 9100200301, **over: Any) -> Order:
    """An order."""
    values = {
        "team_id": "T1",
        "store_id": "st_0123456789ab",
        "order_no": number,
        "state": state,
        "ordered_at": MOMENT,
        "paid_at": MOMENT,
        "confirm_by": MOMENT + timedelta(hours=8),
        "ship_by": MOMENT + timedelta(days=3),
        "amount": 12_300,
        "delivery_fee": 2500,
        "quantity": 2,
        "title": "귤 5kg",
        "pending_by": "U1",
        "confirmed_by": "U1",
        "confirmed_at": MOMENT,
        "first_seen_at": MOMENT,
        "updated_at": MOMENT,
        **over,
    }
    return Order(**values)


def deal(number: int = 1, *, title: str = "귤 5kg", options: int = 1, option: str = "대과", **over: Any) -> OrderDeal:
    """A deal of an order; all its options but the first are cancelled."""
    values = {
        "team_id": "T1",
        "store_id": "st_0123456789ab",
        "order_no": 9100200301,
        "deal_no": number,
        "title": title,
        "delivery_no": "1",
        "delivery_status": "D1",
        "options": [
            {"no": n, "title": option, "quantity": 2, "price": 1, "amount": 2, **({"cancelled": True} if n else {})}
            for n in range(options)
        ],
        "state": DealState.OPEN,
        "customs_needed": False,
        **over,
    }
    return OrderDeal(**values)


def order_facts(about: Order, *deals: OrderDeal, name: str = "한빛리빙", **over: Any) -> OrderSummary:
    """The summary for the card of `about`."""
    values: dict[str, Any] = {"receiver": "김*연", "hold_reason": "", **over}
    return OrderSummary(store=store(name), order=about, deals=deals or (deal(),), **values)


def worst_order(state: OrderState, **over: Any) -> OrderSummary:
    """An order with the longest and nastiest texts, the biggest numbers, and a deal in each state."""
    values: dict[str, Any] = {
        "number": HUGE,
        "amount": HUGE,
        "delivery_fee": HUGE,
        "quantity": HUGE,
        "pending_by": "U7",
        "confirmed_by": "U7",
        "held_by": "U7",
        "address_changed_at": MOMENT,
        "title": LONG,
        "note": "orders.note_refused",
        "note_detail": LONG,
        **over,
    }
    states = (DealState.OPEN, *DealState)
    worst: dict[str, Any] = {
        "title": LONG,
        "options": 4,
        "option": NASTY,
        "refusal": LONG,
        "customs_needed": True,
        "customs_valid": False,
    }
    deals = [deal(n, state=s, **worst) for n, s in enumerate(states)]
    together = tuple(range(1000)) if state is OrderState.CONFIRMED else ()
    return order_facts(order(state, **values), *deals, name=NASTY, hold_reason=LONG, together=together)


def shipping_facts(**over: Any) -> OrderSummary:
    """A confirmed order on its way: two parcels, of which one is sent in part."""
    deals = [
        _shipped(1, "1", DeliveryStatus.D2),
        _shipped(2, "1", DeliveryStatus.D3),
        _shipped(3, "2", DeliveryStatus.D2),
    ]
    return order_facts(order(OrderState.CONFIRMED, **over), *deals, shipping=_shipping(deals))


def worst_shipping() -> OrderSummary:
    """An order with many parcels in every state, with the longest texts."""
    statuses = (*DeliveryStatus, DeliveryStatus.D2, DeliveryStatus.D3) * 12
    deals = [_shipped(HUGE - n, f"{n:040}", status, LONG) for n, status in enumerate(statuses)]
    about = order(OrderState.CONFIRMED, HUGE, title=LONG)
    return order_facts(about, *deals, name=NASTY, shipping=_shipping(deals))


def _shipped(number: int, delivery_no: str, status: DeliveryStatus, title: str = "귤 5kg") -> OrderDeal:
    return deal(
        number,
        title=title,
        delivery_no=delivery_no,
        delivery_status=status.value,
        state=DealState.CONFIRMED,
        shipped_at=MOMENT,
        delivered_at=MOMENT,
    )


def _shipping(deals: list[OrderDeal]) -> Shipping:
    waybills: dict[DealKey, Waybill] = {}
    notices: dict[DealKey, DelayNotice] = {}
    for n, one in enumerate(deals):
        key: dict[str, Any] = {
            name: getattr(one, name) for name in ("team_id", "store_id", "order_no", "delivery_no", "deal_no")
        }
        state = list(WaybillState)[n % len(WaybillState)]
        values: dict[str, Any] = {"state": state, "sent_by": "U1", "sent_at": MOMENT, "updated_at": MOMENT}
        values |= {"note": "waybills.note_refused", "note_detail": LONG}
        waybills[one.delivery_no, one.deal_no] = Waybill(
            **key,
            carrier=OWN_DELIVERY if n % 5 == 4 else "10001",
            number=None if n % 5 == 4 else "9" * 40,
            more_numbers=[f"{n:040}" for n in range(10)],
            scheduled_on=_DAY,
            **values,
        )
        notices[one.delivery_no, one.deal_no] = DelayNotice(**key, reason="DLD1", ship_on=_DAY, **values)
    return Shipping(waybills, notices, {"10001": "CJ대한통운" if len(deals) < 10 else LONG})


def batch_facts(
    noted: tuple[Order, ...] = (),
    name: str = "한빛리빙",
    acting: str | None = None,
    moved_to: str | None = None,
    **over: Any,
) -> BatchSummary:
    """The summary for a batch card."""
    values: dict[str, Any] = {
        "total": 60,
        "waiting": 40,
        "held": 5,
        "busy": 5,
        "confirmed": 5,
        "cancelled": 5,
        "blocked": 1,
        "waiting_amount": 100_000_000,
        "open_amount": 123_456_789,
        "goods": (Goods("귤 5kg", "대과", 12), Goods("귤 5kg", "소과", 3)),
        "confirmed_by": (),
        "confirm_by": MOMENT,
        **over,
    }
    made = OrderBatch(
        team_id="T1",
        id="ba_1",
        store_id="st_0123456789ab",
        created_at=MOMENT,
        pending_by=acting,
        done=3,
        total=40,
        moved_to=moved_to,
    )
    return BatchSummary(store=store(name), batch=made, noted=noted, **values)


def worst_batch(acting: str | None = None) -> BatchSummary:
    """A batch with the biggest numbers and ten refused orders."""
    noted = tuple(order(number=HUGE - n, note="orders.note_refused", note_detail=LONG) for n in range(10))
    by = (("U7", HUGE, MOMENT),) * 50
    goods = (Goods(LONG, NASTY, HUGE),) * 200
    return batch_facts(
        noted, NASTY, acting, total=HUGE, waiting=HUGE, open_amount=HUGE, confirmed_by=by, goods=goods, slow=True
    )


def incident(cause: Cause = Cause.AREA, **over: Any) -> Incident:
    """An incident that began at 04:21."""
    values = {
        "team_id": "T1",
        "id": "in_abc",
        "subject": "data_key" if cause is Cause.DATA_KEY else f"{cause}:st_0123456789ab",
        "cause": cause,
        "area": ORDERS if cause is Cause.AREA else None,
        "failing_since": MOMENT - timedelta(hours=5, minutes=39),
        "opened_at": MOMENT,
        "refreshed_at": MOMENT,
        "error": "unavailable",
        **over,
    }
    return Incident(**values)


def incident_facts(about: Incident, names: tuple[str, ...] = ("귤나라",), **over: Any) -> IncidentSummary:
    """The summary for the message about an incident."""
    values: dict[str, Any] = {"risk": Risk(), "recovered": 0, "backfilled": {}, "wider": None, **over}
    stores = tuple(store(name, id=f"st_{name[:3]}") for name in names)
    return IncidentSummary(incident=about, stores=stores, **values)


PLACE: dict[str, Any] = {"team_id": "T1", "store_id": "st_0123456789ab"}


def listed_deal(number: int = 7700112300, **over: Any) -> Deal:
    """A deal that is on sale."""
    values = {
        **PLACE,
        "deal_no": number,
        "title": "규조토 발매트",
        "sales_status": SalesStatus.ON_SALE,
        "sales_start": MOMENT,
        "sales_end": MOMENT + timedelta(days=400),
        "known_since": MOMENT,
        "read_at": MOMENT,
        **over,
    }
    return Deal(**values)
