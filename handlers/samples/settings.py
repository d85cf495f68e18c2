"""A store's own view, its forms and tests, refusals by switches, and the home tab, ordinary and at their worst."""

from collections.abc import Iterator
from typing import Any

from handlers.payloads import ChangeRef, PartRef
from handlers.samples.facts import (
    HUGE,
    LONG,
    MOMENT,
    NASTY,
    incident,
    incident_facts,
    order,
    overview,
    store,
)
from handlers.texts import Texts
from handlers.views import checks, home, settings
from handlers.views.blocks import Block, section
from handlers.views.switches import refused
from tmon.dashboard.home import INCIDENTS, URGENT, HomeFacts, Task, Waiting
from tmon.models.incidents import Cause
from tmon.models.stores import ConfirmMode, Group, PendingReason, StoreState
from tmon.permissions import Person
from tmon.stores.change_preview import Effect, Preview
from tmon.stores.connection_check import Mark, Step, StepResult
from tmon.stores.contact_notice import Arrival, Outcome
from tmon.stores.fields import MAX, MAX_CEILING, MAX_WORKERS, SETTING_FIELDS
from tmon.stores.form import Form
from tmon.stores.settings import Part
from tmon.stores.switches import SwitchOff

_OWNER, _READER = Person("T1", "U1"), Person("T1", "U9")
_WORKERS = [f"U{number:010}" for number in range(MAX_WORKERS)]
_WORST: dict[str, Any] = {
    "name": NASTY[: MAX["store_name"]],
    "state": StoreState.KEY_REJECTED,
    "pending_reason": PendingReason.KEY_REFUSED,
    "pending_message": LONG,
    "check_due_at": MOMENT,
    "channel_ok": False,
    "sync_on": False,
    "confirm_mode": ConfirmMode.RUNPLE,
    "runple": True,
    "worker_ids": _WORKERS,
    "auto_max_amount": MAX_CEILING,
    "auto_max_quantity": MAX_CEILING,
    "extend_days": 90,
}
EFFECTS = (
    *(Effect(f"settings.effect_{name}_on", {"since": MOMENT}) for name in ("sync", "order")),
    *(Effect(f"settings.effect_{name}_begin") for name in ("sync", "order")),
    *(Effect(f"settings.effect_{name}_off", {"n": HUGE}) for name in ("sync", "order")),
    *(Effect(f"settings.effect_{group}_{end}") for group in ("product", "cs", "stock") for end in ("on", "off")),
    *(Effect(f"settings.effect_mode_{mode}") for mode in ConfirmMode),
    *(Effect(f"settings.effect_{name}", {name: str(MAX_CEILING)}) for name in ("auto_max_amount", "auto_max_quantity")),
    Effect("settings.effect_unknown", {"n": HUGE}),
    Effect("settings.effect_channel", {"channel": "C1"}),
    Effect("settings.effect_workers", {"people": tuple(_WORKERS)}),
    Effect("settings.effect_extend", {"days": 90}),
)
"""Every consequence that has something to fill in."""


def views(t: Texts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every view and message about the settings of a store, and the home tab."""
    usual, worst = store(state=StoreState.APPROVED), store(**_WORST)
    for name, one in (("usual", usual), ("worst", worst)):
        yield f"store {name}", settings.store_view(t, _OWNER, overview(one), 3)
        yield f"store {name}, saved", settings.store_view(t, _OWNER, overview(one), 3, t("settings.saved"))
        yield f"store {name}, for a reader", settings.store_view(t, _READER, overview(one))
        yield from _forms(t, name, one)
    yield from _tests(t)
    for group in (None, *Group):
        for reader, person in (("manager", _OWNER), ("reader", _READER)):
            error = SwitchOff(store(name=NASTY), group)
            blocks = refused(t, person, error)
            yield f"switch {group or 'sync'} off, for a {reader}", _message(t.md(error.key, **error.values), blocks)
    yield from _home(t)


def _message(text: str, blocks: list[Block] | None = None) -> dict[str, Any]:
    return {"text": text, "blocks": blocks or [section(text)]}


def _forms(t: Texts, name: str, one: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    filled = Form.model_validate({**{field: "가" * length for field, length in MAX.items()}, "workers": _WORKERS})
    for part in Part:
        for anew in (False, True):
            ref = PartRef(store=one.id, part=part, base=MOMENT, page=1)
            yield f"store {name}, form {part}, anew: {anew}", settings.form(t, one, filled, ref, anew=anew)
    typed: dict[str, str | list[str]] = {**dict.fromkeys(SETTING_FIELDS, "on"), "workers": _WORKERS}
    change = ChangeRef(store=one.id, base=MOMENT, page=1, typed=typed)
    for waiting in (None, HUGE):
        shown = settings.effects(t, one, Preview(EFFECTS, waiting, begins=True), change)
        yield f"store {name}, effects, waiting: {waiting}", shown
    values: dict[str, list[Any]] = {
        **{group.value: [True, False] for group in Group},
        "confirm_mode": ["manual", "auto"],
        "extend_days": [0, 30],
        "channel": ["C1", "C2"],
        "workers": [[], _WORKERS],
        "auto_max_amount": ["", str(MAX_CEILING)],
    }
    yield f"store {name}, changed", _message(settings.changed_text(t, one, "U1", ["api_key", "memo"], values))


def _tests(t: Texts) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "test under way", checks.progress(t, t("checks.asking"))
    reasons = dict.fromkeys(Step, t.md("common.tmon_said", message=NASTY))
    for mark in Mark:
        for state in StoreState:
            results = [StepResult(step, mark) for step in Step]
            yield f"connection {mark}, {state}", checks.connection(t, store(NASTY, state=state), results, reasons)
    for arrival in Arrival:
        for contact, reached in ((None, "U1"), ("U2", "U1"), ("U2", "U2")):
            outcome = Outcome(arrival, arrival, reached if arrival is Arrival.DELIVERED else None)
            shown = checks.notice(t, store(NASTY, contact_user_id=contact), outcome, "kim@example.com")
            yield f"notice {arrival}, {contact} {reached}", shown
    found = checks.notice(
        t, store(), Outcome(Arrival.DELIVERED, Arrival.DELIVERED, "U1"), "kim@example.com", is_theirs=True
    )
    yield "notice, found by the address", found
    yield "notice", _message(checks.notice_text(t, store(NASTY), "U1"))


def _home(t: Texts) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "home, empty", home.home_tab(t, _OWNER, HomeFacts((), (), (), ()), MOMENT)
    one = (overview(store(state=StoreState.APPROVED, extend_days=30, stock_on=True)),)
    tasks = tuple(Waiting(store(), task, 3, at) for task in Task for at in (None, MOMENT))
    yield "home, usual", home.home_tab(t, _READER, HomeFacts(one, ((store(), order()),), tasks, ()), MOMENT)
    many = tuple(overview(store(**_WORST, id=f"st_{number}")) for number in range(50))
    urgent = tuple((store(**_WORST), order(number=HUGE, title=LONG, held_at=MOMENT)) for _ in range(URGENT))
    broken = (incident_facts(incident(Cause.KEY, message=LONG), (NASTY,) * 50),) * INCIDENTS
    tasks = tuple(Waiting(store(**_WORST), task, HUGE, MOMENT) for task in Task for _ in range(50))
    for page in (-1, 0, 1, 2, 99):
        yield (
            f"home, worst, page {page}",
            home.home_tab(t, _OWNER, HomeFacts(many, urgent, tasks, broken), MOMENT, page),
        )
