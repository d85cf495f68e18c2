"""Counters of a stock sync run."""

from dataclasses import dataclass


@dataclass
class SyncCounts:
    """Counters of a run over one store."""

    read: int = 0
    """Deals that were read."""
    unread: int = 0
    pushed: int = 0
    """Options whose stock was set."""
    turned: int = 0
    """Options hidden or shown, and deals paused or resumed."""
    refused: int = 0
    unclear: int = 0
    """Options and deals whose change was not answered; verified by the next run."""
