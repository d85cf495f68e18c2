"""Ids and parameters of the calendar. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Day, Id, Name, PageNumber, Payload


class CalendarAction(StrEnum):
    """Buttons of the calendar's parts in the settings view of a store."""

    CLOSE_DAY = "calendar.close_day"
    OPEN_DAY = "calendar.open_day"
    HOURS = "calendar.hours"


class CalendarView(StrEnum):
    """Modals of the calendar."""

    CLOSE_DAY = "calendar.close_day_form"
    HOURS = "calendar.hours_form"


class CalendarRef(Payload):
    """A store whose calendar is changed."""

    store: Id
    page: PageNumber | None = None
    """The page of the list of stores from which its settings were opened."""


class ClosedDayRef(CalendarRef):
    """One closed day."""

    day: Day


class VacationAction(StrEnum):
    """Buttons of a vacation, on its message and in the settings view of a store."""

    OPEN = "vacation.open"
    BACK = "vacation.back"
    END = "vacation.end"
    RETRY = "vacation.retry"


class VacationView(StrEnum):
    """Modals of vacations."""

    FORM = "vacation.form"
    PREVIEW = "vacation.preview"
    END = "vacation.end_form"


class VacationRef(CalendarRef):
    """One vacation."""

    vacation: Id


class SpanRef(CalendarRef):
    """The typed days of a vacation that is being previewed."""

    starts_on: Day | None = None
    ends_on: Day | None = None
    ship_on: Day | None = None
    seen: Name = ""
    """The mark of what the preview says would be done."""
