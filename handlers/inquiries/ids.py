"""Ids and parameters of inquiries. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Id, Number, PageNumber, Payload
from tmon.models.inquiries import Source


class InquiryAction(StrEnum):
    """Buttons about inquiries."""

    LIST = "inquiry.list"
    PAGE = "inquiry.page"
    SEE = "inquiry.see"


class InquiryView(StrEnum):
    """Modals about inquiries."""

    LIST = "inquiry.list_view"
    WHOLE = "inquiry.whole"


class InquiriesRef(Payload):
    """A page of the unanswered inquiries of one store or of all."""

    store: Id | None = None
    page: PageNumber = 0


class InquiryRef(Payload):
    """An inquiry of a store."""

    store: Id
    source: Source
    number: Number
    part: Number = 0
