"""Content of files: downloads at the URLs in file objects, uploads at those of files.getUploadURLExternal (docs.slack.dev,
"Working with files").
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from mimetypes import guess_type

from aiohttp import web

from bot.playground.slack.model import FILES_SCOPE
from bot.playground.slack.state.workspace import WorkspaceState


def add_routes(app: web.Application, workspace: WorkspaceState) -> None:
    """Add the routes."""
    app.router.add_post("/upload/v1/{file}", partial(_take, workspace))
    for middle in ("", "download/"):
        app.router.add_get(f"/files-pri/{{team}}-{{file}}/{middle}{{name}}", partial(_serve, workspace))


async def _serve(workspace: WorkspaceState, request: web.Request) -> web.Response:
    """Serve the content to the bot's token with its scope; redirect all others to the sign-in page, as Slack does."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    works = scheme == "Bearer" and token != workspace.app_token and workspace.token_error(token) is None
    if not works or FILES_SCOPE not in workspace.scopes:
        return web.Response(
            status=HTTPStatus.FOUND, headers={"Location": f"{workspace.base_url}/?redir={request.path}"}
        )
    file = workspace.files.get(request.match_info["file"])
    if file is None or file.deleted or request.match_info["team"] != workspace.team_id:
        raise web.HTTPNotFound
    return web.Response(body=file.content, content_type=guess_type(file.name)[0] or "application/octet-stream")


async def _take(workspace: WorkspaceState, request: web.Request) -> web.Response:
    """Take the content of an announced file; the URL itself is the right to send it."""
    upload = workspace.uploads.get(request.match_info["file"])
    if upload is None:
        raise web.HTTPNotFound
    content = bytearray()
    async for part in request.content.iter_chunked(2**16):
        content += part
        if len(content) > upload.length:
            raise web.HTTPBadRequest(text="longer than announced")
    upload.content = bytes(content)
    return web.Response(text=f"OK - {len(content)}")
