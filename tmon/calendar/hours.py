"""The hours in which reviews, settlement and reports of a store are collected (수집 시간). Orders and claims have none."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tmon.business_days import is_public_holiday
from tmon.models.stores import Store

_DAY = timedelta(days=1)
_SEARCHED_DAYS = 60
"""No run of holidays hides a weekday for so long."""


def is_open(store: Store, at: datetime, zone: tzinfo) -> bool:
    """Return whether `at` is inside the hours of `store`, whose times are those of `zone`. The end is outside."""
    today = at.astimezone(zone).date()
    return any(begin <= at < end for begin, end in _spans(store, today - _DAY, today, zone))


def next_opening(store: Store, at: datetime, zone: tzinfo) -> datetime:
    """Return `at` itself when it is inside the hours of `store`, else the next moment that is; in UTC."""
    at = at.astimezone(UTC)
    if is_open(store, at, zone):
        return at
    today = at.astimezone(zone).date()
    spans = _spans(store, today, today + _SEARCHED_DAYS * _DAY, zone)
    return next((begin for begin, _ in spans if begin > at), at)


def _spans(store: Store, first: date, last: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Yield begin and end of the hours that begin on the days from `first` to `last`.

    An end that is not after the start is on the next day: 22:00–06:00, and 00:00–00:00 for the whole day.
    """
    start, end = store.hours_from or time(0), store.hours_to or time(0)
    for day in (first + count * _DAY for count in range((last - first).days + 1)):
        if store.hours_days and day.weekday() not in store.hours_days:
            continue
        if store.hours_skip_holidays and is_public_holiday(day):
            continue
        last_day = day if end > start else day + _DAY
        yield (
            datetime.combine(day, start, zone).astimezone(UTC),
            datetime.combine(last_day, end, zone).astimezone(UTC),
        )
