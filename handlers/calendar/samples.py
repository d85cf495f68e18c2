"""Samples of the calendar: its parts of the settings view, and its forms."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

from handlers.blocks import actions, modal, section
from handlers.calendar import vacation_views, views
from handlers.calendar.ids import CalendarRef, SpanRef, VacationRef
from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.calendar.service import MOST_DAYS, NOTE_LENGTH
from tmon.models.calendar import ClosedDay, Vacation, VacationStep
from tmon.models.stores import ApiGroup
from tmon.vacation.planning import Plan, Span
from tmon.vacation.service import Failure, VacationSummary

_REF = CalendarRef(store="st_0123456789ab", page=3)


def _closed(day: date, note: str = "", vacation_id: str | None = None) -> ClosedDay:
    return ClosedDay(
        team_id="T1",
        store_id="st_0123456789ab",
        day=day,
        note=note,
        vacation_id=vacation_id,
        added_by="U1",
        added_at=MOMENT,
    )


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view."""
    first = MOMENT.date()
    many = [_closed(first + timedelta(days=n), NASTY[:NOTE_LENGTH]) for n in range(MOST_DAYS)]
    many += [_closed(first + timedelta(days=n), vacation_id=f"va_{n // 20}") for n in range(MOST_DAYS, 2 * MOST_DAYS)]
    hours: tuple[dict[str, Any], ...] = (
        {},
        {"hours_days": [0, 4], "hours_from": time(9), "hours_to": time(18), "hours_skip_holidays": True},
        {"hours_from": time(22), "hours_to": time(6)},
    )
    yield from _vacations(t)
    for manages in (True, False):
        blocks = views.closed_days_part(t, _REF, many, manages=manages)
        blocks += views.closed_days_part(t, _REF, [], manages=manages)
        for values in hours:
            blocks += views.hours_part(t, _REF, store(**values), manages=manages)
        yield f"calendar parts, {manages=}", modal("-", blocks, callback_id="sample", close=t("common.close"))
    yield "close a day", views.close_day_form(t, _REF, store(NASTY), "2026-03-11")
    for number, values in enumerate(hours):
        yield f"hours {number}", views.hours_form(t, _REF, store(NASTY, **values))


def _vacations(t: Texts) -> Iterator[Sample]:
    """Yield every view and message of vacations."""
    today = MOMENT.date()
    span = Span(today, today + timedelta(days=59), today + timedelta(days=90))
    ref = SpanRef(store="st_0123456789ab", page=3, starts_on=span.starts_on, ends_on=span.ends_on, ship_on=span.ship_on)
    about = store(NASTY, stock_on=True)
    yield "vacation", vacation_views.vacation_form(t, ref, about)
    yield "vacation, empty", vacation_views.vacation_form(t, SpanRef(store=ref.store), about)
    for number, found in enumerate((Plan([], 0, [], 0), Plan([1], HUGE, [(1, "1", 1)] * 3, HUGE))):
        for begins in (today, today - timedelta(days=1)):
            view = vacation_views.vacation_preview(
                t, ref, store(NASTY, order_on=not number), span, found, today=begins, anew=bool(number)
            )
            yield f"vacation preview {number}, {begins}", view
    every = dict.fromkeys(VacationStep, HUGE)
    failures = [
        Failure(HUGE, LONG if error else "", order_no, state, note, error)
        for order_no, state in ((0, VacationStep.FAILED), (0, VacationStep.NOT_UNDONE), (HUGE, VacationStep.FAILED))
        for note, error in (
            ("calendar.note_refused", LONG),
            ("calendar.note_not_offered", None),
            ("calendar.note_unreadable", None),
        )
    ]
    planned = Vacation(
        team_id="T1",
        store_id="st_0123456789ab",
        id="va_0123456789ab",
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        ship_on=span.ship_on,
        begun_by="U1",
        begun_at=MOMENT,
    )
    begun = planned.model_copy(update={"started_at": MOMENT})
    ended = begun.model_copy(update={"ended_by": "U1", "ended_at": MOMENT})
    summaries = {
        "planned": VacationSummary(about, planned, {}, {}),
        "nothing": VacationSummary(about, begun, {VacationStep.SKIPPED: 2}, {}),
        "done": VacationSummary(about, begun, {VacationStep.DONE: 3}, {VacationStep.DONE: 1}),
        "worst": VacationSummary(about, begun, every, every, failures[:5], ApiGroup.STOCK, note="calendar.note_down"),
        "paused": VacationSummary(about, begun, every, every, failures[5:], sync_off=True),
        "down": VacationSummary(about, begun, every, every, note="calendar.note_down"),
        "key": VacationSummary(about, begun, every, every, note="calendar.note_key"),
        "ended": VacationSummary(about, ended, {}, {}),
        "resumed": VacationSummary(about, ended, {VacationStep.UNDONE: 3}, {}),
        "resuming": VacationSummary(about, ended, every, every, failures),
        "removed": VacationSummary(store(NASTY, removed_at=MOMENT), begun, every, every),
    }
    part = CalendarRef(store="st_0123456789ab", page=3)
    for name, summary in summaries.items():
        text, blocks = vacation_views.vacation_text(t, summary), vacation_views.vacation_card(t, summary)
        yield f"vacation card, {name}", message(text, blocks)
        shown = vacation_views.vacation_part(t, part, summary, manages=True)
        yield f"vacation part, {name}", modal("-", shown, callback_id="sample", close=t("common.close"))
        end = VacationRef(store="st_0123456789ab", page=3, vacation="va_0123456789ab")
        yield f"end of vacation, {name}", vacation_views.end_form(t, end, summary)
    shown = vacation_views.vacation_part(t, part, None, manages=True)
    yield "vacation part, none", modal("-", shown, callback_id="sample", close=t("common.close"))
    over = vacation_views.over_text(t, summaries["done"], ("U1", "U2"))
    yield "vacation over", message(over, [section(over), actions(vacation_views.end_button(t, summaries["done"]))])
