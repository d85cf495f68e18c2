"""Days and times as the pickers of forms give them."""

from datetime import date, time


def typed_date(typed: object) -> date | None:
    """Return a picked day; None if there is none."""
    try:
        return date.fromisoformat(str(typed or ""))
    except ValueError:
        return None


def typed_time(typed: object) -> time | None:
    """Return a picked time; None if there is none."""
    try:
        return time.fromisoformat(str(typed or ""))
    except ValueError:
        return None
