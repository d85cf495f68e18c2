"""The list of orders: filters, pages, ticks, and the confirmation of what is ticked."""

from typing import Any

from handlers.blocks import Block
from handlers.common_views.stores import EVERY_STORE
from handlers.orders import list_views
from handlers.orders.ids import ListRef, ListRow
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.subcommands import named_or_every
from handlers.view_locks import view_lock
from tmon.errors import AppError
from tmon.models.orders import OPEN_STATES
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.order_list import OF_SHIPPING, PAGE, OrderKey, OrderLists, OrderPage, Scope, Shown
from tmon.orders.service import OrderService
from tmon.orders.summaries import OrderSummary
from tmon.permissions import Permission
from tmon.stores.service import StoreService


async def show(request: SlackRequest, ref: ListRef) -> None:
    """Open a list from its first page."""
    await request.show(await _view(request, ref, await _page(request, ref), view_id=None))


async def show_stores(request: SlackRequest, rest: str) -> None:
    """Open the list of waiting orders of the store called `rest`, or of all, most urgent first."""
    ref = ListRef(store=await named_or_every(request, rest))
    await show(request, ref)


async def open_list(request: SlackRequest) -> None:
    """Handle 목록 보기 on a message: open the list of its orders."""
    await show(request, decode(ListRef, request.value))


async def refresh(request: SlackRequest, ref: ListRef, view_id: str) -> None:
    """Draw the list with the same rows as before, unless the person has closed it meanwhile."""
    async with view_lock(view_id):
        keys = [(row.store, row.order) for row in ref.rows]
        scope = await _scope(request, ref)
        page = await request.services[OrderLists].same_page(scope, ref.start, keys)
        await request.replace(view_id, await _view(request, ref, page, view_id))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page. What has left the list meanwhile has moved the rest up: nothing is skipped."""
    wanted, here = decode(ListRef, request.value).page, _here(request)
    if wanted > here.page and here.rows:
        pending = [(row.store, row.order) for row in here.rows if row.pending]
        left = await request.services[OrderLists].left(await _scope(request, here), pending)
        start = here.start + len(here.rows) - left
    else:
        start = wanted * PAGE
    await _keep_ticks(request, here)
    await _turn(request, here.model_copy(update={"page": wanted, "start": start}))


async def choose_shown(request: SlackRequest) -> None:
    """Handle 보기: show orders in another state."""
    try:
        shown = Shown(request.value)
    except ValueError:
        raise AppError("common.stale_button") from None
    await _filter(request, {"shown": shown})


async def choose_store(request: SlackRequest) -> None:
    """Handle the choice of a store, or of all."""
    store = None if request.value == EVERY_STORE else request.value
    if store is not None:
        await request.store(store, Permission.VIEW)
    await _filter(request, {"store": store})


async def tick(request: SlackRequest) -> None:
    """Handle a tick, or one taken away: the button above counts them."""
    here, action = _here(request), request.action
    row = next((one for one in here.rows if list_views.row_block(here, one) == action.get("block_id")), None)
    if row is None:
        raise AppError("common.stale_button")
    await request.store(row.store, Permission.VIEW)  # the press asks for more
    key, view_id = (row.store, row.order), str(request.view["id"])
    # Slack tells the state of a menu of several choices in the view, and not always in the action
    seen = _state(request).get(str(action.get("block_id")), {}).get(str(action.get("action_id")), {})
    on, off = ([key], []) if action.get("selected_options") or seen.get("selected_options") else ([], [key])
    await request.services[OrderLists].tick(request.team_id, view_id, on, off)
    await refresh(request, here, view_id)


async def confirm_selected(request: SlackRequest) -> None:
    """Handle 선택한 n건 발주확인: confirm what is ticked on every page, as far as it still waits."""
    here, view_id = _here(request), str(request.view["id"])
    await _keep_ticks(request, here)
    ticked = await request.services[OrderLists].ticked(request.team_id, view_id)
    if not ticked:
        await refresh(request, here, view_id)
        raise AppError("orders.nothing_selected")
    for store_id in {order.store_id for order in ticked}:
        await request.store(store_id, Permission.OPERATE)
    work = request.services[ConfirmationService].confirm_selected(
        request.team_id, [(order.store_id, order.order_no) for order in ticked], request.user_id
    )
    try:
        _, errors = await request.with_progress(work, lambda: refresh(request, here, view_id))
    finally:
        await refresh(request, here, view_id)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        await request.notify("\n".join(error_text(request.t, error) for error in errors))


def _here(request: SlackRequest) -> ListRef:
    return decode(ListRef, request.view.get("private_metadata"))


def _state(request: SlackRequest) -> dict[str, Any]:
    """What the person has chosen in the view, by block and element."""
    return dict((request.view.get("state") or {}).get("values") or {})


async def _keep_ticks(request: SlackRequest, here: ListRef) -> None:
    """Store the ticks of the page as Slack shows them now."""
    values = _state(request)
    on: list[OrderKey] = []
    off: list[OrderKey] = []
    for row in here.rows:
        elements = values.get(list_views.row_block(here, row)) or {}
        for element in elements.values():
            if element.get("type") == "checkboxes":
                (on if element.get("selected_options") else off).append((row.store, row.order))
    await request.services[OrderLists].tick(request.team_id, str(request.view["id"]), on, off)


async def _filter(request: SlackRequest, change: dict[str, object]) -> None:
    here = _here(request)
    await request.services[OrderLists].untick_all(request.team_id, str(request.view["id"]))
    await _turn(request, here.model_copy(update={**change, "page": 0, "start": 0, "turn": here.turn + 1}))


async def _turn(request: SlackRequest, ref: ListRef) -> None:
    view_id, ref = str(request.view["id"]), ref.model_copy(update={"rows": ()})
    async with view_lock(view_id):
        await request.replace(view_id, await _view(request, ref, await _page(request, ref), view_id))


async def _page(request: SlackRequest, ref: ListRef) -> OrderPage:
    return await request.services[OrderLists].page(await _scope(request, ref), ref.start)


async def _scope(request: SlackRequest, ref: ListRef) -> Scope:
    if ref.batch is not None:
        facts = await request.services[OrderService].batch(request.team_id, ref.batch)
        await request.require(Permission.VIEW, facts.store)
        return Scope(request.team_id, batch_id=ref.batch)
    if ref.run is not None:
        return Scope(request.team_id, run_id=ref.run)
    stores = [
        store.id for store in await request.services[StoreService].all(request.team_id) if ref.store in (None, store.id)
    ]
    since, _ = request.t.bounds(request.t.today())
    return Scope(request.team_id, tuple(stores), ref.shown, since, number=ref.number)


async def _view(request: SlackRequest, ref: ListRef, page: OrderPage, view_id: str | None) -> Block:
    """Draw a page. `view_id`: the modal that shows it already; None: it opens now."""
    ticked = [] if view_id is None else await request.services[OrderLists].ticked(request.team_id, view_id)
    if not ref.rows or [(row.store, row.order) for row in ref.rows] != [_key(facts) for facts in page.items]:
        rows = tuple(ListRow(store=f.store.id, order=f.order.order_no, pending=_pending(ref, f)) for f in page.items)
        ref = ref.model_copy(update={"page": page.number, "start": page.start, "rows": rows})
    return list_views.order_list(
        request.t, request.person, page, ref, await request.services[StoreService].all(request.team_id), ticked
    )


def _key(facts: OrderSummary) -> OrderKey:
    return facts.store.id, facts.order.order_no


def _pending(ref: ListRef, facts: OrderSummary) -> bool:
    settled = ref.run is not None or ref.number is not None or ref.shown is Shown.CONFIRMED_TODAY
    return not settled and (ref.shown in OF_SHIPPING or facts.order.state in OPEN_STATES)
