"""Renders the message and the mail that records could not be read."""

from handlers.common_views.mail import html_email, plain_email
from handlers.rendering import RenderedMail, RenderedMessage, renders
from handlers.texts import Texts
from handlers.unread import views
from tmon.collection.messages import UnreadFound, UnreadFoundEmail
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.stores.service import StoreService
from tmon.unread.service import UnreadService


@renders(UnreadFound)
async def render_message(services: Services, row: OutboxMessage, args: UnreadFound, t: Texts) -> RenderedMessage | None:
    """Render the message to who manages the store; None if all could be read before it was posted."""
    store = await services[StoreService].get(row.team_id, args.store)
    still = {(one.what, one.number) for one in await services[UnreadService].all(row.team_id, args.store)}
    if row.ts is None and not still & set(args.records) and not args.more:
        return None
    return RenderedMessage(*views.message(t, store, args.records, args.more, still))


@renders(UnreadFoundEmail)
async def render_mail(services: Services, row: OutboxMessage, args: UnreadFoundEmail, t: Texts) -> RenderedMail | None:
    """Render the mail to the operator; None if all could be read before it was sent."""
    if args.what is None:
        return None
    cause = await services[UnreadService].of_cause(args.what, args.why, args.field)
    if cause is None:
        return None
    subject, letter = views.letter(t, cause)
    return RenderedMail((), subject, plain_email(letter), html_email(letter, t.language))


RENDERERS = (render_message, render_mail)
