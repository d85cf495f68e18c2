"""Messages about collection."""

from tmon.models.collection import ORDERS
from tmon.models.outbox import MessageArgs


class KindNotOffered(MessageArgs):
    """TMON does not offer the call that is collected: not an incident, because nobody can fix it."""

    kind = "not_offered"

    store: str
    what: str = ORDERS
    """The kind of collection."""
