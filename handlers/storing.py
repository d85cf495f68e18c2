"""Acknowledging once what was pressed is stored, where several processes share the work (`tmon.work.Press`)."""

import asyncio
from typing import Any

from tmon.work import Press


async def until_stored(press: Press, work: "asyncio.Future[Any]", seconds: float, most: float) -> bool:
    """Wait until what was pressed is stored, or `work` on it has ended; for `seconds`, or `most` if it is just being stored.

    Returns False if that took too long: it is given up, and nothing will be stored.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    stored = asyncio.ensure_future(press.stored.wait())
    try:
        for limit in (seconds, most):
            left = max(0.0, began + limit - loop.time())
            await asyncio.wait({work, stored}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if work.done() or press.stored.is_set() or not press.storing:
                break
    finally:
        stored.cancel()
    return work.done() or not press.give_up()
