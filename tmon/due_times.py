"""Stored times and a clock that may be set: a wait ends when its time has come, and also when it cannot be right.

A due time is stored as now + a pause, so it never lies further ahead than the longest pause, and what has happened never
lies ahead at all. Where one does, the clock was ahead when it was stored (or has been set back since), and waiting for it
could take days: it counts as come.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_

from tmon.clock import Clock
from tmon.database import Moment, read_when_executed

NOTHING = timedelta()
LOOK_BACK = timedelta(hours=1)
"""How far a job that acts on what has passed goes back. Which of it was acted on, by whatever process, the rows say."""


class Moving:
    """The time of a clock when a statement is executed, for statements that are kept; or a moment so much later."""

    def __init__(self, clock: Clock, later: timedelta = NOTHING) -> None:
        self._clock, self._later = clock, later

    def __add__(self, pause: timedelta) -> "Moving":
        return Moving(self._clock, self._later + pause)

    def __sub__(self, pause: timedelta) -> "Moving":
        return Moving(self._clock, self._later - pause)

    def __clause_element__(self) -> ColumnElement[datetime]:
        return read_when_executed(lambda: self._clock() + self._later, Moment())


def has_come(due_at: Any, now: datetime | Moving, longest: timedelta) -> ColumnElement[bool]:
    """Return the condition that the due time in a column has come. `longest`: the longest pause that is stored there."""
    return or_(due_at <= now, due_at > now + longest)


def is_over(since: Any, now: datetime | Moving, pause: timedelta) -> ColumnElement[bool]:
    """Return the condition that `pause` is over since the moment in a column, at which something happened."""
    return or_(since <= now - pause, since > now)


def over(since: datetime, now: datetime, pause: timedelta) -> bool:
    """Return whether `pause` is over since a moment at which something happened."""
    return not NOTHING <= now - since < pause
