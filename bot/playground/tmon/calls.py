"""The record of what was asked, and the shape of a resource's answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from multidict import MultiMapping

from bot.playground.tmon.records import Partner, Vendor

if TYPE_CHECKING:
    from bot.playground.tmon.sandbox import Sandbox


class Phase(Enum):
    """Where a call stands when `Sandbox.on_call` is called."""

    RECEIVED = "received"
    """The request was read; nothing has been done yet."""
    ANSWERED = "answered"
    """The bytes of the answer were written. Never reached by a call that gets no answer."""


@dataclass
class Call:
    """One request. `name` is `resource.verb`, or `unknown`; `status` is None until (and unless) it is answered."""

    at: datetime
    name: str
    method: str
    path: str
    query: dict[str, str]
    partner_id: str | None
    body: object = None
    status: int | None = None


@dataclass(frozen=True)
class Ask:
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
    act: Callable[["Sandbox", Ask], object]
    bodyless: bool = False
    """A PUT that needs no body."""
    proposed: bool = False
    """The contract made this path up ("proposed"); TMON may well not have it."""
