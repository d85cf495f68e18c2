"""What people are told when what they did has failed, or takes too long."""

import asyncio
import secrets

import structlog

from handlers.blocks import home, section
from handlers.common_views.rights import no_right_notice
from handlers.common_views.switches import switch_off_notice
from handlers.permissions import SLACK_ERRORS, PermissionDenied
from handlers.request import Listener, SlackRequest, UserFacingError, error_text
from handlers.slack_codes import opened_too_late
from tmon.database import is_busy
from tmon.errors import AppError
from tmon.stores.switches import SwitchOff

log = structlog.get_logger(__name__)


async def show_failure(request: SlackRequest, error: Exception) -> None:
    """Show the failure below its field, in a notice or in the home tab; an unexpected one with a reference id."""
    in_form = bool(request.view) and not request.answered.is_set()
    blocks = None
    if isinstance(error, UserFacingError):
        log.info("refused", key=getattr(error, "key", type(error).__name__), user=request.user_id)
        if isinstance(error, SwitchOff):
            blocks = switch_off_notice(request.t, request.person, error)
        if isinstance(error, PermissionDenied):
            blocks = no_right_notice(request.t, error)
    elif is_busy(error):
        log.warning("database is busy", error=type(error).__name__, user=request.user_id)
        error = AppError("common.database_busy")
    elif opened_too_late(error):
        log.warning("a modal was opened too late", user=request.user_id)
        error = AppError("common.command_too_late" if "command" in request.body else "common.press_too_late")
    else:
        reference = secrets.token_hex(3)
        log.exception("listener failed", reference=reference, user=request.user_id)
        error = AppError("common.failed", reference=reference)
    try:
        if in_form and await request.refuse(error):
            return
        await request.ack()
        text = error_text(request.t, error)
        if request.is_event:  # the only one: somebody opened the home tab
            await request.client.views_publish(user_id=request.user_id, view=home([section(text)]))
        else:
            await request.notify(text, blocks)
    except SLACK_ERRORS as slack_error:
        log.warning("could not tell", error=type(slack_error).__name__, user=request.user_id)


async def until_answered(listener: Listener, request: SlackRequest, seconds: float) -> None:
    """Run the listener of a submission; if it has not acknowledged in time, cancel it and refuse: the form keeps its values."""
    work = asyncio.ensure_future(listener(request))
    answered = asyncio.ensure_future(request.answered.wait())
    try:
        await asyncio.wait({work, answered}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not work.done() and not request.answered.is_set():
            work.cancel()
            raise AppError("common.busy")
        await work
    finally:
        answered.cancel()


async def stale(request: SlackRequest) -> None:
    """Answer what has no listener, such as clicks on buttons of old versions."""
    raise AppError("common.stale_button")
