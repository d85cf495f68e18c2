"""The lists of the counters."""

from handlers.blocks import Block
from handlers.counters import views
from handlers.counters.ids import CounterRef, OverdueRef
from handlers.payloads import decode
from handlers.request import SlackRequest
from tmon.counters.service import LateCases
from tmon.permissions import Permission


async def open_list(request: SlackRequest) -> None:
    """Handle the button of a counter: open its list, in place of the status or above the home tab."""
    await request.show(await _list(request, decode(CounterRef, request.value)))


async def turn(request: SlackRequest) -> None:
    """Turn to another page or month."""
    await request.show(await _list(request, decode(CounterRef, request.value)))


async def show_overdue(request: SlackRequest) -> None:
    """Handle 지연 on the home tab, and the pages of its list: show what is past its deadline and still open."""
    page = await request.services[LateCases].overdue(request.team_id, decode(OverdueRef, request.value).page)
    await request.show(views.overdue_list(request.t, page))


async def _list(request: SlackRequest, ref: CounterRef) -> Block:
    lists = request.services[LateCases]
    store = None if ref.store is None else await request.store(ref.store, Permission.VIEW)
    this_month = lists.this_month()
    month = min(ref.month.replace(day=1), this_month) if ref.month is not None else this_month
    tally = (await lists.tally(request.team_id, ref.store, month))[ref.counter]
    page = await lists.page(request.team_id, ref.store, ref.counter, month, ref.page)
    return views.case_list(request.t, ref.model_copy(update={"month": month}), month, this_month, store, tally, page)
