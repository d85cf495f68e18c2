"""Duplicate copies of a card: a crash between posting and recording may post a message twice.

The outbox edits one of them only; a click on the other refreshes it.
"""

import structlog

from handlers.permissions import SLACK_ERRORS
from handlers.rendering import RenderedMessage, Renderer
from handlers.request import SlackRequest
from tmon.outbox import OutboxReader

log = structlog.get_logger(__name__)


async def refresh_stale_copy(request: SlackRequest, key: str, renderer: Renderer) -> None:
    """Update the clicked message if it is not the one that the outbox knows under `key`."""
    container = request.body.get("container") or {}
    channel, ts = container.get("channel_id"), container.get("message_ts")
    row = await request.services[OutboxReader].get(request.team_id, key)
    if row is None or channel is None or ts is None or (row.channel, row.ts) == (channel, ts):
        return
    rendered = await renderer(request.services, row, request.channel_t)
    if isinstance(rendered, RenderedMessage):
        try:
            await request.client.chat_update(channel=channel, ts=ts, text=rendered.text, blocks=rendered.blocks)
        except SLACK_ERRORS as error:
            log.info("a stale copy was not updated", key=key, error=type(error).__name__)
