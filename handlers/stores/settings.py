"""The settings view of a store: edit each part separately, preview the effects, turn on a blocking switch."""

from handlers.blocks import Block
from handlers.common_views.ids import NoticeView, SwitchRef
from handlers.common_views.settings_parts import SettingsParts
from handlers.common_views.stores import LABELS
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest
from handlers.stores import approval, profiles, setup_views, stock_switch
from handlers.stores import settings_views as views
from handlers.stores.form_views import renewed
from handlers.stores.ids import ChangeRef, PartRef, StoreView, StoreViewRef
from handlers.stores.key_check import KEY_SECONDS, reject_refused_key
from handlers.stores.open_fields import read_open_fields
from handlers.stores.people import with_people
from handlers.texts import Texts
from tmon.codes.categories import CategoryTrees
from tmon.core import Services
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup, Store, StoreState
from tmon.permissions import Permission
from tmon.products.sale_period.service import FirstRun, SalePeriodService
from tmon.reviews.service import ReviewService
from tmon.stores.fields import merge_step
from tmon.stores.form import StoreForm
from tmon.stores.messages import StoreChanged
from tmon.stores.service import StoreService
from tmon.stores.settings import ChangedMeanwhile, Part, Saved


async def open_store(request: SlackRequest) -> None:
    """Handle 설정 beside a store, in the list or on the home tab, and 고치기 in the status: open its settings view."""
    ref = decode(StoreViewRef, request.value)
    if request.view.get("callback_id") == StoreView.STATUS:
        await request.push(await _store_view(request, ref))
        return
    await show_store(request, ref)


async def show_store(request: SlackRequest, ref: StoreViewRef) -> None:
    """Show the settings view of a store."""
    await request.show(await _store_view(request, ref))


async def _store_view(request: SlackRequest, ref: StoreViewRef, note: str = "") -> Block:
    return await draw_settings(request, ref.store, ref.page, note)


async def draw_settings(request: SlackRequest, store_id: str, page: int | None = None, note: str = "") -> Block:
    """Return the settings view of a store, with the parts of all features. Raises AppError if the store is gone."""
    overviews = await request.services[Dashboard].stores(request.team_id)
    overview = next((one for one in overviews if one.store.id == store_id), None)
    if overview is None:
        raise AppError("common.store_gone")
    parts = await request.services[SettingsParts].blocks(request, overview.store, page)
    return views.store_view(request.t, request.person, overview, page, note, parts)


async def edit(request: SlackRequest) -> None:
    """Handle 수정 beside a part: open its form above the settings view."""
    ref = decode(PartRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    filled = await _stored_form(request, store, ref.part)
    no_reviews = store.id in await request.services[ReviewService].not_offered(request.team_id)
    about = ref.model_copy(update={"base": store.updated_at, "no_reviews": no_reviews})
    await request.push(await _form_view(request, store, filled, about))


async def _form_view(
    request: SlackRequest, store: Store, filled: StoreForm, ref: PartRef, *, changed_meanwhile: bool = False
) -> Block:
    tops = await request.services[CategoryTrees].tops(request.team_id) if ref.part is Part.API else ()
    return views.form(request.t, store, filled, ref, tops=tops, changed_meanwhile=changed_meanwhile)


async def _stored_form(request: SlackRequest, store: Store, part: Part) -> StoreForm:
    """Return the stored values; viewing the contact is audited."""
    if part is Part.CONTACT:
        return await request.services[StoreService].settings.see_contact(request.person, store.id)
    return request.services[StoreService].form(store)


async def redraw(request: SlackRequest, *, more: bool) -> None:
    """Draw the open form anew with what was typed in it. `more`: also with the fields behind 더 보기."""
    ref, store, form = await _open_form(request)
    await request.redraw(await _form_view(request, store, form, ref.model_copy(update={"more": more})))


async def fill_contact(request: SlackRequest) -> None:
    """Fill in name and address of the chosen 담당자 Slack 계정, unless something else was typed by hand."""
    ref, store, _ = await _open_form(request)
    form, fields = await profiles.filled_contact(request, request.services[StoreService].form(store), ref.account)
    view = await _form_view(request, store, form, ref.model_copy(update={"account": form.contact_user}))
    await request.redraw({**view, "blocks": renewed(view["blocks"], fields, form.contact_user)})


async def _open_form(request: SlackRequest) -> tuple[PartRef, Store, StoreForm]:
    """Return the open form of a part with what was typed in it."""
    ref = decode(PartRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    form = request.services[StoreService].form(store)
    return ref, store, merge_step(ref.part, form, read_open_fields(request.view))


async def save_part(request: SlackRequest) -> None:
    """Handle 저장하기 of API 정보 and 담당자: save the part. A key is saved only if TMON does not refuse it at once."""
    ref = decode(PartRef, request.view.get("private_metadata"))
    saved = await _save(request, ref)
    if saved is not None:
        await _close(request, ref, saved)


async def _save(request: SlackRequest, ref: PartRef) -> Saved | None:
    """Save the submitted part; None if somebody else saved meanwhile, which is shown."""
    try:
        store = await request.store(ref.store, Permission.MANAGE)
        stores, given = request.services[StoreService], read_form(request.view)
        checked = stores.settings.check(request.person, ref.store, ref.part, given)
        form = await with_people(request, given, checked)
        if ref.part is Part.API and stores.keys.differs(form, store):
            result = await stores.keys.ask(request.person, form, store, within=request.seconds_left(KEY_SECONDS))
            reject_refused_key(result, own_vendor=bool(form.vendor_code))
        return await stores.settings.save(request.person, ref.store, ref.part, given, base=ref.base)
    except ChangedMeanwhile:
        await _show_changed_form(request, ref)
    return None


async def preview(request: SlackRequest) -> None:
    """Handle 저장하기 of 연동설정: preview the effects in the same modal."""
    ref = decode(PartRef, request.view.get("private_metadata"))
    given = read_form(request.view)
    settings = request.services[StoreService].settings
    store = await request.store(ref.store, Permission.MANAGE)
    form = await with_people(request, given, settings.check(request.person, ref.store, ref.part, given))
    change_preview = await settings.preview(request.team_id, ref.store, form)
    if not change_preview.effects:
        if store.state is StoreState.APPROVED and store.channel_ok:
            await request.ack()
        else:  # no change, but the person wants another check
            await save_part(request)
        return
    if store.updated_at != ref.base:
        await _show_changed_form(request, ref)
        return
    push = await stock_switch.begins(request, store, form)
    seen = "" if push is None else push.seen
    change = ChangeRef(store=store.id, base=ref.base, page=ref.page, typed=given, push=seen)
    first = await _first_run(request, store, form)
    await request.show(views.effects(request.t, store, change_preview, change, first, push=push))


async def _first_run(request: SlackRequest, store: Store, form: StoreForm) -> FirstRun | None:
    """Return the first extension of sale periods if saving `form` begins it."""
    extends = form.extend_days and form.sync and form.product
    if not extends or (store.extend_days and store.group_on(ApiGroup.PRODUCT)):
        return None
    periods = request.services[SalePeriodService]
    return None if await periods.schedule(store.team_id, store.id) else await periods.first_run(store)


async def save_settings(request: SlackRequest) -> None:
    """Handle 저장하기 in the preview: save the settings."""
    change = decode(ChangeRef, request.view.get("private_metadata"))
    ref = _part_of(change)
    given = read_form(request.view)
    answer = given.get("take_waiting")
    settings = request.services[StoreService].settings
    try:
        store = await request.store(ref.store, Permission.MANAGE)
        checked = settings.check(request.person, ref.store, ref.part, change.typed)
        form = await with_people(request, change.typed, checked)
        change_preview = await settings.preview(request.team_id, ref.store, form)
        push = await stock_switch.begins(request, store, form)
        seen = stock_switch.was_seen(request, push, change)
        # orders that have come since, or another stock at TMON, are shown and asked about first
        if not seen or (change_preview.waiting is not None and answer is None):
            again = change if push is None else change.model_copy(update={"push": push.seen})
            first = await _first_run(request, store, form)
            view = views.effects(request.t, store, change_preview, again, first, push=push, anew=not seen)
            await request.show(view)
            return
        saved = await settings.save(
            request.person,
            ref.store,
            ref.part,
            change.typed,
            base=ref.base,
            include_waiting=answer == "yes" if change_preview.begins else None,
        )
    except ChangedMeanwhile:
        await _show_changed_form(request, ref)
    else:
        at_once = 0
        if given.get("extend_now") and saved.store.extend_days and saved.store.group_on(ApiGroup.PRODUCT):
            at_once = await request.services[SalePeriodService].extend_at_once(request.team_id, ref.store)
        await _close(request, ref, saved, at_once)


async def _close(request: SlackRequest, ref: PartRef, saved: Saved, at_once: int = 0) -> None:
    """Return to the settings view; if TMON or the channel must be checked, do that first in the same modal."""
    if saved.store.state is StoreState.APPROVED and saved.store.channel_ok:
        if request.answered.is_set():  # by the sentence that TMON's stock is being read
            await request.show(views.saved(request.t, [request.t("settings.saved")]))
        await request.ack()
        await approval.settle(request, saved.store)
    else:
        await request.show(setup_views.progress(request.t))
        await approval.check_and_show(request, saved.store, str(request.view["id"]))
    note = request.t("settings.saved" if saved.changed else "settings.unchanged")
    if at_once:
        note = request.t("settings.extending_now", note=note, n=at_once)
    await _refresh_parent(request, ref, note)


def _part_of(change: ChangeRef) -> PartRef:
    return PartRef(store=change.store, part=Part.SETTINGS, base=change.base, page=change.page)


async def turn_back(request: SlackRequest) -> None:
    """Handle 이전 in the preview: return to the form with the typed settings."""
    change = decode(ChangeRef, request.view.get("private_metadata"))
    store = await request.store(change.store, Permission.MANAGE)
    filled = merge_step(Part.SETTINGS, request.services[StoreService].form(store), change.typed)
    view = await _form_view(request, store, filled, _part_of(change))
    await request.show(view)


async def turn_on(request: SlackRequest) -> None:
    """Handle the button of a notice: turn on the switch that blocked an action."""
    ref = decode(SwitchRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    if await turn_on_switch(request, store, ref.group) is None:
        return
    switch = request.t(LABELS[ref.group or "sync"])
    await request.notify(request.t.md("switches.turned_on", store=store.name, switch=switch))


async def turn_on_switch(
    request: SlackRequest, store: Store, group: ApiGroup | None, page: int | None = None
) -> Store | None:
    """Turn a switch on (None: 연동설정) and return the store.

    Where the stock sync begins with it, what changes at TMON is shown first, as in the settings: None. It takes the place
    of a notice, and lies above other views. `page`: see `StoreViewRef`.
    """
    show = request.show if request.view.get("callback_id") in {*NoticeView} else request.push
    settings = request.services[StoreService].settings
    if not stock_switch.begins_with(store, group):
        return await settings.turn(request.person, store.id, group, on=True)
    typed: dict[str, str | list[str]] = {"sync" if group is None else group.value: "on"}
    opened: list[str] = []

    async def show_reading() -> None:  # a trigger does not live as long as TMON may take
        opened.append(await show(views.reading(request.t)))

    push = await request.with_progress(stock_switch.read(request, store), show_reading)
    if group is None and not (opened or push.changes or push.not_compared):
        return await settings.turn(request.person, store.id, group, on=True)
    form = await settings.check(request.person, store.id, Part.SETTINGS, typed)
    change_preview = await settings.preview(request.team_id, store.id, form)
    change = ChangeRef(store=store.id, base=store.updated_at, page=page, typed=typed, push=push.seen)
    view = views.effects(request.t, store, change_preview, change, push=push)
    if opened:
        await request.replace(opened[0], view)
    else:
        await show(view)
    return None


async def _show_changed_form(request: SlackRequest, ref: PartRef) -> None:
    """Show the form with the current values, because somebody else has saved meanwhile."""
    store = await request.store(ref.store, Permission.MANAGE)
    filled = await _stored_form(request, store, ref.part)
    again = ref.model_copy(update={"base": store.updated_at})
    view = await _form_view(request, store, filled, again, changed_meanwhile=True)
    await request.show(view)


async def _refresh_parent(request: SlackRequest, ref: PartRef, note: str) -> None:
    """Update the parent view."""
    parent_id = request.view.get("previous_view_id")
    if parent_id:
        view = await _store_view(request, StoreViewRef(store=ref.store, page=ref.page), note)
        await request.replace(str(parent_id), view)


@renders(StoreChanged)
async def render_changed(services: Services, row: OutboxMessage, args: StoreChanged, t: Texts) -> RenderedMessage:
    """Render the message to the store's channel: who changed what."""
    store = await services[StoreService].get(row.team_id, args.store)
    return RenderedMessage.of_text(views.changed_text(t, store, args.who, args.fields, args.values))


RENDERERS = (render_changed,)
