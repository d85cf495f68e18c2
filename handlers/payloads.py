"""Parameters of buttons and modals: small versioned JSON with public ids only, untrusted when it comes back."""

from datetime import date, datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tmon.errors import AppError
from tmon.models.inquiries import Source
from tmon.models.stores import Group
from tmon.stores.settings import Part
from tmon.templates.policy import PolicyForm


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


class StoreViewRef(Payload):
    """A store's own view."""

    store: str
    page: int | None = None
    """The page of the list of stores that it was opened from."""


class PartRef(Payload):
    """One part of a store's settings that is edited alone."""

    store: str
    part: Part
    base: datetime | None = None
    """State of the store when the form was opened."""
    page: int | None = None
    """See `StoreViewRef`."""


class ChangeRef(Payload):
    """Settings as they were typed, while their consequences are shown."""

    store: str
    base: datetime | None = None
    page: int | None = None
    typed: dict[str, str | list[str]] = {}


class SwitchRef(Payload):
    """A switch of a store."""

    store: str
    group: Group | None = None
    """None: the master switch."""


class TemplatesRef(Payload):
    """A store's address book or templates, and a page of a list of them."""

    store: str
    page: int = 0


class AddressRef(Payload):
    """One address; or an attempt to save one, which a person goes on from."""

    store: str
    no: int | None = None
    change: str | None = None
    base: datetime | None = None
    """When the address was read that its form shows."""


class TemplateRef(Payload):
    """One delivery template."""

    store: str
    template: str


class PolicyRef(Payload):
    """The delivery template that is being made, and what was typed for it so far."""

    store: str
    form: PolicyForm = PolicyForm()
    anew: str = ""
    """Tells the inputs of one beginning from those of another."""


class ProductsRef(Payload):
    """A page of a store's known deals."""

    store: str
    search: str = ""
    page: int = 0
    list_view: str = ""
    """The list that a form was opened from."""


class DealRef(Payload):
    """One deal, and a page of its options."""

    store: str
    deal: int
    page: int = 0


class ExtensionRef(Payload):
    """The extension of sale periods of a day: one deal of it, or a page of them."""

    store: str
    day: date
    deal: int = 0
    page: int = 0


class IncidentRef(Payload):
    """One incident, and the message that a button of it stands in (the end of its outbox key)."""

    incident: str
    place: str
    store: str | None = None
    """The store, where the incident concerns one only."""


class StockRef(Payload):
    """A page of a store's SKUs or of its options without one, and what a button or form on it is about."""

    store: str
    page: int = 0
    search: str = ""
    sku: str = ""
    deal: int = 0
    option: int = 0
    list_view: str = ""
    """The list that a form was opened from."""


class MismatchRef(Payload):
    """A mismatch of stock that waits for a person."""

    store: str
    deal: int
    option: int
    mismatch: str


class InquiriesRef(Payload):
    """A page of the inquiries that wait in one store or in all of them."""

    store: str | None = None
    page: int = 0


class InquiryRef(Payload):
    """One inquiry of one store."""

    store: str
    source: Source
    number: int
    part: int = 0


class AdminRef(Payload):
    """A page of a list of stores that admins see, and the store that a button on it is about."""

    store: str = ""
    page: int = 0


class RunpleRef(Payload):
    """A page of a store's deals as admins mark them, and the deal that a button on it is about."""

    store: str
    page: int = 0
    search: str = ""
    deal: int = 0
    list_view: str = ""
    """The list that a form was opened from."""


class AuditRef(Payload):
    """A page of the audit list, and what it is narrowed to."""

    store: str = ""
    user: str = ""
    day: date | None = None
    page: int = 0
    anew: int = 0
    """Tells the inputs of one beginning from those of another."""
