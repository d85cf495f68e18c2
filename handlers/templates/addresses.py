"""The address book: the list, and registering and editing addresses at TMON."""

from handlers.blocks import section
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest
from handlers.templates import address_views as views
from handlers.templates import overview
from handlers.templates.ids import AddressRef, TemplatesRef
from handlers.templates.views import progress, result
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup
from tmon.models.templates import WriteState
from tmon.permissions import Permission
from tmon.stores import switches
from tmon.templates.address_book import AddressBookService, reject_stale
from tmon.templates.address_changes import AddressChangeService
from tmon.templates.address_form import AddressForm, check_address
from tmon.templates.messages import AddressEnded


async def show_list(request: SlackRequest) -> None:
    """Handle 목록 보기: show the list, or another page of it."""
    ref = decode(TemplatesRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    await request.services[AddressBookService].audit_view(request.person, store.id)
    book = await request.services[AddressBookService].book(store.team_id, store.id)
    await request.show(views.address_list(request.t, store, book, ref.page))


async def begin_new(request: SlackRequest) -> None:
    """Handle 새 주소 등록: show an empty form."""
    store = await request.store(decode(TemplatesRef, request.value).store, Permission.MANAGE)
    switches.require_on(store, ApiGroup.PRODUCT)
    await overview.open_form(request, views.address_form(request.t, AddressRef(store=store.id), AddressForm()))


async def begin_edit(request: SlackRequest) -> None:
    """Handle 수정: show the form, which says how many delivery templates it affects."""
    ref = decode(AddressRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    switches.require_on(store, ApiGroup.PRODUCT)
    known = await request.services[AddressBookService].get(store.team_id, store.id, ref.no or 0)
    await request.services[AddressBookService].audit_view(request.person, store.id, known.no)
    form, ref = AddressForm.of(known.address), ref.model_copy(update={"base": known.read_at})
    await overview.open_form(request, views.address_form(request.t, ref, form, used_by=known.used_by))


async def type_again(request: SlackRequest) -> None:
    """Handle 다시 입력: show the form as typed before, after TMON refused it or the name was taken."""
    ref = decode(AddressRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    changes = request.services[AddressChangeService]
    change = await changes.change(store.team_id, ref.change or "")
    typed_address = changes.typed(change)
    if typed_address is None or change.store_id != store.id:
        raise AppError("templates.address_change_gone")
    used = 0
    if ref.no is not None:
        known = await request.services[AddressBookService].get(store.team_id, store.id, ref.no)
        used, ref = known.used_by, ref.model_copy(update={"base": known.read_at})
    await request.services[AddressBookService].audit_view(request.person, store.id, ref.no)
    await request.show(views.address_form(request.t, ref, AddressForm.of(typed_address), used_by=used))


async def save(request: SlackRequest) -> None:
    """Handle 저장하기: save at TMON at once; the local copy follows if TMON accepts it."""
    ref = decode(AddressRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    switches.require_on(store, ApiGroup.PRODUCT)
    values = read_form(request.view)
    address = check_address({**values, "default": "yes" if values.get("default") else "no"})
    if ref.no is not None:
        reject_stale(
            (await request.services[AddressBookService].get(store.team_id, store.id, ref.no)).read_at, ref.base
        )
    view_id = str(request.view["id"])
    await request.show(progress(request.t))
    changes = request.services[AddressChangeService]
    try:
        change = await changes.save(request.person, store.id, address, ref.no, base=ref.base)
    except AppError as error:
        await request.replace(view_id, result(request.t, store.id, overview.failure(request, error)))
        return
    existing = None
    if change.state is WriteState.FAILED:
        book = await request.services[AddressBookService].book(store.team_id, store.id)
        existing = next(
            (one for one in book.addresses if one.address.name == change.name and one.no != change.address_no), None
        )
    if existing is not None:
        await request.services[AddressBookService].audit_view(request.person, store.id, existing.no)
    await request.replace(view_id, views.saved(request.t, change, existing))
    await overview.refresh_under(request, store)


async def ask_name(request: SlackRequest) -> None:
    """Handle 이름으로 가져오기, for when TMON does not list addresses: show the form that asks for a name."""
    store = await request.store(decode(TemplatesRef, request.value).store, Permission.MANAGE)
    switches.require_on(store, ApiGroup.PRODUCT)
    await overview.open_form(request, views.named_form(request.t, store))


async def import_named(request: SlackRequest) -> None:
    """Handle the form: import the address with the typed name."""
    ref = decode(TemplatesRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    name = str(read_form(request.view).get("name") or "")
    view_id = str(request.view["id"])
    await request.show(progress(request.t))
    try:
        await request.services[AddressBookService].import_named(request.person, store.id, name)
        notice = [section(request.t("templates.addresses_imported", n=1))]
    except (AppError, TmonError) as error:
        notice = overview.failure(request, error)
    await request.replace(view_id, await overview.current_view(request, store, notice))
    await overview.refresh_under(request, store)


@renders(AddressEnded)
async def render_ended(services: Services, row: OutboxMessage, args: AddressEnded, t: Texts) -> RenderedMessage | None:
    """Render the result of an address change that was unconfirmed; None once it is deleted."""
    try:
        change = await services[AddressChangeService].change(row.team_id, args.change)
    except AppError:
        return None
    return RenderedMessage.of_text(views.ended(t, change))


RENDERERS = (render_ended,)
