"""Bearer tokens (docs/tmon-api.md, ch. 2.2 to 2.4)."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import Vendor
from tmon.clock import Clock

LIFETIME = timedelta(seconds=43200)


@dataclass(frozen=True)
class _Issued:
    vendor: Vendor
    ends_at: datetime


class Tokens:
    """Issued tokens. Each request gets a new one; earlier ones stay valid for their lifetime."""

    def __init__(self, clock: Clock, rng: Random) -> None:
        self._clock = clock
        self._rng = rng
        self._issued: dict[str, _Issued] = {}

    def issue(self, vendor: Vendor) -> dict[str, object]:
        """Issue a token: the response to the token call."""
        token = str(UUID(int=self._rng.getrandbits(128), version=4))
        self._issued[token] = _Issued(vendor, self._clock() + LIFETIME)
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()),
            "scope": "read write",
            "vendorId": vendor.vendor_id,
        }

    def vendor_of(self, token: str) -> Vendor | None:
        """The token's vendor; None if it is unknown or expired."""
        issued = self._issued.get(token)
        return issued.vendor if issued and self._clock() < issued.ends_at else None

    def expire_all(self) -> None:
        """Invalidate all tokens."""
        self._issued.clear()


def client_of(authorization: str, vendors: dict[str, Vendor]) -> Vendor:
    """The vendor of a Basic header, in either Base64 alphabet. Raises ApiError (401)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            decoded = ""
        client_id, _, client_secret = decoded.partition(":")
        vendor = vendors.get(client_id)
        if vendor and vendor.client_secret == client_secret:
            return vendor
    raise ApiError(401, "invalid_client")
