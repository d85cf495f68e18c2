"""Errors of Web API methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class WebApiError(Exception):
    """An error response: ``{"ok": false, "error": error, …}``. ``more`` are further keys."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


class RateLimited(Exception):
    """HTTP 429 with ``Retry-After``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


def violations_error(error: str, violations: Sequence[object], *, errors: bool = False) -> WebApiError:
    """An error that lists the violations; chat.postMessage lists them twice (``errors``)."""
    more: dict[str, Any] = {"response_metadata": {"messages": [f"[ERROR] {violation}" for violation in violations]}}
    if errors:
        more["errors"] = [str(violation) for violation in violations]
    return WebApiError(error, **more)
