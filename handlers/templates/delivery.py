"""Delivery templates: list, register after a preview and a second confirmation, copy, add by number."""

from handlers.blocks import Block, escape_title, section
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest
from handlers.templates import delivery_views as views
from handlers.templates import overview
from handlers.templates.ids import PolicyRef, TemplateRef, TemplatesRef
from handlers.templates.views import doubt, progress, result
from handlers.texts import Texts
from tmon.api import AddressType, NewTemplate, TmonError
from tmon.core import Services
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup, Store
from tmon.models.templates import OPEN_WRITES
from tmon.permissions import Permission
from tmon.stores import switches
from tmon.stores.fields import InvalidFields
from tmon.templates.address_book import AddressBook, AddressBookService
from tmon.templates.delivery import DeliveryTemplateService
from tmon.templates.messages import TemplateEnded
from tmon.templates.policy import PolicyForm, check_policy
from tmon.templates.template_list import DuplicateTemplate, policy_of


async def show_list(request: SlackRequest) -> None:
    """Handle 목록 보기: show the list, or another page of it."""
    ref = decode(TemplatesRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    shelf = await request.services[DeliveryTemplateService].known(store.team_id, store.id)
    book = await request.services[AddressBookService].book(store.team_id, store.id)
    deals = await request.services[DeliveryTemplateService].deals(store.team_id, store.id)
    await request.show(views.template_list(request.t, store, shelf, book, deals, ref.page))


async def begin_new(request: SlackRequest) -> None:
    """Handle 새로 등록: show an empty form."""
    await _begin(
        request, await request.store(decode(TemplatesRef, request.value).store, Permission.MANAGE), PolicyForm()
    )


async def begin_copy(request: SlackRequest) -> None:
    """Handle 복사해서 새로 만들기: show the form with a template's policy, since templates cannot be changed."""
    ref = decode(TemplateRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    row = await request.services[DeliveryTemplateService].get(store.team_id, store.id, ref.template)
    policy = policy_of(row)
    if policy is None:
        raise AppError("templates.policy_unknown")
    await _begin(request, store, PolicyForm.of(policy))


async def _begin(request: SlackRequest, store: Store, form: PolicyForm) -> None:
    switches.require_on(store, ApiGroup.PRODUCT)
    book = await request.services[AddressBookService].book(store.team_id, store.id)
    if not book.is_known:
        raise AppError("templates.addresses_first")
    missing = [kind for kind in (AddressType.SHIP_FROM, AddressType.RETURN_TO) if not book.choices(kind)]
    if missing:
        await overview.open_form(request, views.no_addresses(request.t, store.id, missing))
        return
    ref = PolicyRef(store=store.id, form=form, form_version=new_id("f"))
    await overview.open_form(request, await _form(request, ref, book))


async def _show_form(request: SlackRequest, ref: PolicyRef, book: AddressBook) -> None:
    await request.show(await _form(request, ref, book))


async def _form(request: SlackRequest, ref: PolicyRef, book: AddressBook) -> Block:
    shelf = await request.services[DeliveryTemplateService].known(request.team_id, ref.store)
    return views.policy_form(request.t, ref, book, list_not_offered=shelf.list_not_offered)


async def grow(request: SlackRequest) -> None:
    """Handle a choice on which other fields depend: show the fields that the policy needs now."""
    ref = _values(request)
    store = await request.store(ref.store, Permission.MANAGE)
    await _show_form(request, ref, await request.services[AddressBookService].book(store.team_id, store.id))


async def turn_back(request: SlackRequest) -> None:
    """Handle 이전 in the preview, or 다시 입력 if an identical template exists: return to the form."""
    ref = decode(PolicyRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    await _show_form(request, ref, await request.services[AddressBookService].book(store.team_id, store.id))


def _values(request: SlackRequest) -> PolicyRef:
    ref = decode(PolicyRef, request.view.get("private_metadata"))
    known = {name: str(value) for name, value in read_form(request.view).items() if name in PolicyForm.model_fields}
    return ref.model_copy(update={"form": ref.form.model_copy(update=known)})


def _check(form: PolicyForm, book: AddressBook) -> NewTemplate:
    ship_from, return_to = book.choices(AddressType.SHIP_FROM), book.choices(AddressType.RETURN_TO)
    return check_policy(form, ship_from=ship_from, return_to=return_to)


async def show_preview(request: SlackRequest) -> None:
    """Handle 미리보기: show the policy in words, or the identical template that is already known."""
    ref = _values(request)
    templates = request.services[DeliveryTemplateService]
    store = await request.store(ref.store, Permission.MANAGE)
    switches.require_on(store, ApiGroup.PRODUCT)
    book = await request.services[AddressBookService].book(store.team_id, store.id)
    template = _check(ref.form, book)
    try:
        await templates.reject_duplicate(store.team_id, store.id, template)
    except DuplicateTemplate as duplicate:
        await request.show(views.already_there(request.t, duplicate.template, book, ref))
        return
    shelf = await templates.known(store.team_id, store.id)
    view = views.preview(request.t, ref, template, book, list_not_offered=shelf.list_not_offered)
    await request.show(view)


async def register_now(request: SlackRequest) -> None:
    """Handle 등록: register the template, after the second confirmation."""
    ref = decode(PolicyRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    switches.require_on(store, ApiGroup.PRODUCT)
    if not read_form(request.view).get("sure"):
        raise AppError("templates.field_required", field="sure")
    book = await request.services[AddressBookService].book(store.team_id, store.id)
    try:
        template = _check(ref.form, book)
    except InvalidFields as error:  # an address was removed meanwhile; this view lacks its field, so one sentence
        raise next(iter(error.errors.values())) from None
    view_id = str(request.view["id"])
    await request.show(progress(request.t))
    templates = request.services[DeliveryTemplateService]
    try:
        row = await templates.register(request.person, store.id, template)
    except DuplicateTemplate as duplicate:
        view = views.already_there(request.t, duplicate.template, book, ref)
    except (AppError, TmonError) as error:
        view = result(
            request.t, store.id, [section(request.t("templates.nothing_sent")), *overview.failure(request, error)]
        )
    else:
        shelf = await templates.known(store.team_id, store.id)
        view = views.registered(request.t, row, book, decide=shelf.list_not_offered)
    await request.replace(view_id, view)
    await overview.refresh_under(request, store)


async def ask_number(request: SlackRequest) -> None:
    """Handle 번호로 추가, for when TMON does not list templates: show the form that asks for a number."""
    store = await request.store(decode(TemplatesRef, request.value).store, Permission.MANAGE)
    switches.require_on(store, ApiGroup.PRODUCT)
    await overview.open_form(request, views.number_form(request.t, store))


async def add(request: SlackRequest) -> None:
    """Handle the form: add the template with the typed number."""
    ref = decode(TemplatesRef, request.view.get("private_metadata"))
    values = read_form(request.view)
    name = str(values.get("name") or "")
    store = await request.store(ref.store, Permission.MANAGE)
    switches.require_on(store, ApiGroup.PRODUCT)
    no = _number(values.get("no"))
    view_id = str(request.view["id"])
    await request.show(progress(request.t))
    try:
        row = await request.services[DeliveryTemplateService].add(
            request.person, store.id, no, name or request.t("templates.unnamed", no=str(no))
        )
        notice = [section(request.t.md("templates.template_added", name=escape_title(row.name, 60), no=str(no)))]
    except (AppError, TmonError) as error:
        notice = overview.failure(request, error)
    await request.replace(view_id, await overview.current_view(request, store, notice))
    await overview.refresh_under(request, store)


async def ask_where(request: SlackRequest) -> None:
    """Handle 티몬에 있음: show the form that asks for the number at TMON."""
    ref = decode(TemplateRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    row = await request.services[DeliveryTemplateService].get(store.team_id, store.id, ref.template)
    if row.state not in OPEN_WRITES:
        raise AppError("templates.settled_already")
    await overview.open_form(request, views.is_there_form(request.t, row))


async def decide_is_there(request: SlackRequest) -> None:
    """Handle the form: an unconfirmed template exists at TMON under the typed number."""
    ref = decode(TemplateRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    no = _number(read_form(request.view).get("no"))
    row = await request.services[DeliveryTemplateService].decide(request.person, store.id, ref.template, no)
    notice = [section(views.ended(request.t, row))]
    await request.show(await overview.current_view(request, store, notice))
    await overview.refresh_under(request, store)


async def decide_not_there(request: SlackRequest) -> None:
    """Handle 티몬에 없음: an unconfirmed template does not exist at TMON."""
    ref = decode(TemplateRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    row = await request.services[DeliveryTemplateService].decide(request.person, store.id, ref.template, None)
    if request.view:
        await request.show(await overview.current_view(request, store, [section(views.ended(request.t, row))]))


def _number(text: object) -> int:
    digits = "".join(str(text or "").split())
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 10**15):
        raise AppError("templates.field_number", field="no")
    return int(digits)


@renders(TemplateEnded)
async def render_ended(services: Services, row: OutboxMessage, args: TemplateEnded, t: Texts) -> RenderedMessage | None:
    """Render the state of a registration that was unconfirmed; None once it is deleted."""
    template = await services[DeliveryTemplateService].by_id(row.team_id, args.template)
    if template is None:
        return None
    if template.state not in OPEN_WRITES:
        return RenderedMessage.of_text(views.ended(t, template))
    shelf = await services[DeliveryTemplateService].known(row.team_id, template.store_id)
    blocks = doubt(t, template, decide=shelf.list_not_offered)
    return RenderedMessage(t.md("templates.in_doubt", name=escape_title(template.name, 60)), blocks)


RENDERERS = (render_ended,)
