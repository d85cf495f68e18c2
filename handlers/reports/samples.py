"""Samples of reports: an ordinary, a busy and an empty day, and the most that can be said."""

from collections.abc import Iterator
from datetime import date

from handlers.feature import Sample
from handlers.reports import settings, views
from handlers.reports.ids import ReportRef, SettingRef
from handlers.samples.fixtures import HUGE, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.counters.definitions import Counter
from tmon.counters.service import Tally
from tmon.models.reports import ReportKind
from tmon.models.stores import Store
from tmon.reports.figures import Due, Figures, Sales, StoreFigures
from tmon.reports.periods import Period, Span, earlier
from tmon.reports.service import Report

_MOST = 400
_DAY = Period(date(2026, 3, 9), date(2026, 3, 9))
_WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))
_YEAR = Period(date(2025, 3, 10), date(2026, 3, 9))
_USUAL = StoreFigures(
    Figures(Sales(15, 1_234_000, 25_000), confirmed=12, shipped=10, cancelled=1, asked=3),
    (Sales(10, 800_000), Sales(12, 950_000), Sales(9, 700_000), Sales(13, 990_000)),
    {counter: Tally(1, 0) for counter in Counter},
    Due(confirm=3, ship=5, claims=1, unanswered=2, waiting=20),
)
_WORST = StoreFigures(
    Figures(Sales(HUGE, HUGE, HUGE), HUGE, HUGE, HUGE, HUGE, HUGE, HUGE),
    (Sales(HUGE, HUGE, HUGE),) * 4,
    dict.fromkeys(Counter, Tally(HUGE, HUGE)),
    Due(HUGE, HUGE, HUGE, HUGE, HUGE, HUGE),
)


def _report(period: Period, *stores: tuple[Store, StoreFigures]) -> Report:
    return Report(period, earlier(period), stores, period.last.replace(day=1), MOMENT.date())


def samples(t: Texts) -> Iterator[Sample]:
    """Yield the messages and views of reports."""
    seen, hidden = store(report_revenue=True), store("귤나라", id="st_2")
    usual = _report(_DAY, (seen, _USUAL))
    two = _report(_WEEK, (seen, _USUAL), (hidden, _USUAL))
    quiet = _report(_DAY, (seen, StoreFigures(earlier=(Sales(),) * 4)))
    worst = _report(_YEAR, *((store(NASTY, id=f"st_{n}", report_revenue=True), _WORST) for n in range(_MOST)))
    for name, report, kind in (
        ("a day", usual, ReportKind.DAILY),
        ("a week", two, ReportKind.WEEKLY),
        ("an empty day", quiet, ReportKind.DAILY),
        ("worst", worst, ReportKind.WEEKLY),
    ):
        for late in (False, True):
            title = f"channel report of {name}{', late' if late else ''}"
            yield title, vars(views.channel_report(t, report, kind, late=late))
        yield f"posted report of {name}", vars(views.posted_report(t, report, "U1"))
    ref = ReportRef(store=seen.id)
    custom = ReportRef(span=Span.CUSTOM, first=_YEAR.first, last=_YEAR.last)
    yield "report view", views.report_view(t, [seen, hidden], ref, usual, lambda _: True, may_post=True)
    yield "report view, reader", views.report_view(t, [seen], ref, two, lambda _: False, may_post=False)
    yield "report view, choosing", views.report_view(t, [seen], custom, None, lambda _: True, may_post=False)
    stores = [one for one, _ in worst.stores]
    yield "report view, worst", views.report_view(t, stores, custom, worst, lambda _: True, may_post=True)
    yield "report to share", views.share_view(t, two, ref, "rp_1")
    yield "report to share, worst", views.share_view(t, worst, custom, "r" * 20)
    yield "report shared", views.shared_view(t, two, ref)
    of_store = SettingRef(store=seen.id, page=HUGE)
    for one in (seen, hidden):
        yield f"report setting of {one.name}", settings.setting_form(t, of_store, one)
        yield (
            f"report setting in the settings of {one.name}",
            message("-", settings.part_blocks(t, of_store, one, manages=True)),
        )
