"""Responses to user actions, by response URL or in the ack of a slash command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.playground.slack.errors import WebApiError
from bot.playground.slack.state.workspace import WorkspaceState
from bot.playground.slack.web_api.chat import checked_blocks


def answer_in_channel(
    workspace: WorkspaceState, user: str, channel: str, message_ts: str | None, body: Mapping[str, Any]
) -> None:
    """Post, replace or delete a message: ephemeral unless ``response_type`` is ``in_channel``. Raises WebApiError.

    ``replace_original`` and ``delete_original`` apply to the message on which the person acted (docs.slack.dev,
    "Handling user interaction").
    """
    conversations = workspace.conversations
    original = conversations.find(channel, message_ts) if message_ts is not None else None
    if body.get("delete_original") is True:
        if original is not None:
            conversations.delete(original)
        return
    text, blocks = str(body.get("text") or ""), body.get("blocks")
    if not text and not blocks:
        raise WebApiError("no_text")
    content: dict[str, Any] = {"text": text, "blocks": checked_blocks(workspace, blocks or [], errors=False)}
    if body.get("replace_original") is True and original is not None:
        conversations.edit(original, **content)
        return
    conversations.add_message(
        channel,
        workspace.bot_user_id,
        thread_ts=body.get("thread_ts"),
        ephemeral_for=None if body.get("response_type") == "in_channel" else user,
        **content,
    )


async def serve_response_url(workspace: WorkspaceState, request: web.Request) -> web.Response:
    """Serve one HTTP request to a response URL."""
    target = workspace.response_urls.use(request.match_info["secret"])
    if isinstance(target, str):
        return web.Response(status=404, text=target)
    try:
        body = json.loads(await request.text())
        if not isinstance(body, dict):
            return web.Response(status=400, text="invalid_payload")
        answer_in_channel(workspace, target.user, target.channel, target.message_ts, body)
    except ValueError:
        return web.Response(status=400, text="invalid_payload")
    except WebApiError as error:
        return web.Response(status=400, text=error.error)
    return web.Response(text="ok")
