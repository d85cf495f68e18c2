"""A clock that a test moves."""

from datetime import UTC, datetime, timedelta

TUESDAY = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
"""Tuesday, 10:00 in Seoul: a business day with business days around it."""


class MovableClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = TUESDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        """Moves on."""
        self.now += by

    def set(self, moment: datetime) -> None:
        """Moves to an aware `moment`."""
        self.now = moment.astimezone(UTC)
