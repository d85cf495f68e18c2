"""How a Web API method says no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """``{"ok": false, "error": error, …}``. ``more`` are further keys of the answer."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


class Throttled(Exception):
    """HTTP 429 with ``Retry-After``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


def explained(error: str, complaints: Sequence[object], *, errors: bool = False) -> Refused:
    """A refusal that says what is wrong where; chat.postMessage says it twice (``errors``)."""
    more: dict[str, Any] = {"response_metadata": {"messages": [f"[ERROR] {complaint}" for complaint in complaints]}}
    if errors:
        more["errors"] = [str(complaint) for complaint in complaints]
    return Refused(error, **more)
