"""A TMON that says what a test tells it to, over a real socket, and remembers what it was asked."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]

VENDOR_ID = "SAMPLEVENDOR"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = field(repr=False)


class StubServer:
    """Answers calls below `/api/SAMPLEVENDOR` from `replies` in turn, the last one for ever; hands out numbered tokens."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.token_requests: list[Asked] = []
        self.replies: list[Reply] = [json_reply([])]
        self.token_replies: list[Reply] = []
        self.expires_in: int | None = 43199
        self.hanging = asyncio.Event()
        self._patience = asyncio.Event()
        self.url = ""
        self._runner: web.AppRunner | None = None

    def says(self, *replies: Reply) -> None:
        """Sets what the next calls are answered with."""
        self.replies = list(replies)

    async def start(self) -> None:
        """Listens on a free port."""
        app = web.Application()
        app.router.add_post("/oauth/token", self._token)
        app.router.add_route("*", "/api/{tail:.*}", self._api)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Lets go of whoever waits, and of the port."""
        self._patience.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def hang(self, request: web.Request) -> web.StreamResponse:
        """Never answers."""
        self.hanging.set()
        await self._patience.wait()
        return web.Response()

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        body = json.dumps({name: str(value) for name, value in form.items()}).encode()
        self.token_requests.append(_asked(request, body))
        if self.token_replies:
            return await self.token_replies.pop(0)(request)
        number = len(self.token_requests)
        await asyncio.sleep(0)
        answer = {"access_token": f"token-{number}", "token_type": "bearer", "vendorId": VENDOR_ID}
        return web.json_response(answer if self.expires_in is None else answer | {"expires_in": self.expires_in})

    async def _api(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(_asked(request, await request.read()))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await reply(request)


def _asked(request: web.Request, body: bytes) -> Asked:
    return Asked(request.method, request.rel_url.raw_path, dict(request.query), dict(request.headers), body)


def json_reply(data: Any, status: int = 200, **headers: str) -> Reply:
    """JSON."""
    return text_reply(json.dumps(data, ensure_ascii=False), status, "application/json", **headers)


def text_reply(text: str | bytes, status: int = 200, kind: str = "text/html", **headers: str) -> Reply:
    """Any body."""
    body = text.encode() if isinstance(text, str) else text
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}

    async def reply(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, content_type=kind, headers=spelled)

    return reply


def drop_reply(sent: bytes = b"") -> Reply:
    """Cuts the connection, after `sent`."""

    async def reply(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        if sent:
            request.transport.write(sent)
            await asyncio.sleep(0.02)
        request.transport.abort()
        return web.Response()

    return reply


async def reset_reply(request: web.Request) -> web.StreamResponse:
    """Cuts the connection as a machine does that goes down: RST in place of FIN."""
    assert request.transport is not None
    connection = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response()


def drip_reply(seconds: float) -> Reply:
    """A byte now and then, for ever."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(seconds)

    return reply


def paths(asked: Sequence[Asked]) -> list[str]:
    """The paths below the vendor, in order."""
    return [one.path.removeprefix(f"/api/{VENDOR_ID}") for one in asked]
