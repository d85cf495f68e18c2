"""Messages about questions and CS inquiries."""

from tmon.models.inquiries import Source
from tmon.models.outbox import MessageArgs


class InquiryCard(MessageArgs):
    """The standing card of a store."""

    kind = "inquiries"

    store: str


class SourceNotOffered(MessageArgs):
    """TMON offers one of the two sources only."""

    kind = "inquiries_not_offered"

    store: str
    source: Source
