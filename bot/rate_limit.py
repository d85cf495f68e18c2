"""Rate limiting by the time that passes on the injected clock, so that tests need not wait (aiolimiter uses the loop's)."""

from tmon.clock import Clock, ElapsedTime


class TokenBucket:
    """A token bucket per queue: `burst` calls at once, then `per_second`."""

    def __init__(self, clock: Clock, *, per_second: float, burst: int) -> None:
        self._clock = ElapsedTime(clock)
        self._interval = 1 / per_second
        self._slack = self._interval * (burst - 1)
        self._next: dict[str, float] = {}
        """When the bucket of a queue will be full again if nothing is consumed, in elapsed seconds."""

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
        self._next[lane] = self._clock() + seconds + self._slack
