"""Links to messages in Slack, for texts that are read elsewhere."""

import asyncio

import structlog

from handlers.permissions import SLACK_ERRORS
from handlers.slack_workspaces import SlackWorkspaces

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 3.0


class SlackLinks:
    """Asks Slack for the addresses of messages."""

    def __init__(self, workspaces: SlackWorkspaces) -> None:
        self._workspaces = workspaces

    async def to_message(self, team_id: str, channel: str, ts: str) -> str | None:
        """Return the address of a message; None if Slack does not say it in time: a mail goes without it then."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                client = (await self._workspaces.of(team_id)).client
                answer = await client.chat_getPermalink(channel=channel, message_ts=ts)
        except SLACK_ERRORS as error:
            log.info("no link to a message", error=type(error).__name__)
            return None
        return str(answer["permalink"])
