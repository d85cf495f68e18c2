"""Ends a process that Slack can no longer reach, so that its supervisor starts a new one."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS = 15
WORRIED_SECONDS = 60
"""Deaf for so long: connect anew (the SDK has tried by itself before)."""
SILENT_SECONDS = 300
"""Deaf for so long: give up."""
EXIT_SILENT = 70
"""The exit code then (EX_SOFTWARE of sysexits.h)."""


class Watchdog:
    """Looks after the socket."""

    def __init__(
        self,
        deaf_seconds: Callable[[], float],
        reconnect: Callable[[], Awaitable[None]],
        stop: Callable[[int], None],
    ) -> None:
        """`deaf_seconds`: how long nothing was heard; `stop` ends the process with an exit code."""
        self._deaf_seconds = deaf_seconds
        self._reconnect = reconnect
        self._stop = stop

    async def look(self) -> None:
        """Does what the silence calls for."""
        deaf = self._deaf_seconds()
        if deaf >= SILENT_SECONDS:
            log.critical("Slack is not heard any more; giving up", seconds=round(deaf))
            self._stop(EXIT_SILENT)
        elif deaf >= WORRIED_SECONDS:
            log.warning("Slack is not heard; connecting anew", seconds=round(deaf))
            await self._reconnect()

    async def run(self) -> None:
        """Looks again and again."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()
