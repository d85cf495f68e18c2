"""Rate limiting by the injected clock, so that tests need not wait (aiolimiter uses the event loop's time)."""

from datetime import datetime, timedelta

from tmon.clock import Clock


class TokenBucket:
    """A token bucket per queue: `burst` calls at once, then `per_second`."""

    def __init__(self, clock: Clock, *, per_second: float, burst: int) -> None:
        self._clock = clock
        self._interval = timedelta(seconds=1 / per_second)
        self._slack = self._interval * (burst - 1)
        self._next: dict[str, datetime] = {}
        """When the bucket of a queue will be full again if nothing is consumed."""

    def available(self, lane: str) -> bool:
        """Whether a call is allowed now."""
        now = self._clock()
        return self._next.get(lane, now) - self._slack <= now

    def busy(self) -> list[str]:
        """Return the queues in which no call is allowed now; drops the state of idle ones."""
        now = self._clock()
        self._next = {lane: full for lane, full in self._next.items() if full > now}
        return [lane for lane in self._next if not self.available(lane)]

    def consume(self, lane: str) -> None:
        """Count a call."""
        self._next[lane] = max(self._next.get(lane, self._clock()), self._clock()) + self._interval

    def pause(self, lane: str, seconds: float) -> None:
        """Allow no call for this long, whatever the bucket contains: Slack's `Retry-After`."""
        self._next[lane] = self._clock() + timedelta(seconds=seconds) + self._slack
