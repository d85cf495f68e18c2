"""What a run of the stock sync counts."""

from dataclasses import dataclass


@dataclass
class SyncCounts:
    """How a run over one store went."""

    read: int = 0
    """Deals that TMON told of."""
    unread: int = 0
    pushed: int = 0
    """Options whose stock was set."""
    turned: int = 0
    """Options that were hidden or shown, and deals that were paused or resumed."""
    refused: int = 0
    unclear: int = 0
    """Options and deals whose change was not answered; TMON is asked next time."""
