"""연결 테스트, and the test notice to a store's contact: does TMON answer, is the person reached?"""

import asyncio

import structlog

from handlers.blocks import Block, section
from handlers.payloads import decode
from handlers.permissions import SLACK_ERRORS, require_permission
from handlers.rendering import RenderedMail, RenderedMessage
from handlers.request import SlackRequest, error_text
from handlers.stores import connection_check_views as views
from handlers.stores.ids import StoreViewRef
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.core import Services
from tmon.incidents.service import IncidentService
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.sealing import CannotOpen
from tmon.stores import connection_check
from tmon.stores.messages import ContactNotice, ContactNoticeEmail
from tmon.stores.service import StoreService

log = structlog.get_logger(__name__)

_LOOK_EVERY = 0.3
"""Seconds between two looks at what became of a notice."""
_LOOKS = 50
"""After 15 seconds the person is told that it is still on its way."""


async def test_connection(call: SlackRequest) -> None:
    """연결 테스트: whatever the switches say, and nothing is changed by it."""
    store = await _managed(call)
    view_id = await _push(call, views.progress(call.t, call.t("checks.asking")))
    services = call.services
    results = await connection_check.run(services.core.clients, store, services.clock())
    reasons = {result.step: _reason(call.t, result.error) for result in results}
    await call.replace(view_id, views.connection(call.t, store, results, reasons))


def _reason(t: Texts, error: Exception | None) -> str:
    if isinstance(error, CannotOpen):
        return t("checks.sealed")
    return error_text(t, error) if isinstance(error, TmonError) else t("common.tmon_down")


async def send_notice(call: SlackRequest) -> None:
    """알림 테스트: sends both notices and watches what becomes of them."""
    store = await _managed(call)
    view_id = await _push(call, views.progress(call.t, call.t("checks.sending")))
    notices = call.services[StoreService].notices
    notice_id = await notices.send(call.person, store.id)
    for _ in range(_LOOKS):
        outcome = await notices.outcome(call.team_id, store.id, notice_id)
        if outcome.settled:
            break
        await asyncio.sleep(_LOOK_EVERY)
    contact = await call.services[IncidentService].contact(call.team_id, store.id)
    email = contact.email if contact else ""
    is_theirs = outcome.reached is not None and await _has_address(call, outcome.reached, email)
    await call.replace(view_id, views.notice(call.t, store, outcome, email, is_theirs=is_theirs))


async def _has_address(call: SlackRequest, user_id: str, email: str) -> bool:
    """Whether `email` is the address of a Slack account; no, if Slack does not say."""
    try:
        answer = await call.client.users_info(user=user_id)
    except SLACK_ERRORS as error:
        log.info("the account was not looked up", error=type(error).__name__)
        return False
    known: str = answer["user"]["profile"].get("email", "")
    return bool(email) and known.lower() == email.lower()


async def _push(call: SlackRequest, view: Block) -> str:
    pushed = await call.client.views_push(trigger_id=call.trigger_id, view=view)
    return str(pushed["view"]["id"])


async def _managed(call: SlackRequest) -> Store:
    store = await call.services[StoreService].get(call.team_id, decode(StoreViewRef, call.value).store)
    require_permission(call.person, Permission.MANAGE, store)
    return store


async def paint_notice(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """The direct message of a test."""
    store = await services[StoreService].get(row.team_id, str(row.args["store"]))
    text = views.notice_text(t, store, str(row.args["who"]))
    return RenderedMessage(text, [section(text)])


async def paint_letter(services: Services, row: OutboxMessage, t: Texts) -> RenderedMail | None:
    """The mail of a test."""
    store = await services[StoreService].get(row.team_id, str(row.args["store"]))
    contact = await services[IncidentService].contact(row.team_id, store.id)
    return None if contact is None else views.letter(t, store, contact.email)


PAINTERS = {ContactNotice.kind: paint_notice, ContactNoticeEmail.kind: paint_letter}
