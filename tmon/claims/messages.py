"""Messages about claims."""

from datetime import datetime

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


class ClaimReminder(MessageArgs):
    """A reply in the thread of a claim's card, which mentions those in charge before TMON decides."""

    kind = "claim_reminder"

    store: str
    claim_kind: ClaimKind
    claim: int


class ClaimsDue(MessageArgs):
    """One message about many claims of which people are reminded at once, in the channel of their stores."""

    kind = "claims_due"

    stores: list[str]
    at: datetime
    """Their `Claim.reminded_at`."""
