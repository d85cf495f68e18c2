"""Ids and parameters of the calendar. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Day, Id, PageNumber, Payload


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
