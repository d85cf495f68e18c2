"""Renders the message that TMON does not offer what is collected."""

from handlers.common_views.partner_center import partner_center_buttons
from handlers.rendering import RenderedMessage, renders
from handlers.texts import Texts
from tmon.collection.messages import KindNotOffered
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.stores.service import StoreService


@renders(KindNotOffered)
async def render_not_offered(services: Services, row: OutboxMessage, args: KindNotOffered, t: Texts) -> RenderedMessage:
    """Render the message that TMON does not offer an endpoint which the collection of a store needs."""
    store = await services[StoreService].get(row.team_id, args.store)
    text = t.md_of("stores.told_not_offered", args.what, store=store.name)
    return RenderedMessage.of_text(text, *partner_center_buttons(t))


RENDERERS = (render_not_offered,)
