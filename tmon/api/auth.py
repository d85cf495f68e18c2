"""Authentication: the vendor's token, shared by its stores, and each seller's headers (docs/tmon-api.md, ch. 2)."""

import asyncio
import base64
from dataclasses import dataclass, field

from pydantic import Field

from tmon.api.endpoints import TOKEN
from tmon.api.errors import TmonError
from tmon.api.personal_data import check_key
from tmon.api.responses import parse_response
from tmon.api.transport import Transport
from tmon.api.wire import ApiModel, read

RENEW_BEFORE = 60.0
"""Seconds before its expiry from which a token is no longer used."""


@dataclass(frozen=True, slots=True)
class VendorCredentials:
    """Credentials of the holder of the API contract: the deployment, or a store with its own contract.

    Raises ValueError if `personal_data_key` does not have 16 ASCII characters.
    """

    client_id: str
    client_secret: str = field(repr=False)
    vendor_id: str | None = None
    """Path segment; if None, the one in the token response is used."""
    personal_data_key: str | None = field(default=None, repr=False)
    """If None, buyers' data cannot be decrypted."""
    policy_no: int | None = None
    """정책번호 from TMON's operator; if None, deals cannot be registered."""

    def __post_init__(self) -> None:
        if self.personal_data_key is not None:
            check_key(self.personal_data_key)


@dataclass(frozen=True, slots=True)
class PartnerCredentials:
    """Credentials of a seller: the id and the API key of the partner centre."""

    partner_id: str
    partner_token: str = field(repr=False)

    @property
    def valid_in_headers(self) -> bool:
        """Whether both values are valid in an HTTP header."""
        return all(text.isprintable() and text == text.strip() for text in (self.partner_id, self.partner_token))

    def headers(self) -> dict[str, bytes]:
        """Return the two headers of every call except the token's; UTF-8, so that any value a seller typed can be sent."""
        return {"X-Partner-Id": self.partner_id.encode(), "X-Partner-Token": self.partner_token.encode()}


class _TokenResponse(ApiModel):
    access_token: str = Field(validation_alias="access_token", repr=False)
    expires_in: float | None = Field(default=None, validation_alias="expires_in")
    vendor_id: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A bearer token. Compared by identity, because TMON may issue the same value twice."""

    value: str = field(repr=False)
    vendor_id: str | None
    stale_at: float | None
    """Monotonic time from which it is no longer used; None: TMON gave no expiry."""


class TokenSource:
    """The token of one vendor credential, shared by all its stores."""

    def __init__(self, transport: Transport, vendor: VendorCredentials) -> None:
        self._transport = transport
        basic = base64.b64encode(f"{vendor.client_id}:{vendor.client_secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}"}
        self._secrets = (vendor.client_secret, basic)
        self._token: Token | None = None
        self._failure: TmonError | None = None
        self._fetches = 0
        self._lock = asyncio.Lock()

    async def current(self) -> Token:
        """Return the cached token, or a new one. Raises TmonError."""
        token = self._token
        if token is not None and (token.stale_at is None or self._transport.monotonic() < token.stale_at):
            return token
        return await self.renew(token)

    async def renew(self, refused: Token | None) -> Token:
        """Return a token other than `refused`, fetched once for all concurrent callers. Raises TmonError."""
        if self._token is not None and self._token is not refused:
            return self._token
        return await self.fetch()

    async def fetch(self) -> Token:
        """Fetch a token. Concurrent callers share one request and its outcome, also a failure. Raises TmonError."""
        fetches = self._fetches
        async with self._lock:
            if fetches == self._fetches:
                self._token = self._failure = None
                try:
                    self._token = await self._transport.with_retries(self._request)
                except TmonError as error:
                    self._failure = error
                self._fetches += 1
            if self._token is not None:
                return self._token
            assert self._failure is not None
            raise self._failure.with_traceback(None)

    async def _request(self) -> Token:
        # A multipart form with one part: the only form of this request that matches both known integrations.
        response = await self._transport.send(
            TOKEN, TOKEN.path, headers=self._headers, files={"grant_type": (None, "client_credentials")}
        )
        token = parse_response(TOKEN, response, lambda data: read(_TokenResponse, data), self._secrets)
        now = self._transport.monotonic()
        stale_at = None if token.expires_in is None else now + token.expires_in - RENEW_BEFORE
        return Token(token.access_token, token.vendor_id, stale_at)
