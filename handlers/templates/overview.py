"""The overview of a store's templates, and both imports.

Everything about templates needs `Permission.MANAGE`: an address book holds people's names and phone numbers.
"""

from collections.abc import Awaitable, Sequence

from handlers.blocks import Block, section
from handlers.common_views.switches import switch_off_notice
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.subcommands import named_store
from handlers.templates import views
from handlers.templates.ids import TemplatesRef, TemplateView
from tmon.api import TmonError
from tmon.errors import AppError
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Permission
from tmon.stores import switches
from tmon.stores.switches import SwitchOff
from tmon.templates.address_book import AddressBookService
from tmon.templates.address_changes import AddressChangeService
from tmon.templates.delivery import DeliveryTemplateService

_UNDER_FORMS = (TemplateView.OVERVIEW, TemplateView.ADDRESSES, TemplateView.LIST)


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon templates [store]`: open the overview, for people who manage the store."""
    store = await request.store((await named_store(request, rest)).id, Permission.MANAGE)
    await show(request, store)


async def show(request: SlackRequest, store: Store) -> None:
    """Show the overview."""
    await request.show(await current_view(request, store))


async def current_view(request: SlackRequest, store: Store, notice: Sequence[Block] = ()) -> Block:
    """Return the current overview, with `notice` on top or else a notice if the switch is off."""
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


async def open_form(request: SlackRequest, view: Block) -> None:
    """Show a form above the overview or list, which its arrow leads back to; in place of a result."""
    under = request.view.get("callback_id") in _UNDER_FORMS and not request.view.get("previous_view_id")
    await (request.push(view) if under else request.show(view))


async def refresh_under(request: SlackRequest, store: Store) -> None:
    """Update what lies under a form whose submission has changed it."""
    under = request.view.get("previous_view_id")
    if under and under != request.view.get("id"):
        await request.replace(str(under), await current_view(request, store))


async def back(request: SlackRequest) -> None:
    """Handle 처음으로: return to the overview."""
    await show(request, await request.store(decode(TemplatesRef, request.value).store, Permission.MANAGE))


async def import_addresses(request: SlackRequest) -> None:
    """Handle 주소록 가져오기: import the address book, which also unlocks the delivery templates."""
    store = await request.store(decode(TemplatesRef, request.value).store, Permission.MANAGE)
    await _import(
        request,
        store,
        request.services[AddressBookService].import_all(request.person, store.id),
        "templates.addresses_imported",
    )


async def import_templates(request: SlackRequest) -> None:
    """Handle 배송 템플릿 가져오기: import the delivery templates."""
    store = await request.store(decode(TemplatesRef, request.value).store, Permission.MANAGE)
    work = request.services[DeliveryTemplateService].import_all(request.person, store.id)
    await _import(request, store, work, "templates.templates_imported")


async def _import(request: SlackRequest, store: Store, work: Awaitable[int], done_key: str) -> None:
    view_id = await request.show(views.progress(request.t))
    try:
        notice = [section(request.t(done_key, n=await work))]
    except (AppError, TmonError) as error:
        notice = failure(request, error)
    await request.replace(view_id, await current_view(request, store, notice))


def failure(request: SlackRequest, error: AppError | TmonError) -> list[Block]:
    """The reason of a failure; if a switch is off, with a button to turn it on."""
    if isinstance(error, SwitchOff):
        return switch_off_notice(request.t, request.person, error)
    return [section(error_text(request.t, error))]
