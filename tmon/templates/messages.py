"""Direct messages to whoever saved an address or a template, when it ended otherwise than in front of them."""

from tmon.models.outbox import MessageArgs


class AddressEnded(MessageArgs):
    """How a doubtful address ended."""

    kind = "address"

    change: str


class TemplateEnded(MessageArgs):
    """How a doubtful registration ended."""

    kind = "template"

    template: str
