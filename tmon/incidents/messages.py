"""Messages about an incident, cut to what one contact or one channel is concerned by."""

from tmon.models.outbox import MessageArgs


class IncidentArgs(MessageArgs):
    """An incident, and for whom it is told: nobody in particular, a contact, or a channel."""

    incident: str
    contact: str | None = None
    """The first store of the contact."""
    channel: str | None = None


class IncidentMessage(IncidentArgs):
    """The message in Slack, edited while the incident lasts."""

    kind = "incident"


class IncidentResolved(IncidentArgs):
    """The reply in its thread when it is over: edits notify nobody."""

    kind = "incident.resolved"


class IncidentEmail(IncidentArgs):
    """The mail when it begins."""

    kind = "incident.mail"


class IncidentResolvedEmail(IncidentArgs):
    """The mail when it is over."""

    kind = "incident.mail_resolved"
