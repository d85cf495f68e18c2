"""Ids and parameters of incidents that come back from Slack. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Payload


class IncidentAction(StrEnum):
    """Buttons on an incident."""

    TAKE = "incident.take"
    RETRY = "incident.retry"
    PAUSE = "incident.pause"
    MOBILE = "incident.mobile"


class IncidentView(StrEnum):
    """Modals about incidents."""

    LIST = "incident.list"
    MOBILE = "incident.mobile_view"


class IncidentRef(Payload):
    """One incident, and the message that a button of it stands in (the end of its outbox key)."""

    incident: str
    place: str
    store: str | None = None
    """The store, where the incident concerns one only."""
