"""Messages about collection."""

from tmon.models.collection import ORDERS, Unread, UnreadWhy
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


class UnreadFoundEmail(MessageArgs):
    """To the operator, once a day for each cause, whosever records they are: the same thing is wrong with all of them."""

    kind = "unread_mail"

    what: Unread | None = None
    """None: of an earlier version, which told of each store."""
    why: UnreadWhy = UnreadWhy.MALFORMED
    field: str = ""
    """Path of the field that is wrong, without positions in lists."""
