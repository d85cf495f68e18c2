"""Renderers of messages about uploaded lists of products."""

from handlers.listings.views import sent_message
from handlers.rendering import RenderedMessage, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.listings.messages import ProductsSent
from tmon.listings.uploads import ListingUploads
from tmon.models.outbox import OutboxMessage
from tmon.permissions import Person
from tmon.stores.service import StoreService


@renders(ProductsSent)
async def render_sent(services: Services, row: OutboxMessage, args: ProductsSent, t: Texts) -> RenderedMessage:
    """Render the result of an uploaded list, for whoever uploaded it."""
    upload = await services[ListingUploads].get(Person(row.team_id, row.destination), args.upload)
    store = await services[StoreService].get(row.team_id, upload.store_id)
    return sent_message(t, upload, store.name)


RENDERERS = (render_sent,)
