"""Messages about products that were registered and changed."""

from tmon.models.outbox import MessageArgs


class ProductsSent(MessageArgs):
    """Direct message to whoever uploaded a list of products: what became of it, where its view was closed meanwhile."""

    kind = "products_sent"

    upload: str
