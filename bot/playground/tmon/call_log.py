"""The record of what was asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class CallPhase(Enum):
    """Where a call stands when `Sandbox.on_call` is called."""

    RECEIVED = "received"
    """The request was read; nothing has been done yet."""
    ANSWERED = "answered"
    """The bytes of the answer were written. Never reached by a call that gets no answer."""


@dataclass
class LoggedCall:
    """One request. `name` is `resource.verb`, or `unknown`; `status` is None until (and unless) it is answered."""

    at: datetime
    name: str
    method: str
    path: str
    query: dict[str, str]
    partner_id: str | None
    body: object = None
    status: int | None = None
