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


class InquiryReminder(MessageArgs):
    """A reply in the thread of the inquiry card, which mentions those in charge of what has waited for long."""

    kind = "inquiry_reminder"

    store: str
    at: datetime
    """`Inquiry.reminded_at` of all of them."""


class SourceNotOffered(MessageArgs):
    """TMON offers only one of the two sources."""

    kind = "inquiries_not_offered"

    store: str
    source: Source


class AnswerEnded(MessageArgs):
    """Direct message to whoever answered an inquiry: what was in doubt, or was interrupted, has ended."""

    kind = "inquiry_answer_ended"

    store: str
    source: Source
    number: int
    part: int
    state: str
    """`AnswerState` in which it ended; `none`: nothing was sent."""
