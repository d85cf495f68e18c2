"""Incidents in Slack and by mail: assign, retry and pause; the list."""

import asyncio

from handlers.incidents import views
from handlers.incidents.ids import IncidentRef
from handlers.incidents.renderers import render_card
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.stale_copies import refresh_stale_copy
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
        kind = facts.incident.area or ORDERS
        collected = await services[Coordinator].collect_now(request.team_id, store.id, kind, request.user_id)
    except (AppError, TmonError) as error:
        return error_text(request.t, error)
    return None if collected.error is None else error_text(request.t, collected.error)


async def pause(request: SlackRequest) -> None:
    """Handle 연동 중지 (the button asks for confirmation): pause the store."""
    ref, facts = await _clicked_incident(request)
    store = _store_of(ref, facts)
    await request.require(Permission.MANAGE, store)
    await request.services[StoreService].settings.turn(request.person, store.id, None, on=False)
    await request.services[IncidentService].tick()
    await _refresh_card(request, ref)


async def show_mobile(request: SlackRequest) -> None:
    """Handle 담당자 휴대폰 보기: show the mobile numbers in a modal, which only this person sees."""
    ref, _ = await _clicked_incident(request)
    await request.refresh_rights()
    found = await request.services[IncidentService].contact_phones(request.person, ref.incident)
    await request.show(views.mobiles(request.t, found))


async def _clicked_incident(request: SlackRequest) -> tuple[IncidentRef, IncidentSummary]:
    ref = decode(IncidentRef, request.value)
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
    await refresh_stale_copy(request, f"incident/{ref.incident}/{ref.place}", render_card)
