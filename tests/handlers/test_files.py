"""Files are fetched from Slack's own host only, with kind and size looked at first."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.manifest import manifest
from bot.playground.slack.demo import JUNHO
from handlers.files import csv_file, download, send
from tests.clock import MovableClock
from tests.playground.slack.web_api.uploads import ROWS
from tests.playground.slack_workspace import open_workspace
from tmon.errors import AppError

ENDINGS = (".csv", ".xlsx")


class Slack:
    """files.info with what a test wants it to say, and the content of one file."""

    def __init__(self) -> None:
        self.file: dict[str, Any] = {}
        self.content = b"A-1,30"
        self.status = 200
        self.hangs_up = False
        self.content_type = "application/octet-stream"
        self.fetched: list[str | None] = []

    async def info(self, request: web.Request) -> web.Response:
        """What Slack says of the file."""
        if self.hangs_up:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"ok": True, "file": self.file})

    async def get(self, request: web.Request) -> web.Response:
        """The file itself."""
        self.fetched.append(request.headers.get("Authorization"))
        location = {"Location": "/files/other"}
        return web.Response(body=self.content, status=self.status, content_type=self.content_type, headers=location)


@pytest.fixture
async def slack() -> AsyncIterator[tuple[Slack, AsyncWebClient]]:
    """A Slack on a socket, and a client of it."""
    far = Slack()
    app = web.Application()
    app.router.add_route("*", "/api/files.info", far.info)
    app.router.add_get("/files/sku", far.get)
    server = TestServer(app)
    await server.start_server()
    far.file = {"name": "sku.CSV", "size": 6, "url_private_download": str(server.make_url("/files/sku"))}
    yield far, AsyncWebClient("xoxb-secret", base_url=str(server.make_url("/api/")))
    await server.close()


async def test_a_file_with_its_token(slack: tuple[Slack, AsyncWebClient]) -> None:
    far, client = slack
    assert await download(client, "F1", endings=ENDINGS, most=6) == ("sku.CSV", b"A-1,30")
    assert far.fetched == ["Bearer xoxb-secret"]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"name": "sku.exe"}, "kind"),
        ({"name": None}, "kind"),
        ({"size": 7}, "large"),
        ({"url_private_download": "https://files.slack.com.example.com/sku"}, "lost"),
        ({"url_private_download": "http://files.slack.com/sku"}, "lost"),
        ({"url_private_download": "http://127.0.0.1:1/sku"}, "lost"),
        ({"url_private_download": "file:///etc/passwd"}, "lost"),
        ({"url_private_download": None}, "lost"),
    ],
)
async def test_nothing_is_fetched(slack: tuple[Slack, AsyncWebClient], said: dict[str, Any], key: str) -> None:
    far, client = slack
    far.file |= said
    with pytest.raises(AppError, match=rf"sheets\.{key}"):
        await download(client, "F1", endings=ENDINGS, most=6)
    assert far.fetched == []


async def test_more_comes_than_slack_said(slack: tuple[Slack, AsyncWebClient]) -> None:
    far, client = slack
    far.content = b"x" * 100_000
    with pytest.raises(AppError, match=r"sheets\.large"):
        await download(client, "F1", endings=ENDINGS, most=1000)


@pytest.mark.parametrize("status", [302, 403, 500])
async def test_redirects_and_refusals(slack: tuple[Slack, AsyncWebClient], status: int) -> None:
    far, client = slack
    far.status = status
    with pytest.raises(AppError, match=r"sheets\.lost"):
        await download(client, "F1", endings=ENDINGS, most=1000)
    assert len(far.fetched) == 1


async def test_a_slack_that_hangs_up_is_a_sentence(slack: tuple[Slack, AsyncWebClient]) -> None:
    far, client = slack
    far.hangs_up = True
    with pytest.raises(AppError, match=r"sheets\.lost"):
        await download(client, "F1", endings=ENDINGS, most=1000)


async def test_a_sign_in_page_is_no_file(slack: tuple[Slack, AsyncWebClient]) -> None:
    far, client = slack
    far.content, far.content_type = b"<!DOCTYPE html><html>", "text/html"
    with pytest.raises(AppError, match=r"sheets\.sign_in"):
        await download(client, "F1", endings=ENDINGS, most=100)


async def test_others_get_their_turn_while_a_long_file_is_made() -> None:
    making = asyncio.create_task(csv_file([str(number), "=1+1"] for number in range(50_000)))
    turns = 0
    while not making.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5
    assert making.result().endswith(b"49999,'=1+1\r\n")


async def test_a_file_goes_to_a_persons_direct_messages(clock: MovableClock) -> None:
    async with open_workspace(clock, manifest=manifest()) as slack:
        await send(slack.client, JUNHO, "재고표를 만들었습니다.", "재고표.csv", ROWS)
        direct = slack.workspace.conversations.direct(slack.workspace.people[JUNHO])
        said, sent = slack.workspace.messages(direct.id, JUNHO)
        assert said.text == "재고표를 만들었습니다."
        assert [(file.name, file.content) for file in sent.files] == [("재고표.csv", ROWS)]


async def test_a_refused_file_is_a_sentence_that_says_why(clock: MovableClock) -> None:
    async with open_workspace(clock) as slack:  # without the scope for files
        with pytest.raises(AppError) as caught:
            await send(slack.client, JUNHO, "재고표", "재고표.csv", ROWS)
        assert caught.value.key == "common.file_scope"
    async with open_workspace(clock, manifest=manifest()) as slack:
        slack.workspace.faults.refuse("files.completeUploadExternal", "internal_error")
        with pytest.raises(AppError) as caught:
            await send(slack.client, JUNHO, "재고표", "재고표.csv", ROWS)
        assert caught.value.key == "common.file_not_sent"


async def test_files_are_shared_in_a_conversation_and_not_with_a_person(clock: MovableClock) -> None:
    async with open_workspace(clock, manifest=manifest()) as slack:
        with pytest.raises(SlackApiError, match="channel_not_found"):
            await slack.client.files_upload_v2(channel=JUNHO, filename="a.csv", content=ROWS)
