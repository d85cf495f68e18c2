"""Requests and routes of resources."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from multidict import MultiMapping

from bot.playground.tmon.models import Partner, Vendor
from bot.playground.tmon.state import Sandbox


@dataclass(frozen=True)
class AuthorizedRequest:
    """A request with verified vendor and partner. `now` is the moment at which it takes effect."""

    vendor: Vendor
    partner: Partner
    path: Mapping[str, str]
    query: MultiMapping[str]
    body: object
    now: datetime


@dataclass(frozen=True)
class Route:
    """A route; `path` is below `/api/{vendorId}`. `act` returns the JSON document, or None for an empty body."""

    name: str
    method: str
    path: str
    act: Callable[[Sandbox, AuthorizedRequest], object]
    bodyless: bool = False
    """A PUT without a body."""
    proposed: bool = False
    """The path is an assumption ("proposed"); TMON may not have it."""
