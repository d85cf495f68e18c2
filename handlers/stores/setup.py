"""`/tmon setup`: the form in three steps, kept as a draft from each step on."""

from handlers.blocks import Block
from handlers.form_values import block_id_of, read_form
from handlers.payloads import decode
from handlers.permissions import require_permission
from handlers.request import SlackRequest
from handlers.stores import approval
from handlers.stores import setup_views as views
from handlers.stores.ids import SetupRef, SetupView
from handlers.subcommands import named_store
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission
from tmon.stores.fields import InvalidFields, merge_step
from tmon.stores.form import StoreForm
from tmon.stores.service import StoreService


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon setup [store]`: that store's form; the empty form if there is nothing yet; else a choice."""
    stores = call.services[StoreService]
    drafts = await stores.drafts.of(call.person)
    if rest:
        store = await named_store(call, rest)
        require_permission(call.person, Permission.MANAGE, store)
        mine = [draft for draft in drafts if draft.store_id == store.id]
        view = views.choices(call.t, mine, [store]) if mine else await _first_step(call, store)
    else:
        known = await stores.all(call.team_id)
        managed = [store for store in known if has_permission(call.person, Permission.MANAGE, store)]
        live = {store.id for store in managed} | {""}
        drafts = [draft for draft in drafts if draft.store_id in live]
        view = views.choices(call.t, drafts, managed) if drafts or managed else await _first_step(call, None)
    await _show(call, view)


async def begin_new(call: SlackRequest) -> None:
    """새 스토어 등록."""
    await _show(call, await _first_step(call, None))


async def begin_edit(call: SlackRequest) -> None:
    """설정 수정, wherever it is pressed."""
    store = await _managed(call, decode(SetupRef, call.value).store)
    assert store is not None
    await _show(call, await _first_step(call, store))


async def resume(call: SlackRequest) -> None:
    """이어서 설정: the draft, at the step where it was left."""
    ref = decode(SetupRef, call.value)
    store = await _managed(call, ref.store)
    form, step = await _draft(call, ref)
    await _show(call, _step(call, step, form, SetupRef(store=ref.store), store))


async def turn_back(call: SlackRequest) -> None:
    """이전: what was typed in this step is kept as it is."""
    ref = decode(SetupRef, call.view.get("private_metadata"))
    store = await _managed(call, ref.store)
    form, _ = await _draft(call, ref)
    step = 2 if call.view.get("callback_id") == SetupView.SETTINGS else 1
    form = merge_step(step + 1, form, read_form(call.view))
    await call.services[StoreService].drafts.save(call.person, ref.store, form, step=step)
    await _show(call, _step(call, step, form, ref, store))


async def submit_api(call: SlackRequest) -> None:
    """다음 in the first step."""
    await _advance(call, 1)


async def submit_contact(call: SlackRequest) -> None:
    """다음 in the second step."""
    await _advance(call, 2)


async def _advance(call: SlackRequest, step: int) -> None:
    ref = decode(SetupRef, call.view.get("private_metadata"))
    try:
        store = await _managed(call, ref.store)
        form = await _checked(call, ref, store, step)
        next_ref = SetupRef(store=ref.store)
        await call.services[StoreService].drafts.save(
            call.person, ref.store, form, step=step + 1, saw_contact=step == 1 and store is not None
        )
    except (AppError, InvalidFields) as error:
        await _refuse(call, error)
        return
    await call.ack(response_action="update", view=_step(call, step + 1, form, next_ref, store))


async def save(call: SlackRequest) -> None:
    """저장하기: the store is saved, then its channel and TMON are asked while the person looks on."""
    ref = decode(SetupRef, call.view.get("private_metadata"))
    stores = call.services[StoreService]
    try:
        store = await _managed(call, ref.store)
        form = await _checked(call, ref, store, 3)
        await stores.drafts.save(call.person, ref.store, form, step=3)
        saved = await stores.save(call.person, ref.store)
    except (AppError, InvalidFields) as error:
        await _refuse(call, error)
        return
    await call.ack(response_action="update", view=views.progress(call.t))
    await approval.check_and_show(call, saved, str(call.view["id"]))


async def _checked(call: SlackRequest, ref: SetupRef, store: Store | None, step: int) -> StoreForm:
    """The form with this step's fields. Raises InvalidFields and AppError."""
    if not ref.fresh:
        form, _ = await _draft(call, ref)
    elif store is None:
        form = StoreForm()
    else:
        form = call.services[StoreService].form(store).model_copy(update={"base": ref.base})
    return await call.services[StoreService].check_step(call.person, ref.store, step, form, read_form(call.view))


async def _refuse(call: SlackRequest, error: AppError | InvalidFields) -> None:
    """Answers with each sentence at its field; what concerns a field of another step stands at the first one."""
    errors = error.errors.values() if isinstance(error, InvalidFields) else [error]
    texts = {block_id_of(call.view, one.field): call.t(one.key, **one.values) for one in errors}
    await call.ack(response_action="errors", errors=texts)


async def _draft(call: SlackRequest, ref: SetupRef) -> tuple[StoreForm, int]:
    kept = await call.services[StoreService].drafts.get(call.person, ref.store)
    if kept is None:
        raise AppError("setup.draft_gone")
    return kept


async def _managed(call: SlackRequest, store_id: str) -> Store | None:
    """The store that is edited, None for a new one. Raises AppError without the right to manage it."""
    if not store_id:
        return None
    store = await call.services[StoreService].get(call.team_id, store_id)
    require_permission(call.person, Permission.MANAGE, store)
    return store


async def _first_step(call: SlackRequest, store: Store | None) -> Block:
    if store is None:
        return _step(call, 1, StoreForm(), SetupRef(fresh=True), None)
    form = call.services[StoreService].form(store)
    return _step(call, 1, form, SetupRef(store=store.id, fresh=True, base=form.base), store)


def _step(call: SlackRequest, step: int, form: StoreForm, ref: SetupRef, store: Store | None) -> Block:
    return views.step(
        call.t,
        step,
        form,
        ref,
        has_key=bool(form.api_key) or store is not None,
        has_vendor=bool(form.access_key) or (store is not None and bool(form.vendor_code)),
        runple=store is not None and store.runple,
    )


async def _show(call: SlackRequest, view: Block) -> None:
    """Opens the modal, or replaces the one that the person is in."""
    if call.view:
        await call.client.views_update(view_id=call.view["id"], view=view)
    else:
        await call.client.views_open(trigger_id=call.trigger_id, view=view)
