"""The list of claims: filters and pages. What a person looks at stays in its place."""

from datetime import date

from handlers.blocks import Block
from handlers.claims import list_views
from handlers.claims.ids import ClaimListRef, ClaimRow
from handlers.common_views.stores import EVERY_STORE
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.subcommands import named_or_every
from handlers.view_locks import view_lock
from tmon.claims.claim_list import PAGE, ClaimLists, ClaimPage, Scope, Shown
from tmon.errors import AppError
from tmon.models.claims import ClaimKind
from tmon.permissions import Permission
from tmon.stores.service import StoreService


async def show(request: SlackRequest, ref: ClaimListRef) -> None:
    """Open a list from its first page."""
    await request.show(await _view(request, ref, await _page(request, ref)))


async def show_stores(request: SlackRequest, rest: str) -> None:
    """Open the list of open claims of the store called `rest`, or of all, most urgent first."""
    ref = ClaimListRef(store=await named_or_every(request, rest))
    await show(request, ref)


async def open_list(request: SlackRequest) -> None:
    """Handle 목록 보기 on a message or in a claim."""
    await show(request, decode(ClaimListRef, request.value))


async def refresh(request: SlackRequest) -> None:
    """Draw the list in which the person acted with the same rows as before."""
    await draw(request, str(request.view["id"]), _here(request))


async def draw(request: SlackRequest, view_id: str, ref: ClaimListRef) -> None:
    """Draw a list that is shown in that view with the same rows as before."""
    async with view_lock(view_id):
        keys = [(row.store, row.kind, row.claim) for row in ref.rows]
        page = await request.services[ClaimLists].same_page(await _scope(request, ref), ref.start, keys)
        await request.replace(view_id, await _view(request, ref, page))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page. What has left the list meanwhile has moved the rest up: nothing is skipped."""
    wanted, here = decode(ClaimListRef, request.value).page, _here(request)
    start = wanted * PAGE
    if wanted > here.page and here.rows:
        open_ones = [(row.store, row.kind, row.claim) for row in here.rows if row.open]
        left = await request.services[ClaimLists].left(await _scope(request, here), open_ones)
        start = here.start + len(here.rows) - left
    await _turn(request, here.model_copy(update={"page": wanted, "start": start}))


async def choose_shown(request: SlackRequest) -> None:
    """Handle 보기: show claims in another state."""
    try:
        shown = Shown(request.value)
    except ValueError:
        raise AppError("common.stale_button") from None
    await _filter(request, {"shown": shown, "month": None})


async def choose_kind(request: SlackRequest) -> None:
    """Handle the choice of a kind of claims, or of all."""
    try:
        kind = None if request.value == list_views.EVERY_KIND else ClaimKind(request.value)
    except ValueError:
        raise AppError("common.stale_button") from None
    await _filter(request, {"kind": kind})


async def choose_store(request: SlackRequest) -> None:
    """Handle the choice of a store, or of all."""
    store = None if request.value == EVERY_STORE else request.value
    if store is not None:
        await request.store(store, Permission.VIEW)
    await _filter(request, {"store": store})


def _here(request: SlackRequest) -> ClaimListRef:
    return decode(ClaimListRef, request.view.get("private_metadata"))


async def _filter(request: SlackRequest, change: dict[str, object]) -> None:
    here = _here(request)
    await _turn(request, here.model_copy(update={**change, "page": 0, "start": 0, "turn": here.turn + 1}))


async def _turn(request: SlackRequest, ref: ClaimListRef) -> None:
    view_id, ref = str(request.view["id"]), ref.model_copy(update={"rows": ()})
    async with view_lock(view_id):
        await request.replace(view_id, await _view(request, ref, await _page(request, ref)))


async def _page(request: SlackRequest, ref: ClaimListRef) -> ClaimPage:
    return await request.services[ClaimLists].page(await _scope(request, ref), ref.start)


async def _scope(request: SlackRequest, ref: ClaimListRef) -> Scope:
    stores = await request.services[StoreService].all(request.team_id)
    since = until = None
    if ref.month is not None:
        first = date.fromisoformat(f"{ref.month}-01")
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        since, until = request.t.bounds(first)[0], request.t.bounds(following)[0]
    return Scope(
        request.team_id,
        tuple(store.id for store in stores if ref.store in (None, store.id)),
        ref.shown,
        ref.kind,
        since,
        until,
        batch_id=ref.batch,
        number=ref.number,
    )


async def _view(request: SlackRequest, ref: ClaimListRef, page: ClaimPage) -> Block:
    shown = [(one.store.id, one.claim.kind, one.claim.claim_no) for one in page.items]
    if [(row.store, row.kind, row.claim) for row in ref.rows] != shown:
        rows = tuple(
            ClaimRow(
                store=one.store.id,
                kind=one.claim.kind,
                claim=one.claim.claim_no,
                open=one.claim.ended_at is None,
            )
            for one in page.items
        )
        ref = ref.model_copy(update={"page": page.number, "start": page.start, "rows": rows})
    return list_views.claim_list(request.t, page, ref, await request.services[StoreService].all(request.team_id))
