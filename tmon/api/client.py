"""Entry point of the client: one `TmonApi` per process, one `StoreApi` per store and run."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import httpx

from tmon.api.addresses import Addresses
from tmon.api.auth import PartnerCredentials, TokenSource, VendorCredentials
from tmon.api.categories import Categories
from tmon.api.claim_acts import ClaimActs
from tmon.api.claims import Claims
from tmon.api.codes import Codes
from tmon.api.deals import Deals
from tmon.api.delivery_templates import DeliveryTemplates
from tmon.api.inquiries import Inquiries
from tmon.api.orders import Orders
from tmon.api.reviews import Reviews
from tmon.api.session import ApiSession
from tmon.api.settlement import Settlement
from tmon.api.transport import Transport
from tmon.api.waybills import Waybills


class StoreApi:
    """API client of one store. Creating one makes no request."""

    __slots__ = (
        "_session",
        "addresses",
        "categories",
        "claim_acts",
        "claims",
        "codes",
        "deals",
        "delivery_templates",
        "inquiries",
        "orders",
        "reviews",
        "settlement",
        "waybills",
    )

    def __init__(self, session: ApiSession) -> None:
        self._session = session
        self.orders = Orders(session)
        self.claim_acts = ClaimActs(session)
        self.claims = Claims(session)
        self.waybills = Waybills(session)
        self.codes = Codes(session)
        self.categories = Categories(session)
        self.addresses = Addresses(session)
        self.delivery_templates = DeliveryTemplates(session)
        self.deals = Deals(session)
        self.inquiries = Inquiries(session)
        self.reviews = Reviews(session)
        self.settlement = Settlement(session)

    async def check_token(self) -> None:
        """Fetch a new token: proves the vendor's credentials, not the seller's. Raises TmonError."""
        await self._session.check_token()


class TmonApi:
    """API client of the process: the HTTP client and tokens shared by all stores."""

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: httpx.Timeout | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`base_url`: root of TMON's host. `timeouts`: seconds, by default 30 to connect and 90 to read.

        `sleep` waits between attempts, `monotonic` is the clock for the expiry of tokens.
        """
        self._transport = Transport(base_url, timeouts=timeouts, sleep=sleep, monotonic=monotonic)
        self._tokens: dict[tuple[str, str], TokenSource] = {}

    def store(
        self,
        vendor: VendorCredentials,
        partner: PartnerCredentials,
        *,
        has_vendor: bool = True,
        may_ask: Callable[[], Awaitable[bool]] | None = None,
    ) -> StoreApi:
        """Return the client of one store. `has_vendor`: whether it may use `vendor`; if not, its calls raise VendorMissing.

        `may_ask`: whether TMON may be asked for it, looked at before each request; if not, its calls raise NotAsked.
        """
        key = (vendor.client_id, vendor.client_secret)
        tokens = self._tokens.get(key)
        if tokens is None:
            tokens = self._tokens[key] = TokenSource(self._transport, vendor)
        return StoreApi(ApiSession(self._transport, tokens, vendor, partner, has_vendor=has_vendor, may_ask=may_ask))

    def listen_to_dates(self, heard: Callable[[str | None], object]) -> None:
        """Call `heard` with the `Date` header of each answer."""
        self._transport.on_date = heard

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
