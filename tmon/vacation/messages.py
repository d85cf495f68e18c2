"""Messages about vacations."""

from tmon.models.outbox import MessageArgs


class VacationCard(MessageArgs):
    """The message of a vacation, which shows how far it is."""

    kind = "vacation"

    store: str
    vacation: str


class VacationOver(MessageArgs):
    """A reply in its thread: its last day has passed, and the deals are still paused."""

    kind = "vacation_over"

    store: str
    vacation: str


def card_key(store_id: str, vacation_id: str) -> str:
    """Return the outbox key of the message of a vacation."""
    return f"vacation/{store_id}/{vacation_id}"
