"""Envelopes as signed HTTP requests to the app (docs.slack.dev, "Verifying requests from Slack", "Using the Events API")."""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from tmon.clock import Clock

EnvelopeType = Literal["slash_commands", "interactive", "events_api"]
RETRY_SECONDS = (0.0, 60.0, 300.0)
"""When Slack sends an event again that was not answered with 2xx: "nearly immediately", after 1 minute, after 5 minutes."""
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


class UrlNotVerified(Exception):
    """The app did not answer the challenge, so that Slack refuses its request URL."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a request."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()


class HttpRequests:
    """The app's request URLs; several are processes behind a balancer, which get requests in turn."""

    def __init__(self, clock: Clock, verification_token: str) -> None:
        self.signing_secret = secrets.token_hex(16)
        self.urls: tuple[str, ...] = ()
        self.retry_seconds = RETRY_SECONDS
        self._clock = clock
        self._verification_token = verification_token
        self._session: ClientSession | None = None
        self._turns = itertools.count()
        self._retries: set[asyncio.Task[None]] = set()

    async def use(self, *urls: str) -> None:
        """Send envelopes to these URLs from now on. Raises UrlNotVerified."""
        for url in urls:
            challenge = secrets.token_urlsafe(32)
            asked = {"token": self._verification_token, "challenge": challenge, "type": "url_verification"}
            try:
                status, body, _ = await self._post(url, _JSON, json.dumps(asked).encode(), {}, 3)
            except (ClientError, TimeoutError, OSError) as error:
                raise UrlNotVerified(f"{url}: {type(error).__name__}") from None
            if status != 200 or challenge.encode() not in body:
                raise UrlNotVerified(f"{url}: {status}")
        self.urls = urls

    async def deliver(
        self, kind: EnvelopeType, payload: Mapping[str, Any], seconds: float
    ) -> tuple[Mapping[str, Any] | None, str | None]:
        """Send an envelope once; an event that is not answered is sent again. Returns the ack or the error."""
        answer, error, again = await self._send(kind, payload, seconds, {})
        if kind != "events_api" or error is None or not again:
            return answer, error
        first, *later = self.retry_seconds
        await asyncio.sleep(first)
        answer, error, again = await self._send(kind, payload, seconds, _retry(1, error))
        if error is not None and again:
            task = asyncio.create_task(self._send_later(payload, seconds, later, error))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)
        return answer, error

    async def close(self) -> None:
        """Forget what would be sent again, and close connections."""
        for task in self._retries:
            task.cancel()
        if self._session is not None:
            await self._session.close()

    async def _send_later(self, payload: Mapping[str, Any], seconds: float, after: list[float], error: str) -> None:
        reason: str | None = error
        for number, wait in enumerate(after, start=2):
            await asyncio.sleep(wait)
            _, reason, again = await self._send("events_api", payload, seconds, _retry(number, reason or error))
            if reason is None or not again:
                return

    async def _send(
        self, kind: EnvelopeType, payload: Mapping[str, Any], seconds: float, headers: Mapping[str, str]
    ) -> tuple[Mapping[str, Any] | None, str | None, bool]:
        """Return the ack, or why there is none and whether the app wants to get the event again."""
        url = self.urls[next(self._turns) % len(self.urls)]
        try:
            status, body, answered = await self._post(url, *_encoded(kind, payload), headers, seconds)
        except TimeoutError:
            return None, "timeout", True
        except (ClientError, OSError):
            return None, "no_bot", True
        if not 200 <= status < 300:
            return None, "http_error", answered.get("X-Slack-No-Retry") != "1"
        return _ack(kind, body), None, False

    async def _post(
        self, url: str, content_type: str, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> tuple[int, bytes, Mapping[str, str]]:
        if self._session is None:
            self._session = ClientSession(connector=TCPConnector(limit=0))
        timestamp = str(int(self._clock().timestamp()))
        signed = {
            "Content-Type": content_type,
            "User-Agent": _AGENT,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.signing_secret, timestamp, body),
            **headers,
        }
        async with self._session.post(
            url, data=body, headers=signed, timeout=ClientTimeout(total=seconds), allow_redirects=False
        ) as response:
            return response.status, await response.read(), response.headers


def _retry(number: int, error: str) -> dict[str, str]:
    reasons = {"timeout": "http_timeout", "no_bot": "connection_failed"}
    return {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reasons.get(error, error)}


def _encoded(kind: EnvelopeType, payload: Mapping[str, Any]) -> tuple[str, bytes]:
    if kind == "events_api":
        return _JSON, json.dumps(payload, ensure_ascii=False).encode()
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload, ensure_ascii=False)}
    return _FORM, urlencode(fields).encode()


def _ack(kind: EnvelopeType, body: bytes) -> Mapping[str, Any]:
    """What the app has answered; to a command, words are a message."""
    try:
        answer = json.loads(body) if body.strip() else {}
    except ValueError:
        answer = body.decode(errors="replace")
    if isinstance(answer, dict):
        return answer
    return {"text": str(answer)} if kind == "slash_commands" else {"invalid": answer}
