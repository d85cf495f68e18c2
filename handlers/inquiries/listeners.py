"""Inquiries: the standing card, the list of what waits, and the look at what people wrote."""

from handlers.blocks import Block, section
from handlers.inquiries import views
from handlers.inquiries.ids import InquiriesRef, InquiryRef
from handlers.payloads import unpack
from handlers.permissions import require
from handlers.rendering import Drawing
from handlers.request import Call
from handlers.subcommands import named_store
from handlers.texts import Texts
from tmon.core import Services
from tmon.errors import AppError
from tmon.inquiries.cards import KIND
from tmon.inquiries.collector import SOURCE_NOT_OFFERED
from tmon.inquiries.service import Inquiries
from tmon.models.outbox import Message
from tmon.permissions import Right
from tmon.stores.service import Stores


async def command(call: Call, rest: str) -> None:
    """`/tmon cs [store]`: what waits for an answer, longest first."""
    ref = InquiriesRef()
    if rest:
        ref = InquiriesRef(store=(await named_store(call, rest)).id)
    elif not await call.services[Stores].all(call.team_id):
        raise AppError("common.no_stores")
    await call.client.views_open(trigger_id=call.trigger_id, view=await _list(call, ref))


async def open_list(call: Call) -> None:
    """목록 보기 on the card."""
    view = await _list(call, unpack(InquiriesRef, call.value))
    await call.client.views_open(trigger_id=call.trigger_id, view=view)


async def turn_page(call: Call) -> None:
    """이전 쪽, 다음 쪽."""
    view = await _list(call, unpack(InquiriesRef, call.value))
    await call.client.views_update(view_id=str(call.view["id"]), view=view)


async def see(call: Call) -> None:
    """전체 보기: what people wrote, for those who work on it; the look is audited."""
    ref = unpack(InquiryRef, call.value)
    require(call.person, Right.WORK, await call.services[Stores].get(call.team_id, ref.store))
    inquiry, text = await call.services[Inquiries].see(call.person, ref.store, ref.source, ref.number, ref.part)
    await call.client.views_push(trigger_id=call.trigger_id, view=views.whole(call.t, inquiry, text))


async def _list(call: Call, ref: InquiriesRef) -> Block:
    stores = [store for store in await call.services[Stores].all(call.team_id) if ref.store in (None, store.id)]
    page = await call.services[Inquiries].waiting(call.team_id, stores, ref.page)
    return views.inquiry_list(call.t, call.person, page, stores, ref)


async def paint_card(services: Services, row: Message, t: Texts) -> Drawing:
    """The standing card, or one that it has replaced."""
    facts = await services[Inquiries].card(row.team_id, row.args["store"], row.key)
    return Drawing(views.card_text(t, facts), views.card(t, facts))


async def paint_source_not_offered(services: Services, row: Message, t: Texts) -> Drawing:
    """TMON tells one kind of inquiries only."""
    store = await services[Stores].get(row.team_id, row.args["store"])
    text = t.md(f"inquiries.not_offered_{row.args['source']}", store=store.name)
    return Drawing(text, [section(text)])


PAINTERS = {KIND: paint_card, SOURCE_NOT_OFFERED: paint_source_not_offered}
