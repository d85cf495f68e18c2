"""Every view and message of the product, drawn in each language from ordinary facts and from the worst, to be validated."""

import itertools
from collections.abc import Iterator
from typing import Any

from handlers.payloads import HoldRef, ListRef, SetupRef, StoreListRef, pack
from handlers.samples import admin, products, settings, stock, templates
from handlers.samples import inquiries as inquiry_samples
from handlers.samples.facts import (
    HUGE,
    LONG,
    MOMENT,
    NASTY,
    batch_facts,
    incident,
    incident_facts,
    order,
    order_facts,
    overview,
    store,
    worst_batch,
    worst_order,
)
from handlers.texts import LANGUAGES, Texts
from handlers.views import guide, incidents, orders, setup, status, stores
from handlers.views import help as helping
from handlers.views.blocks import Block, section
from handlers.views.notice import notice
from tmon.clock import KST
from tmon.incidents.service import Reachable
from tmon.incidents.summary import Risk
from tmon.models.collection import Kind
from tmon.models.incidents import Cause, Ending
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode, PendingReason, StoreState
from tmon.orders.service import OrderPage
from tmon.permissions import Person
from tmon.stores.categories import TOP_LEVEL
from tmon.stores.drafts import DraftInfo
from tmon.stores.fields import EXTEND_DAYS, MAX
from tmon.stores.form import Form

Sample = tuple[str, dict[str, Any]]
"""Name and payload of a view (it bears a `type`) or of a message (`text`, `blocks`)."""


def samples() -> Iterator[Sample]:
    """All of them, one by one."""
    for language in LANGUAGES:
        t = Texts(language, lambda: MOMENT, KST)
        for feature in (
            _orders,
            _setup,
            _stores,
            _incidents,
            _guidance,
            _notices,
            templates.views,
            settings.views,
            products.views,
            admin.views,
            stock.views,
            inquiry_samples.views_and_messages,
        ):
            for name, payload in feature(t):
                yield f"{name} ({language})", payload


def _message(text: str, blocks: list[Block] | None = None) -> dict[str, Any]:
    return {"text": text, "blocks": blocks or [section(text)]}


def _orders(t: Texts) -> Iterator[Sample]:
    for state in OrderState:
        for kind, facts in (("", order_facts(order(state))), (", worst", worst_order(state))):
            yield f"order card {state}{kind}", _message(orders.order_text(t, facts), orders.order_card(t, facts))
    held = worst_order(OrderState.NEW, held_at=MOMENT, note="orders.note_partial")
    yield "order card held", _message(orders.order_text(t, held), orders.order_card(t, held))
    done = batch_facts(waiting=0, held=0, busy=0, confirmed=60, cancelled=0, confirm_by=None)
    batches = {"waiting": batch_facts(), "under way": worst_batch("U7"), "worst": worst_batch(), "done": done}
    for name, batch in batches.items():
        yield f"batch card {name}", _message(orders.batch_text(t, batch), orders.batch_card(t, batch))
    pages = {
        "usual": OrderPage((order_facts(order()),), 0, 1, 1),
        "empty": OrderPage((), 0, 1, 0),
        "worst": OrderPage((held,) * 25, 1, 400_000, HUGE),
    }
    for name, page in pages.items():
        yield f"order list {name}", orders.order_list(t, page, ListRef(store=store().id))
    counts = ("new", "auto_confirmed", "preparing", "confirmed_elsewhere", "changed", "cancelled")
    yield "report", _message(orders.report_text(t, NASTY, dict.fromkeys(counts, HUGE)))
    people = tuple(f"U{n:09}" for n in range(100))
    for waiting in (1, HUGE):
        yield f"reminder {waiting}", _message(orders.reminder_text(t, people, waiting, order_facts(order())))
    for kind in Kind:
        yield f"{kind} not offered", _message(t.md(f"stores.told_not_offered_{kind}", store=NASTY))
    ref = HoldRef(store="s" * 20, order=HUGE, list_view="V" * 20, list=ListRef(batch="b" * 20, page=HUGE))
    yield "hold form", orders.hold_form(t, HUGE, pack(ref))


def _setup(t: Texts) -> Iterator[Sample]:
    texts: dict[str, Any] = {name: "가" * length for name, length in MAX.items()}
    chosen = {"category": TOP_LEVEL[-1], "extend_days": EXTEND_DAYS[-1], "confirm_mode": ConfirmMode.AUTO}
    people = {"contact_user": "U0MINJI001", "channel": "C0ORDERS01", "workers": ["U0MINJI001", "U0JUNHO002"]}
    full = Form.model_validate({**texts, **chosen, **people})
    ref = SetupRef(store=store().id, base=MOMENT)
    for number in setup.STEP_VIEWS:
        yield f"setup step {number}", setup.step(t, number, Form(), SetupRef(fresh=True))
        yield f"setup step {number} filled", setup.step(t, number, full, ref, has_key=True, has_vendor=True)
    drafts = [DraftInfo("", NASTY, 2, MOMENT), DraftInfo("st_1", "", 3, MOMENT)]
    yield "setup choices", setup.choices(t, drafts, [store(NASTY, id=f"st_{n}") for n in range(120)])
    yield "setup progress", setup.progress(t)
    yield "setup progress, slow", setup.progress(t, slow=True)


def _stores(t: Texts) -> Iterator[Sample]:
    shown = {reason.value: store(NASTY, pending_reason=reason, pending_message=NASTY) for reason in PendingReason}
    shown["approved"] = store(state=StoreState.APPROVED)
    shown["rejected"] = store(NASTY, state=StoreState.KEY_REJECTED, pending_message=LONG, channel_ok=False)
    shown["paused"] = store(state=StoreState.APPROVED, sync_on=False, confirm_mode=ConfirmMode.AUTO)
    for name, one in shown.items():
        blocks = stores.result(t, one, 3)
        yield f"setup result {name}", setup.result(t, blocks)
    yield "setup result as a message", _message(stores.state_label(t, one), blocks)
    for waiting in (None, 0, HUGE):
        text = t.md("stores.auto_offer", name=NASTY, n=waiting or 0)
        yield f"automatic confirmation {waiting}", _message(text, stores.auto_offer(t, store(NASTY), waiting))
    for key in ("stores.approved_at_last", "stores.auto_not_chosen", "stores.auto_runs"):
        yield key, _message(t.md(key, name=NASTY))
    lost = t.md("stores.channel_lost", name=NASTY, channel="C1")
    yield "channel lost", _message(lost, stores.channel_lost(t, store(NASTY), lost))
    many = [overview(store("&" * MAX["store_name"], id=f"st_{n}", state=StoreState.KEY_REJECTED)) for n in range(25)]
    for name, listed in (("empty", []), ("usual", [overview(shown["approved"])]), ("worst", many)):
        yield f"store list {name}", stores.store_list(t, Person("T1", "U1"), listed, 0)
        yield f"status {name}", status.status(t, listed, 0)
    yield "removal form", stores.removal_form(t, store(NASTY), HUGE, StoreListRef(store=store().id, page=2))


def _incidents(t: Texts) -> Iterator[Sample]:
    states: dict[str, dict[str, Any]] = {
        "open": {"serious": True, "message": NASTY, "taken_by": "U7", "taken_at": MOMENT},
        "over": {"closed_at": MOMENT, "ended": Ending.RECOVERED, "taken_by": "U7", "taken_at": MOMENT},
    }
    names = tuple(f"{n:04}{NASTY}"[:60] for n in range(40))
    risk = Risk(HUGE, MOMENT)
    everything = []
    for cause in Cause:
        for (state, values), concerned in itertools.product(states.items(), (names[:1], names)):
            facts = incident_facts(incident(cause, **values), concerned, risk=risk, caught_up={"new": HUGE})
            everything.append(facts)
            card = incidents.card(t, facts, "contact/st_1")
            yield f"incident {cause}, {state}, {len(concerned)}", _message(incidents.card_text(t, facts), card)
    yield "incident reply", _message(incidents.resolved_text(t, everything[-1]))
    yield "incident list", incidents.incident_list(t, everything, MOMENT)
    yield "incident list, empty", incidents.incident_list(t, [], MOMENT)
    yield "mobile numbers", incidents.mobiles(t, [Reachable(NASTY, NASTY, "010-1234-5678")] * 30)


def _notices(t: Texts) -> Iterator[Sample]:
    yield "notice above a modal", notice(t, [section(t("common.failed", reference="abcdef"))])


def _guidance(t: Texts) -> Iterator[Sample]:
    for topic in guide.TOPICS:
        yield f"guide {topic}", guide.guide(t, topic)
    help_text = t("help.title")
    yield "help", _message(help_text, helping.help_lines(t))
    yield "unknown word", _message(help_text, helping.unknown_word(t, NASTY, ["setup", "설정"]))
