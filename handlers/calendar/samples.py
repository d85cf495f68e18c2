"""Samples of the calendar: its parts of the settings view, and its forms."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

from handlers.blocks import modal
from handlers.calendar import views
from handlers.calendar.ids import CalendarRef
from handlers.feature import Sample
from handlers.samples.fixtures import MOMENT, NASTY, store
from handlers.texts import Texts
from tmon.calendar.service import MOST_DAYS, NOTE_LENGTH
from tmon.models.calendar import ClosedDay

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
    for manages in (True, False):
        blocks = views.closed_days_part(t, _REF, many, manages=manages)
        blocks += views.closed_days_part(t, _REF, [], manages=manages)
        for values in hours:
            blocks += views.hours_part(t, _REF, store(**values), manages=manages)
        yield f"calendar parts, {manages=}", modal("-", blocks, callback_id="sample", close=t("common.close"))
    yield "close a day", views.close_day_form(t, _REF, store(NASTY), "2026-03-11")
    for number, values in enumerate(hours):
        yield f"hours {number}", views.hours_form(t, _REF, store(NASTY, **values))
