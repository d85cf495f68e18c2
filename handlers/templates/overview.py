"""The overview of a store's templates, and both imports."""

from collections.abc import Awaitable, Sequence

from handlers.blocks import Block, section
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.subcommands import named_store
from handlers.templates import views
from handlers.templates.common import failure, managed
from handlers.templates.common import show as show_view
from handlers.templates.ids import TemplatesRef
from tmon.api import TmonError
from tmon.errors import AppError
from tmon.models.stores import ApiGroup, Store
from tmon.stores import switches
from tmon.templates.address_book import AddressBookService
from tmon.templates.address_changes import AddressChangeService
from tmon.templates.delivery import DeliveryTemplateService


async def command(request: SlackRequest, rest: str) -> None:
    """`/tmon templates [store]`: both sides, for those who manage the store."""
    store = await managed(request, (await named_store(request, rest)).id)
    await show(request, store)


async def show(request: SlackRequest, store: Store) -> None:
    """Opens the overview."""
    await show_view(request, await draw(request, store))


async def draw(request: SlackRequest, store: Store, notice: Sequence[Block] = ()) -> Block:
    """The overview as it stands; a switch that is off is told on top, unless there is news."""
    services = request.services
    try:
        switches.require_on(store, ApiGroup.PRODUCT)
    except AppError as error:
        notice = notice or failure(request, error)
    return views.overview(
        request.t,
        store,
        await services[AddressBookService].book(store.team_id, store.id),
        await services[AddressChangeService].open_changes(store.team_id, store.id),
        await services[DeliveryTemplateService].known(store.team_id, store.id),
        notice,
    )


async def back(request: SlackRequest) -> None:
    """처음으로."""
    await show(request, await managed(request, decode(TemplatesRef, request.value).store))


async def import_addresses(request: SlackRequest) -> None:
    """주소록 가져오기, which also unlocks the delivery side."""
    store = await managed(request, decode(TemplatesRef, request.value).store)
    await _import(
        request,
        store,
        request.services[AddressBookService].import_all(request.person, store.id),
        "templates.addresses_imported",
    )


async def import_templates(request: SlackRequest) -> None:
    """배송 템플릿 가져오기."""
    store = await managed(request, decode(TemplatesRef, request.value).store)
    work = request.services[DeliveryTemplateService].import_all(request.person, store.id)
    await _import(request, store, work, "templates.templates_imported")


async def _import(request: SlackRequest, store: Store, work: Awaitable[int], done_key: str) -> None:
    view_id = await show_view(request, views.progress(request.t))
    try:
        notice = [section(request.t(done_key, n=await work))]
    except (AppError, TmonError) as error:
        notice = failure(request, error)
    await request.replace(view_id, await draw(request, store, notice))
