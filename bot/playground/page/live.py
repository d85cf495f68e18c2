"""Server-sent events that tell open pages which parts to reload."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

from aiohttp import web

KEEP_ALIVE_SECONDS = 20


@dataclass(eq=False)
class _OpenPage:
    """An open page. ``pending`` is an ordered set: equal changes are sent once."""

    viewer: str
    pending: dict[tuple[str, str | None], None] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """The open pages."""

    def __init__(self) -> None:
        self._pages: set[_OpenPage] = set()
        self._closed = False

    def notify(self, kind: str, *, user: str | None = None, channel: str | None = None) -> None:
        """Notify the pages of ``user`` (None: all pages) of a change of this kind."""
        for page in self._pages:
            if user in (None, page.viewer):
                page.pending[kind, channel] = None
                page.wake.set()

    def close(self) -> None:
        """End all streams, so that shutdown does not wait for open pages."""
        self._closed = True
        for page in self._pages:
            page.wake.set()

    async def stream(self, request: web.Request, viewer: str) -> web.StreamResponse:
        """Stream events to one page until it is closed."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        page = _OpenPage(viewer)
        self._pages.add(page)
        try:
            await response.prepare(request)
            await response.write(b": open\n\n")
            while not self._closed:
                try:
                    await asyncio.wait_for(page.wake.wait(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                page.wake.clear()
                changes, page.pending = page.pending, {}
                for kind, channel in changes:
                    await response.write(f"data: {json.dumps({'kind': kind, 'channel': channel})}\n\n".encode())
        except ConnectionResetError:
            pass  # the page was left, which is the usual end of a stream
        finally:
            self._pages.discard(page)
        return response
