"""Ids and parameters of inquiries. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Payload
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

    store: str | None = None
    page: int = 0


class InquiryRef(Payload):
    """An inquiry of a store."""

    store: str
    source: Source
    number: int
    part: int = 0
