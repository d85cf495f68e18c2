"""The playground's clock: the machine's, moved ahead by whole days on request."""

from datetime import datetime, timedelta

from tmon.clock import Clock, system_clock


class PlaygroundClock:
    """A clock that far sides and bot share, so that days pass for all of them at once. It is never set back."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the playground's time, aware and in UTC."""
        return self._clock() + self._ahead

    def pass_a_day(self) -> None:
        """Move on by a day."""
        self._ahead += timedelta(days=1)
