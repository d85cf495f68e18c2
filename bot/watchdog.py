"""Stops a process that Slack can no longer reach, so that its supervisor starts a new one."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS = 15
RECONNECT_SECONDS = 60
"""Silent for this long: reconnect (the SDK has tried by itself before)."""
SILENT_SECONDS = 300
"""Silent for this long: stop."""
EXIT_SILENT = 70
"""Exit code when stopping (EX_SOFTWARE of sysexits.h)."""


class Watchdog:
    """Watches the socket."""

    def __init__(
        self,
        silent_seconds: Callable[[], float],
        reconnect: Callable[[], Awaitable[None]],
        stop: Callable[[int], None],
    ) -> None:
        """`silent_seconds`: how long the socket has been silent; `stop` ends the process with an exit code."""
        self._silent_seconds = silent_seconds
        self._reconnect = reconnect
        self._stop = stop

    async def look(self) -> None:
        """Reconnect or stop, depending on how long the socket is silent."""
        silent = self._silent_seconds()
        if silent >= SILENT_SECONDS:
            log.critical("Slack is not heard any more; giving up", seconds=round(silent))
            self._stop(EXIT_SILENT)
        elif silent >= RECONNECT_SECONDS:
            log.warning("Slack is not heard; connecting anew", seconds=round(silent))
            await self._reconnect()

    async def run(self) -> None:
        """Check periodically."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()
