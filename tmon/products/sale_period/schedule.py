"""When sale periods are extended and previewed. Moments are aware UTC, days those of the configured time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PREVIEW_AT = time(20, 0)
"""On the evening before the run."""
_DAY = timedelta(days=1)


class ExtensionSchedule:
    """One run a day, previewed the evening before."""

    def __init__(self, run_at: time, zone: ZoneInfo) -> None:
        """`run_at`: the time of day of the run, in `zone`."""
        self._run_at = run_at
        self._zone = zone

    def day_of(self, run: datetime) -> date:
        """The day of a run that is due at `run`."""
        return run.astimezone(self._zone).date()

    def preview_of(self, run: datetime) -> datetime:
        """When the run that is due at `run` is previewed."""
        return self._moment(self.day_of(run) - _DAY, PREVIEW_AT)

    def run_after(self, now: datetime) -> datetime:
        """The next run."""
        run = self._moment(self.day_of(now), self._run_at)
        return run if run > now else self._moment(self.day_of(now) + _DAY, self._run_at)

    def first_run(self, now: datetime) -> datetime:
        """The first run that can still be previewed: what was turned on a minute ago surprises nobody."""
        today = self.day_of(now)
        evening = today if now < self._moment(today, PREVIEW_AT) else today + _DAY
        return self._moment(evening + _DAY, self._run_at)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self._zone).astimezone(UTC)
