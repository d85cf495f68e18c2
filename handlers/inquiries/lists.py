"""The list of unanswered inquiries."""

from handlers.blocks import Block
from handlers.inquiries import views
from handlers.inquiries.ids import InquiriesRef
from handlers.request import SlackRequest
from tmon.inquiries.service import InquiryService
from tmon.stores.service import StoreService


async def view(request: SlackRequest, ref: InquiriesRef) -> Block:
    """Return a page of it."""
    stores = [
        store for store in await request.services[StoreService].all(request.team_id) if ref.store in (None, store.id)
    ]
    page = await request.services[InquiryService].waiting(request.team_id, stores, ref.page)
    return views.inquiry_list(request.t, request.person, page, stores, ref)
