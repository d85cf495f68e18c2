"""Ids and parameters of records that could not be read. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Id, PageNumber, Payload


class UnreadAction(StrEnum):
    """Buttons about records that could not be read."""

    OPEN = "unread.open"
    PAGE = "unread.page"
    RETRY = "unread.retry"


class UnreadView(StrEnum):
    """Modals about records that could not be read."""

    LIST = "unread.list"


class UnreadRef(Payload):
    """The unread records of one store."""

    store: Id
    page: PageNumber = 0
