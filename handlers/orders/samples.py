"""Samples of orders: cards, lists, forms and messages."""

from collections.abc import Iterator

from handlers.feature import Sample
from handlers.orders import batch_views, list_views, views
from handlers.orders.ids import HoldRef, ListRef, ListRow
from handlers.payloads import encode
from handlers.samples.fixtures import (
    HUGE,
    MOMENT,
    NASTY,
    batch_facts,
    deal,
    order,
    order_facts,
    shipping_facts,
    store,
    worst_batch,
    worst_order,
    worst_shipping,
)
from handlers.samples.messages import linked_message, message
from handlers.texts import Texts
from tmon.api import DeliveryStatus
from tmon.models.audit import Audit
from tmon.models.orders import DealState, OrderState
from tmon.orders.cards import CANCEL_REQUESTED
from tmon.orders.order_list import OF_SHIPPING, OrderPage, Shown
from tmon.orders.service import HISTORY
from tmon.orders.summaries import OrderSummary
from tmon.permissions import Person

_MOST = 2**31 - 1
"""The largest number of a page."""


def samples(t: Texts) -> Iterator[Sample]:
    for state in OrderState:
        for kind, facts in (("", order_facts(order(state))), (", worst", worst_order(state))):
            yield f"order card {state}{kind}", message(views.order_text(t, facts), views.order_card(t, facts))
    for kind, facts in (("", shipping_facts()), (", worst", worst_shipping())):
        yield f"order card on its way{kind}", message(views.order_text(t, facts), views.order_card(t, facts))
    held = worst_order(OrderState.NEW, held_at=MOMENT, note="orders.note_partial")
    yield "order card held", message(views.order_text(t, held), views.order_card(t, held))
    done = batch_facts(waiting=0, held=0, busy=0, confirmed=60, cancelled=0, confirm_by=None)
    batches = {"waiting": batch_facts(), "under way": worst_batch("U7"), "worst": worst_batch(), "done": done}
    for name, batch in batches.items():
        yield f"batch card {name}", message(batch_views.batch_text(t, batch), batch_views.batch_card(t, batch))
    yield "order moved", message(views.moved_text(t, store(NASTY)))
    moved = batch_facts(waiting=0, held=0, busy=0, moved_to="ba_2")
    yield "batch moved", message(batch_views.batch_text(t, moved), batch_views.batch_card(t, moved))
    blocked = worst_order(OrderState.NEW, note=CANCEL_REQUESTED, number=HUGE - 30)
    yield "order card with a cancel request", message(views.order_text(t, blocked), views.order_card(t, blocked))
    everything = [_done(action) for action in HISTORY]
    for state in OrderState:
        yield f"order {state}", views.order_view(t, order_facts(order(state, closed_at=MOMENT)), everything[:1])
    back = deal(state=DealState.CONFIRMED, delivery_status=DeliveryStatus.D4.value)
    back.options = [{**option, "ordered": 2, "returned": 2} for option in back.options]
    returned = order_facts(order(OrderState.CONFIRMED, closed_at=MOMENT), back)
    yield "order returned", views.order_view(t, returned, everything[:1])
    found = worst_order(OrderState.CONFIRMED, confirmed_by="tmon", closed_at=MOMENT)
    yield "order, worst", views.order_view(t, found, everything * 5)
    yield from _lists(t, held, blocked)
    counts = ("new", "auto_confirmed", "preparing", "confirmed_elsewhere", "changed", "cancelled")
    goods = worst_batch().goods
    for name, numbers in (("usual", {"cancelled": 1}), ("worst", dict.fromkeys(counts, HUGE))):
        about = store(NASTY)
        blocks = batch_views.report(t, about, numbers, goods if name == "worst" else (), "ru_123456789012")
        yield f"report {name}", message(batch_views.report_text(t, about, numbers), blocks)
    for waiting in (1, HUGE):
        yield f"buyers' data destroyed {waiting}", linked_message(t, batch_views.destroyed_text(t, NASTY, waiting))
    people = tuple(f"U{n:09}" for n in range(100))
    for waiting in (1, HUGE):
        yield f"reminder {waiting}", message(views.reminder_text(t, people, waiting, order_facts(order())))
    ref = HoldRef(store="s" * 20, order=HUGE, list_view="V" * 20, list=ListRef(batch="b" * 20, page=_MOST))
    yield "hold form", views.hold_form(t, HUGE, encode(ref))


def _lists(t: Texts, held: OrderSummary, blocked: OrderSummary) -> Iterator[Sample]:
    person = Person("T1", "U1", is_admin=True)
    stores = [store(NASTY, id=f"st_{n:017}") for n in range(150)]
    usual = order_facts(order())
    chosen = ListRef(store=stores[-1].id, shown=Shown.CONFIRMED_TODAY, page=_MOST, start=_MOST, turn=_MOST)
    done = [worst_order(state, number=HUGE - 20 - n) for n, state in enumerate(OrderState)]
    pages: dict[str, tuple[OrderPage, ListRef]] = {
        "usual": (OrderPage((usual,), 0, 1, 1), ListRef()),
        "worst": (
            OrderPage((held, *done, *(_numbered(n) for n in range(1, 14)), blocked), 400_000, HUGE, HUGE),
            chosen,
        ),
        "of a batch": (OrderPage((usual, *done), 0, 6, 1), ListRef(batch="b" * 20)),
        "of a run": (OrderPage((), 0, 0, 0), ListRef(run="r" * 20)),
    }
    on_their_way = (shipping_facts(), *[worst_shipping()] * 19)
    pages |= {
        f"{shown}": (OrderPage(on_their_way, 0, HUGE, 0), ListRef(shown=shown, turn=_MOST)) for shown in OF_SHIPPING
    }
    pages |= {f"empty {shown}": (OrderPage((), 0, 0, 0), ListRef(shown=shown)) for shown in Shown}
    for name, (page, ref) in pages.items():
        rows = tuple(ListRow(store="s" * 20, order=HUGE - n, pending=True) for n in range(len(page.items)))
        shown = ref.model_copy(update={"rows": rows})
        ticked = [order(number=n, store_id=stores[n % 150].id, amount=HUGE) for n in range(300)]
        yield f"order list {name}", list_views.order_list(t, person, page, shown, stores, ticked)
        yield f"order list {name}, nothing ticked", list_views.order_list(t, person, page, shown, stores[:1], [])


def _numbered(number: int) -> OrderSummary:
    return worst_order(OrderState.NEW, number=HUGE - number)


def _done(action: str) -> Audit:
    details = {"reason": "orders.note_down"} if action.endswith("failed") else {}
    return Audit(team_id="T1", id="au_1", at=MOMENT, user_id="U7", action=action, details=details)
