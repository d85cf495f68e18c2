"""Delivery templates: listed, registered after a preview and a second confirmation, copied, added by number."""

from handlers.blocks import foreign_title, section
from handlers.form_values import typed
from handlers.payloads import unpack
from handlers.rendering import Drawing
from handlers.request import Call
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
from tmon.models.outbox import Message
from tmon.models.stores import Group, Store
from tmon.models.templates import OPEN_WRITES
from tmon.stores import switches
from tmon.stores.fields import InvalidFields
from tmon.templates.address_book import AddressBook, AddressBooks
from tmon.templates.delivery import TEMPLATE_ENDED, DeliveryTemplates
from tmon.templates.policy import PolicyForm, check_policy
from tmon.templates.template_list import AlreadyThere, policy_of


async def show_list(call: Call) -> None:
    """목록 보기, and its pages."""
    ref = unpack(TemplatesRef, call.value)
    store = await managed(call, ref.store)
    shelf = await call.services[DeliveryTemplates].shelf(store.team_id, store.id)
    book = await call.services[AddressBooks].book(store.team_id, store.id)
    await show(call, views.template_list(call.t, store, shelf, book, ref.page))


async def begin_new(call: Call) -> None:
    """새로 등록."""
    await _begin(call, await managed(call, unpack(TemplatesRef, call.value).store), PolicyForm())


async def begin_copy(call: Call) -> None:
    """복사해서 새로 만들기: the only way to change a template is to make another one."""
    ref = unpack(TemplateRef, call.value)
    store = await managed(call, ref.store)
    row = await call.services[DeliveryTemplates].get(store.team_id, store.id, ref.template)
    policy = policy_of(row)
    if policy is None:
        raise AppError("templates.policy_unknown")
    await _begin(call, store, PolicyForm.of(policy))


async def _begin(call: Call, store: Store, form: PolicyForm) -> None:
    switches.check(store, Group.PRODUCT)
    book = await call.services[AddressBooks].book(store.team_id, store.id)
    if not book.is_known:
        raise AppError("templates.addresses_first")
    missing = [kind for kind in (AddressType.SHIP_FROM, AddressType.RETURN_TO) if not book.choices(kind)]
    if missing:
        await show(call, views.no_addresses(call.t, store.id, missing))
        return
    await _show_form(call, PolicyRef(store=store.id, form=form, anew=new_id("f")), book)


async def _show_form(call: Call, ref: PolicyRef, book: AddressBook) -> None:
    shelf = await call.services[DeliveryTemplates].shelf(call.team_id, ref.store)
    await show(call, views.policy_form(call.t, ref, book, list_not_offered=shelf.list_not_offered))


async def grow(call: Call) -> None:
    """A choice upon which other fields depend: the form shows those that the policy needs now."""
    ref = _typed_so_far(call)
    store = await managed(call, ref.store)
    await _show_form(call, ref, await call.services[AddressBooks].book(store.team_id, store.id))


async def turn_back(call: Call) -> None:
    """이전 in the preview, 다시 입력 where an identical template is there."""
    ref = unpack(PolicyRef, call.view.get("private_metadata"))
    store = await managed(call, ref.store)
    await _show_form(call, ref, await call.services[AddressBooks].book(store.team_id, store.id))


def _typed_so_far(call: Call) -> PolicyRef:
    ref = unpack(PolicyRef, call.view.get("private_metadata"))
    known = {name: str(value) for name, value in typed(call.view).items() if name in PolicyForm.model_fields}
    return ref.model_copy(update={"form": ref.form.model_copy(update=known)})


def _check(form: PolicyForm, book: AddressBook) -> NewTemplate:
    ship_from, return_to = book.choices(AddressType.SHIP_FROM), book.choices(AddressType.RETURN_TO)
    return check_policy(form, ship_from=ship_from, return_to=return_to)


async def show_preview(call: Call) -> None:
    """미리보기: the policy in words, or the identical template that is known here already."""
    ref = _typed_so_far(call)
    templates = call.services[DeliveryTemplates]
    try:
        store = await managed(call, ref.store)
        switches.check(store, Group.PRODUCT)
        book = await call.services[AddressBooks].book(store.team_id, store.id)
        template = _check(ref.form, book)
        await templates.refuse_twin(store.team_id, store.id, template)
    except AlreadyThere as there:
        await call.ack(response_action="update", view=views.already_there(call.t, there.template, book, ref))
        return
    except (AppError, InvalidFields) as error:
        await refuse(call, error)
        return
    shelf = await templates.shelf(store.team_id, store.id)
    view = views.preview(call.t, ref, template, book, list_not_offered=shelf.list_not_offered)
    await call.ack(response_action="update", view=view)


async def register_now(call: Call) -> None:
    """등록: the second confirmation was given."""
    ref = unpack(PolicyRef, call.view.get("private_metadata"))
    try:
        store = await managed(call, ref.store)
        switches.check(store, Group.PRODUCT)
        if not typed(call.view).get("sure"):
            raise AppError("templates.field_required", field="sure")
        book = await call.services[AddressBooks].book(store.team_id, store.id)
        template = _check(ref.form, book)
    except InvalidFields as error:  # an address went away meanwhile: the form has the field
        await refuse(call, next(iter(error.errors.values())))
        return
    except AppError as error:
        await refuse(call, error)
        return
    view_id = str(call.view["id"])
    await call.ack(response_action="update", view=progress(call.t))
    templates = call.services[DeliveryTemplates]
    try:
        row = await templates.register(call.person, store.id, template)
    except AlreadyThere as there:
        view = views.already_there(call.t, there.template, book, ref)
    except (AppError, TmonError) as error:
        view = result(call.t, store.id, [section(call.t("templates.nothing_sent")), *failure(call, error)])
    else:
        shelf = await templates.shelf(store.team_id, store.id)
        view = views.registered(call.t, row, book, decide=shelf.list_not_offered)
    await call.replace(view_id, view)


async def ask_number(call: Call) -> None:
    """번호로 추가, where TMON does not list templates."""
    store = await managed(call, unpack(TemplatesRef, call.value).store)
    switches.check(store, Group.PRODUCT)
    await show(call, views.number_form(call.t, store))


async def add(call: Call) -> None:
    """The number was typed."""
    ref = unpack(TemplatesRef, call.view.get("private_metadata"))
    values = typed(call.view)
    name = str(values.get("name") or "")
    try:
        store = await managed(call, ref.store)
        switches.check(store, Group.PRODUCT)
        no = _number(values.get("no"))
    except AppError as error:
        await refuse(call, error)
        return
    view_id = str(call.view["id"])
    await call.ack(response_action="update", view=progress(call.t))
    try:
        row = await call.services[DeliveryTemplates].add(
            call.person, store.id, no, name or call.t("templates.unnamed", no=str(no))
        )
        notice = [section(call.t.md("templates.template_added", name=foreign_title(row.name, 60), no=str(no)))]
    except (AppError, TmonError) as error:
        notice = failure(call, error)
    await call.replace(view_id, await overview.draw(call, store, notice))


async def ask_where(call: Call) -> None:
    """티몬에 있음: under which number?"""
    ref = unpack(TemplateRef, call.value)
    store = await managed(call, ref.store)
    row = await call.services[DeliveryTemplates].get(store.team_id, store.id, ref.template)
    if row.state not in OPEN_WRITES:
        raise AppError("templates.settled_already")
    await show(call, views.is_there_form(call.t, row))


async def decide_is_there(call: Call) -> None:
    """The number of a doubtful template was typed."""
    ref = unpack(TemplateRef, call.view.get("private_metadata"))
    try:
        store = await managed(call, ref.store)
        no = _number(typed(call.view).get("no"))
        row = await call.services[DeliveryTemplates].decide(call.person, store.id, ref.template, no)
    except (AppError, TmonError) as error:
        await refuse(call, error)
        return
    notice = [section(views.ended(call.t, row))]
    await call.ack(response_action="update", view=await overview.draw(call, store, notice))


async def decide_not_there(call: Call) -> None:
    """티몬에 없음."""
    ref = unpack(TemplateRef, call.value)
    store = await managed(call, ref.store)
    row = await call.services[DeliveryTemplates].decide(call.person, store.id, ref.template, None)
    if call.view:
        await show(call, await overview.draw(call, store, [section(views.ended(call.t, row))]))


def _number(text: object) -> int:
    digits = "".join(str(text or "").split())
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 10**15):
        raise AppError("templates.field_number", field="no")
    return int(digits)


async def paint_ended(services: Services, row: Message, t: Texts) -> Drawing | None:
    """How a registration that was in doubt stands; nothing once it is forgotten."""
    template = await services[DeliveryTemplates].by_id(row.team_id, str(row.args["template"]))
    if template is None:
        return None
    if template.state not in OPEN_WRITES:
        text = views.ended(t, template)
        return Drawing(text, [section(text)])
    shelf = await services[DeliveryTemplates].shelf(row.team_id, template.store_id)
    blocks = doubt(t, template, decide=shelf.list_not_offered)
    return Drawing(t.md("templates.in_doubt", name=foreign_title(template.name, 60)), blocks)


PAINTERS = {TEMPLATE_ENDED: paint_ended}
