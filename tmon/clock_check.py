"""Whether the machine's clock can be right: it is compared with the `Date` headers of TMON's and Slack's answers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

from tmon.clock import Clock, ElapsedTime
from tmon.database import utc

log = structlog.stdlib.get_logger(__name__)

TOLERANCE = timedelta(minutes=5)
"""A clock that differs by no more than this is right enough to count days with."""
FRESH_SECONDS = 600.0
"""For so long a header counts; after that one is asked for."""
_ASK_SECONDS = 10


async def _nobody() -> None: ...


class ClockCheck:
    """Remembers when an answer last agreed with the clock, and by how much the last one differed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._elapsed = ElapsedTime(clock)
        self._agreed_at: float | None = None
        self._heard_at: float | None = None
        self._difference: timedelta | None = None
        self.ask: Callable[[], Awaitable[object]] = _nobody
        """Makes a call whose answer is passed to `heard`."""

    def heard(self, date: str | None) -> None:
        """Compare the clock with the `Date` header of an answer that has just come; one that cannot be read says nothing."""
        try:
            moment = utc(parsedate_to_datetime(date or ""))
        except (ValueError, TypeError, OverflowError):
            return
        self._difference, self._heard_at = moment - self._clock(), self._elapsed()
        if abs(self._difference) <= TOLERANCE:
            self._agreed_at = self._heard_at

    def wrong_by(self) -> timedelta | None:
        """Return by how much the clock is wrong, as far as that is known; None if it agrees or nothing was heard."""
        return None if self._agreed_lately() or self._is_close() else self._difference

    async def is_plausible(self) -> bool:
        """Whether an answer agreed with the clock within minutes; asks for one where none came."""
        if not self._is_fresh(self._heard_at):
            try:
                async with asyncio.timeout(_ASK_SECONDS):
                    await self.ask()
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing was heard
                log.info("nobody says what time it is", error=type(error).__name__)
        return self._agreed_lately()

    def _is_close(self) -> bool:
        return self._difference is None or abs(self._difference) <= TOLERANCE

    def _agreed_lately(self) -> bool:
        return self._is_fresh(self._agreed_at)

    def _is_fresh(self, at: float | None) -> bool:
        return at is not None and self._elapsed() - at <= FRESH_SECONDS


def http_date(moment: datetime) -> str:
    """Return `moment` as a `Date` header."""
    return utc(moment).strftime("%a, %d %b %Y %H:%M:%S GMT")
