"""Renders the messages and mails about an incident."""

from handlers.common_views.incidents import card_text
from handlers.common_views.mail import EmailContent, html_email, plain_email
from handlers.incidents import views
from handlers.rendering import RenderedMail, RenderedMessage, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.incidents.messages import (
    IncidentArgs,
    IncidentEmail,
    IncidentMessage,
    IncidentResolved,
    IncidentResolvedEmail,
)
from tmon.incidents.service import IncidentService
from tmon.incidents.summary import IncidentSummary
from tmon.models.outbox import OutboxMessage
from tmon.outbox import OPERATOR, OutboxReader


@renders(IncidentMessage)
async def render_card(
    services: Services, row: OutboxMessage, args: IncidentMessage, t: Texts
) -> RenderedMessage | None:
    """Render the message that is edited while the incident is open; None if it was never posted and is over."""
    facts = await _facts(services, row.team_id, args)
    if facts is None or (row.ts is None and _is_inactive(facts)):
        return None
    place = row.key.removeprefix(f"incident/{facts.incident.id}/")
    return RenderedMessage(card_text(t, facts), views.card(t, facts, place))


@renders(IncidentResolved)
async def render_resolved(
    services: Services, row: OutboxMessage, args: IncidentResolved, t: Texts
) -> RenderedMessage | None:
    """Render the reply that the incident is resolved; None if its message was never posted."""
    facts = await _facts(services, row.team_id, args)
    first_message = await services[OutboxReader].get(row.team_id, row.key.removesuffix("/resolved"))
    if facts is None or first_message is None or first_message.ts is None:
        return None
    return RenderedMessage.of_text(views.resolved_text(t, facts))


@renders(IncidentEmail)
async def render_email(services: Services, row: OutboxMessage, args: IncidentEmail, t: Texts) -> RenderedMail | None:
    """Render the mail to a contact or to the operator, with the state at sending; None if it is over by then."""
    facts = await _facts(services, row.team_id, args)
    if facts is None or _is_inactive(facts):
        return None
    return await _mail(services, row, args, t, facts)


@renders(IncidentResolvedEmail)
async def render_resolved_email(
    services: Services, row: OutboxMessage, args: IncidentResolvedEmail, t: Texts
) -> RenderedMail | None:
    """Render the mail that the incident is resolved; None if the first mail was never sent."""
    facts = await _facts(services, row.team_id, args)
    first_message = await services[OutboxReader].get(row.team_id, row.key.removesuffix("/resolved"))
    if facts is None or first_message is None or first_message.delivered_at is None:
        return None
    return await _mail(services, row, args, t, facts)


async def _facts(services: Services, team_id: str, args: IncidentArgs) -> IncidentSummary | None:
    """Return the summary for the recipient of a message; None if all their stores were removed."""
    facts = await services[IncidentService].summary(team_id, args.incident, contact=args.contact, channel=args.channel)
    return facts if facts is not None and facts.stores else None


def _is_inactive(facts: IncidentSummary) -> bool:
    """Whether the incident is closed or suppressed, so that it is not reported for the first time."""
    return facts.incident.closed_at is not None or facts.incident.suppressed_by is not None


async def _mail(
    services: Services, row: OutboxMessage, args: IncidentArgs, t: Texts, facts: IncidentSummary
) -> RenderedMail | None:
    if row.destination == OPERATOR or args.contact is None:
        return _rendered((), *views.operator_letter(t, facts), t)
    contact = await services[IncidentService].contact(row.team_id, args.contact)
    if contact is None:
        return None
    return _rendered((contact.email,), *views.letter(t, facts), t)


def _rendered(to: tuple[str, ...], subject: str, letter: EmailContent, t: Texts) -> RenderedMail:
    return RenderedMail(to, subject, plain_email(letter), html_email(letter, t.language))


RENDERERS = (render_card, render_resolved, render_email, render_resolved_email)
