"""`/tmon setup`: the form in three steps, stored as a draft after each of them."""

from handlers.blocks import Block
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores import approval
from handlers.stores import setup_views as views
from handlers.stores.ids import SetupRef, SetupView
from handlers.stores.people import with_people
from handlers.subcommands import named_store
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission
from tmon.stores.fields import merge_step
from tmon.stores.form import StoreForm
from tmon.stores.service import StoreService


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon setup [store]`: open the store's form, an empty form if there are no stores and drafts, or a choice."""
    stores = request.services[StoreService]
    drafts = await stores.drafts.of(request.person)
    if rest:
        store = await named_store(request, rest)
        await request.require(Permission.MANAGE, store)
        mine = [draft for draft in drafts if draft.store_id == store.id]
        view = views.choices(request.t, mine, [store]) if mine else await _first_step(request, store)
    else:
        known = await stores.all(request.team_id)
        managed = [store for store in known if has_permission(request.person, Permission.MANAGE, store)]
        live = {store.id for store in managed} | {""}
        drafts = [draft for draft in drafts if draft.store_id in live]
        view = views.choices(request.t, drafts, managed) if drafts or managed else await _first_step(request, None)
    await request.show(view)


async def begin_new(request: SlackRequest) -> None:
    """Handle 새 스토어 등록: open an empty form."""
    await request.show(await _first_step(request, None))


async def begin_edit(request: SlackRequest) -> None:
    """Handle 설정 수정: open the store's form."""
    store = await request.store(decode(SetupRef, request.value).store, Permission.MANAGE)
    await request.show(await _first_step(request, store))


async def resume(request: SlackRequest) -> None:
    """Handle 이어서 설정: open the draft at the step where it was left."""
    ref = decode(SetupRef, request.value)
    store = await _managed(request, ref.store)
    form, step = await _draft(request, ref)
    await request.show(_step(request, step, form, SetupRef(store=ref.store), store))


async def turn_back(request: SlackRequest) -> None:
    """Handle 이전: go back one step; what was typed in this one is stored unchecked."""
    ref = decode(SetupRef, request.view.get("private_metadata"))
    store = await _managed(request, ref.store)
    form, _ = await _draft(request, ref)
    step = 2 if request.view.get("callback_id") == SetupView.SETTINGS else 1
    form = merge_step(step + 1, form, read_form(request.view))
    await request.services[StoreService].drafts.save(request.person, ref.store, form, step=step)
    await request.show(_step(request, step, form, ref, store))


async def submit_api(request: SlackRequest) -> None:
    """Handle 다음 in the first step."""
    await _advance(request, 1)


async def submit_contact(request: SlackRequest) -> None:
    """Handle 다음 in the second step."""
    await _advance(request, 2)


async def _advance(request: SlackRequest, step: int) -> None:
    ref = decode(SetupRef, request.view.get("private_metadata"))
    store = await _managed(request, ref.store)
    form = await _checked(request, ref, store, step)
    next_ref = SetupRef(store=ref.store)
    await request.services[StoreService].drafts.save(
        request.person, ref.store, form, step=step + 1, saw_contact=step == 1 and store is not None
    )
    await request.show(_step(request, step + 1, form, next_ref, store))


async def save(request: SlackRequest) -> None:
    """Handle 저장하기: save the store, then check its channel and TMON while the modal shows progress."""
    ref = decode(SetupRef, request.view.get("private_metadata"))
    stores = request.services[StoreService]
    store = await _managed(request, ref.store)
    if store is None:
        await request.require_member()
    form = await _checked(request, ref, store, 3)
    await stores.drafts.save(request.person, ref.store, form, step=3)
    saved = await stores.save(request.person, ref.store)
    await request.show(views.progress(request.t))
    await approval.check_and_show(request, saved, str(request.view["id"]))


async def _checked(request: SlackRequest, ref: SetupRef, store: Store | None, step: int) -> StoreForm:
    """Return the draft with the checked fields of this step. Raises InvalidFields and AppError."""
    if not ref.fresh:
        form, _ = await _draft(request, ref)
    elif store is None:
        form = StoreForm()
    else:
        form = request.services[StoreService].form(store).model_copy(update={"base": ref.base})
    given = read_form(request.view)
    checked = request.services[StoreService].check_step(request.person, ref.store, step, form, given)
    return await with_people(request, given, checked)


async def _draft(request: SlackRequest, ref: SetupRef) -> tuple[StoreForm, int]:
    draft = await request.services[StoreService].drafts.get(request.person, ref.store)
    if draft is None:
        raise AppError("setup.draft_gone")
    return draft


async def _managed(request: SlackRequest, store_id: str) -> Store | None:
    """Return the edited store, None for a new one. Raises AppError without the permission to manage it."""
    if not store_id:
        return None
    return await request.store(store_id, Permission.MANAGE)


async def _first_step(request: SlackRequest, store: Store | None) -> Block:
    if store is None:
        return _step(request, 1, StoreForm(), SetupRef(fresh=True), None)
    form = request.services[StoreService].form(store)
    return _step(request, 1, form, SetupRef(store=store.id, fresh=True, base=form.base), store)


def _step(request: SlackRequest, step: int, form: StoreForm, ref: SetupRef, store: Store | None) -> Block:
    return views.step(
        request.t,
        step,
        form,
        ref,
        has_key=bool(form.api_key) or store is not None,
        has_vendor=bool(form.access_key) or (store is not None and bool(form.vendor_code)),
        runple=store is not None and store.runple,
    )
