"""The content of a file."""

from __future__ import annotations

from bot.playground.slack.demo import MINJI
from tests.playground.slack.web_api.uploads import ROWS, get, open_form
from tests.playground.slack_workspace import ConnectedWorkspace


async def test_only_the_bot_reads_the_content(slack_with_files: ConnectedWorkspace) -> None:
    workspace = slack_with_files.workspace
    view_id = await open_form(slack_with_files)
    chosen = workspace.upload(MINJI, view_id, "file", "sku.csv", ROWS)
    address = str((await slack_with_files.client.files_info(file=chosen.id))["file"]["url_private_download"])
    for token in (None, workspace.app_token, "xoxb-somebody-else"):
        status, content, _ = await get(address, token)
        assert (status, content) == (302, b"")
    assert (await get(address.replace(chosen.id, "F0NOFILE00"), workspace.bot_token))[0] == 404
    assert (await get(address.replace(workspace.team_id, "T0OTHER000"), workspace.bot_token))[0] == 404
    workspace.scopes = frozenset({"chat:write"})
    assert (await get(address, workspace.bot_token))[0] == 302
