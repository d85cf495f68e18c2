"""Incidents in Slack and by mail: who takes care, trying again, pausing, mending; open and recent ones."""

import asyncio

from handlers.blocks import section
from handlers.common_views.incidents import card_text
from handlers.common_views.mail import Letter, html_letter, plain_letter
from handlers.incidents import views
from handlers.incidents.ids import IncidentRef
from handlers.payloads import unpack
from handlers.permissions import require
from handlers.rendering import Drawing, MailDrawing
from handlers.request import Call, explain
from handlers.stale_copies import heal
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.collection.coordinator import Collector
from tmon.core import Services
from tmon.errors import AppError
from tmon.incidents.notifier import LETTER, LETTER_RESOLVED, SLACK, SLACK_RESOLVED
from tmon.incidents.service import Incidents
from tmon.incidents.summary import IncidentFacts
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause
from tmon.models.outbox import Message
from tmon.models.stores import Store, StoreState
from tmon.outbox import OPERATOR, Messages
from tmon.permissions import Right, may
from tmon.stores.service import Stores

_SHOW_PROGRESS_AFTER = 0.8
"""Seconds after which a person is told that it takes longer."""


async def command(call: Call, rest: str) -> None:
    """`/tmon incidents`: open and recent."""
    listed = await call.services[Incidents].open_and_recent(call.team_id)
    view = views.incident_list(call.t, listed, call.services.clock())
    await call.client.views_open(trigger_id=call.trigger_id, view=view)


async def take(call: Call) -> None:
    """담당하기."""
    ref, facts = await _pressed(call)
    if not any(may(call.person, right, store) for store in facts.stores for right in (Right.WORK, Right.MANAGE)):
        require(call.person, Right.WORK, facts.stores[0])
    await call.services[Incidents].take(call.person, ref.incident)
    await _heal(call, ref)


async def retry(call: Call) -> None:
    """다시 시도: collects now, for every store concerned that the person works for."""
    ref, facts = await _pressed(call)
    if facts.incident.closed_at is not None:
        raise AppError("incidents.over")
    mine = [store for store in facts.stores if may(call.person, Right.WORK, store)]
    if not mine:
        require(call.person, Right.WORK, facts.stores[0])
    tries = asyncio.gather(*(_try_again(call, facts, store) for store in mine))
    await asyncio.wait({tries}, timeout=_SHOW_PROGRESS_AFTER)
    if not tries.done():
        await call.tell(call.t("incidents.retrying"))
    outcomes: dict[str, list[Store]] = {}
    for store, why in zip(mine, await tries, strict=True):
        outcomes.setdefault(why or "", []).append(store)
    await call.tell("\n".join(views.retried(call.t, stores, why) for why, stores in outcomes.items()))
    await _heal(call, ref)


async def _try_again(call: Call, facts: IncidentFacts, store: Store) -> str | None:
    """Why it still fails; None if it does not. A refused key is shown to TMON first: such a store is not collected."""
    services = call.services
    try:
        if facts.incident.cause is Cause.KEY:
            checked = await services[Stores].check(call.team_id, store.id)
            if checked.state is not StoreState.APPROVED:
                return call.t("incidents.still_refused")
        kind = facts.incident.area or ORDERS
        collected = await services[Collector].collect_now(call.team_id, store.id, kind, call.user_id)
    except (AppError, TmonError) as error:
        return explain(call.t, error)
    return None if collected.error is None else explain(call.t, collected.error)


async def pause(call: Call) -> None:
    """연동 중지, asked twice."""
    ref, facts = await _pressed(call)
    store = _mended(ref, facts)
    require(call.person, Right.MANAGE, store)
    await call.services[Stores].settings.turn(call.person, store.id, None, on=False)
    await call.services[Incidents].tick()
    await _heal(call, ref)


async def show_mobile(call: Call) -> None:
    """담당자 휴대폰 보기: in a view that only this person sees."""
    ref, _ = await _pressed(call)
    found = await call.services[Incidents].mobiles(call.person, ref.incident)
    await call.client.views_open(trigger_id=call.trigger_id, view=views.mobiles(call.t, found))


async def _pressed(call: Call) -> tuple[IncidentRef, IncidentFacts]:
    ref = unpack(IncidentRef, call.value)
    facts = await call.services[Incidents].facts(call.team_id, ref.incident)
    if facts is None or not facts.stores:
        raise AppError("incidents.gone")
    return ref, facts


def _mended(ref: IncidentRef, facts: IncidentFacts) -> Store:
    store = next((store for store in facts.stores if store.id == ref.store), None)
    if store is None:
        raise AppError("common.store_gone")
    return store


async def _heal(call: Call, ref: IncidentRef) -> None:
    await heal(call, f"incident/{ref.incident}/{ref.place}", paint)


async def paint(services: Services, row: Message, t: Texts) -> Drawing | None:
    """The message that is edited while the incident lasts; nothing for those who were never told of it."""
    facts = await _facts(services, row)
    if facts is None or (row.ts is None and _silent(facts)):
        return None
    place = row.key.removeprefix(f"incident/{facts.incident.id}/")
    return Drawing(card_text(t, facts), views.card(t, facts, place))


async def paint_resolved(services: Services, row: Message, t: Texts) -> Drawing | None:
    """The reply that says that it is over."""
    facts = await _facts(services, row)
    told = await services[Messages].get(row.team_id, row.key.removesuffix("/resolved"))
    if facts is None or told is None or told.ts is None:
        return None
    text = views.resolved_text(t, facts)
    return Drawing(text, [section(text)])


async def paint_letter(services: Services, row: Message, t: Texts) -> MailDrawing | None:
    """The mail to a contact or to the operator, as things are when it leaves."""
    facts = await _facts(services, row)
    if facts is None or _silent(facts):
        return None
    return await _mail(services, row, t, facts)


async def paint_resolved_letter(services: Services, row: Message, t: Texts) -> MailDrawing | None:
    """The mail that says that it is over."""
    facts = await _facts(services, row)
    told = await services[Messages].get(row.team_id, row.key.removesuffix("/resolved"))
    if facts is None or told is None or told.sent_at is None:
        return None
    return await _mail(services, row, t, facts)


async def _facts(services: Services, row: Message) -> IncidentFacts | None:
    """The facts for this row's readers; None when none of their stores are there any more."""
    facts = await services[Incidents].facts(
        row.team_id, row.args["incident"], contact=row.args.get("contact"), channel=row.args.get("channel")
    )
    return facts if facts is not None and facts.stores else None


def _silent(facts: IncidentFacts) -> bool:
    """Whether there is nothing to say to somebody who has not heard of it."""
    return facts.incident.closed_at is not None or facts.incident.hidden_by is not None


async def _mail(services: Services, row: Message, t: Texts, facts: IncidentFacts) -> MailDrawing | None:
    if row.destination == OPERATOR:
        return _drawn((), *views.operator_letter(t, facts), t)
    contact = await services[Incidents].contact(row.team_id, row.args["contact"])
    if contact is None:
        return None
    return _drawn((contact.email,), *views.letter(t, facts), t)


def _drawn(to: tuple[str, ...], subject: str, letter: Letter, t: Texts) -> MailDrawing:
    return MailDrawing(to, subject, plain_letter(letter), html_letter(letter, t.language))


PAINTERS = {
    SLACK: paint,
    SLACK_RESOLVED: paint_resolved,
    LETTER: paint_letter,
    LETTER_RESOLVED: paint_resolved_letter,
}
