"""Renderers of the messages to admins about personal data."""

from handlers.admin import privacy_views as views
from handlers.rendering import RenderedMessage, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.privacy.messages import AccessReview, UnusualLooks
from tmon.privacy.review import AccessReviews


@renders(AccessReview)
async def render_review(services: Services, row: OutboxMessage, args: AccessReview, t: Texts) -> RenderedMessage:
    """Render the reminder of the monthly review; afterwards, who did it."""
    return RenderedMessage(*views.review(t, await services[AccessReviews].month(row.team_id, args.month), args))


@renders(UnusualLooks)
async def render_unusual(services: Services, row: OutboxMessage, args: UnusualLooks, t: Texts) -> RenderedMessage:
    """Render the warning of unusually many looks at personal data."""
    month = args.since.astimezone(services.core.options.zone).date().replace(day=1)
    return RenderedMessage(*views.unusual(t, args, month))


RENDERERS = (render_review, render_unusual)
