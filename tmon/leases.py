"""Leases: whoever is at work holds one for a short while and renews it; once it is over, others take the work for abandoned."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog

log = structlog.get_logger(__name__)


@asynccontextmanager
async def renewed(renew: Callable[[], Awaitable[object]], seconds: float, **of: Any) -> AsyncIterator[None]:
    """Call `renew` every so many seconds while the block runs. A failure is logged, with `of`: the next call may succeed."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await renew()
            except Exception:
                log.exception("lease not renewed", **of)

    renewal = asyncio.create_task(repeat())
    try:
        yield
    finally:
        renewal.cancel()
        await asyncio.wait({renewal})
