"""The list of records that could not be read, and reading them again."""

from collections.abc import Sequence

from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.unread import views
from handlers.unread.ids import UnreadRef
from tmon.api import TmonError
from tmon.collection.coordinator import Coordinator
from tmon.errors import AppError
from tmon.inquiries.collector import INQUIRIES
from tmon.models.collection import ORDERS, Unread, UnreadRecord
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.products.catalog import CatalogService
from tmon.templates.address_book import AddressBookService
from tmon.templates.delivery import DeliveryTemplateService
from tmon.unread.service import UnreadService

_COLLECTED = {
    Unread.ORDER: ORDERS,
    Unread.CANCEL: ORDERS,
    Unread.QUESTION: INQUIRIES,
    Unread.CS: INQUIRIES,
}
"""The collection that reads a kind of record."""
_DEALS = 10
"""Deals that one press reads again."""


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
    errors = await request.with_progress(_read_again(request, store, records), lambda: request.show(busy))
    left = await request.services[UnreadService].all(request.team_id, store.id)
    before = {(one.what, one.number) for one in records}
    read = len(before - {(one.what, one.number) for one in left})
    said = request.t("unread.read_some", n=read) if read else request.t("unread.read_none")
    await _show(request, store, ref.page, "\n".join([said, *dict.fromkeys(errors)]))


async def _show(request: SlackRequest, store: Store, page: int, said: str = "") -> None:
    found = await request.services[UnreadService].page(request.team_id, store.id, page)
    await request.show(views.unread_list(request.t, store, found, said))


async def _store(request: SlackRequest, ref: UnreadRef) -> Store:
    """Return the store, for those who manage it or work for it. Raises AppError."""
    return await request.store(ref.store, Permission.OPERATE)


async def _read_again(request: SlackRequest, store: Store, records: Sequence[UnreadRecord]) -> list[str]:
    """Ask TMON for `records` again. Returns why some of them could not be asked for, as Slack markup."""
    services = request.services
    kinds = {_COLLECTED[one.what] for one in records if one.what in _COLLECTED}
    errors: list[AppError | TmonError] = []
    for kind in sorted(kinds):
        try:
            result = await services[Coordinator].collect_now(request.team_id, store.id, kind, request.user_id)
        except AppError as error:
            errors.append(error)
        else:
            errors += [result.error] if result.error is not None else []
    singly = [
        *(
            services[CatalogService].refresh(request.team_id, store.id, int(one.number))
            for one in [one for one in records if one.what is Unread.DEAL][:_DEALS]
        ),
        *(
            service.import_all(request.person, store.id)
            for what, service in (
                (Unread.ADDRESS, services[AddressBookService]),
                (Unread.TEMPLATE, services[DeliveryTemplateService]),
            )
            if any(one.what is what for one in records)
        ),
    ]
    for asked in singly:
        try:
            await asked
        except (AppError, TmonError) as error:
            errors.append(error)
    return [error_text(request.t, error) for error in errors]
