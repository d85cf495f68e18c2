"""Messages about personal data to those who answer for it."""

from datetime import date, datetime

from tmon.models.outbox import MessageArgs


class AccessReview(MessageArgs):
    """Direct message to an admin: the access records of a month are to be reviewed."""

    kind = "access_review"

    month: date
    """Its first day."""
    chain_length: int
    chain_hash: str


class UnusualLooks(MessageArgs):
    """Direct message to an admin: somebody looked at personal data unusually often."""

    kind = "unusual_looks"

    who: str
    count: int
    since: datetime
