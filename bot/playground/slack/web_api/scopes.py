"""Scope checks of the bot token."""

from __future__ import annotations

from bot.playground.slack.errors import WebApiError
from bot.playground.slack.state.workspace import WorkspaceState


def check_scopes(workspace: WorkspaceState, *scopes: str) -> None:
    """Raise WebApiError (``missing_scope``) unless the bot has one of these scopes. No scopes: always allowed."""
    if scopes and not workspace.scopes.intersection(scopes):
        raise WebApiError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(workspace.scopes)))
