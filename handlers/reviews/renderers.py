"""Renders the messages about reviews."""

from handlers.rendering import RenderedMessage, renders
from handlers.reviews import views
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.reviews.messages import LowRatings, ReplyEnded, ReviewDigest
from tmon.reviews.service import ReviewService


@renders(LowRatings)
async def render_low_ratings(services: Services, row: OutboxMessage, args: LowRatings, t: Texts) -> RenderedMessage:
    """Render the message about the low ratings of a run."""
    found = await services[ReviewService].low_ratings(row.team_id, args.store, args.at)
    text = views.low_ratings_text(t, found)
    return RenderedMessage(text, views.report(t, text, found))


@renders(ReviewDigest)
async def render_digest(services: Services, row: OutboxMessage, args: ReviewDigest, t: Texts) -> RenderedMessage:
    """Render the digest of a day."""
    found = await services[ReviewService].digest(row.team_id, args.store, args.day)
    text = views.digest_text(t, found)
    return RenderedMessage(text, views.report(t, text, found))


@renders(ReplyEnded)
async def render_ended(services: Services, row: OutboxMessage, args: ReplyEnded, t: Texts) -> RenderedMessage:
    """Render the message to whoever replied, whose reply was in doubt."""
    facts = await services[ReviewService].facts(row.team_id, args.store, args.review)
    text = views.ended_text(t, facts, done=args.done)
    return RenderedMessage(text, views.ended(t, facts, text))


RENDERERS = (render_low_ratings, render_digest, render_ended)
