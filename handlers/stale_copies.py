"""Second copies of a card: a process that is killed between posting and recording leaves one that the outbox does not know.

Nobody draws such a copy anew, so it must not stay once somebody uses it.
"""

import structlog

from handlers.links import SlackLinks
from handlers.permissions import SLACK_ERRORS
from handlers.rendering import RenderedMessage, Renderer
from handlers.request import SlackRequest
from handlers.texts import Markup, escape
from tmon.models.outbox import OutboxMessage
from tmon.outbox import OutboxReader

log = structlog.get_logger(__name__)


async def settle_stale_copy(request: SlackRequest, key: str, renderer: Renderer) -> None:
    """Delete the clicked message if it is not the one that the outbox knows under `key`.

    While that one is still to be posted, the clicked one takes its place.
    """
    container = request.body.get("container") or {}
    channel, ts = container.get("channel_id"), container.get("message_ts")
    outbox = request.services[OutboxReader]
    row = await outbox.get(request.team_id, key)
    if row is None or channel is None or ts is None or (row.channel, row.ts) == (channel, ts):
        return
    if row.ts is None:
        is_here = row.destination == (request.user_id if channel.startswith("D") else channel)
        if is_here and await outbox.adopt(row, channel, ts, request.services.clock()):
            return
    elif await _delete(request, row, channel, ts):
        return
    await _draw(request, row, renderer, channel, ts)


async def _delete(request: SlackRequest, row: OutboxMessage, channel: str, ts: str) -> bool:
    """Delete the copy, and show the person the message that is left. Returns whether Slack deleted it."""
    try:
        await request.client.chat_delete(channel=channel, ts=ts)
    except SLACK_ERRORS as error:
        log.info("a stale copy was not deleted", key=row.key, error=type(error).__name__)
        return False
    t, links = request.t, request.services[SlackLinks]
    link = await links.to_message(row.team_id, str(row.channel), str(row.ts))
    left = t("common.other_copy")
    await request.notify(t.md("common.copy_deleted", other=Markup(f"<{link}|{escape(left)}>") if link else left))
    return True


async def _draw(request: SlackRequest, row: OutboxMessage, renderer: Renderer, channel: str, ts: str) -> None:
    rendered = await renderer(request.services, row, request.channel_t)
    if isinstance(rendered, RenderedMessage):
        try:
            await request.client.chat_update(channel=channel, ts=ts, text=rendered.text, blocks=rendered.blocks)
        except SLACK_ERRORS as error:
            log.info("a stale copy was not updated", key=row.key, error=type(error).__name__)
