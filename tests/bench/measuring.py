"""Seconds and memory of what is measured."""

import time
import tracemalloc
from collections.abc import Awaitable, Callable


async def measured(run: Callable[[], Awaitable[object]]) -> tuple[float, int]:
    """Seconds of the second of two runs, and the peak of memory in a third one: tracing makes it slow."""
    await run()
    begin = time.perf_counter()
    await run()
    taken = time.perf_counter() - begin
    tracemalloc.start()
    await run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken, peak
