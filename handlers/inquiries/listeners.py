"""Inquiries: the list of unanswered ones, the full text."""

from handlers.inquiries import lists, views
from handlers.inquiries.answers import inquiry_of
from handlers.inquiries.ids import InquiriesRef, InquiryRef
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.subcommands import named_or_every, typed_number
from tmon.inquiries.answers import AnswerService
from tmon.inquiries.service import InquiryService
from tmon.permissions import Permission


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon cs [number or store]`: open that inquiry, else the list of unanswered ones, oldest first."""
    number = typed_number(rest)
    found = [] if number is None else await request.services[InquiryService].with_number(request.team_id, number)
    if found:
        newest = found[0]
        await _show(
            request,
            InquiryRef(store=newest.store_id, source=newest.source, number=newest.number, part=newest.part),
        )
        return
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
    await _show(request, decode(InquiryRef, request.value))


async def _show(request: SlackRequest, ref: InquiryRef) -> None:
    await request.store(ref.store, Permission.ANSWER)
    await request.services[InquiryService].see(request.person, ref.store, ref.source, ref.number, ref.part)
    form = await request.services[AnswerService].form(request.person, inquiry_of(request, ref))
    await request.push(views.whole(request.t, form))
