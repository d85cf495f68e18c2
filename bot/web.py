"""Slack over HTTP: requests to `/slack/events`, of which nothing but signed ones reaches Bolt.

What is refused is refused by its headers where possible, before its body is read. Slack sends an event again that was not
answered, maybe to another process: it is taken like the first, and `tmon.envelopes` knows whether it was one.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from bot.manifest import EVENTS
from tmon.clock import Clock

log = structlog.stdlib.get_logger(__name__)

BODY_SECONDS = 3.0
"""How long a body may take to arrive: Slack does not wait longer for the answer."""
_TIMESTAMP, _SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
_DIGITS = 12
"""Maximum length of a timestamp."""
_MAX_AGE_SECONDS = 300
"""Of a signature (docs.slack.dev, "Verifying requests from Slack")."""


class SlackRequests:
    """Serves Slack's requests."""

    def __init__(self, app: AsyncApp, signing_secret: str, max_body: int, clock: Clock) -> None:
        """`max_body`: bytes. `clock`: tells how old a signature is."""
        self._app = app
        self._max_body = max_body
        self._verifier = SignatureVerifier(signing_secret, _Clock(clock))

    def routes(self) -> list[web.RouteDef]:
        """Return what the server of the process serves."""
        return [web.post(EVENTS, self._serve)]

    def silent_seconds(self) -> float:
        """Return 0: it is Slack that connects, so a silence says nothing."""
        return 0.0

    def stop_listening(self) -> None:
        """Change nothing: whatever arrives until the server is closed is answered, for Slack asks nobody else.

        `/healthz` tells the balancer to send no more, and a connection that is refused makes it ask another process.
        """

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        status = self._refusal(request)
        if status is None:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    raw = await request.content.read()
            except TimeoutError:
                status = HTTPStatus.REQUEST_TIMEOUT
            except OSError:  # it hung up
                status = HTTPStatus.BAD_REQUEST
            else:
                if not self._is_signed(request, raw):
                    status = HTTPStatus.UNAUTHORIZED
        if status is not None:
            log.info("request refused", status=status.value)
            return _answer(status)
        try:
            body = _parsed(request.content_type, raw)
        except (ValueError, RecursionError):
            log.warning("a signed request cannot be read", content_type=request.content_type)
            return _answer(HTTPStatus.BAD_REQUEST)
        if body.get("type") == "url_verification":
            return web.json_response({"challenge": str(body.get("challenge", ""))})
        if (number := request.headers.get("X-Slack-Retry-Num")) is not None:
            log.info("Slack sends again", number=number, reason=request.headers.get("X-Slack-Retry-Reason"))
        # Without the headers of the request: nobody signed them, and Bolt obeys some. In this mode it takes a body as it is.
        answer = await self._app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        return await to_aiohttp_response(answer)

    def _refusal(self, request: web.Request) -> HTTPStatus | None:
        """Return why a request is refused whatever its body says, or None."""
        if request.content_length is None or "Transfer-Encoding" in request.headers:
            return HTTPStatus.LENGTH_REQUIRED
        if request.content_length > self._max_body:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        timestamp = request.headers.get(_TIMESTAMP, "")
        plausible = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _DIGITS
        if not plausible or abs(self._verifier.clock.now() - int(timestamp)) > _MAX_AGE_SECONDS:
            return HTTPStatus.UNAUTHORIZED
        signature = request.headers.get(_SIGNATURE, "")
        return None if signature.startswith("v0=") and signature.isascii() else HTTPStatus.UNAUTHORIZED

    def _is_signed(self, request: web.Request, raw: bytes) -> bool:
        try:
            return self._verifier.is_valid(raw, request.headers[_TIMESTAMP], request.headers.get(_SIGNATURE))
        except UnicodeDecodeError:
            return False


class _Clock(SignatureClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


def _answer(status: HTTPStatus) -> web.Response:
    answer = web.Response(status=status, text=status.phrase)
    answer.force_close()  # what may follow on the connection was not read
    return answer


def _parsed(content_type: str, raw: bytes) -> dict[str, Any]:
    """Return the body of an event, or of an interaction or a command. Raises ValueError.

    Bolt's own parser takes every form that contains the word `payload` for an interaction, commands included.
    """
    text = raw.decode()
    if content_type == "application/json":
        body = json.loads(text)
    elif content_type == "application/x-www-form-urlencoded":
        fields = dict(parse_qsl(text, keep_blank_values=True))
        body = json.loads(fields["payload"]) if "payload" in fields else fields
    else:
        raise ValueError(content_type)
    if not isinstance(body, dict):
        raise ValueError("not an object")
    return body
