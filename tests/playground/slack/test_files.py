"""Files in forms: chosen by a person, read by the app with its token and scope, and by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import FileRejected, NotVisible
from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from tests.clock import MovableClock
from tests.playground.slack_workspace import ConnectedWorkspace, field, modal, open_workspace

MANIFEST = {"oauth_config": {"scopes": {"bot": ["files:read", "chat:write"]}}}
ROWS = "SKU,재고\nA-1,3\n".encode("cp949")
FORM = modal(
    field("file", type="file_input", filetypes=["csv", "xlsx"], max_files=1),
    {**field("more", type="file_input"), "optional": True},
    callback_id="upload",
)
TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture
async def slack(clock: MovableClock) -> AsyncIterator[ConnectedWorkspace]:
    async with open_workspace(clock, manifest=MANIFEST) as opened:
        yield opened


async def open_form(slack: ConnectedWorkspace, user: str = MINJI) -> str:
    """Opens the form before this person; returns its id."""
    opened = await slack.client.views_open(trigger_id=slack.workspace.triggers.issue(user), view=FORM)
    return str(opened["view"]["id"])


async def get(url: str, token: str | None) -> tuple[int, bytes, str]:
    """Status, content and type of an address, without following it elsewhere."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.read(), answer.content_type


async def test_a_file_goes_from_the_person_to_the_app(slack: ConnectedWorkspace) -> None:
    submitted: list[Mapping[str, Any]] = []

    @slack.app.view("upload")
    async def upload(ack: AsyncAck, view: Mapping[str, Any]) -> None:
        await ack()
        submitted.append(view)

    await slack.connect()
    workspace = slack.workspace
    view_id = await open_form(slack)
    assert workspace.open_modal(MINJI)[-1].state["file"]["value"] == {"type": "file_input", "files": []}
    chosen = workspace.upload(MINJI, view_id, "file", "3월 재고.CSV", ROWS)
    assert (await workspace.submit(MINJI, view_id, {"file": chosen.id})).ok

    (file,) = submitted[0]["state"]["values"]["file"]["value"]["files"]
    assert (file["id"], file["name"], file["filetype"]) == (chosen.id, "3월 재고.CSV", "csv")
    assert (file["size"], file["user"], file["mimetype"]) == (len(ROWS), MINJI, "text/csv")
    assert submitted[0]["state"]["values"]["more"]["value"]["files"] == []
    known = (await slack.client.files_info(file=chosen.id))["file"]
    assert known == file
    for address in (known["url_private"], known["url_private_download"]):
        assert address.startswith(slack.server.url)
        assert await get(address, workspace.bot_token) == (200, ROWS, "text/csv")


async def test_only_the_bot_reads_the_content(slack: ConnectedWorkspace) -> None:
    workspace = slack.workspace
    view_id = await open_form(slack)
    chosen = workspace.upload(MINJI, view_id, "file", "sku.csv", ROWS)
    address = str((await slack.client.files_info(file=chosen.id))["file"]["url_private_download"])
    for token in (None, workspace.app_token, "xoxb-somebody-else"):
        status, content, _ = await get(address, token)
        assert (status, content) == (302, b"")
    assert (await get(address.replace(chosen.id, "F0NOFILE00"), workspace.bot_token))[0] == 404
    assert (await get(address.replace(workspace.team_id, "T0OTHER000"), workspace.bot_token))[0] == 404
    workspace.scopes = frozenset({"chat:write"})
    assert (await get(address, workspace.bot_token))[0] == 302


async def error_of(call: Any) -> tuple[str, str | None]:
    """The error, and the scope that would have been needed."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"], caught.value.response.get("needed")


async def test_without_the_scope_there_are_no_files(slack: ConnectedWorkspace, clock: MovableClock) -> None:
    assert await error_of(slack.client.files_info(file="F0NOFILE00")) == ("file_not_found", None)
    async with open_workspace(clock) as other:
        client: AsyncWebClient = other.client
        assert await error_of(client.files_info(file="F0NOFILE00")) == ("missing_scope", "files:read")
        trigger = other.workspace.triggers.issue(MINJI)
        assert await error_of(client.views_open(trigger_id=trigger, view=FORM)) == ("missing_scope", "files:read")


async def test_what_slacks_client_does_not_take(slack: ConnectedWorkspace) -> None:
    workspace = slack.workspace
    view_id = await open_form(slack)
    for name in ("sku.xls", "sku", "csv", "sku.csv.exe"):
        with pytest.raises(FileRejected, match="csv, xlsx 파일만 올릴 수 있습니다"):
            workspace.upload(MINJI, view_id, "file", name, ROWS)
    with pytest.raises(FileRejected, match="10MB 이하의 파일만"):
        workspace.upload(MINJI, view_id, "file", "sku.csv", b"0" * (TEN_MEGABYTES + 1))
    assert workspace.files == {}
    assert workspace.upload(MINJI, view_id, "file", "sku.csv", b"0" * TEN_MEGABYTES).kind == "csv"
    assert workspace.upload(MINJI, view_id, "more", "anything", b"").kind == ""
    for block_id in ("elsewhere", ""):
        with pytest.raises(NotVisible):
            workspace.upload(MINJI, view_id, block_id, "sku.csv", ROWS)
    english = await open_form(slack, DANIEL)
    with pytest.raises(FileRejected, match="Only these file types can be uploaded: csv, xlsx"):
        workspace.upload(DANIEL, english, "file", "sku.pdf", ROWS)


async def test_a_form_counts_its_files(slack: ConnectedWorkspace) -> None:
    workspace = slack.workspace
    view_id = await open_form(slack)
    assert (await workspace.submit(MINJI, view_id, {})).errors == {"file": "필수 항목입니다. 작성해 주세요."}
    two = [workspace.upload(MINJI, view_id, "file", name, ROWS).id for name in ("a.csv", "b.csv")]
    acted = await workspace.submit(MINJI, view_id, {"file": two})
    assert acted.errors == {"file": "최대 1개까지 선택할 수 있습니다."}
    many = [workspace.upload(MINJI, view_id, "more", f"{number}", b"").id for number in range(11)]
    acted = await workspace.submit(MINJI, view_id, {"file": two[0], "more": many})
    assert acted.errors == {"more": "최대 10개까지 선택할 수 있습니다."}


async def test_nobody_sends_the_file_of_another(slack: ConnectedWorkspace) -> None:
    workspace = slack.workspace
    hers, his = await open_form(slack, MINJI), await open_form(slack, JUNHO)
    file = workspace.upload(MINJI, hers, "file", "sku.csv", ROWS)
    for file_id in (file.id, "F0NOFILE00"):
        with pytest.raises(NotVisible):
            await workspace.submit(JUNHO, his, {"file": file_id})
    with pytest.raises(NotVisible):
        workspace.upload(JUNHO, hers, "file", "sku.csv", ROWS)
