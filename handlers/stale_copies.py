"""Cards that stand twice. A crash between posting and recording may repeat a message; a press on a copy heals it."""

import structlog

from handlers.permissions import SLACK_ERRORS
from handlers.rendering import RenderedMessage, Renderer
from handlers.request import SlackRequest
from tmon.outbox import OutboxReader

log = structlog.get_logger(__name__)


async def refresh_stale_copy(request: SlackRequest, key: str, painter: Renderer) -> None:
    """Redraws the pressed message if it is a copy that the outbox does not know of."""
    container = request.body.get("container") or {}
    channel, ts = container.get("channel_id"), container.get("message_ts")
    row = await request.services[OutboxReader].get(request.team_id, key)
    if row is None or channel is None or ts is None or (row.channel, row.ts) == (channel, ts):
        return
    drawing = await painter(request.services, row, request.channel_t)
    if isinstance(drawing, RenderedMessage):
        try:
            await request.client.chat_update(channel=channel, ts=ts, text=drawing.text, blocks=drawing.blocks)
        except SLACK_ERRORS as error:
            log.info("a copy was not redrawn", key=key, error=type(error).__name__)
