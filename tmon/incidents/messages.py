"""Messages about an incident, limited to the affected stores of one contact or one channel."""

from tmon.models.outbox import MessageArgs


class IncidentArgs(MessageArgs):
    """An incident and the audience of the message: a contact, a channel, or neither (the operator)."""

    incident: str
    contact: str | None = None
    """Id of the contact's representative store."""
    also: tuple[str, ...] = ()
    """Representative stores of further contacts whose messages go to the same person."""
    channel: str | None = None


class IncidentMessage(IncidentArgs):
    """The message in Slack, edited while the incident is open."""

    kind = "incident"


class IncidentAssigned(MessageArgs):
    """To somebody to whom another person has handed an incident."""

    kind = "incident.assigned"

    incident: str
    user: str
    who: str


class IncidentResolved(IncidentArgs):
    """The reply in its thread when the incident is resolved: edits notify nobody."""

    kind = "incident.resolved"


class IncidentEmail(IncidentArgs):
    """The email when the incident is opened."""

    kind = "incident.mail"


class IncidentResolvedEmail(IncidentArgs):
    """The email when the incident is resolved."""

    kind = "incident.mail_resolved"
