"""Parameters of buttons and modals: small versioned JSON with public ids only, untrusted when it comes back."""

from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tmon.errors import AppError


class Payload(BaseModel):
    """Base of every parameter set. `v` grows when the meaning of a field changes; fields are only ever added."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1


P = TypeVar("P", bound=Payload)


def pack(payload: Payload) -> str:
    """The JSON for a button's `value` or a view's `private_metadata`."""
    return payload.model_dump_json(exclude_defaults=True)


def unpack(kind: type[P], text: str | None) -> P:
    """What `pack` made. Raises AppError when it was not made by us, or by a version that this one cannot read."""
    try:
        return kind.model_validate_json(text or "{}")
    except ValidationError:
        raise AppError("common.stale_button") from None


class StoreRef(Payload):
    """One store."""

    store: str


class OrderRef(Payload):
    """One order of one store."""

    store: str
    order: int


class BatchRef(Payload):
    """One batch card."""

    batch: str


class ListRef(Payload):
    """A page of a list of orders: a batch's members, or what waits in one store or in all of them."""

    batch: str | None = None
    store: str | None = None
    page: int = 0


class HoldRef(Payload):
    """The order that a hold form is about, and the list that it was opened from."""

    store: str
    order: int
    list_view: str | None = None
    list: ListRef | None = None


class SetupRef(Payload):
    """The setup form that is open."""

    store: str = ""
    """Empty: a new store."""
    fresh: bool = False
    """Begun anew: a draft that is kept from earlier does not count."""
    base: datetime | None = None
    """State of the edited store when the form was opened."""


class StoreListRef(Payload):
    """A page of the list of stores, and the store that a button is about."""

    store: str = ""
    page: int = 0


class AutoRef(Payload):
    """The beginning of automatic confirmation."""

    store: str
    include_waiting: bool = False


class IncidentRef(Payload):
    """One incident, and the message that a button of it stands in (the end of its outbox key)."""

    incident: str
    place: str
    store: str | None = None
    """The store, where the incident concerns one only."""
