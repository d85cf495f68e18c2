"""The demo workspace on a socket with a Bolt app connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackServer, Workspace, demo_workspace, serve
from tmon.clock import Clock


@dataclass(frozen=True)
class ConnectedWorkspace:
    """The workspace, its server, an app without listeners, and a client with the bot's token."""

    workspace: Workspace
    server: SlackServer
    app: AsyncApp
    client: AsyncWebClient
    handler: AsyncSocketModeHandler

    async def connect(self) -> None:
        """Connects the app; returns when the workspace knows."""
        await self.handler.connect_async()  # type: ignore[no-untyped-call]
        await self.workspace.wait_until(lambda: self.workspace.connected)


@asynccontextmanager
async def open_workspace(
    clock: Clock, *, manifest: Mapping[str, Any] | None = None
) -> AsyncIterator[ConnectedWorkspace]:
    """Opens it for a test; the app is not connected yet."""
    workspace = demo_workspace(clock, manifest=manifest)
    server = await serve(workspace)
    client = AsyncWebClient(workspace.bot_token, base_url=server.api_url)
    app = AsyncApp(client=client, request_verification_enabled=False, raise_error_for_unhandled_request=False)
    handler = AsyncSocketModeHandler(app, workspace.app_token)
    try:
        yield ConnectedWorkspace(workspace, server, app, client, handler)
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
        await server.stop()


def plain(text: str) -> dict[str, Any]:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def section(text: str) -> dict[str, Any]:
    """A section with markup."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action_id: str, value: str = "1", **more: Any) -> dict[str, Any]:
    """A button."""
    return {"type": "button", "action_id": action_id, "text": plain("발주확인"), "value": value, **more}


def field(block_id: str, **element: Any) -> dict[str, Any]:
    """A required text field, or one of another type."""
    made = {"type": "plain_text_input", "action_id": "value", **element}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": made}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal with a submit button."""
    return {"type": "modal", "title": plain("스토어"), "submit": plain("다음"), "blocks": list(blocks), **more}
