"""Samples of orders: cards, lists, forms and messages."""

from collections.abc import Iterator
from typing import Any

from handlers.blocks import Block, section
from handlers.feature import Sample
from handlers.orders import views
from handlers.orders.ids import HoldRef, ListRef
from handlers.payloads import encode
from handlers.samples.fixtures import (
    HUGE,
    MOMENT,
    NASTY,
    batch_facts,
    order,
    order_facts,
    store,
    worst_batch,
    worst_order,
)
from handlers.texts import Texts
from tmon.models.orders import OrderState
from tmon.pages import Page


def samples(t: Texts) -> Iterator[Sample]:
    for state in OrderState:
        for kind, facts in (("", order_facts(order(state))), (", worst", worst_order(state))):
            yield f"order card {state}{kind}", _message(views.order_text(t, facts), views.order_card(t, facts))
    held = worst_order(OrderState.NEW, held_at=MOMENT, note="orders.note_partial")
    yield "order card held", _message(views.order_text(t, held), views.order_card(t, held))
    done = batch_facts(waiting=0, held=0, busy=0, confirmed=60, cancelled=0, confirm_by=None)
    batches = {"waiting": batch_facts(), "under way": worst_batch("U7"), "worst": worst_batch(), "done": done}
    for name, batch in batches.items():
        yield f"batch card {name}", _message(views.batch_text(t, batch), views.batch_card(t, batch))
    yield "order moved", _message(views.moved_text(t, store(NASTY)))
    moved = batch_facts(waiting=0, held=0, busy=0, moved_to="ba_2")
    yield "batch moved", _message(views.batch_text(t, moved), views.batch_card(t, moved))
    pages = {
        "usual": Page((order_facts(order()),), 0, 1, 1),
        "empty": Page((), 0, 1, 0),
        "worst": Page((held,) * 25, 1, 400_000, HUGE),
    }
    for name, page in pages.items():
        yield f"order list {name}", views.order_list(t, page, ListRef(store=store().id))
    counts = ("new", "auto_confirmed", "preparing", "confirmed_elsewhere", "changed", "cancelled")
    yield "report", _message(views.report_text(t, NASTY, dict.fromkeys(counts, HUGE)))
    people = tuple(f"U{n:09}" for n in range(100))
    for waiting in (1, HUGE):
        yield f"reminder {waiting}", _message(views.reminder_text(t, people, waiting, order_facts(order())))
    ref = HoldRef(store="s" * 20, order=HUGE, list_view="V" * 20, list=ListRef(batch="b" * 20, page=HUGE))
    yield "hold form", views.hold_form(t, HUGE, encode(ref))


def _message(text: str, blocks: list[Block] | None = None) -> dict[str, Any]:
    return {"text": text, "blocks": blocks or [section(text)]}
