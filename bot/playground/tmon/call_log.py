"""Log of received calls."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class CallPhase(Enum):
    """Stage of a call when `Sandbox.on_call` is called."""

    RECEIVED = "received"
    """The request was read and has not taken effect yet."""
    ANSWERED = "answered"
    """The response was written. Not reached without a response."""


@dataclass
class LoggedCall:
    """A received request. `name` is `resource.verb`, or `unknown`; `status` is None without a response."""

    at: datetime
    name: str
    method: str
    path: str
    query: dict[str, str]
    partner_id: str | None
    body: object = None
    status: int | None = None
    took_effect: bool = False
    """Whether it changed something, also where no answer tells of it."""
    host: str = ""
    """The address at which the server was called: callers that are given different ones can be told apart."""
