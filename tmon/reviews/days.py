"""Times of the digest. A pure function."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tmon.calendar.hours import next_opening
from tmon.models.stores import Store

_DAY = timedelta(days=1)


def last_digest(store: Store, at: time, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the last digest of a store was due: daily `at`, or when its hours begin next; None if it is too long ago.

    What was seen before it and is not reported yet belongs into it, however late it is.
    """
    today = now.astimezone(zone).date()
    for day in (today, today - _DAY):
        due = next_opening(store, datetime.combine(day, at, zone).astimezone(UTC), zone)
        if due <= now:
            return due
    return None
