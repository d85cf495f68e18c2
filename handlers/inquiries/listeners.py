"""Inquiries: the standing card, the list of what waits, and the look at what people wrote."""

from handlers.blocks import Block, section
from handlers.inquiries import views
from handlers.inquiries.ids import InquiriesRef, InquiryRef
from handlers.payloads import decode
from handlers.permissions import require_permission
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


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon cs [store]`: what waits for an answer, longest first."""
    ref = InquiriesRef()
    if rest:
        ref = InquiriesRef(store=(await named_store(call, rest)).id)
    elif not await call.services[StoreService].all(call.team_id):
        raise AppError("common.no_stores")
    await call.client.views_open(trigger_id=call.trigger_id, view=await _list(call, ref))


async def open_list(call: SlackRequest) -> None:
    """목록 보기 on the card."""
    view = await _list(call, decode(InquiriesRef, call.value))
    await call.client.views_open(trigger_id=call.trigger_id, view=view)


async def turn_page(call: SlackRequest) -> None:
    """이전 쪽, 다음 쪽."""
    view = await _list(call, decode(InquiriesRef, call.value))
    await call.client.views_update(view_id=str(call.view["id"]), view=view)


async def see(call: SlackRequest) -> None:
    """전체 보기: what people wrote, for those who work on it; the look is audited."""
    ref = decode(InquiryRef, call.value)
    require_permission(call.person, Permission.OPERATE, await call.services[StoreService].get(call.team_id, ref.store))
    inquiry, text = await call.services[InquiryService].see(call.person, ref.store, ref.source, ref.number, ref.part)
    await call.client.views_push(trigger_id=call.trigger_id, view=views.whole(call.t, inquiry, text))


async def _list(call: SlackRequest, ref: InquiriesRef) -> Block:
    stores = [store for store in await call.services[StoreService].all(call.team_id) if ref.store in (None, store.id)]
    page = await call.services[InquiryService].waiting(call.team_id, stores, ref.page)
    return views.inquiry_list(call.t, call.person, page, stores, ref)


async def paint_card(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """The standing card, or one that it has replaced."""
    facts = await services[InquiryService].card(row.team_id, row.args["store"], row.key)
    return RenderedMessage(views.card_text(t, facts), views.card(t, facts))


async def paint_source_not_offered(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """TMON tells one kind of inquiries only."""
    store = await services[StoreService].get(row.team_id, row.args["store"])
    text = t.md_of("inquiries.not_offered", row.args["source"], store=store.name)
    return RenderedMessage(text, [section(text)])


PAINTERS = {InquiryCard.kind: paint_card, SourceNotOffered.kind: paint_source_not_offered}
