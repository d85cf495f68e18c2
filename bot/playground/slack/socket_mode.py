"""Envelopes and their acknowledgements, and the connections of Socket Mode (docs.slack.dev, "Using Socket Mode")."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from aiohttp import WSMsgType, web

from bot.playground.slack.http_requests import EnvelopeType, HttpRequests
from tmon.clock import Clock

CONNECTIONS = 10
"""Maximum number of WebSockets per app."""

DisconnectReason = Literal["warning", "refresh_requested", "link_disabled"]

ACK_SECONDS = 3.0
"""How long Slack waits for an acknowledgement (docs.slack.dev, "Handling user interaction")."""


@dataclass
class Envelope:
    """An envelope sent to the app, with its acknowledgements."""

    id: str
    type: EnvelopeType
    payload: Mapping[str, Any]
    at: datetime
    deliveries: int = 0
    acks: list[Mapping[str, Any]] = field(default_factory=list)
    """Payloads of the acknowledgements in order; empty ones are ``{}``."""


@dataclass(frozen=True)
class Delivery:
    """Result of one delivery: the ack's payload, or the reason why there is none. ``elapsed`` in seconds."""

    envelope: Envelope
    ack: Mapping[str, Any] | None
    error: str | None
    elapsed: float


class Sockets:
    """The app's WebSockets. Envelopes are distributed round-robin; once the app has request URLs, they get them instead."""

    def __init__(self, clock: Clock, app_id: str, http: HttpRequests, changed: Callable[[], None]) -> None:
        self.envelopes: list[Envelope] = []
        self.ack_seconds = ACK_SECONDS
        self._clock = clock
        self._app_id = app_id
        self._http = http
        self._changed = changed
        self._tickets: set[str] = set()
        self._connections: list[web.WebSocketResponse] = []
        self._waiting: dict[str, list[asyncio.Future[Mapping[str, Any]]]] = {}
        self._turn = 0

    @property
    def connected(self) -> int:
        """Number of open WebSockets."""
        return len(self._connections)

    def issue_ticket(self) -> str:
        """Issue a ticket for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection of the app, from ``hello`` to close."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=15)
        await socket.prepare(request)
        if self.connected >= CONNECTIONS:
            await self._send(socket, {"type": "disconnect", "reason": "too_many_websockets", "debug_info": _DEBUG_INFO})
            await socket.close()
            return socket
        self._connections.append(socket)
        self._changed()
        try:
            await self._send(
                socket,
                {
                    "type": "hello",
                    "num_connections": self.connected,
                    "debug_info": {**_DEBUG_INFO, "build_number": 1, "approximate_connection_time": 3600},
                    "connection_info": {"app_id": self._app_id},
                },
            )
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._connections.remove(socket)
            self._changed()
        return socket

    async def send(self, kind: EnvelopeType, payload: Mapping[str, Any]) -> Delivery:
        """Send an envelope and wait for its ack. An unacknowledged event is sent once more."""
        envelope = Envelope(str(uuid.uuid4()), kind, copy.deepcopy(payload), self._clock())
        self.envelopes.append(envelope)
        delivery = await self._deliver(envelope)
        if delivery.error == "timeout" and kind == "events_api" and not self._http.urls:
            return await self._deliver(envelope)
        return delivery

    async def redeliver(self, envelope_id: str | None) -> Delivery:
        """Send an envelope (by default the last one) again, as Slack does after a lost ack. Raises LookupError."""
        found = [envelope for envelope in self.envelopes if envelope_id in (None, envelope.id)]
        if not found:
            raise LookupError(f"no envelope {envelope_id!r}")
        return await self._deliver(found[-1])

    async def disconnect(self, reason: DisconnectReason) -> None:
        """Send ``disconnect`` on all connections and close them, except for ``warning``."""
        for socket in list(self._connections):
            await self._send(socket, {"type": "disconnect", "reason": reason, "debug_info": _DEBUG_INFO})
            if reason != "warning":
                await socket.close()

    async def cut(self) -> None:
        """Close all connections without notice."""
        for socket in list(self._connections):
            await socket.close()

    def abandon(self) -> None:
        """Stop waiting for acks: the app that would send them has died. What waits ends as after the full time."""
        for answer in itertools.chain.from_iterable(self._waiting.values()):
            if not answer.done():
                answer.set_exception(ConnectionError("the app has died"))

    async def _deliver(self, envelope: Envelope) -> Delivery:
        started = asyncio.get_running_loop().time()

        def outcome(ack: Mapping[str, Any] | None, error: str | None) -> Delivery:
            return Delivery(envelope, ack, error, asyncio.get_running_loop().time() - started)

        if self._http.urls:
            envelope.deliveries += 1
            ack, error = await self._http.deliver(envelope.type, envelope.payload, self.ack_seconds)
            if ack is not None:
                envelope.acks.append(ack)
            return outcome(ack, error)
        if not self._connections:
            return outcome(None, "no_bot")
        envelope.deliveries += 1
        self._turn += 1
        socket = self._connections[self._turn % len(self._connections)]
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(envelope.id, []).append(answer)
        try:
            await self._send(socket, _on_the_wire(envelope))
            return outcome(await asyncio.wait_for(answer, self.ack_seconds), None)
        except (TimeoutError, ConnectionError):
            return outcome(None, "timeout")
        finally:
            self._waiting[envelope.id].remove(answer)

    def _acknowledged(self, text: str) -> None:
        message = json.loads(text)
        envelope = next((e for e in self.envelopes if e.id == message.get("envelope_id")), None)
        if envelope is None:
            return
        ack = message.get("payload") or {}
        envelope.acks.append(ack)
        for answer in self._waiting.get(envelope.id, []):
            if not answer.done():
                answer.set_result(ack)
                break

    async def _send(self, socket: web.WebSocketResponse, message: Mapping[str, Any]) -> None:
        await socket.send_str(json.dumps(message, ensure_ascii=False))


_DEBUG_INFO = {"host": "applink-playground"}


def _on_the_wire(envelope: Envelope) -> dict[str, Any]:
    message = {
        "envelope_id": envelope.id,
        "payload": envelope.payload,
        "type": envelope.type,
        "accepts_response_payload": envelope.type != "events_api",
    }
    if envelope.deliveries > 1 or envelope.type == "events_api":
        message["retry_attempt"] = envelope.deliveries - 1
        message["retry_reason"] = "timeout" if envelope.deliveries > 1 else ""
    return message
