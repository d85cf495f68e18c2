"""A store's own view: each part edited alone, what that will do shown first, and switches turned on where they stand in
the way."""

from typing import Any

from handlers.blocks import Block, section
from handlers.common_views.ids import SwitchRef
from handlers.common_views.stores import LABELS
from handlers.form_values import block_id_of, read_form
from handlers.payloads import decode
from handlers.permissions import require_permission
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest
from handlers.stores import approval, setup_views
from handlers.stores import settings_views as views
from handlers.stores.ids import ChangeRef, PartRef, StoreViewRef
from handlers.texts import Texts
from tmon.core import Services
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store, StoreState
from tmon.permissions import Permission
from tmon.stores.fields import InvalidFields, take
from tmon.stores.form import StoreForm
from tmon.stores.messages import StoreChanged
from tmon.stores.service import StoreService
from tmon.stores.settings import ChangedMeanwhile, Part, Saved


async def open_store(call: SlackRequest) -> None:
    """설정 beside a store, in the list or on the home tab."""
    ref = decode(StoreViewRef, call.value)
    view = await _store_view(call, ref)
    if call.view:
        await call.client.views_update(view_id=call.view["id"], view=view)
    else:
        await call.client.views_open(trigger_id=call.trigger_id, view=view)


async def _store_view(call: SlackRequest, ref: StoreViewRef, note: str = "") -> Block:
    overviews = await call.services[Dashboard].stores(call.team_id)
    overview = next((one for one in overviews if one.store.id == ref.store), None)
    if overview is None:
        raise AppError("common.store_gone")
    return views.store_view(call.t, call.person, overview, ref.page, note)


async def edit(call: SlackRequest) -> None:
    """수정 beside a part: its form, over the store's view."""
    ref = decode(PartRef, call.value)
    store = await _managed(call, ref.store)
    filled = await _filled(call, store, ref.part)
    view = views.form(call.t, store, filled, ref.model_copy(update={"base": store.updated_at}))
    await call.client.views_push(trigger_id=call.trigger_id, view=view)


async def _filled(call: SlackRequest, store: Store, part: Part) -> StoreForm:
    """The stored form; a look at the contact is recorded."""
    if part is Part.CONTACT:
        return await call.services[StoreService].settings.see_contact(call.person, store.id)
    return call.services[StoreService].form(store)


async def save_part(call: SlackRequest) -> None:
    """저장하기 for API 정보 and 담당자."""
    ref = decode(PartRef, call.view.get("private_metadata"))
    saved = await _save(call, ref)
    if saved is not None:
        await _close(call, ref, saved)


async def _save(call: SlackRequest, ref: PartRef) -> Saved | None:
    """Saves the part whose form was submitted; what cannot be taken is answered, and None returned."""
    try:
        await _managed(call, ref.store)
        return await call.services[StoreService].settings.save(
            call.person, ref.store, ref.part, read_form(call.view), base=ref.base
        )
    except (AppError, InvalidFields) as error:
        await _refuse(call, error)
    except ChangedMeanwhile:
        await _begin_anew(call, ref)
    return None


async def preview(call: SlackRequest) -> None:
    """저장하기 for 연동설정: what it will do is shown first, in the same modal."""
    ref = decode(PartRef, call.view.get("private_metadata"))
    given = read_form(call.view)
    settings = call.services[StoreService].settings
    try:
        store = await _managed(call, ref.store)
        form = await settings.check(call.person, ref.store, ref.part, given)
        shown = await settings.preview(call.team_id, ref.store, form)
    except (AppError, InvalidFields) as error:
        await _refuse(call, error)
        return
    if not shown.effects:
        if store.state is StoreState.APPROVED and store.channel_ok:
            await call.ack()
        else:  # nothing is different, but somebody wants to know again
            await save_part(call)
        return
    if store.updated_at != ref.base:
        await _begin_anew(call, ref)
        return
    change = ChangeRef(store=store.id, base=ref.base, page=ref.page, typed=given)
    await call.ack(response_action="update", view=views.effects(call.t, store, shown, change))


async def save_settings(call: SlackRequest) -> None:
    """저장하기 after the consequences were read."""
    change = decode(ChangeRef, call.view.get("private_metadata"))
    ref = _part_of(change)
    answer = read_form(call.view).get("take_waiting")
    settings = call.services[StoreService].settings
    try:
        await _managed(call, ref.store)
        form = await settings.check(call.person, ref.store, ref.part, change.typed)
        asked = await settings.preview(call.team_id, ref.store, form)
        if asked.waiting is not None and answer is None:  # orders came in since: now there is something to ask
            store = await call.services[StoreService].get(call.team_id, ref.store)
            await call.ack(response_action="update", view=views.effects(call.t, store, asked, change))
            return
        saved = await settings.save(
            call.person,
            ref.store,
            ref.part,
            change.typed,
            base=ref.base,
            take_waiting=answer == "yes" if asked.begins else None,
        )
    except (AppError, InvalidFields) as error:
        await _refuse(call, error)
    except ChangedMeanwhile:
        await _begin_anew(call, ref)
    else:
        await _close(call, ref, saved)


async def _close(call: SlackRequest, ref: PartRef, saved: Saved) -> None:
    """Back to the store's view; what only TMON or Slack can say is asked for first, in the same modal."""
    if saved.store.state is StoreState.APPROVED and saved.store.channel_ok:
        await call.ack()
    else:
        await call.ack(response_action="update", view=setup_views.progress(call.t))
        await approval.check_and_show(call, saved.store, str(call.view["id"]))
    await _refresh_beneath(call, ref, call.t("settings.saved" if saved.changed else "settings.unchanged"))


def _part_of(change: ChangeRef) -> PartRef:
    return PartRef(store=change.store, part=Part.SETTINGS, base=change.base, page=change.page)


async def turn_back(call: SlackRequest) -> None:
    """이전: the settings as they were typed."""
    change = decode(ChangeRef, call.view.get("private_metadata"))
    store = await _managed(call, change.store)
    filled = take(Part.SETTINGS, call.services[StoreService].form(store), change.typed)
    view = views.form(call.t, store, filled, _part_of(change))
    await call.client.views_update(view_id=call.view["id"], view=view)


async def turn_on(call: SlackRequest) -> None:
    """The offer beneath a refusal: the switch that stood in the way is turned on."""
    ref = decode(SwitchRef, call.value)
    store = await _managed(call, ref.store)
    await call.services[StoreService].settings.turn(call.person, store.id, ref.group, on=True)
    switch = call.t(LABELS[ref.group or "sync"])
    await call.notify(call.t.md("switches.turned_on", store=store.name, switch=switch))


async def _begin_anew(call: SlackRequest, ref: PartRef) -> None:
    """Somebody else saved meanwhile: the form as things stand now."""
    store = await _managed(call, ref.store)
    filled = await _filled(call, store, ref.part)
    view = views.form(
        call.t,
        store,
        filled,
        ref.model_copy(update={"base": store.updated_at}),
        anew=True,
    )
    await call.ack(response_action="update", view=view)


async def _refresh_beneath(call: SlackRequest, ref: PartRef, note: str) -> None:
    """Draws the store's view anew on which the form stands."""
    beneath = call.view.get("previous_view_id")
    if beneath:
        view = await _store_view(call, StoreViewRef(store=ref.store, page=ref.page), note)
        await call.replace(str(beneath), view)


async def _refuse(call: SlackRequest, error: AppError | InvalidFields) -> None:
    """Each sentence at its field; where no field can bear it, the guard says it."""
    errors = error.errors.values() if isinstance(error, InvalidFields) else [error]
    texts = {block_id_of(call.view, one.field): call.t(one.key, **one.values) for one in errors}
    if None in texts:
        raise next(iter(errors))
    await call.ack(response_action="errors", errors=texts)


async def _managed(call: SlackRequest, store_id: str) -> Store:
    store = await call.services[StoreService].get(call.team_id, store_id)
    require_permission(call.person, Permission.MANAGE, store)
    return store


async def paint_changed(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """Who changed what, for the store's channel."""
    store = await services[StoreService].get(row.team_id, str(row.args["store"]))
    args: dict[str, Any] = row.args
    text = views.changed_text(t, store, args["who"], args["fields"], args["values"])
    return RenderedMessage(text, [section(text)])


PAINTERS = {StoreChanged.kind: paint_changed}
