"""File downloads, at the URLs in file objects (docs.slack.dev, "Working with files")."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from mimetypes import guess_type

from aiohttp import web

from bot.playground.slack.model import FILES_SCOPE
from bot.playground.slack.state.workspace import WorkspaceState


def add_routes(app: web.Application, workspace: WorkspaceState) -> None:
    """Add the download routes."""
    for middle in ("", "download/"):
        app.router.add_get(f"/files-pri/{{team}}-{{file}}/{middle}{{name}}", partial(_serve, workspace))


async def _serve(workspace: WorkspaceState, request: web.Request) -> web.Response:
    """Serve the content to the bot's token with its scope; redirect all others to the sign-in page, as Slack does."""
    token = request.headers.get("Authorization", "")
    if token != f"Bearer {workspace.bot_token}" or FILES_SCOPE not in workspace.scopes:
        return web.Response(
            status=HTTPStatus.FOUND, headers={"Location": f"{workspace.base_url}/?redir={request.path}"}
        )
    file = workspace.files.get(request.match_info["file"])
    if file is None or request.match_info["team"] != workspace.team_id:
        raise web.HTTPNotFound
    return web.Response(body=file.content, content_type=guess_type(file.name)[0] or "application/octet-stream")
