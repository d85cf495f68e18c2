"""Closed days and collection hours in the settings of a store."""

from handlers.calendar import listeners, samples
from handlers.calendar.ids import CalendarAction, CalendarView
from handlers.feature import SlackFeature

FEATURE = SlackFeature(
    name="calendar",
    actions={
        CalendarAction.CLOSE_DAY: listeners.open_close_day,
        CalendarAction.OPEN_DAY: listeners.open_day,
        CalendarAction.HOURS: listeners.open_hours,
    },
    submissions={
        CalendarView.CLOSE_DAY: listeners.close_day,
        CalendarView.HOURS: listeners.save_hours,
    },
    settings_parts=(listeners.closed_days_part, listeners.hours_part),
    samples=samples.samples,
)
