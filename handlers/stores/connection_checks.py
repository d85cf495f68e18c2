"""The connection test (연결 테스트), and the test notice to a store's contact (알림 테스트)."""

import asyncio

import structlog

from handlers.payloads import decode
from handlers.permissions import SLACK_ERRORS
from handlers.rendering import RenderedMail, RenderedMessage, renders
from handlers.request import SlackRequest, error_text
from handlers.stores import connection_check_views as views
from handlers.stores.ids import StoreViewRef
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.core import Services
from tmon.incidents.service import IncidentService
from tmon.models.outbox import OutboxMessage
from tmon.permissions import Permission
from tmon.sealing import CannotOpen
from tmon.stores import connection_check
from tmon.stores.messages import ContactNotice, ContactNoticeEmail
from tmon.stores.service import StoreService

log = structlog.get_logger(__name__)

_LOOK_EVERY = 0.3
"""Seconds between two queries of a notice's outcome."""
_LOOKS = 50
"""Number of queries: after 15 seconds the notice is reported as still on its way."""


async def test_connection(request: SlackRequest) -> None:
    """Handle 연결 테스트: test the connection regardless of the switches, without changing anything."""
    store = await request.store(decode(StoreViewRef, request.value).store, Permission.MANAGE)
    view_id = await request.push(views.progress(request.t, request.t("checks.asking")))
    services = request.services
    results = await connection_check.run(services.core.clients, store, services.clock())
    reasons = {result.step: _reason(request.t, result.error) for result in results}
    await request.replace(view_id, views.connection(request.t, store, results, reasons))


def _reason(t: Texts, error: Exception | None) -> str:
    if isinstance(error, CannotOpen):
        return t("checks.sealed")
    return error_text(t, error) if isinstance(error, TmonError) else t("common.tmon_down")


async def send_notice(request: SlackRequest) -> None:
    """Handle 알림 테스트: send both notices and wait for their outcome."""
    store = await request.store(decode(StoreViewRef, request.value).store, Permission.MANAGE)
    view_id = await request.push(views.progress(request.t, request.t("checks.sending")))
    notices = request.services[StoreService].notices
    notice_id = await notices.send(request.person, store.id)
    for _ in range(_LOOKS):
        outcome = await notices.outcome(request.team_id, store.id, notice_id)
        if outcome.settled:
            break
        await asyncio.sleep(_LOOK_EVERY)
    contact = await request.services[IncidentService].contact(request.team_id, store.id)
    email = contact.email if contact else ""
    is_theirs = outcome.slack_user is not None and await _has_address(request, outcome.slack_user, email)
    await request.replace(view_id, views.notice(request.t, store, outcome, email, is_theirs=is_theirs))


async def _has_address(request: SlackRequest, user_id: str, email: str) -> bool:
    """Whether a Slack account has the address `email`; False if Slack does not answer."""
    try:
        answer = await request.client.users_info(user=user_id)
    except SLACK_ERRORS as error:
        log.info("the account was not looked up", error=type(error).__name__)
        return False
    known: str = answer["user"]["profile"].get("email", "")
    return bool(email) and known.lower() == email.lower()


@renders(ContactNotice)
async def render_notice(services: Services, row: OutboxMessage, args: ContactNotice, t: Texts) -> RenderedMessage:
    """Render the direct message of a test notice."""
    store = await services[StoreService].get(row.team_id, args.store)
    return RenderedMessage.of_text(views.notice_text(t, store, args.who))


@renders(ContactNoticeEmail)
async def render_email(
    services: Services, row: OutboxMessage, args: ContactNoticeEmail, t: Texts
) -> RenderedMail | None:
    """Render the mail of a test notice."""
    store = await services[StoreService].get(row.team_id, args.store)
    contact = await services[IncidentService].contact(row.team_id, store.id)
    return None if contact is None else views.letter(t, store, contact.email)


RENDERERS = (render_notice, render_email)
