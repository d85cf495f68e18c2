"""Messages about questions and CS inquiries."""

from datetime import datetime

from tmon.models.inquiries import Source
from tmon.models.outbox import MessageArgs


class InquiryCard(MessageArgs):
    """The inquiry card of a store."""

    kind = "inquiries"

    store: str


class InquiriesArrived(MessageArgs):
    """A short message about the new inquiries of one run: the standing card is edited, and edits notify nobody."""

    kind = "inquiries_arrived"

    store: str
    at: datetime
    """`Inquiry.first_seen_at` of all of them."""


class SourceNotOffered(MessageArgs):
    """TMON offers only one of the two sources."""

    kind = "inquiries_not_offered"

    store: str
    source: Source
