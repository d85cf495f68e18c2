"""Cards that stand twice. A crash between posting and recording may repeat a message; a press on a copy heals it."""

import structlog

from handlers.permissions import SLACK_TROUBLE
from handlers.rendering import Drawing, Painter
from handlers.request import Call
from tmon.outbox import Messages

log = structlog.get_logger(__name__)


async def heal(call: Call, key: str, painter: Painter) -> None:
    """Redraws the pressed message if it is a copy that the outbox does not know of."""
    container = call.body.get("container") or {}
    channel, ts = container.get("channel_id"), container.get("message_ts")
    row = await call.services[Messages].get(call.team_id, key)
    if row is None or channel is None or ts is None or (row.channel, row.ts) == (channel, ts):
        return
    drawing = await painter(call.services, row, call.channel_t)
    if isinstance(drawing, Drawing):
        try:
            await call.client.chat_update(channel=channel, ts=ts, text=drawing.text, blocks=drawing.blocks)
        except SLACK_TROUBLE as error:
            log.info("a copy was not redrawn", key=key, error=type(error).__name__)
