"""``files.*``: uploaded files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.errors import WebApiError
from bot.playground.slack.state.workspace import WorkspaceState
from bot.playground.slack.web_api.arguments import required


def info(workspace: WorkspaceState, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """files.info: a file object with its download URLs."""
    file = workspace.files.get(required(arguments, "file"))
    if file is None:
        raise WebApiError("file_not_found")
    return {"file": payloads.file(workspace.base_url, workspace.team_id, file)}
