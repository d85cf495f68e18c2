"""`/tmon setup`: the form in three steps, stored as a draft after each of them."""

import asyncio
from collections.abc import Collection
from dataclasses import asdict

from handlers.blocks import Block
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores import approval, profiles, stock_switch
from handlers.stores import setup_views as views
from handlers.stores.form_views import renewed
from handlers.stores.ids import SAVE, KeyRef, PushRef, SetupRef, SetupView
from handlers.stores.key_check import KEY_SECONDS, key_note, reject_refused_key
from handlers.stores.open_fields import read_open_fields
from handlers.stores.people import with_people
from handlers.subcommands import named_store
from tmon.codes.categories import CategoryTrees
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission
from tmon.stores.approval import ApprovalResult
from tmon.stores.fields import check_step, merge_step
from tmon.stores.form import StoreForm
from tmon.stores.service import StoreService


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon setup [store]`: open the store's form, an empty form if there are no stores and drafts, or a choice."""
    stores = request.services[StoreService]
    if not rest:
        await _choose(request, _channel_of(request))
        return
    store = await named_store(request, rest)
    await request.require(Permission.MANAGE, store)
    drafts = await stores.drafts.of(request.person)
    mine = [draft for draft in drafts if draft.store_id == store.id]
    view = views.choices(request.t, mine, [store]) if mine else await _first_step(request, store)
    await request.show(view)


async def _choose(request: SlackRequest, channel: str) -> None:
    stores = request.services[StoreService]
    known = await stores.all(request.team_id)
    managed = [store for store in known if has_permission(request.person, Permission.MANAGE, store)]
    live = {store.id for store in managed} | {""}
    drafts = [draft for draft in await stores.drafts.of(request.person) if draft.store_id in live]
    if drafts or managed:
        await request.show(views.choices(request.t, drafts, managed, channel))
    else:
        await request.show(await _first_step(request, None, channel))


def _channel_of(request: SlackRequest) -> str:
    """Return the id of the channel in which the command was given; empty for direct messages, which are never filled in."""
    channel, name = str(request.body.get("channel_id") or ""), str(request.body.get("channel_name") or "")
    return channel if channel[:1] in ("C", "G") and not name.startswith(("mpdm-", "directmessage")) else ""


async def begin_new(request: SlackRequest) -> None:
    """Handle 새 스토어 등록: open an empty form."""
    channel = decode(SetupRef, request.view.get("private_metadata")).channel
    await request.show(await _first_step(request, None, channel))


async def begin_edit(request: SlackRequest) -> None:
    """Handle 설정 수정: open the store's form."""
    store = await request.store(decode(SetupRef, request.value).store, Permission.MANAGE)
    await request.show(await _first_step(request, store))


async def resume(request: SlackRequest) -> None:
    """Handle 이어서 설정: open the draft at the step where it was left."""
    ref = decode(SetupRef, request.value)
    store = await _managed(request, ref.store)
    form, step = await _draft(request, ref)
    await request.show(await _step(request, step, form, SetupRef(store=ref.store), store))


async def discard(request: SlackRequest) -> None:
    """Handle 버리기: delete the draft, and show what there is to choose without it."""
    ref = decode(SetupRef, request.value)
    await request.services[StoreService].drafts.discard(request.person, ref.store)
    await _choose(request, decode(SetupRef, request.view.get("private_metadata")).channel)


async def turn_back(request: SlackRequest) -> None:
    """Handle 이전: go back one step, from the form of the key to the first; what was typed is stored unchecked."""
    ref = _ref(request)
    store = await _managed(request, ref.store)
    form, _ = await _draft(request, ref)
    if request.view.get("callback_id") == SetupView.KEY:
        step = 1
    else:
        step = 2 if request.view.get("callback_id") == SetupView.SETTINGS else 1
        form = merge_step(step + 1, form, read_form(request.view))
    await request.services[StoreService].drafts.save(request.person, ref.store, form, step=step)
    await request.show(await _step(request, step, form, ref.model_copy(update={"more": False}), store))


def _ref(request: SlackRequest) -> SetupRef:
    return decode(SetupRef, request.view.get("private_metadata"))


async def redraw(request: SlackRequest, step: int, *, more: bool) -> None:
    """Draw a step anew with what was typed in it. `more`: also with the fields behind 더 보기."""
    ref = _ref(request)
    store = await _managed(request, ref.store)
    form = merge_step(step, await _begun(request, ref, store), read_open_fields(request.view))
    ref = ref.model_copy(update={"more": more})
    await request.redraw(await _step(request, step, form, ref, store))


async def fill_contact(request: SlackRequest) -> None:
    """Fill in name and address of the chosen 담당자 Slack 계정, unless something else was typed by hand."""
    ref = _ref(request)
    store = await _managed(request, ref.store)
    begun = await _begun(request, ref, store)
    form, fields = await profiles.filled_contact(request, begun, ref.account)
    ref = ref.model_copy(update={"account": form.contact_user})
    await request.redraw(await _step(request, 2, form, ref, store, renew=fields))


async def fill_example(request: SlackRequest) -> None:
    """Handle 예시 값 채우기, which the playground offers: fill in the first example that is not registered yet."""
    ref = _ref(request)
    examples = request.services.core.options.examples
    taken = {store.seller_id for store in await request.services[StoreService].all(request.team_id)}
    example = next((one for one in examples if one.seller_id not in taken), None)
    if example is None:
        raise AppError("setup.examples_taken" if examples else "common.stale_button")
    form = merge_step(1, StoreForm(), {**read_open_fields(request.view), **asdict(example)})
    await request.show(views.with_example(await _step(request, 1, form, ref, None), form))


async def submit_api(request: SlackRequest) -> None:
    """Handle 다음 in the first step: TMON is asked about the key, for as long as Slack waits for the answer."""
    ref = _ref(request)
    store = await _managed(request, ref.store)
    form = await _checked(request, ref, store, 1)
    result, form = await asyncio.gather(
        request.services[StoreService].keys.ask(request.person, form, store, within=request.seconds_left(KEY_SECONDS)),
        _prefilled(request, ref, form),
    )
    reject_refused_key(result, own_vendor=bool(form.vendor_code))
    accepted = result is not None and result.reason is None
    next_ref = SetupRef(store=ref.store, channel=ref.channel, account=form.contact_user, accepted=accepted)
    await _advance(request, form, 2, next_ref, store, result=result, saw_contact=store is not None)


async def _prefilled(request: SlackRequest, ref: SetupRef, form: StoreForm) -> StoreForm:
    """Fill in what is known of a new store: its contact is whoever registers it, its channel that of the command."""
    if ref.store:
        return form
    if not form.channel:
        form = form.model_copy(update={"channel": ref.channel})
    if form.contact_name or form.contact_email or form.contact_user:
        return form
    me = await profiles.profile_of(request, request.user_id)
    return form if me is None else form.model_copy(update={**me.fields(), "contact_user": request.user_id})


async def submit_contact(request: SlackRequest) -> None:
    """Handle 다음 in the second step."""
    ref = _ref(request)
    store = await _managed(request, ref.store)
    form = await _checked(request, ref, store, 2)
    await _advance(request, form, 3, ref, store)


async def _advance(
    request: SlackRequest,
    form: StoreForm,
    step: int,
    ref: SetupRef,
    store: Store | None,
    *,
    result: ApprovalResult | None = None,
    saw_contact: bool = False,
) -> None:
    """Store the draft and show `step`, or the form of the key if TMON has refused it meanwhile.

    `result`: what TMON has said to the key just now, shown above step 2.
    """
    next_ref = SetupRef(store=ref.store, channel=ref.channel, account=ref.account, accepted=ref.accepted)
    await request.services[StoreService].drafts.save(
        request.person, ref.store, form, step=step, saw_contact=saw_contact
    )
    if await _asked_for_key(request, form, next_ref, step, store):
        return
    note = key_note(request.t, result) if step == 2 else ""
    await request.show(await _step(request, step, form, next_ref, store, note=note))


async def _asked_for_key(request: SlackRequest, form: StoreForm, ref: SetupRef, step: int, store: Store | None) -> bool:
    """Show the form of the key, if TMON has refused it since the first step. `step`: where to go on afterwards."""
    refusal = request.services[StoreService].keys.refusal(request.person, form, store)
    if refusal is None:
        return False
    key_ref = KeyRef(**{**ref.model_dump(), "step": step})
    await request.show(views.key_form(request.t, key_ref, form.seller_id, key_note(request.t, refusal)))
    return True


async def save(request: SlackRequest) -> None:
    """Handle 저장하기: save the store, then check its channel and TMON while the modal shows progress."""
    ref = _ref(request)
    store = await _managed(request, ref.store)
    if store is None:
        await request.require_member()
    form = await _checked(request, ref, store, 3)
    await request.services[StoreService].drafts.save(request.person, ref.store, form, step=3)
    if await _asked_for_key(request, form, ref, SAVE, store):
        return
    if store is None or not await _asked_about_stock(request, store, form, PushRef(**ref.model_dump())):
        await _save(request, ref.store)


async def save_with_stock(request: SlackRequest) -> None:
    """Handle 저장하기 below the stock that the draft changes at TMON."""
    ref = decode(PushRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    form, _ = await _draft(request, ref)
    if not await _asked_about_stock(request, store, form, ref):
        await _save(request, ref.store)


async def _asked_about_stock(request: SlackRequest, store: Store, form: StoreForm, ref: PushRef) -> bool:
    """Show what the stock sync would change, if the draft turns it on and that was not seen yet."""
    push = await stock_switch.begins(request, store, form)
    if push is None or stock_switch.was_seen(request, push, ref):
        return False
    seen = ref.model_copy(update={"push": push.seen})
    await request.show(views.push_view(request.t, store, push, seen, anew=bool(ref.push)))
    return True


async def save_defaults(request: SlackRequest) -> None:
    """Handle 기본값으로 바로 시작: save the store with the contact as typed, and everything else by default.

    Without a channel to post in, the last step is shown, where nothing but the channel has to be chosen.
    """
    ref = _ref(request)
    store = await _managed(request, ref.store)
    if store is None:
        await request.require_member()
    typed = read_form(request.view)
    if not (typed.get("contact_email") and typed.get("contact_name")):
        raise AppError("setup.defaults_need_contact")
    form = await _checked(request, ref, store, 2)
    drafts = request.services[StoreService].drafts
    await drafts.save(request.person, ref.store, form, step=3)
    if not form.channel:
        await request.show(await _step(request, 3, form, ref, store, note=request.t("setup.defaults_need_channel")))
        return
    form = check_step(3, form, {}, None)
    await drafts.save(request.person, ref.store, form, step=3)
    if not await _asked_for_key(request, form, ref, SAVE, store):
        await _save(request, ref.store, chosen=True)


async def submit_key(request: SlackRequest) -> None:
    """Handle the form of the key: check it at TMON, then go on with the draft, or save it to its store."""
    ref = decode(KeyRef, request.view.get("private_metadata"))
    store = await _managed(request, ref.store)
    if store is None:
        await request.require_member()
    stores = request.services[StoreService]
    typed = {"api_key": read_form(request.view).get("api_key") or ""}
    begun = stores.form(store) if store is not None and not ref.step else (await _draft(request, ref))[0]
    if not typed["api_key"].strip():
        raise AppError("setup.field_required", field="api_key")
    form = await stores.check_step(request.person, ref.store, 1, begun, typed)
    result = await stores.keys.ask(request.person, form, store, within=request.seconds_left(KEY_SECONDS))
    reject_refused_key(result, own_vendor=False)
    if store is not None and not ref.step:
        await approval.save_key(request, store, typed)
        return
    accepted = result is not None and result.reason is None
    next_ref = ref.model_copy(update={"accepted": accepted})
    if ref.step == SAVE:
        await stores.drafts.save(request.person, ref.store, form, step=3)
        await _save(request, ref.store)
    else:
        await _advance(request, form, ref.step, next_ref, store, result=result)


async def _save(request: SlackRequest, store_id: str, *, chosen: bool = False) -> None:
    """Save the draft. `chosen`: the result says what the defaults have chosen."""
    saved = await request.services[StoreService].save(request.person, store_id)
    view_id = await request.show(views.progress(request.t))
    await approval.check_and_show(request, saved, view_id, chosen=chosen)


async def _begun(request: SlackRequest, ref: SetupRef, store: Store | None) -> StoreForm:
    """Return the form as it was before this step."""
    if not ref.fresh:
        return (await _draft(request, ref))[0]
    if store is None:
        return StoreForm()
    return request.services[StoreService].form(store).model_copy(update={"base": ref.base})


async def _checked(request: SlackRequest, ref: SetupRef, store: Store | None, step: int) -> StoreForm:
    """Return the draft with the checked fields of this step. Raises InvalidFields and AppError."""
    form, given = await _begun(request, ref, store), read_form(request.view)
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


async def _first_step(request: SlackRequest, store: Store | None, channel: str = "") -> Block:
    if store is None:
        return await _step(request, 1, StoreForm(), SetupRef(fresh=True, channel=channel), None)
    form = request.services[StoreService].form(store)
    return await _step(request, 1, form, SetupRef(store=store.id, fresh=True, base=form.base), store)


async def _step(
    request: SlackRequest,
    step: int,
    form: StoreForm,
    ref: SetupRef,
    store: Store | None,
    *,
    note: str = "",
    renew: Collection[str] = (),
) -> Block:
    """Draw a step. `renew`: fields whose value replaces what stands in the open form."""
    view = views.step(
        request.t,
        step,
        form,
        ref,
        has_key=bool(form.api_key) or store is not None,
        has_vendor=bool(form.access_key) or (store is not None and bool(form.vendor_code)),
        runple=store is not None and store.runple,
        note=note,
        example=store is None and bool(request.services.core.options.examples),
        tops=await request.services[CategoryTrees].tops(request.team_id) if step == 1 else (),
    )
    return {**view, "blocks": renewed(view["blocks"], renew, form.contact_user)}
