"""A client of Slack's Web API for each workspace, with the token that its installation has now."""

from cachetools import LRUCache
from slack_sdk.http_retry.async_handler import AsyncRetryHandler

from bot.installations import Installations, Installed
from bot.slack_client import slack_client
from handlers.slack_workspaces import NotInstalled, SlackWorkspace


class Clients:
    """Makes the clients, and keeps them as long as nothing about the installation changes."""

    def __init__(self, installations: Installations, *retry_handlers: AsyncRetryHandler) -> None:
        self._installations = installations
        self._retry_handlers = retry_handlers
        self._made: LRUCache[str, tuple[Installed, SlackWorkspace]] = LRUCache(maxsize=5000)

    async def of(self, team_id: str) -> SlackWorkspace:
        """Return a workspace as it was some seconds ago at most. Raises NotInstalled."""
        installed = await self._installations.of(team_id)
        if installed is None:
            self._made.pop(team_id, None)
            raise NotInstalled("the workspace does not have the app installed")
        known = self._made.get(team_id)
        if known is not None and known[0] == installed:
            return known[1]
        client = slack_client(installed.token, self._installations.api_url, *self._retry_handlers)
        made = SlackWorkspace(installed.team_id, installed.enterprise_id, client)
        self._made[team_id] = installed, made
        return made
