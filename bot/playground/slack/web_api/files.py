"""``files.*``: what people uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.playground.slack import files
from bot.playground.slack.web_api.arguments import required
from bot.playground.slack.web_api.refusals import Refused

if TYPE_CHECKING:
    from bot.playground.slack.workspace import Workspace


def info(workspace: Workspace, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """files.info: one file, with the addresses of its content."""
    file = workspace.files.get(required(arguments, "file"))
    if file is None:
        raise Refused("file_not_found")
    return {"file": files.payload(workspace, file)}
