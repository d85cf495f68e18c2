"""Messages about collection."""

from tmon.models.collection import ORDERS, Unread
from tmon.models.outbox import MessageArgs


class KindNotOffered(MessageArgs):
    """TMON does not offer the call that is collected: not an incident, because nobody can fix it."""

    kind = "not_offered"

    store: str
    what: str = ORDERS
    """The kind of collection."""


class UnreadFound(MessageArgs):
    """To who manages a store: records of TMON could not be read. Edited as they can be."""

    kind = "unread_found"

    store: str
    records: tuple[tuple[Unread, str], ...]
    """Kind (`Unread`) and number of the first few; the number is empty where it cannot be read either."""
    more: int = 0
    """How many others there are."""


class UnreadFoundEmail(UnreadFound):
    """The same to the operator."""

    kind = "unread_mail"
