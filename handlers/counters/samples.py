"""Samples of the counters: the lists, and the line of the home tab and the status."""

from collections.abc import Iterator
from datetime import date

from handlers.common_views.counters import counter_blocks
from handlers.counters import views
from handlers.counters.ids import CounterRef
from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.counters.definitions import Counter
from tmon.counters.service import NONE, PAGE, LateCase, Tally
from tmon.pages import Page

_MARCH, _JANUARY = date(2026, 3, 1), date(2026, 1, 1)


def samples(t: Texts) -> Iterator[Sample]:
    """Yield the list of each counter, and the lines."""
    worst = store(NASTY)
    cases = [LateCase(worst, HUGE - n, HUGE, NASTY, MOMENT, MOMENT if n % 2 else None) for n in range(PAGE)]
    usual = [LateCase(store(), 9100200301, 9100200301, "귤 5kg", MOMENT, None)]
    for counter in Counter:
        ref = CounterRef(counter=counter, store="s" * 20, month=_JANUARY, page=HUGE)
        full = Page(cases, 1, HUGE, HUGE)
        yield f"counter {counter}, worst", views.case_list(t, ref, _JANUARY, _MARCH, worst, Tally(HUGE, HUGE), full)
        ref = CounterRef(counter=counter)
        yield f"counter {counter}", views.case_list(t, ref, _MARCH, _MARCH, None, Tally(0, 1), Page(usual, 0, 1, 1))
        yield f"counter {counter}, empty", views.case_list(t, ref, _MARCH, _MARCH, None, Tally(), Page([], 0, 1, 0))
    every = [(counter, case) for counter in Counter for case in cases[:4]]
    yield "overdue, worst", views.overdue_list(t, Page(every, 1, HUGE, HUGE))
    yield "overdue, none", views.overdue_list(t, Page([], 0, 1, 0))
    for name, counters in {"none": NONE, "worst": dict.fromkeys(Counter, Tally(HUGE, HUGE))}.items():
        yield f"counters, {name}", message("-", counter_blocks(t, _MARCH, counters, "s" * 20))
