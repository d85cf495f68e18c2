"""A file that a person puts into a form, on its way to the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import FileRejected, NotVisible
from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from tests.clock import MovableClock
from tests.playground.slack.web_api.uploads import FORM, ROWS, get, open_form
from tests.playground.slack_workspace import ConnectedWorkspace, open_workspace

WRITING = {
    "oauth_config": {"scopes": {"bot": ["files:read", "files:write", "chat:write"]}},
    "features": {"app_home": {"messages_tab_enabled": True}},
}
TEN_MEGABYTES = 10 * 1024 * 1024


async def test_a_file_goes_from_the_person_to_the_app(slack_with_files: ConnectedWorkspace) -> None:
    submitted: list[Mapping[str, Any]] = []

    @slack_with_files.app.view("upload")
    async def upload(ack: AsyncAck, view: Mapping[str, Any]) -> None:
        await ack()
        submitted.append(view)

    await slack_with_files.connect()
    workspace = slack_with_files.workspace
    view_id = await open_form(slack_with_files)
    assert workspace.open_modal(MINJI)[-1].state["file"]["value"] == {"type": "file_input", "files": []}
    chosen = workspace.upload(MINJI, view_id, "file", "3월 재고.CSV", ROWS)
    assert (await workspace.submit(MINJI, view_id, {"file": chosen.id})).ok

    (file,) = submitted[0]["state"]["values"]["file"]["value"]["files"]
    assert (file["id"], file["name"], file["filetype"]) == (chosen.id, "3월 재고.CSV", "csv")
    assert (file["size"], file["user"], file["mimetype"]) == (len(ROWS), MINJI, "text/csv")
    assert submitted[0]["state"]["values"]["more"]["value"]["files"] == []
    known = (await slack_with_files.client.files_info(file=chosen.id))["file"]
    assert known == file
    for address in (known["url_private"], known["url_private_download"]):
        assert address.startswith(slack_with_files.server.url)
        assert await get(address, workspace.bot_token) == (200, ROWS, "text/csv")


async def error_of(call: Any) -> tuple[str, str | None]:
    """The error, and the scope that would have been needed."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"], caught.value.response.get("needed")


async def test_without_the_scope_there_are_no_files(slack_with_files: ConnectedWorkspace, clock: MovableClock) -> None:
    assert await error_of(slack_with_files.client.files_info(file="F0NOFILE00")) == ("file_not_found", None)
    async with open_workspace(clock) as other:
        client: AsyncWebClient = other.client
        assert await error_of(client.files_info(file="F0NOFILE00")) == ("missing_scope", "files:read")
        trigger = other.workspace.triggers.issue(MINJI)
        assert await error_of(client.views_open(trigger_id=trigger, view=FORM)) == ("missing_scope", "files:read")


async def test_what_slacks_client_does_not_take(slack_with_files: ConnectedWorkspace) -> None:
    workspace = slack_with_files.workspace
    view_id = await open_form(slack_with_files)
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
    english = await open_form(slack_with_files, DANIEL)
    with pytest.raises(FileRejected, match="Only these file types can be uploaded: csv, xlsx"):
        workspace.upload(DANIEL, english, "file", "sku.pdf", ROWS)


async def test_a_form_counts_its_files(slack_with_files: ConnectedWorkspace) -> None:
    workspace = slack_with_files.workspace
    view_id = await open_form(slack_with_files)
    assert (await workspace.submit(MINJI, view_id, {})).errors == {"file": "필수 항목입니다. 작성해 주세요."}
    two = [workspace.upload(MINJI, view_id, "file", name, ROWS).id for name in ("a.csv", "b.csv")]
    acted = await workspace.submit(MINJI, view_id, {"file": two})
    assert acted.errors == {"file": "최대 1개까지 선택할 수 있습니다."}
    many = [workspace.upload(MINJI, view_id, "more", f"{number}", b"").id for number in range(11)]
    acted = await workspace.submit(MINJI, view_id, {"file": two[0], "more": many})
    assert acted.errors == {"more": "최대 10개까지 선택할 수 있습니다."}


async def test_nobody_sends_the_file_of_another(slack_with_files: ConnectedWorkspace) -> None:
    workspace = slack_with_files.workspace
    hers, his = await open_form(slack_with_files, MINJI), await open_form(slack_with_files, JUNHO)
    file = workspace.upload(MINJI, hers, "file", "sku.csv", ROWS)
    for file_id in (file.id, "F0NOFILE00"):
        with pytest.raises(NotVisible):
            await workspace.submit(JUNHO, his, {"file": file_id})
    with pytest.raises(NotVisible):
        workspace.upload(JUNHO, hers, "file", "sku.csv", ROWS)


async def uploaded_by_app(slack: ConnectedWorkspace, name: str, content: bytes) -> str:
    """Asks for an address and sends the content there; the file is nowhere yet."""
    begun = await slack.client.files_getUploadURLExternal(filename=name, length=len(content))
    async with aiohttp.ClientSession() as http, http.post(begun["upload_url"], data=content) as answer:
        assert answer.status == 200
    return str(begun["file_id"])


async def test_the_app_deletes_its_own_files_and_only_those(clock: MovableClock) -> None:
    async with open_workspace(clock, manifest=WRITING) as slack:
        workspace, client = slack.workspace, slack.client
        file_id = await uploaded_by_app(slack, "배송용.xlsx", ROWS)
        assert await error_of(client.files_delete(file=file_id)) == ("file_not_found", None)
        direct = (await client.chat_postMessage(channel=MINJI, text="파일을 만들었습니다."))["channel"]
        assert await error_of(client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=MINJI)) == (
            "channel_not_found",
            None,
        )
        await client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=direct)
        known = (await client.files_info(file=file_id))["file"]
        assert await get(known["url_private"], workspace.bot_token) == (200, ROWS, known["mimetype"])
        assert (await client.files_delete(file=file_id))["ok"]
        assert (await get(known["url_private"], workspace.bot_token))[0] == 404
        (shared,) = workspace.messages(direct, MINJI)[-1].files
        assert (shared.deleted, shared.content) == (True, b"")
        for call in (client.files_delete(file=file_id), client.files_info(file=file_id)):
            assert await error_of(call) == ("file_deleted", None)
        assert await error_of(client.files_delete(file="F0NOFILE00")) == ("file_not_found", None)
        hers = workspace.upload(MINJI, await open_form(slack), "file", "sku.csv", ROWS)
        assert await error_of(client.files_delete(file=hers.id)) == ("cant_delete_file", None)


async def test_files_are_sent_and_deleted_with_the_scope_only(slack_with_files: ConnectedWorkspace) -> None:
    client = slack_with_files.client
    for call in (
        client.files_getUploadURLExternal(filename="a.xlsx", length=3),
        client.files_completeUploadExternal(files=[{"id": "F0NOFILE00"}]),
        client.files_delete(file="F0NOFILE00"),
    ):
        assert await error_of(call) == ("missing_scope", "files:write")
