"""Messages about acts of sellers whose end came later."""

from tmon.models.claims import ClaimKind
from tmon.models.outbox import MessageArgs


class ClaimActEnded(MessageArgs):
    """Direct message to whoever acted on a claim: what was in doubt has ended."""

    kind = "claim_act_ended"

    store: str
    claim_kind: ClaimKind
    claim: int
    act: str
    """`ClaimAct`"""
    done: bool


class SoldOutEnded(MessageArgs):
    """Direct message to whoever cancelled goods of an order: what was in doubt has ended."""

    kind = "sold_out_ended"

    store: str
    order: int
    done: bool
