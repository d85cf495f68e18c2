"""Messages about collecting."""

from tmon.models.collection import ORDERS
from tmon.models.outbox import MessageArgs


class KindNotOffered(MessageArgs):
    """TMON does not offer what is collected: no incident, for nobody can mend it."""

    kind = "not_offered"

    store: str
    what: str = ORDERS
    """The kind of collection."""
