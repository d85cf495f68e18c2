"""Moments, personal data and the table of calls, without a server."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tmon.api.wire import ApiModel, Moment, format_datetime, read


class Dated(ApiModel):
    at: Moment


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(-12, 14))
def test_moments_survive_the_wire(moment: datetime, hours: int) -> None:
    aware = moment.replace(tzinfo=UTC, microsecond=0) + timedelta(hours=hours)
    text = format_datetime(aware)
    assert len(text) == 19
    assert read(Dated, {"at": text}).at == aware
    assert read(Dated, {"at": text}).at.tzinfo is UTC
    if aware.second == 0:
        assert read(Dated, {"at": text[:16]}).at == aware


def test_moments_are_korean() -> None:
    assert format_datetime(datetime(2024, 3, 5, 15, 0, 1, 999, tzinfo=UTC)) == "2024-03-06T00:00:01"
    assert read(Dated, {"at": "2024-03-06T00:00"}).at == datetime(2024, 3, 5, 15, tzinfo=UTC)
    assert read(Dated, {"at": "2024-03-06T00:00:01Z"}).at == datetime(2024, 3, 6, 0, 0, 1, tzinfo=UTC)
