"""Ids and parameters of incidents. They live on in old messages: never rename, only add."""

from enum import StrEnum

from pydantic import Field

from handlers.payloads import Id, Name, Payload


class IncidentAction(StrEnum):
    """Buttons of an incident's card."""

    TAKE = "incident.take"
    RETRY = "incident.retry"
    PAUSE = "incident.pause"
    MOBILE = "incident.mobile"
    MORE = "incident.more"
    REASSIGN = "incident.reassign"


class IncidentView(StrEnum):
    """Modals about incidents."""

    LIST = "incident.list"
    MOBILE = "incident.mobile_view"
    ASK_PAUSE = "incident.pause_form"
    ASK_MOBILE = "incident.mobile_form"
    ASSIGN = "incident.assign_form"


class IncidentRef(Payload):
    """An incident, and the message of a button: `place` is the end of its outbox key."""

    incident: Id
    place: Name
    store: Id | None = None
    """The store, if the incident concerns only one."""
    view: str = Field(default="", max_length=40)
    """The view that an entry of the menu opens (`IncidentView`)."""
