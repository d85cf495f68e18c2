"""Renders the standing card of inquiries, and what is said about new ones."""

from handlers.common_views.partner_center import partner_center_buttons
from handlers.inquiries import reminder_views, views
from handlers.rendering import RenderedMessage, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.inquiries.messages import InquiriesArrived, InquiryCard, InquiryReminder, SourceNotOffered
from tmon.inquiries.reminders import InquiryReminders
from tmon.inquiries.service import InquiryService
from tmon.models.outbox import OutboxMessage
from tmon.stores.service import StoreService


@renders(InquiryCard)
async def render_card(services: Services, row: OutboxMessage, args: InquiryCard, t: Texts) -> RenderedMessage:
    """Render the current card of a store, or one that a newer card has replaced."""
    facts = await services[InquiryService].card(row.team_id, args.store, row.key)
    return RenderedMessage(views.card_text(t, facts), views.card(t, facts))


@renders(InquiriesArrived)
async def render_arrivals(
    services: Services, row: OutboxMessage, args: InquiriesArrived, t: Texts
) -> RenderedMessage | None:
    """Render the short message about new inquiries; None if their store is gone or collects none any more."""
    facts = await services[InquiryService].arrived(row.team_id, args.store, args.at)
    if not facts.inquiries:
        return None
    return RenderedMessage(views.arrivals_text(t, facts), views.arrivals(t, facts))


@renders(InquiryReminder)
async def render_reminder(
    services: Services, row: OutboxMessage, args: InquiryReminder, t: Texts
) -> RenderedMessage | None:
    """Render the reminder of inquiries; None if all of them were answered meanwhile."""
    facts = await services[InquiryReminders].due(row.team_id, args)
    if not facts.inquiries:
        return None
    return RenderedMessage(reminder_views.reminder_text(t, facts), reminder_views.reminder(t, facts))


@renders(SourceNotOffered)
async def render_source_not_offered(
    services: Services, row: OutboxMessage, args: SourceNotOffered, t: Texts
) -> RenderedMessage:
    """Render the message that TMON does not offer one kind of inquiries."""
    store = await services[StoreService].get(row.team_id, args.store)
    text = t.md_of("inquiries.not_offered", args.source, store=store.name)
    return RenderedMessage.of_text(text, *partner_center_buttons(t))


RENDERERS = (render_card, render_arrivals, render_reminder, render_source_not_offered)
