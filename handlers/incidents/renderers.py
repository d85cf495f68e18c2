"""Renders the messages and mails about an incident."""

from datetime import timedelta

import structlog

from handlers.common_views.incidents import card_text
from handlers.common_views.mail import EmailContent, html_email, plain_email
from handlers.incidents import views
from handlers.links import SlackLinks
from handlers.permissions import SLACK_ERRORS, SlackUsers
from handlers.rendering import NotYet, RenderedMail, RenderedMessage, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.incidents.messages import (
    IncidentArgs,
    IncidentAssigned,
    IncidentEmail,
    IncidentMessage,
    IncidentResolved,
    IncidentResolvedEmail,
)
from tmon.incidents.service import IncidentService
from tmon.incidents.summary import IncidentSummary
from tmon.models.outbox import OutboxMessage
from tmon.outbox import DEPLOYMENT, OPERATOR, OutboxReader

log = structlog.get_logger(__name__)

_LINK_WAIT = timedelta(seconds=30)
_MENTIONED = 5
"""Stores whose contacts are mentioned in a channel."""


@renders(IncidentMessage)
async def render_card(
    services: Services, row: OutboxMessage, args: IncidentMessage, t: Texts
) -> RenderedMessage | None:
    """Render the message that is edited while the incident is open; None if it was never posted and is over."""
    facts = await _facts(services, row.team_id, args)
    if facts is None or (row.ts is None and _is_inactive(facts)):
        return None
    if args.contact is not None and row.ts is None and await services[IncidentService].join_person(row, args):
        return None  # this person is told already
    place = row.key.removeprefix(f"incident/{facts.incident.id}/")
    contacts = [] if args.channel is None else await _contacts(services, facts)
    return RenderedMessage(card_text(t, facts), views.card(t, facts, place, contacts))


async def _contacts(services: Services, facts: IncidentSummary) -> list[str]:
    """Return the accounts of the first stores' contacts, or of who registered the store, to mention them in a channel."""
    users, found = services.find(SlackUsers), dict[str, None]()
    for store in facts.stores[:_MENTIONED]:
        account = store.contact_user_id
        contact = None if account else await services[IncidentService].contact(store.team_id, store.id)
        if contact is not None and users is not None:
            try:
                account = await users.by_email(store.team_id, contact.email)
            except SLACK_ERRORS:
                log.info("the account of a contact is not known")
        found[account or store.registered_by] = None
    return list(found)


@renders(IncidentAssigned)
async def render_assigned(
    services: Services, row: OutboxMessage, args: IncidentAssigned, t: Texts
) -> RenderedMessage | None:
    """Render the message that somebody is in charge of an incident; None for anybody else, and if it is over already."""
    facts = await services[IncidentService].summary(row.team_id, args.incident)
    if facts is None or facts.incident.closed_at is not None or row.destination != args.user:
        return None
    return RenderedMessage.of_text(views.assigned_text(t, facts, args.who))


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
    """Return the summary for the recipient of a message; None if all their stores were removed.

    One of the deployment names no stores.
    """
    facts = await services[IncidentService].summary(
        team_id, args.incident, contact=args.contact, also=args.also, channel=args.channel
    )
    return facts if facts is not None and (facts.stores or team_id == DEPLOYMENT) else None


def _is_inactive(facts: IncidentSummary) -> bool:
    """Whether the incident is closed or suppressed, so that it is not reported for the first time."""
    return facts.incident.closed_at is not None or facts.incident.suppressed_by is not None


async def _mail(
    services: Services, row: OutboxMessage, args: IncidentArgs, t: Texts, facts: IncidentSummary
) -> RenderedMail | None:
    if row.destination == OPERATOR or args.contact is None:
        reach = await services[IncidentService].reach(facts.incident) if row.team_id == DEPLOYMENT else None
        return _rendered((), *views.operator_letter(t, facts, reach), t)
    contact = await services[IncidentService].contact(row.team_id, args.contact)
    if contact is None:
        return None
    link = await _link(services, row, facts)
    return _rendered((contact.email,), *views.letter(t, facts, link), t)


async def _link(services: Services, row: OutboxMessage, facts: IncidentSummary) -> str | None:
    """Return the address of the incident's message in the channel of its first store; None if there is none.

    Raises NotYet if it is about to be posted. A mail does not wait long for it.
    """
    key = f"incident/{facts.incident.id}/channel/{facts.stores[0].channel_id}"
    message = await services[OutboxReader].get(row.team_id, key)
    if message is None:
        return None
    if message.channel is not None and message.ts is not None:
        links = services.find(SlackLinks)
        return None if links is None else await links.to_message(row.team_id, message.channel, message.ts)
    is_coming = not message.undeliverable and not message.attempts and message.delivered_version < message.version
    if is_coming and services.clock() - max(row.created_at, message.due_at) < _LINK_WAIT:
        raise NotYet
    return None


def _rendered(to: tuple[str, ...], subject: str, letter: EmailContent, t: Texts) -> RenderedMail:
    return RenderedMail(to, subject, plain_email(letter), html_email(letter, t.language))


RENDERERS = (render_card, render_assigned, render_resolved, render_email, render_resolved_email)
