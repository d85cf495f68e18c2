"""Inquiries: the standing card, the list of what waits, and the look at what people wrote."""

from handlers.blocks import Block
from handlers.inquiries import views
from handlers.inquiries.ids import InquiriesRef, InquiryRef
from handlers.payloads import decode
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest
from handlers.subcommands import named_store
from handlers.texts import Texts
from tmon.core import Services
from tmon.errors import AppError
from tmon.inquiries.messages import InquiryCard, SourceNotOffered
from tmon.inquiries.service import InquiryService
from tmon.models.outbox import OutboxMessage
from tmon.permissions import Permission
from tmon.stores.service import StoreService


async def command(request: SlackRequest, rest: str) -> None:
    """`/tmon cs [store]`: what waits for an answer, longest first."""
    ref = InquiriesRef()
    if rest:
        ref = InquiriesRef(store=(await named_store(request, rest)).id)
    elif not await request.services[StoreService].all(request.team_id):
        raise AppError("common.no_stores")
    await request.show(await _list(request, ref))


async def open_list(request: SlackRequest) -> None:
    """목록 보기 on the card."""
    await request.show(await _list(request, decode(InquiriesRef, request.value)))


async def turn_page(request: SlackRequest) -> None:
    """이전 쪽, 다음 쪽."""
    await request.show(await _list(request, decode(InquiriesRef, request.value)))


async def see(request: SlackRequest) -> None:
    """전체 보기: what people wrote, for those who work on it; the look is audited."""
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


async def render_card(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """The standing card, or one that it has replaced."""
    facts = await services[InquiryService].card(row.team_id, row.args["store"], row.key)
    return RenderedMessage(views.card_text(t, facts), views.card(t, facts))


async def render_source_not_offered(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """TMON tells one kind of inquiries only."""
    store = await services[StoreService].get(row.team_id, row.args["store"])
    return RenderedMessage.of_text(t.md_of("inquiries.not_offered", row.args["source"], store=store.name))


RENDERERS = {InquiryCard.kind: render_card, SourceNotOffered.kind: render_source_not_offered}
