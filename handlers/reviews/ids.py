"""Ids and parameters of reviews. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Id, Name, Number, PageNumber, Payload


class ReviewAction(StrEnum):
    """Buttons about reviews."""

    LIST = "review.list"
    FILTER = "review.filter"
    PAGE = "review.page"
    SEE = "review.see"
    REPLY = "review.reply"
    AGAIN = "review.again"
    FOUND = "review.found"


class ReviewView(StrEnum):
    """Modals about reviews."""

    LIST = "review.list_view"
    WHOLE = "review.whole"
    FORM = "review.reply_form"
    WORKING = "review.reply_working"
    RESULT = "review.reply_result"


class ReviewsRef(Payload):
    """A page of the reviews of one store or of all."""

    store: Id | None = None
    low: bool = False
    """Only low ratings."""
    page: PageNumber = 0


class ReviewRef(Payload):
    """A review of a store."""

    store: Id
    number: Number
    under: Name | None = None
    """View id of the list from which it was opened."""
    list: ReviewsRef | None = None
    """What that list shows."""
