"""Renders cards of claims, what is said about many new ones, and reminders."""

from handlers.claims import reminder_views, views
from handlers.common_views.partner_center import partner_center_buttons
from handlers.rendering import RenderedMessage, renders
from handlers.texts import Texts
from tmon.claims.messages import ClaimBatch, ClaimCard, ClaimReminder, ClaimsDue, ClaimsNotOffered
from tmon.claims.reminders import ClaimReminders
from tmon.claims.service import ClaimService
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.stores.service import StoreService


@renders(ClaimCard)
async def render_card(services: Services, row: OutboxMessage, args: ClaimCard, t: Texts) -> RenderedMessage | None:
    """Render the card of one claim, or where it moved; None if it moved before it was posted."""
    facts = await services[ClaimService].summary(row.team_id, args.store, args.claim_kind, args.claim)
    if facts.claim.batch_id is not None:
        return None if row.ts is None else RenderedMessage.of_text(views.moved_text(t, facts.store))
    return RenderedMessage(views.claim_text(t, facts), views.claim_card(t, facts))


@renders(ClaimBatch)
async def render_batch(services: Services, row: OutboxMessage, args: ClaimBatch, t: Texts) -> RenderedMessage | None:
    """Render the message about many new claims, or where all of them moved."""
    facts = await services[ClaimService].batch(row.team_id, args.store, args.batch)
    if not facts.new:
        return None if row.ts is None else RenderedMessage.of_text(views.moved_text(t, facts.store))
    return RenderedMessage(views.batch_text(t, facts), views.batch(t, facts))


@renders(ClaimsNotOffered)
async def render_not_offered(
    services: Services, row: OutboxMessage, args: ClaimsNotOffered, t: Texts
) -> RenderedMessage:
    """Render the message that TMON does not offer one kind of claims."""
    store = await services[StoreService].get(row.team_id, args.store)
    text = t.md("claims.not_offered", store=store.name, kind=views.kind_word(t, args.claim_kind))
    return RenderedMessage.of_text(text, *partner_center_buttons(t))


@renders(ClaimReminder)
async def render_reminder(
    services: Services, row: OutboxMessage, args: ClaimReminder, t: Texts
) -> RenderedMessage | None:
    """Render the reminder of one claim; None if it has ended meanwhile."""
    facts = await services[ClaimService].summary(row.team_id, args.store, args.claim_kind, args.claim)
    if facts.claim.ended_at is not None or facts.store.removed_at is not None:
        return None
    return RenderedMessage.of_text(reminder_views.reminder_text(t, facts), reminder_views.see_button(t, facts.claim))


@renders(ClaimsDue)
async def render_due(services: Services, row: OutboxMessage, args: ClaimsDue, t: Texts) -> RenderedMessage | None:
    """Render the message about many claims that are due at once; None if all have ended meanwhile."""
    facts = await services[ClaimReminders].due(row.team_id, args)
    if not facts.claims:
        return None
    return RenderedMessage(reminder_views.due_text(t, facts), reminder_views.due(t, facts))


RENDERERS = (render_card, render_batch, render_not_offered, render_reminder, render_due)
