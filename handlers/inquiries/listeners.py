"""Inquiries: the list of unanswered ones, the full text."""

from handlers.blocks import Block
from handlers.inquiries import views
from handlers.inquiries.ids import InquiriesRef, InquiryRef
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.subcommands import named_or_every
from tmon.inquiries.service import InquiryService
from tmon.permissions import Permission
from tmon.stores.service import StoreService


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon cs [store]`: open the list of unanswered inquiries, oldest first."""
    ref = InquiriesRef(store=await named_or_every(request, rest))
    await request.show(await _list(request, ref))


async def open_list(request: SlackRequest) -> None:
    """Handle 목록 보기 on the card: open the list."""
    await request.show(await _list(request, decode(InquiriesRef, request.value)))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page."""
    await request.show(await _list(request, decode(InquiriesRef, request.value)))


async def see(request: SlackRequest) -> None:
    """Handle 전체 보기: show the full text to people who may operate the store; the view is audited."""
    ref = decode(InquiryRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    inquiry, text = await request.services[InquiryService].see(
        request.person, ref.store, ref.source, ref.number, ref.part
    )
    await request.push(views.whole(request.t, inquiry, text))


async def _list(request: SlackRequest, ref: InquiriesRef) -> Block:
    stores = [
        store for store in await request.services[StoreService].all(request.team_id) if ref.store in (None, store.id)
    ]
    page = await request.services[InquiryService].waiting(request.team_id, stores, ref.page)
    return views.inquiry_list(request.t, request.person, page, stores, ref)
