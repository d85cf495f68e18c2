"""What is under way when the process is asked to stop, and must not be cut in two."""

import asyncio
from collections.abc import Awaitable, Callable


class TaskTracker:
    """Counts what runs; once closing, nothing new begins."""

    def __init__(self) -> None:
        self._running = 0
        self._closing = False
        self._idle = asyncio.Event()
        self._idle.set()

    def track(self, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """`work`, counted; does nothing once closing."""

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
        """From here on nothing new begins."""
        self._closing = True

    async def idle(self) -> None:
        """Returns when nothing runs."""
        await self._idle.wait()
