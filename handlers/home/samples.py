"""Samples of the home tab."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from handlers.feature import Sample
from handlers.home import views
from handlers.samples.fixtures import (
    HUGE,
    LONG,
    MOMENT,
    NASTY,
    checklist,
    incident,
    incident_facts,
    order,
    overview,
    store,
)
from handlers.subcommands import Subcommand
from handlers.texts import Texts
from tmon.counters.definitions import Counter
from tmon.counters.service import Tally
from tmon.dashboard.checklist import Milestone
from tmon.dashboard.home import INCIDENTS, URGENT, HomeSummary, LateCounts, PendingTask
from tmon.features import FEATURES
from tmon.models.incidents import Cause
from tmon.models.stores import ConfirmMode, PendingReason, StoreState
from tmon.permissions import Person
from tmon.stores.drafts import DraftInfo
from tmon.stores.fields import MAX

_OWNER, _READER = Person("T1", "U1"), Person("T1", "U9")
_TASKS = tuple(one.name for feature in FEATURES for one in feature.attention)
_MARCH = date(2026, 3, 1)
_LATE = LateCounts(_MARCH, {"st_1": dict.fromkeys(Counter, Tally(HUGE, HUGE))})
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
    "extend_days": 90,
}


def samples(t: Texts, words: Sequence[Subcommand], tasks: Mapping[str, str]) -> Iterator[Sample]:
    """Yield home tabs. `words`, `tasks`: see `home_tab`."""
    empty, draft = HomeSummary((), (), (), ()), DraftInfo("", NASTY, 2, MOMENT)
    yield "home, empty", views.home_tab(t, words, _OWNER, empty, MOMENT)
    yield "home, with a draft", views.home_tab(t, words, _OWNER, empty, MOMENT, drafts=[draft])
    for step in Milestone:
        mine = store(NASTY, state=StoreState.APPROVED)
        begun = HomeSummary((overview(mine),), (), (), (), None, (checklist(mine, step),))
        yield f"home, next step {step}", views.home_tab(t, words, _OWNER, begun, MOMENT)
    one = (overview(store(state=StoreState.APPROVED, extend_days=30, stock_on=True)),)
    waiting = tuple(PendingTask(store(), task, 3, at) for task in _TASKS for at in (None, MOMENT))
    yield (
        "home, usual",
        views.home_tab(
            t,
            words,
            _READER,
            HomeSummary(one, ((store(), order()),), waiting, (), LateCounts(_MARCH, {})),
            MOMENT,
            0,
            tasks,
        ),
    )
    many = tuple(overview(store(**_WORST, id=f"st_{number}")) for number in range(50))
    urgent = tuple((store(**_WORST), order(number=HUGE, title=LONG, held_at=MOMENT)) for _ in range(URGENT))
    broken = (incident_facts(incident(Cause.KEY, message=LONG), (NASTY,) * 50),) * INCIDENTS
    waiting = tuple(PendingTask(store(**_WORST), task, HUGE, MOMENT) for task in _TASKS for _ in range(50))
    steps = tuple(checklist(one.store, Milestone.TEMPLATES) for one in many)
    worst = HomeSummary(many, urgent, waiting, broken, _LATE, steps)
    for page in (-1, 0, 1, 2, 99):
        yield (
            f"home, worst, page {page}",
            views.home_tab(t, words, _OWNER, worst, MOMENT, page, tasks, [draft]),
        )
