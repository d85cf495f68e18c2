"""Ids and parameters of shipping. They live on in old messages: never rename, only add."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.orders.ids import Under
from handlers.payloads import Day, Id, Number, PageNumber, Payload
from tmon.api import Parcel

MOST_NUMBERS = 10
"""Further numbers of one parcel: more do not fit into what Slack keeps for a form."""
NUMBER_LENGTH = 40
FURTHER_LENGTH = MOST_NUMBERS * (NUMBER_LENGTH + 1)
"""Characters of the field of further numbers."""
MOST_TOGETHER = 10
"""Orders in one parcel: Slack's limit of checkboxes."""

DeliveryNo = Annotated[str, Field(max_length=40)]
CarrierCode = Annotated[str, Field(max_length=10)]
WaybillNo = Annotated[str, Field(max_length=NUMBER_LENGTH)]


class WaybillAction(StrEnum):
    """Buttons of confirmed orders, and menus in their forms."""

    REGISTER = "waybill.register"
    CORRECT = "waybill.correct"
    DELAY = "waybill.delay"
    TRACK = "waybill.track"
    RECIPIENT = "waybill.recipient"
    CARRIER = "waybill.carrier"
    COMBINE = "waybill.combine"
    COMBINED_CARRIER = "waybill.combined_carrier"


class WaybillView(StrEnum):
    """Modals of shipping."""

    REGISTER = "waybill.register_form"
    CORRECT = "waybill.correct_form"
    UNCHECKED = "waybill.unchecked_form"
    DELAY = "waybill.delay_form"
    TRACKING = "waybill.tracking"
    RECIPIENT = "waybill.recipient_view"
    RESULT = "waybill.sent"
    COMBINED = "waybill.combined_form"
    COMBINED_UNCHECKED = "waybill.combined_unchecked_form"


class TypedParcel(Payload):
    """A parcel as it was typed into a form: to be sent once a person has agreed to do without the claims, or a draft."""

    carrier: CarrierCode | None = None
    """Also the carrier for which a form was drawn: own delivery has other fields."""
    number: WaybillNo | None = None
    more: tuple[WaybillNo, ...] = Field(default=(), max_length=MOST_NUMBERS)
    day: Day | None = None
    draft: Annotated[str, Field(max_length=FURTHER_LENGTH)] = ""
    """Further numbers as they stood in the field that the form of an own delivery does not have."""

    @property
    def parcel(self) -> Parcel:
        """The parcel as it was typed."""
        return Parcel(carrier=self.carrier or "", number=self.number, more_numbers=self.more, scheduled_on=self.day)


class ShippingRef(TypedParcel):
    """The order of a form, and what lies under it."""

    store: Id
    order: Number
    under: Under | None = None
    delivery: DeliveryNo | None = None
    """The only delivery that there is to choose, or the chosen one."""


class CombinedRef(TypedParcel):
    """Orders to one recipient: those that a form offers, or that a person chose in it; and what lies under it."""

    store: Id
    orders: tuple[Number, ...] = Field(max_length=MOST_TOGETHER)
    """The first one is that whose button was pressed."""
    under: Under | None = None


class BulkAction(StrEnum):
    """Buttons about shipping in bulk."""

    PAGE = "waybill.waiting_page"
    SHIPPING_FILE = "waybill.shipping_file"
    FORM = "waybill.form"
    UPLOAD = "waybill.upload"
    UPLOAD_PAGE = "waybill.upload_page"
    PROBLEMS = "waybill.problems"


class BulkView(StrEnum):
    """Modals about shipping in bulk."""

    WAITING = "waybill.waiting"
    SHIPPING_FILE = "waybill.shipping_file_form"
    PASSWORD = "waybill.password"  # noqa: S105 - an id
    UPLOAD = "waybill.upload_form"
    PREVIEW = "waybill.preview"
    RESULT = "waybill.result"


class BulkRef(Payload):
    """The stores whose shipping a view or button is about: one, or all on which the person works."""

    store: Id = ""
    page: PageNumber = 0


class UploadRef(Payload):
    """An uploaded list of waybills, and a page of what is wrong with it."""

    upload: Id
    page: PageNumber = 0
    unread: bool = False
    """Its cancels could not be read: it is sent without that if the person says so."""
