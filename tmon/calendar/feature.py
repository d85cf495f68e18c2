"""Manifest of the calendar: closed days and collection hours."""

from tmon.calendar.service import CalendarService
from tmon.feature import DomainFeature

FEATURE = DomainFeature(name="calendar", services=lambda core: (CalendarService(core),))
