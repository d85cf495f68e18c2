"""HTTP transport: single requests, network errors, and retries of reads.

httpx never re-sends a request, so a write is sent at most once.
"""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from tmon.api import decoding
from tmon.api.decoding import Undecodable, decompress
from tmon.api.endpoints import Endpoint
from tmon.api.errors import NotAsked, Throttled, TmonError, Unavailable, UnknownOutcome, UnreadableAnswer
from tmon.network import proxy_for, tls_context

TIMEOUTS = httpx.Timeout(90.0, connect=30.0, pool=30.0)
"""Seconds, as used by a working integration (docs/tmon-api.md, ch. 3)."""

RETRY_DELAYS = (1.0, 2.0, 4.0)
"""Seconds before the second, third and fourth attempt, plus jitter (docs/tmon-api.md, ch. 17)."""

MAX_RETRY_SECONDS = 120.0
"""Seconds after which no further attempt is started: the caller tries again later."""

NOT_SENT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

T = TypeVar("T")

# httpcore looks for this module several times per request, through all folders: nothing but asyncio runs here
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response. `retry_after` is in seconds."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None = None


def ambiguous_error(
    endpoint: Endpoint, message: str | None = None, status: int | None = None, *, reason: str = ""
) -> TmonError:
    """Return the error for an inconclusive answer: Unavailable for a read, UnknownOutcome for a write."""
    kind = UnknownOutcome if endpoint.writes else Unavailable
    return kind(endpoint.name, message, status, reason=reason)


class Transport:
    """The HTTP client of the process."""

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: httpx.Timeout | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        timeouts = timeouts or TIMEOUTS
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=timeouts,
            follow_redirects=False,
            verify=tls_context(),
            proxy=proxy_for(base_url),
            trust_env=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )
        # httpx's read timeout applies between chunks; a server that sends slowly needs a total limit, too.
        self._total_timeout = None if timeouts.read is None else 3 * timeouts.read
        self.on_date: Callable[[str | None], object] = lambda _: None
        """Called with the `Date` header of each answer."""
        self._sleep = sleep
        self.monotonic = monotonic

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, endpoint: Endpoint, path: str, **request: Any) -> RawResponse:
        """Send a request once. `request`: further arguments of httpx's `stream`.

        Raises Unavailable if nothing was sent, and `ambiguous_error` if the response was lost.
        """
        try:
            async with (
                asyncio.timeout(self._total_timeout),
                self._client.stream(endpoint.method, path, **request) as response,
            ):
                self.on_date(response.headers.get("Date"))
                try:
                    content = decompress(await _body(response), response.headers.get("Content-Encoding", ""))
                except Undecodable as error:
                    if response.is_success:
                        raise unreadable(endpoint, response.status_code, error.why) from None
                    content = b""  # its status says what is the matter
        except NOT_SENT_ERRORS as error:
            raise Unavailable(endpoint.name, reason=type(error).__name__) from None
        except (httpx.RequestError, TimeoutError) as error:
            raise ambiguous_error(endpoint, reason=type(error).__name__) from None
        return RawResponse(response.status_code, content, _retry_after(response.headers))

    async def with_retries(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Retry `attempt` while TMON is unavailable, throttles or answers with a fragment, up to `MAX_RETRY_SECONDS`. Never for writes."""
        end = self.monotonic() + MAX_RETRY_SECONDS
        for wait in RETRY_DELAYS:
            try:
                return await attempt()
            except NotAsked:
                raise
            except (Unavailable, Throttled, UnreadableAnswer) as error:
                if isinstance(error, UnreadableAnswer) and not error.passing:
                    raise
                if isinstance(error, Throttled) and error.retry_after is not None:
                    wait = error.retry_after
                pause = wait * random.uniform(1.0, 1.25)  # noqa: S311 - jitter, so that a thousand stores do not retry at once
                if self.monotonic() + pause > end:
                    raise
            await self._sleep(pause)
        return await attempt()


async def _body(response: httpx.Response) -> bytes:
    """Return the body as it was sent; httpx would decode it without a limit. Raises Undecodable if it is too large."""
    declared = response.headers.get("Content-Length", "")
    if len(declared) < 20 and declared.isdigit() and int(declared) > decoding.MAX_BYTES:
        raise Undecodable("too_large")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > decoding.MAX_BYTES:
            raise Undecodable("too_large")
    return bytes(body)


def unreadable(endpoint: Endpoint, status: int, why: str) -> TmonError:
    """Return the error for an answer of success that cannot be read: a write may have taken effect."""
    if endpoint.writes:
        return UnknownOutcome(endpoint.name, status=status, reason=f"answer {why}")
    return UnreadableAnswer(endpoint.name, status, why=why)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, given as seconds or date (RFC 9110, 10.2.3); None if unusable."""
    value = headers.get("Retry-After", "")
    try:
        if value.isascii() and value.isdigit():
            return float(value)
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())
