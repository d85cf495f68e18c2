"""The address book: its list, and registering and editing at TMON."""

from handlers.blocks import section
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest
from handlers.templates import address_views as views
from handlers.templates import overview
from handlers.templates.common import failure, managed, refuse, show
from handlers.templates.ids import AddressRef, TemplatesRef
from handlers.templates.views import progress, result
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup
from tmon.models.templates import WriteState
from tmon.stores import switches
from tmon.stores.fields import InvalidFields
from tmon.templates.address_book import AddressBookService, reject_stale
from tmon.templates.address_changes import AddressChangeService
from tmon.templates.address_form import AddressForm, check_address
from tmon.templates.messages import AddressEnded


async def show_list(call: SlackRequest) -> None:
    """목록 보기, and its pages."""
    ref = decode(TemplatesRef, call.value)
    store = await managed(call, ref.store)
    await call.services[AddressBookService].audit_view(call.person, store.id)
    book = await call.services[AddressBookService].book(store.team_id, store.id)
    await show(call, views.address_list(call.t, store, book, ref.page))


async def begin_new(call: SlackRequest) -> None:
    """새 주소 등록."""
    store = await managed(call, decode(TemplatesRef, call.value).store)
    switches.require_on(store, ApiGroup.PRODUCT)
    await show(call, views.address_form(call.t, AddressRef(store=store.id), AddressForm()))


async def begin_edit(call: SlackRequest) -> None:
    """수정: the form says first how many delivery templates it touches."""
    ref = decode(AddressRef, call.value)
    store = await managed(call, ref.store)
    switches.require_on(store, ApiGroup.PRODUCT)
    known = await call.services[AddressBookService].get(store.team_id, store.id, ref.no or 0)
    await call.services[AddressBookService].audit_view(call.person, store.id, known.no)
    form, ref = AddressForm.of(known.address), ref.model_copy(update={"base": known.read_at})
    await show(call, views.address_form(call.t, ref, form, used_by=known.used_by))


async def type_again(call: SlackRequest) -> None:
    """다시 입력: what was typed before, after TMON or a taken name stood in the way."""
    ref = decode(AddressRef, call.value)
    store = await managed(call, ref.store)
    changes = call.services[AddressChangeService]
    change = await changes.change(store.team_id, ref.change or "")
    kept = changes.typed(change)
    if kept is None or change.store_id != store.id:
        raise AppError("templates.address_change_gone")
    used = 0
    if ref.no is not None:
        known = await call.services[AddressBookService].get(store.team_id, store.id, ref.no)
        used, ref = known.used_by, ref.model_copy(update={"base": known.read_at})
    await call.services[AddressBookService].audit_view(call.person, store.id, ref.no)
    await show(call, views.address_form(call.t, ref, AddressForm.of(kept), used_by=used))


async def save(call: SlackRequest) -> None:
    """저장하기: at TMON at once; the local copy follows if TMON accepts it."""
    ref = decode(AddressRef, call.view.get("private_metadata"))
    try:
        store = await managed(call, ref.store)
        switches.require_on(store, ApiGroup.PRODUCT)
        values = read_form(call.view)
        address = check_address({**values, "default": "yes" if values.get("default") else "no"})
        if ref.no is not None:
            reject_stale(
                (await call.services[AddressBookService].get(store.team_id, store.id, ref.no)).read_at, ref.base
            )
    except (AppError, InvalidFields) as error:
        await refuse(call, error)
        return
    view_id = str(call.view["id"])
    await call.ack(response_action="update", view=progress(call.t))
    changes = call.services[AddressChangeService]
    try:
        change = await changes.save(call.person, store.id, address, ref.no, base=ref.base)
    except AppError as error:
        await call.replace(view_id, result(call.t, store.id, failure(call, error)))
        return
    existing = None
    if change.state is WriteState.FAILED:
        book = await call.services[AddressBookService].book(store.team_id, store.id)
        existing = next(
            (one for one in book.addresses if one.address.name == change.name and one.no != change.address_no), None
        )
    if existing is not None:
        await call.services[AddressBookService].audit_view(call.person, store.id, existing.no)
    await call.replace(view_id, views.saved(call.t, change, existing))


async def ask_name(call: SlackRequest) -> None:
    """이름으로 가져오기, where TMON does not list addresses."""
    store = await managed(call, decode(TemplatesRef, call.value).store)
    switches.require_on(store, ApiGroup.PRODUCT)
    await show(call, views.named_form(call.t, store))


async def import_named(call: SlackRequest) -> None:
    """The name was typed."""
    ref = decode(TemplatesRef, call.view.get("private_metadata"))
    store = await managed(call, ref.store)
    name = str(read_form(call.view).get("name") or "")
    view_id = str(call.view["id"])
    await call.ack(response_action="update", view=progress(call.t))
    try:
        await call.services[AddressBookService].import_named(call.person, store.id, name)
        notice = [section(call.t("templates.addresses_imported", n=1))]
    except (AppError, TmonError) as error:
        notice = failure(call, error)
    await call.replace(view_id, await overview.draw(call, store, notice))


async def paint_ended(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """How an address that was in doubt ended; nothing once it is forgotten."""
    try:
        change = await services[AddressChangeService].change(row.team_id, str(row.args["change"]))
    except AppError:
        return None
    text = views.ended(t, change)
    return RenderedMessage(text, [section(text)])


PAINTERS = {AddressEnded.kind: paint_ended}
