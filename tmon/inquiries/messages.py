"""Messages about questions and CS inquiries."""

from tmon.models.inquiries import Source
from tmon.models.outbox import MessageArgs


class InquiryCard(MessageArgs):
    """The inquiry card of a store."""

    kind = "inquiries"

    store: str


class SourceNotOffered(MessageArgs):
    """TMON offers only one of the two sources."""

    kind = "inquiries_not_offered"

    store: str
    source: Source
