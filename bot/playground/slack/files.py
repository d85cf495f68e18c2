"""Files that people put into forms, and how an app fetches them (docs.slack.dev, "Working with files")."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from mimetypes import guess_type
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

if TYPE_CHECKING:
    from bot.playground.slack.workspace import Workspace

MAX_MEGABYTES = 10
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024
"""Of one file in a form (docs.slack.dev, "File input element")."""

SCOPE = "files:read"


@dataclass(frozen=True)
class File:
    """One file as somebody uploaded it."""

    id: str
    name: str
    user: str
    uploaded_at: datetime
    content: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """The ending of its name, in small letters, without the dot: what Slack calls ``filetype``."""
        return kind_of(self.name)


class FileRefused(ValueError):
    """Slack's client does not take the file; the text is the sentence that it shows."""


def kind_of(name: str) -> str:
    """The ending of a file's name, in small letters, without the dot; empty when it has none."""
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""


def payload(workspace: Workspace, file: File) -> dict[str, Any]:
    """A file object, as files.info and the state of a form carry it."""
    address = f"{workspace.base_url}/files-pri/{workspace.team_id}-{file.id}"
    at = int(file.uploaded_at.timestamp())
    return {
        "id": file.id,
        "created": at,
        "timestamp": at,
        "name": file.name,
        "title": file.name,
        "mimetype": guess_type(file.name)[0] or "application/octet-stream",
        "filetype": file.kind,
        "pretty_type": file.kind.upper(),
        "user": file.user,
        "user_team": workspace.team_id,
        "editable": False,
        "size": len(file.content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{address}/{quote(file.name, safe='')}",
        "url_private_download": f"{address}/download/{quote(file.name, safe='')}",
        "has_rich_preview": False,
        "file_access": "visible",
        "channels": [],
        "groups": [],
        "ims": [],
    }


def add_routes(app: web.Application, workspace: Workspace) -> None:
    """Adds the addresses that file objects give."""
    for middle in ("", "download/"):
        app.router.add_get(f"/files-pri/{{team}}-{{file}}/{middle}{{name}}", partial(_serve, workspace))


async def _serve(workspace: Workspace, request: web.Request) -> web.Response:
    """The content, to the bot's token with its scope. Everybody else is sent to the sign-in page, as by Slack."""
    token = request.headers.get("Authorization", "")
    if token != f"Bearer {workspace.bot_token}" or SCOPE not in workspace.scopes:
        return web.Response(
            status=HTTPStatus.FOUND, headers={"Location": f"{workspace.base_url}/?redir={request.path}"}
        )
    file = workspace.files.get(request.match_info["file"])
    if file is None or request.match_info["team"] != workspace.team_id:
        raise web.HTTPNotFound
    return web.Response(body=file.content, content_type=guess_type(file.name)[0] or "application/octet-stream")
