"""Pacing by the injected clock, so that tests need not wait (aiolimiter counts by the event loop's own time)."""

from datetime import datetime, timedelta

from tmon.clock import Clock


class TokenBucket:
    """A token bucket per lane: `burst` calls at once, then `per_second`."""

    def __init__(self, clock: Clock, *, per_second: float, burst: int) -> None:
        self._clock = clock
        self._interval = timedelta(seconds=1 / per_second)
        self._slack = self._interval * (burst - 1)
        self._next: dict[str, datetime] = {}
        """When the lane's bucket would be full again, were nothing taken."""

    def available(self, lane: str) -> bool:
        """Whether a call may go out now."""
        now = self._clock()
        return self._next.get(lane, now) - self._slack <= now

    def busy(self) -> list[str]:
        """The lanes in which no call may go out now; those that are long quiet are forgotten."""
        now = self._clock()
        self._next = {lane: full for lane, full in self._next.items() if full > now}
        return [lane for lane in self._next if not self.available(lane)]

    def consume(self, lane: str) -> None:
        """A call goes out."""
        self._next[lane] = max(self._next.get(lane, self._clock()), self._clock()) + self._interval

    def pause(self, lane: str, seconds: float) -> None:
        """Nothing goes out for that long, whatever the bucket holds: Slack's `Retry-After`."""
        self._next[lane] = self._clock() + timedelta(seconds=seconds) + self._slack
