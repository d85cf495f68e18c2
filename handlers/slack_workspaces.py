"""The workspaces that have the app installed, as listeners and messages need them: with a client of each."""

from dataclasses import dataclass, field
from typing import Protocol

from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient


class NotInstalled(SlackClientError):
    """A workspace does not have the app installed (any more)."""


@dataclass(frozen=True)
class SlackWorkspace:
    """A workspace that has the app installed."""

    team_id: str
    enterprise_id: str | None
    """The Enterprise Grid organization that it belongs to."""
    client: AsyncWebClient = field(repr=False, compare=False)
    """With the token of the workspace."""


class SlackWorkspaces(Protocol):
    """Finds workspaces; implemented by `bot.clients.Clients`."""

    async def of(self, team_id: str) -> SlackWorkspace:
        """Return a workspace as it was some seconds ago at most. Raises NotInstalled."""
