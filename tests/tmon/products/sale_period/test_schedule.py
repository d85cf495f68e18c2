"""When they are extended."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tmon.clock import KST
from tmon.products.sale_period.schedule import ExtensionSchedule

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
ZONES = st.sampled_from([KST, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("UTC")])


@given(now=MOMENTS, run_at=st.times().map(lambda at: at.replace(second=0, microsecond=0)), zone=ZONES)
def test_runs_come_once_a_day_and_a_first_one_can_be_previewed(now: datetime, run_at: time, zone: ZoneInfo) -> None:
    timetable = ExtensionSchedule(run_at, zone)
    following = timetable.run_after(now)
    assert now < following <= now + timedelta(hours=26)
    assert timetable.day_of(timetable.run_after(following)) == timetable.day_of(following) + timedelta(days=1)
    first = timetable.first_run(now)
    assert now < timetable.preview_of(first) < first
    assert timetable.preview_of(first) <= now + timedelta(hours=25)
