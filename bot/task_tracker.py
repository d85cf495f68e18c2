"""Tracks running work that a stop of the process must not interrupt."""

import asyncio
from collections.abc import Awaitable, Callable


class TaskTracker:
    """Counts running work; after `close` nothing new starts."""

    def __init__(self) -> None:
        self._running = 0
        self._closing = False
        self._idle = asyncio.Event()
        self._idle.set()

    def track(self, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """Wrap `work` so that it is counted; it does nothing after `close`."""

        async def counted() -> None:
            if self._closing:
                return
            self._running += 1
            self._idle.clear()
            try:
                await work()
            finally:
                self._running -= 1
                if not self._running:
                    self._idle.set()

        return counted

    def close(self) -> None:
        """Let nothing new start from now on."""
        self._closing = True

    async def idle(self) -> None:
        """Wait until nothing is running."""
        await self._idle.wait()
