"""Inquiries: the list of unanswered ones, the full text."""

from handlers.inquiries import lists, views
from handlers.inquiries.answers import inquiry_of
from handlers.inquiries.ids import InquiriesRef, InquiryRef
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.subcommands import named_or_every
from tmon.inquiries.answers import AnswerService
from tmon.inquiries.service import InquiryService
from tmon.permissions import Permission


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon cs [store]`: open the list of unanswered inquiries, oldest first."""
    ref = InquiriesRef(store=await named_or_every(request, rest))
    await request.show(await lists.view(request, ref))


async def open_list(request: SlackRequest) -> None:
    """Handle 목록 보기 on the card: open the list."""
    await request.show(await lists.view(request, decode(InquiriesRef, request.value)))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page."""
    await request.show(await lists.view(request, decode(InquiriesRef, request.value)))


async def see(request: SlackRequest) -> None:
    """Handle 전체 보기: show the full text to people who may operate the store; the view is audited."""
    ref = decode(InquiryRef, request.value)
    await request.store(ref.store, Permission.ANSWER)
    await request.services[InquiryService].see(request.person, ref.store, ref.source, ref.number, ref.part)
    form = await request.services[AnswerService].form(request.person, inquiry_of(request, ref))
    await request.push(views.whole(request.t, form))
