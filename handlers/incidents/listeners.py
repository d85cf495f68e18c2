"""Incidents in Slack and by mail: assign, retry and pause; the list."""

import asyncio

from handlers.form_values import read_form
from handlers.incidents import views
from handlers.incidents.ids import IncidentRef, IncidentView
from handlers.incidents.renderers import render_card
from handlers.payloads import decode
from handlers.permissions import SlackUsers
from handlers.request import SlackRequest, error_text
from handlers.stale_copies import settle_stale_copy
from tmon.api import TmonError
from tmon.collection.coordinator import Coordinator
from tmon.errors import AppError
from tmon.incidents.service import IncidentService
from tmon.incidents.summary import IncidentSummary
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause
from tmon.models.stores import Store, StoreState
from tmon.permissions import Permission, has_permission
from tmon.stores.service import StoreService
from tmon.work import pressed


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon incidents`: open the list of open and recent incidents."""
    listed = await request.services[IncidentService].open_and_recent(request.team_id)
    view = views.incident_list(request.t, listed, request.services.clock())
    await request.show(view)


async def take(request: SlackRequest) -> None:
    """Handle 담당하기: assign the incident to this person."""
    ref, facts = await _clicked_incident(request)
    await request.require(Permission.OPERATE, *facts.stores)
    await request.services[IncidentService].assign(request.person, ref.incident)
    await _refresh_card(request, ref)


async def open_assign(request: SlackRequest) -> None:
    """Handle 담당 바꾸기: open the form that hands the incident to somebody."""
    ref, facts = await _clicked_incident(request)
    await request.require(Permission.OPERATE, *facts.stores)
    await request.show(views.assign_form(request.t, facts, request.user_id, ref))


async def assign(request: SlackRequest) -> None:
    """Handle the form of 담당 바꾸기: assign the incident to the chosen person, who may act on one of its stores."""
    ref, facts = await _incident_of_form(request)
    await request.require(Permission.OPERATE, *facts.stores)
    chosen = str(read_form(request.view).get("assignee") or "")
    users = request.services[SlackUsers]
    await users.require_members(request.team_id, {"assignee": [chosen]})
    person = await users.person(request.team_id, chosen)
    if not any(has_permission(person, Permission.OPERATE, store) for store in facts.stores):
        raise AppError("incidents.assignee_lacks_right", field="assignee")
    await request.services[IncidentService].assign(request.person, ref.incident, to=chosen)
    await request.ack()


async def choose(request: SlackRequest) -> None:
    """Handle the menu of a card: open the view that confirms what was chosen."""
    ref, facts = await _clicked_incident(request)
    if ref.view == IncidentView.ASK_PAUSE:
        store = _store_of(ref, facts)
        await request.require(Permission.MANAGE, store)
        await request.show(views.pause_form(request.t, facts, store, ref))
    else:
        await request.refresh_rights()
        if not any(has_permission(request.person, Permission.MANAGE, store) for store in facts.stores):
            raise AppError("incidents.no_mobile_right")
        await request.show(views.mobile_form(request.t, facts, ref))


async def confirm_pause(request: SlackRequest) -> None:
    """Handle 연동 중지 in the view that confirms it: pause the store."""
    ref, facts = await _incident_of_form(request)
    await _pause(request, _store_of(ref, facts))
    await request.ack()


async def confirm_mobile(request: SlackRequest) -> None:
    """Handle the view that confirms the look at the mobile numbers: show them in its place."""
    ref, _ = await _incident_of_form(request)
    await request.refresh_rights()
    found = await request.services[IncidentService].contact_phones(request.person, ref.incident)
    await request.show(views.mobiles(request.t, found))


async def retry(request: SlackRequest) -> None:
    """Handle 다시 시도: collect now, for every affected store that this person may operate."""
    ref, facts = await _clicked_incident(request)
    if facts.incident.closed_at is not None:
        raise AppError("incidents.over")
    await request.require(Permission.OPERATE, *facts.stores)
    mine = [store for store in facts.stores if has_permission(request.person, Permission.OPERATE, store)]
    retries = asyncio.gather(*(_try_again(request, facts, store) for store in mine))
    reasons = await request.with_progress(retries, lambda: request.notify(request.t("incidents.retrying")))
    outcomes: dict[str, list[Store]] = {}
    for store, why in zip(mine, reasons, strict=True):
        outcomes.setdefault(why or "", []).append(store)
    await request.notify("\n".join(views.retried(request.t, stores, why) for why, stores in outcomes.items()))
    await _refresh_card(request, ref)


async def _try_again(request: SlackRequest, facts: IncidentSummary, store: Store) -> str | None:
    """Collect one store; returns the reason if it still fails, else None.

    A rejected key is checked at TMON first: such a store is not collected.
    """
    services = request.services
    try:
        if facts.incident.cause is Cause.KEY:
            checked = await services[StoreService].check(request.team_id, store.id)
            if checked.state is not StoreState.APPROVED:
                return request.t("incidents.still_refused")
            pressed.set(None)  # acknowledged while TMON was asked; an approved store is collected in any case
        kind = facts.incident.area or ORDERS
        collected = await services[Coordinator].collect_now(request.team_id, store.id, kind, request.user_id)
    except (AppError, TmonError) as error:
        return error_text(request.t, error)
    return None if collected.error is None else error_text(request.t, collected.error)


async def pause(request: SlackRequest) -> None:
    """Handle 연동 중지 of a card that an earlier version drew, whose button has asked already: pause the store."""
    ref, facts = await _clicked_incident(request)
    await _pause(request, _store_of(ref, facts))
    await _refresh_card(request, ref)


async def _pause(request: SlackRequest, store: Store) -> None:
    await request.require(Permission.MANAGE, store)
    await request.services[StoreService].settings.turn(request.person, store.id, None, on=False)
    await request.services[IncidentService].tick()


async def show_mobile(request: SlackRequest) -> None:
    """Handle 담당자 휴대폰 보기 of a card that an earlier version drew: show the numbers, which only this person sees."""
    ref, _ = await _clicked_incident(request)
    await request.refresh_rights()
    found = await request.services[IncidentService].contact_phones(request.person, ref.incident)
    await request.show(views.mobiles(request.t, found))


async def _clicked_incident(request: SlackRequest) -> tuple[IncidentRef, IncidentSummary]:
    return await _load(request, decode(IncidentRef, request.value))


async def _incident_of_form(request: SlackRequest) -> tuple[IncidentRef, IncidentSummary]:
    return await _load(request, decode(IncidentRef, request.view.get("private_metadata")))


async def _load(request: SlackRequest, ref: IncidentRef) -> tuple[IncidentRef, IncidentSummary]:
    facts = await request.services[IncidentService].summary(request.team_id, ref.incident)
    if facts is None or not facts.stores:
        raise AppError("incidents.gone")
    return ref, facts


def _store_of(ref: IncidentRef, facts: IncidentSummary) -> Store:
    store = next((store for store in facts.stores if store.id == ref.store), None)
    if store is None:
        raise AppError("common.store_gone")
    return store


async def _refresh_card(request: SlackRequest, ref: IncidentRef) -> None:
    await settle_stale_copy(request, f"incident/{ref.incident}/{ref.place}", render_card)
