"""The Socket Mode connection to Slack, and how long it has been silent."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import ClientError, WSMessage
from aiohttp.web import RouteDef
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError

log = structlog.stdlib.get_logger(__name__)

CONNECT_SECONDS = 30
PING_SECONDS = 5


class SlackSocket:
    """A Socket Mode connection, and when Slack was last heard on it."""

    def __init__(self, app: AsyncApp, app_token: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._handler = AsyncSocketModeHandler(
            app, app_token, logger=app.logger, web_client=app.client, ping_interval=PING_SECONDS
        )
        self._client = self._handler.client
        self._client.proxy = app.client.proxy
        self._client.on_message_listeners.append(self._said)
        self._pong = self._client.last_ping_pong_time
        self._heard = monotonic()

    async def connect(self) -> None:
        """Connect. Raises TimeoutError if Slack accepts no connection (the SDK retries by itself until then)."""
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._handler.connect_async()  # type: ignore[no-untyped-call]
        self._heard = self._monotonic()

    def routes(self) -> list[RouteDef]:
        """Return nothing: it is this process that connects."""
        return []

    def silent_seconds(self) -> float:
        """Seconds since Slack was last heard: no envelope and no pong."""
        if self._client.last_ping_pong_time not in (None, self._pong):
            self._pong = self._client.last_ping_pong_time
            self._heard = self._monotonic()
        return self._monotonic() - self._heard

    async def reconnect(self) -> None:
        """Connect at a new URL; a failure is only logged, since the watchdog tries again."""
        # A client that is connecting retries one URL for ever; without one it asks Slack for a new one.
        self._client.wss_uri = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._client.connect_to_new_endpoint()
        except (SlackClientError, ClientError, OSError) as error:
            log.warning("Slack cannot be reached", error=type(error).__name__)

    def stop_listening(self) -> None:
        """Accept no more envelopes (Slack sends them again to the next process); acknowledgements are still sent."""
        self._client.socket_mode_request_listeners.clear()

    async def close(self) -> None:
        """Close the connection."""
        await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def _said(self, _: WSMessage) -> None:
        self._heard = self._monotonic()


@asynccontextmanager
async def listening(app: AsyncApp, app_token: str) -> AsyncIterator[SlackSocket]:
    """Listen to Slack within the block. Raises TimeoutError if it cannot connect."""
    socket = SlackSocket(app, app_token)
    try:
        await socket.connect()
        yield socket
    finally:
        await socket.close()
