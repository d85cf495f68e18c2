"""Calls of one store: path, headers, token renewal; reads are retried, writes are not."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import count
from typing import Any, TypeVar
from urllib.parse import quote

from tmon.api.auth import PartnerCredentials, Token, TokenSource, VendorCredentials
from tmon.api.endpoints import TOKEN, Endpoint
from tmon.api.errors import NotAsked, PartnerRejected, TokenRefused, UnexpectedResponse, VendorMissing
from tmon.api.personal_data import Decryptor
from tmon.api.responses import parse_response
from tmon.api.transport import Transport
from tmon.api.wire import SearchPage, read
from tmon.calculation import calculated

LARGE_RESPONSE = 16 * 1024
"""Bytes from which a response is parsed and decrypted in a thread: about 10 orders, a millisecond of work."""

MAX_PAGES = 1000
"""Page limit of a search, against endless paging."""

T = TypeVar("T")


class ApiSession:
    """Makes calls on behalf of one store."""

    __slots__ = ("_has_vendor", "_may_ask", "_partner", "_tokens", "_transport", "_vendor")

    def __init__(
        self,
        transport: Transport,
        tokens: TokenSource,
        vendor: VendorCredentials,
        partner: PartnerCredentials,
        *,
        has_vendor: bool = True,
        may_ask: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """`has_vendor`: whether the store may use `vendor`; if not, every call raises VendorMissing.

        `may_ask`: looked at before each request; once it says no, every call raises NotAsked. None: nobody says no.
        """
        self._has_vendor = has_vendor
        self._may_ask = may_ask
        self._transport = transport
        self._tokens = tokens
        self._vendor = vendor
        self._partner = partner

    @property
    def policy_no(self) -> int | None:
        """The vendor's policy number, if it has one."""
        return self._vendor.policy_no

    def decryptor(self) -> Decryptor:
        """Return a decryptor with the vendor's key, for one response."""
        return Decryptor(self._vendor.personal_data_key)

    async def check_token(self) -> None:
        """Fetch a new token even if one is cached. Raises TmonError."""
        self._require_vendor()
        await self._require_may_ask(TOKEN)
        await self._tokens.fetch()

    async def read(
        self,
        endpoint: Endpoint,
        parse: Callable[[Any], T],
        *,
        query: Mapping[str, str] | None = None,
        **path: int | str,
    ) -> T:
        """Make a read call and return `parse(data)`; retried while TMON is unavailable. `path` fills the endpoint's path.

        Raises TmonError.
        """
        return await self._with_token(
            lambda token: self._transport.with_retries(
                lambda: self._exchange(endpoint, token, parse, path, params=query)
            )
        )

    async def write(
        self,
        endpoint: Endpoint,
        parse: Callable[[Any], T],
        body: Mapping[str, Any] | list[Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        **path: int | str,
    ) -> T:
        """Make a write call and return `parse(data)`; data is None if the response was empty.

        Sent once; repeated only if TMON refused the token, because it has done nothing then. Raises TmonError.
        """
        return await self._with_token(
            lambda token: self._exchange(endpoint, token, parse, path, params=query, json=body)
        )

    async def pages(
        self, endpoint: Endpoint, parse: Callable[[Any], T], *, query: Mapping[str, str]
    ) -> AsyncIterator[T]:
        """Yield the pages of a search while `hasNext` is true. Raises TmonError."""

        def parse_page(data: Any) -> tuple[T, bool]:
            page = read(SearchPage, data)
            return parse(page.items), page.has_next

        for number in count(1):
            items, has_next = await self.read(endpoint, parse_page, query={**query, "page": str(number)})
            yield items
            if not has_next:
                return
            if number == MAX_PAGES:
                raise UnexpectedResponse(endpoint.name, field="hasNext")

    def _require_vendor(self) -> None:
        if not self._has_vendor:
            raise VendorMissing(TOKEN.name, reason="the store needs vendor credentials of its own")

    async def _require_may_ask(self, endpoint: Endpoint) -> None:
        if self._may_ask is not None and not await self._may_ask():
            raise NotAsked(endpoint.name, reason="the workspace does not have the app any more")

    async def _with_token(self, ask: Callable[[Token], Awaitable[T]]) -> T:
        self._require_vendor()
        await self._require_may_ask(TOKEN)
        token = await self._tokens.current()
        try:
            return await ask(token)
        except TokenRefused:
            await self._require_may_ask(TOKEN)
            token = await self._tokens.renew(token)
        return await ask(token)  # no second renewal: this result is final

    async def _exchange(
        self, endpoint: Endpoint, token: Token, parse: Callable[[Any], T], path: Mapping[str, int | str], **request: Any
    ) -> T:
        if not self._partner.valid_in_headers:
            raise PartnerRejected(endpoint.name, reason="the id or key has characters that no header can hold")
        headers = {
            **self._partner.headers(),
            "Authorization": f"Bearer {token.value}".encode(),
            "Content-Type": b"application/json",
        }
        await self._require_may_ask(endpoint)  # waiting for a token, or for the next attempt, may have taken minutes
        response = await self._transport.send(endpoint, self._path(endpoint, token, path), headers=headers, **request)
        secrets = (token.value, self._partner.partner_token)
        if len(response.body) > LARGE_RESPONSE:
            return await calculated(parse_response, endpoint, response, parse, secrets)
        return parse_response(endpoint, response, parse, secrets)

    def _path(self, endpoint: Endpoint, token: Token, path: Mapping[str, int | str]) -> str:
        vendor_id = self._vendor.vendor_id or token.vendor_id
        if vendor_id is None:
            raise UnexpectedResponse("token", field="vendorId")
        quoted = {name: quote(str(value), safe="") for name, value in path.items()}
        return f"/api/{quote(vendor_id, safe='')}{endpoint.path.format(**quoted)}"
