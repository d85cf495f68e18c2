"""Messages about the extension of sale periods in a store's channel."""

from datetime import date

from tmon.models.outbox import MessageArgs


class ExtensionPreview(MessageArgs):
    """What will be extended on a day, told the evening before."""

    kind = "sale_period_preview"

    store: str
    day: date


class ExtensionReport(MessageArgs):
    """What came of it."""

    kind = "sale_period_result"

    store: str
    day: date


class ExtensionNotOffered(MessageArgs):
    """TMON has no call for it."""

    kind = "sale_period_not_offered"

    store: str
