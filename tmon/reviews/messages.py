"""Messages about reviews."""

from datetime import date, datetime

from tmon.models.outbox import MessageArgs


class LowRatings(MessageArgs):
    """The low ratings of one run of the collection, told at once."""

    kind = "low_ratings"

    store: str
    at: datetime
    """`Review.first_seen_at` of all of them."""


class ReviewDigest(MessageArgs):
    """The new reviews of a store, once a day; low ratings first."""

    kind = "review_digest"

    store: str
    day: date
    """`Review.reported_on` of all of them."""


class ReplyEnded(MessageArgs):
    """To whoever replied to a review: what was in doubt has ended."""

    kind = "review_reply_ended"

    store: str
    review: int
    done: bool


def low_ratings_key(store_id: str, at: datetime) -> str:
    """Return the outbox key of the message about the low ratings of a run."""
    return f"{LowRatings.kind}/{store_id}/{at:%Y%m%d%H%M%S%f}"


def digest_key(store_id: str, day: date) -> str:
    """Return the outbox key of the digest of a day."""
    return f"{ReviewDigest.kind}/{store_id}/{day:%Y%m%d}"
