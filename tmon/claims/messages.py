"""Messages about claims."""

from tmon.models.claims import ClaimKind
from tmon.models.outbox import MessageArgs


class ClaimCard(MessageArgs):
    """One claim's own card."""

    kind = "claim"

    store: str
    claim_kind: ClaimKind
    claim: int


class ClaimBatch(MessageArgs):
    """Many new claims of one run in one message."""

    kind = "claims"

    store: str
    batch: str


class ClaimsNotOffered(MessageArgs):
    """TMON does not offer one of the four kinds of claims."""

    kind = "claims_not_offered"

    store: str
    claim_kind: ClaimKind
