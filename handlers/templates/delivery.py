"""Delivery templates: listed, registered after a preview and a second confirmation, copied, added by number."""

from handlers.blocks import escape_title, section
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest
from handlers.templates import delivery_views as views
from handlers.templates import overview
from handlers.templates.common import failure, managed, refuse, show
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
from tmon.stores import switches
from tmon.stores.fields import InvalidFields
from tmon.templates.address_book import AddressBook, AddressBookService
from tmon.templates.delivery import DeliveryTemplateService
from tmon.templates.messages import TemplateEnded
from tmon.templates.policy import PolicyForm, check_policy
from tmon.templates.template_list import DuplicateTemplate, policy_of


async def show_list(call: SlackRequest) -> None:
    """목록 보기, and its pages."""
    ref = decode(TemplatesRef, call.value)
    store = await managed(call, ref.store)
    shelf = await call.services[DeliveryTemplateService].known(store.team_id, store.id)
    book = await call.services[AddressBookService].book(store.team_id, store.id)
    await show(call, views.template_list(call.t, store, shelf, book, ref.page))


async def begin_new(call: SlackRequest) -> None:
    """새로 등록."""
    await _begin(call, await managed(call, decode(TemplatesRef, call.value).store), PolicyForm())


async def begin_copy(call: SlackRequest) -> None:
    """복사해서 새로 만들기: the only way to change a template is to make another one."""
    ref = decode(TemplateRef, call.value)
    store = await managed(call, ref.store)
    row = await call.services[DeliveryTemplateService].get(store.team_id, store.id, ref.template)
    policy = policy_of(row)
    if policy is None:
        raise AppError("templates.policy_unknown")
    await _begin(call, store, PolicyForm.of(policy))


async def _begin(call: SlackRequest, store: Store, form: PolicyForm) -> None:
    switches.require_on(store, ApiGroup.PRODUCT)
    book = await call.services[AddressBookService].book(store.team_id, store.id)
    if not book.is_known:
        raise AppError("templates.addresses_first")
    missing = [kind for kind in (AddressType.SHIP_FROM, AddressType.RETURN_TO) if not book.choices(kind)]
    if missing:
        await show(call, views.no_addresses(call.t, store.id, missing))
        return
    await _show_form(call, PolicyRef(store=store.id, form=form, form_version=new_id("f")), book)


async def _show_form(call: SlackRequest, ref: PolicyRef, book: AddressBook) -> None:
    shelf = await call.services[DeliveryTemplateService].known(call.team_id, ref.store)
    await show(call, views.policy_form(call.t, ref, book, list_not_offered=shelf.list_not_offered))


async def grow(call: SlackRequest) -> None:
    """A choice upon which other fields depend: the form shows those that the policy needs now."""
    ref = _values(call)
    store = await managed(call, ref.store)
    await _show_form(call, ref, await call.services[AddressBookService].book(store.team_id, store.id))


async def turn_back(call: SlackRequest) -> None:
    """이전 in the preview, 다시 입력 where an identical template is there."""
    ref = decode(PolicyRef, call.view.get("private_metadata"))
    store = await managed(call, ref.store)
    await _show_form(call, ref, await call.services[AddressBookService].book(store.team_id, store.id))


def _values(call: SlackRequest) -> PolicyRef:
    ref = decode(PolicyRef, call.view.get("private_metadata"))
    known = {name: str(value) for name, value in read_form(call.view).items() if name in PolicyForm.model_fields}
    return ref.model_copy(update={"form": ref.form.model_copy(update=known)})


def _check(form: PolicyForm, book: AddressBook) -> NewTemplate:
    ship_from, return_to = book.choices(AddressType.SHIP_FROM), book.choices(AddressType.RETURN_TO)
    return check_policy(form, ship_from=ship_from, return_to=return_to)


async def show_preview(call: SlackRequest) -> None:
    """미리보기: the policy in words, or the identical template that is known here already."""
    ref = _values(call)
    templates = call.services[DeliveryTemplateService]
    try:
        store = await managed(call, ref.store)
        switches.require_on(store, ApiGroup.PRODUCT)
        book = await call.services[AddressBookService].book(store.team_id, store.id)
        template = _check(ref.form, book)
        await templates.reject_duplicate(store.team_id, store.id, template)
    except DuplicateTemplate as there:
        await call.ack(response_action="update", view=views.already_there(call.t, there.template, book, ref))
        return
    except (AppError, InvalidFields) as error:
        await refuse(call, error)
        return
    shelf = await templates.known(store.team_id, store.id)
    view = views.preview(call.t, ref, template, book, list_not_offered=shelf.list_not_offered)
    await call.ack(response_action="update", view=view)


async def register_now(call: SlackRequest) -> None:
    """등록: the second confirmation was given."""
    ref = decode(PolicyRef, call.view.get("private_metadata"))
    try:
        store = await managed(call, ref.store)
        switches.require_on(store, ApiGroup.PRODUCT)
        if not read_form(call.view).get("sure"):
            raise AppError("templates.field_required", field="sure")
        book = await call.services[AddressBookService].book(store.team_id, store.id)
        template = _check(ref.form, book)
    except InvalidFields as error:  # an address went away meanwhile: the form has the field
        await refuse(call, next(iter(error.errors.values())))
        return
    except AppError as error:
        await refuse(call, error)
        return
    view_id = str(call.view["id"])
    await call.ack(response_action="update", view=progress(call.t))
    templates = call.services[DeliveryTemplateService]
    try:
        row = await templates.register(call.person, store.id, template)
    except DuplicateTemplate as there:
        view = views.already_there(call.t, there.template, book, ref)
    except (AppError, TmonError) as error:
        view = result(call.t, store.id, [section(call.t("templates.nothing_sent")), *failure(call, error)])
    else:
        shelf = await templates.known(store.team_id, store.id)
        view = views.registered(call.t, row, book, decide=shelf.list_not_offered)
    await call.replace(view_id, view)


async def ask_number(call: SlackRequest) -> None:
    """번호로 추가, where TMON does not list templates."""
    store = await managed(call, decode(TemplatesRef, call.value).store)
    switches.require_on(store, ApiGroup.PRODUCT)
    await show(call, views.number_form(call.t, store))


async def add(call: SlackRequest) -> None:
    """The number was typed."""
    ref = decode(TemplatesRef, call.view.get("private_metadata"))
    values = read_form(call.view)
    name = str(values.get("name") or "")
    try:
        store = await managed(call, ref.store)
        switches.require_on(store, ApiGroup.PRODUCT)
        no = _number(values.get("no"))
    except AppError as error:
        await refuse(call, error)
        return
    view_id = str(call.view["id"])
    await call.ack(response_action="update", view=progress(call.t))
    try:
        row = await call.services[DeliveryTemplateService].add(
            call.person, store.id, no, name or call.t("templates.unnamed", no=str(no))
        )
        notice = [section(call.t.md("templates.template_added", name=escape_title(row.name, 60), no=str(no)))]
    except (AppError, TmonError) as error:
        notice = failure(call, error)
    await call.replace(view_id, await overview.draw(call, store, notice))


async def ask_where(call: SlackRequest) -> None:
    """티몬에 있음: under which number?"""
    ref = decode(TemplateRef, call.value)
    store = await managed(call, ref.store)
    row = await call.services[DeliveryTemplateService].get(store.team_id, store.id, ref.template)
    if row.state not in OPEN_WRITES:
        raise AppError("templates.settled_already")
    await show(call, views.is_there_form(call.t, row))


async def decide_is_there(call: SlackRequest) -> None:
    """The number of a doubtful template was typed."""
    ref = decode(TemplateRef, call.view.get("private_metadata"))
    try:
        store = await managed(call, ref.store)
        no = _number(read_form(call.view).get("no"))
        row = await call.services[DeliveryTemplateService].decide(call.person, store.id, ref.template, no)
    except (AppError, TmonError) as error:
        await refuse(call, error)
        return
    notice = [section(views.ended(call.t, row))]
    await call.ack(response_action="update", view=await overview.draw(call, store, notice))


async def decide_not_there(call: SlackRequest) -> None:
    """티몬에 없음."""
    ref = decode(TemplateRef, call.value)
    store = await managed(call, ref.store)
    row = await call.services[DeliveryTemplateService].decide(call.person, store.id, ref.template, None)
    if call.view:
        await show(call, await overview.draw(call, store, [section(views.ended(call.t, row))]))


def _number(text: object) -> int:
    digits = "".join(str(text or "").split())
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 10**15):
        raise AppError("templates.field_number", field="no")
    return int(digits)


async def paint_ended(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """How a registration that was in doubt stands; nothing once it is forgotten."""
    template = await services[DeliveryTemplateService].by_id(row.team_id, str(row.args["template"]))
    if template is None:
        return None
    if template.state not in OPEN_WRITES:
        text = views.ended(t, template)
        return RenderedMessage(text, [section(text)])
    shelf = await services[DeliveryTemplateService].known(row.team_id, template.store_id)
    blocks = doubt(t, template, decide=shelf.list_not_offered)
    return RenderedMessage(t.md("templates.in_doubt", name=escape_title(template.name, 60)), blocks)


PAINTERS = {TemplateEnded.kind: paint_ended}
