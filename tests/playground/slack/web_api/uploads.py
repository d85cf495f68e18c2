"""A form with a file input."""

from __future__ import annotations

import aiohttp

from bot.playground.slack.demo import MINJI
from tests.playground.slack_workspace import ConnectedWorkspace, field, modal

MANIFEST = {"oauth_config": {"scopes": {"bot": ["files:read", "chat:write"]}}}


ROWS = "SKU,재고\nA-1,3\n".encode("cp949")


FORM = modal(
    field("file", type="file_input", filetypes=["csv", "xlsx"], max_files=1),
    {**field("more", type="file_input"), "optional": True},
    callback_id="upload",
)


async def open_form(slack_with_files: ConnectedWorkspace, user: str = MINJI) -> str:
    """Opens the form before this person; returns its id."""
    opened = await slack_with_files.client.views_open(
        trigger_id=slack_with_files.workspace.triggers.issue(user), view=FORM
    )
    return str(opened["view"]["id"])


async def get(url: str, token: str | None) -> tuple[int, bytes, str]:
    """Status, content and type of an address, without following it elsewhere."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.read(), answer.content_type
