"""Ids and parameters of shipping. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Id, PageNumber, Payload


class BulkAction(StrEnum):
    """Buttons about shipping in bulk."""

    PAGE = "waybill.waiting_page"
    SHIPPING_FILE = "waybill.shipping_file"
    FORM = "waybill.form"


class BulkView(StrEnum):
    """Modals about shipping in bulk."""

    WAITING = "waybill.waiting"
    SHIPPING_FILE = "waybill.shipping_file_form"
    PASSWORD = "waybill.password"  # noqa: S105 - an id
    RESULT = "waybill.result"


class BulkRef(Payload):
    """The stores whose shipping a view or button is about: one, or all on which the person works."""

    store: Id = ""
    page: PageNumber = 0
