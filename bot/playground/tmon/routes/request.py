"""What a resource gets and how it is registered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from multidict import MultiMapping

from bot.playground.tmon.models import Partner, Vendor
from bot.playground.tmon.state import Sandbox


@dataclass(frozen=True)
class AuthorizedRequest:
    """An authorised request as a resource sees it. `now` is the moment it takes effect."""

    vendor: Vendor
    partner: Partner
    path: Mapping[str, str]
    query: MultiMapping[str]
    body: object
    now: datetime


@dataclass(frozen=True)
class Route:
    """A line of the router table; `path` is below `/api/{vendorId}`. `act` returns the document, None: empty body."""

    name: str
    method: str
    path: str
    act: Callable[[Sandbox, AuthorizedRequest], object]
    bodyless: bool = False
    """A PUT that needs no body."""
    proposed: bool = False
    """The contract made this path up ("proposed"); TMON may well not have it."""
