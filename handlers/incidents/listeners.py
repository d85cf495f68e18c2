"""Incidents in Slack and by mail: who takes care, trying again, pausing, mending; open and recent ones."""

import asyncio

from handlers.blocks import section
from handlers.common_views.incidents import card_text
from handlers.common_views.mail import EmailContent, html_email, plain_email
from handlers.incidents import views
from handlers.incidents.ids import IncidentRef
from handlers.payloads import decode
from handlers.permissions import require_permission
from handlers.rendering import RenderedMail, RenderedMessage
from handlers.request import SlackRequest, error_text
from handlers.stale_copies import refresh_stale_copy
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.collection.coordinator import Coordinator
from tmon.core import Services
from tmon.errors import AppError
from tmon.incidents.messages import IncidentEmail, IncidentMessage, IncidentResolved, IncidentResolvedEmail
from tmon.incidents.service import IncidentService
from tmon.incidents.summary import IncidentSummary
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store, StoreState
from tmon.outbox import OPERATOR, OutboxReader
from tmon.permissions import Permission, has_permission
from tmon.stores.service import StoreService

_SHOW_PROGRESS_AFTER = 0.8
"""Seconds after which a person is told that it takes longer."""


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon incidents`: open and recent."""
    listed = await call.services[IncidentService].open_and_recent(call.team_id)
    view = views.incident_list(call.t, listed, call.services.clock())
    await call.client.views_open(trigger_id=call.trigger_id, view=view)


async def take(call: SlackRequest) -> None:
    """담당하기."""
    ref, facts = await _pressed(call)
    if not any(
        has_permission(call.person, right, store)
        for store in facts.stores
        for right in (Permission.OPERATE, Permission.MANAGE)
    ):
        require_permission(call.person, Permission.OPERATE, facts.stores[0])
    await call.services[IncidentService].assign(call.person, ref.incident)
    await _heal(call, ref)


async def retry(call: SlackRequest) -> None:
    """다시 시도: collects now, for every store concerned that the person works for."""
    ref, facts = await _pressed(call)
    if facts.incident.closed_at is not None:
        raise AppError("incidents.over")
    mine = [store for store in facts.stores if has_permission(call.person, Permission.OPERATE, store)]
    if not mine:
        require_permission(call.person, Permission.OPERATE, facts.stores[0])
    tries = asyncio.gather(*(_try_again(call, facts, store) for store in mine))
    await asyncio.wait({tries}, timeout=_SHOW_PROGRESS_AFTER)
    if not tries.done():
        await call.notify(call.t("incidents.retrying"))
    outcomes: dict[str, list[Store]] = {}
    for store, why in zip(mine, await tries, strict=True):
        outcomes.setdefault(why or "", []).append(store)
    await call.notify("\n".join(views.retried(call.t, stores, why) for why, stores in outcomes.items()))
    await _heal(call, ref)


async def _try_again(call: SlackRequest, facts: IncidentSummary, store: Store) -> str | None:
    """Why it still fails; None if it does not. A refused key is shown to TMON first: such a store is not collected."""
    services = call.services
    try:
        if facts.incident.cause is Cause.KEY:
            checked = await services[StoreService].check(call.team_id, store.id)
            if checked.state is not StoreState.APPROVED:
                return call.t("incidents.still_refused")
        kind = facts.incident.area or ORDERS
        collected = await services[Coordinator].collect_now(call.team_id, store.id, kind, call.user_id)
    except (AppError, TmonError) as error:
        return error_text(call.t, error)
    return None if collected.error is None else error_text(call.t, collected.error)


async def pause(call: SlackRequest) -> None:
    """연동 중지, asked twice."""
    ref, facts = await _pressed(call)
    store = _mended(ref, facts)
    require_permission(call.person, Permission.MANAGE, store)
    await call.services[StoreService].settings.turn(call.person, store.id, None, on=False)
    await call.services[IncidentService].tick()
    await _heal(call, ref)


async def show_mobile(call: SlackRequest) -> None:
    """담당자 휴대폰 보기: in a view that only this person sees."""
    ref, _ = await _pressed(call)
    found = await call.services[IncidentService].contact_phones(call.person, ref.incident)
    await call.client.views_open(trigger_id=call.trigger_id, view=views.mobiles(call.t, found))


async def _pressed(call: SlackRequest) -> tuple[IncidentRef, IncidentSummary]:
    ref = decode(IncidentRef, call.value)
    facts = await call.services[IncidentService].summary(call.team_id, ref.incident)
    if facts is None or not facts.stores:
        raise AppError("incidents.gone")
    return ref, facts


def _mended(ref: IncidentRef, facts: IncidentSummary) -> Store:
    store = next((store for store in facts.stores if store.id == ref.store), None)
    if store is None:
        raise AppError("common.store_gone")
    return store


async def _heal(call: SlackRequest, ref: IncidentRef) -> None:
    await refresh_stale_copy(call, f"incident/{ref.incident}/{ref.place}", paint)


async def paint(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """The message that is edited while the incident lasts; nothing for those who were never told of it."""
    facts = await _facts(services, row)
    if facts is None or (row.ts is None and _silent(facts)):
        return None
    place = row.key.removeprefix(f"incident/{facts.incident.id}/")
    return RenderedMessage(card_text(t, facts), views.card(t, facts, place))


async def paint_resolved(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """The reply that says that it is over."""
    facts = await _facts(services, row)
    told = await services[OutboxReader].get(row.team_id, row.key.removesuffix("/resolved"))
    if facts is None or told is None or told.ts is None:
        return None
    text = views.resolved_text(t, facts)
    return RenderedMessage(text, [section(text)])


async def paint_letter(services: Services, row: OutboxMessage, t: Texts) -> RenderedMail | None:
    """The mail to a contact or to the operator, as things are when it leaves."""
    facts = await _facts(services, row)
    if facts is None or _silent(facts):
        return None
    return await _mail(services, row, t, facts)


async def paint_resolved_letter(services: Services, row: OutboxMessage, t: Texts) -> RenderedMail | None:
    """The mail that says that it is over."""
    facts = await _facts(services, row)
    told = await services[OutboxReader].get(row.team_id, row.key.removesuffix("/resolved"))
    if facts is None or told is None or told.delivered_at is None:
        return None
    return await _mail(services, row, t, facts)


async def _facts(services: Services, row: OutboxMessage) -> IncidentSummary | None:
    """The facts for this row's readers; None when none of their stores are there any more."""
    facts = await services[IncidentService].summary(
        row.team_id, row.args["incident"], contact=row.args.get("contact"), channel=row.args.get("channel")
    )
    return facts if facts is not None and facts.stores else None


def _silent(facts: IncidentSummary) -> bool:
    """Whether there is nothing to say to somebody who has not heard of it."""
    return facts.incident.closed_at is not None or facts.incident.suppressed_by is not None


async def _mail(services: Services, row: OutboxMessage, t: Texts, facts: IncidentSummary) -> RenderedMail | None:
    if row.destination == OPERATOR:
        return _drawn((), *views.operator_letter(t, facts), t)
    contact = await services[IncidentService].contact(row.team_id, row.args["contact"])
    if contact is None:
        return None
    return _drawn((contact.email,), *views.letter(t, facts), t)


def _drawn(to: tuple[str, ...], subject: str, letter: EmailContent, t: Texts) -> RenderedMail:
    return RenderedMail(to, subject, plain_email(letter), html_email(letter, t.language))


PAINTERS = {
    IncidentMessage.kind: paint,
    IncidentResolved.kind: paint_resolved,
    IncidentEmail.kind: paint_letter,
    IncidentResolvedEmail.kind: paint_resolved_letter,
}
