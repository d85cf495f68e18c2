"""What a bot token may do."""

from __future__ import annotations

from bot.playground.slack.errors import WebApiError
from bot.playground.slack.state.workspace import WorkspaceState


def check_scopes(workspace: WorkspaceState, *scopes: str) -> None:
    """Raises WebApiError unless the bot has one of these scopes, or none is needed."""
    if scopes and not workspace.scopes.intersection(scopes):
        raise WebApiError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(workspace.scopes)))
