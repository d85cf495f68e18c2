"""Closed days, collection hours and vacations in the settings of a store."""

from handlers.calendar import listeners, samples, vacations
from handlers.calendar.ids import CalendarAction, CalendarView, VacationAction, VacationView
from handlers.feature import SlackFeature

FEATURE = SlackFeature(
    name="calendar",
    actions={
        CalendarAction.CLOSE_DAY: listeners.open_close_day,
        CalendarAction.OPEN_DAY: listeners.open_day,
        CalendarAction.HOURS: listeners.open_hours,
        VacationAction.OPEN: vacations.open_form,
        VacationAction.BACK: vacations.turn_back,
        VacationAction.END: vacations.open_end,
        VacationAction.RETRY: vacations.retry,
    },
    submissions={
        CalendarView.CLOSE_DAY: listeners.close_day,
        CalendarView.HOURS: listeners.save_hours,
        VacationView.FORM: vacations.preview,
        VacationView.PREVIEW: vacations.begin,
        VacationView.END: vacations.end,
    },
    settings_parts=(listeners.closed_days_part, listeners.hours_part, vacations.vacation_part),
    renderers=(vacations.render_card, vacations.render_over),
    samples=samples.samples,
)
