"""Locks of open views, so that what was read earlier is not drawn over what was read later.

They are of one process. Two presses on a list within a moment may come to two `web`; then it may show what the earlier one
asked for until the next press. Slack's `hash` would let the first drawing win instead, and the later press be lost.
"""

import asyncio

from cachetools import TTLCache

_locks: TTLCache[str, asyncio.Lock] = TTLCache(maxsize=5000, ttl=3600)


def view_lock(view_id: str) -> asyncio.Lock:
    """Return the lock of a view, to be held while its content is read and drawn: presses may follow each other quickly."""
    return _locks.setdefault(view_id, asyncio.Lock())
