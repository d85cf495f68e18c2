"""The list of records that could not be read, and reading them again."""

from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.unread import views
from handlers.unread.ids import UnreadRef
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.unread.read_again import UnreadReader
from tmon.unread.service import UnreadService


async def open_list(request: SlackRequest) -> None:
    """Handle `읽지 못한 자료 n건`: open the list of one store."""
    ref = decode(UnreadRef, request.value)
    store = await _store(request, ref)
    page = await request.services[UnreadService].page(request.team_id, store.id)
    await request.push(views.unread_list(request.t, store, page))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page."""
    ref = decode(UnreadRef, request.value)
    await _show(request, await _store(request, ref), ref.page)


async def retry(request: SlackRequest) -> None:
    """Handle `다시 읽기`: ask TMON for all of them again, and say what came of it."""
    ref = decode(UnreadRef, request.value)
    store = await _store(request, ref)
    records = await request.services[UnreadService].all(request.team_id, store.id)
    page = await request.services[UnreadService].page(request.team_id, store.id, ref.page)
    busy = views.unread_list(request.t, store, page, request.t("unread.reading"), busy=True)
    reading = request.services[UnreadReader](request.person, store, records)
    errors = await request.with_progress(reading, lambda: request.show(busy))
    left = await request.services[UnreadService].all(request.team_id, store.id)
    before = {(one.what, one.number) for one in records}
    read = len(before - {(one.what, one.number) for one in left})
    said = request.t("unread.read_some", n=read) if read else request.t("unread.read_none")
    await _show(
        request, store, ref.page, "\n".join([said, *dict.fromkeys(error_text(request.t, error) for error in errors)])
    )


async def _show(request: SlackRequest, store: Store, page: int, said: str = "") -> None:
    found = await request.services[UnreadService].page(request.team_id, store.id, page)
    await request.show(views.unread_list(request.t, store, found, said))


async def _store(request: SlackRequest, ref: UnreadRef) -> Store:
    """Return the store, for those who manage it or work for it. Raises AppError."""
    return await request.store(ref.store, Permission.OPERATE)
