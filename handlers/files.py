"""Files: those that a person uploaded in a modal, and those that the bot sends to a person."""

import asyncio
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from handlers.permissions import SLACK_ERRORS
from tmon.errors import AppError
from tmon.network import proxy_for, tls_context

FILE_HOST = "files.slack.com"
"""The host of Slack's files (docs.slack.dev, "Working with files"); the token is sent to no other."""
SHEET_ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".numbers")
"""Uploaded lists that are looked into; some only to say what they are."""
SHEET_INPUT: dict[str, Any] = {
    "type": "file_input",
    "filetypes": ["csv", "xlsx", "xlsm", "tsv", "txt"],
    "max_files": 1,
}
"""The element of a form that takes a list."""
_SECONDS = 30
_LITERAL = re.compile(r'="[^"]*"')
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def uploaded_file_id(view: Mapping[str, Any]) -> str:
    """Return the id of the file in a form; its other data there are untrusted, and read from Slack instead. Raises AppError."""
    for elements in ((view.get("state") or {}).get("values") or {}).values():
        for element in elements.values():
            for file in element.get("files") or []:
                return str(file["id"])
    raise AppError("sheets.lost")


async def download(client: AsyncWebClient, file_id: str, *, endings: tuple[str, ...], most: int) -> tuple[str, bytes]:
    """Return name and content of a file. Raises AppError if its kind is wrong, it exceeds `most` bytes, or is gone.

    Kind and size are checked before the download, from `files.info`; redirects are not followed.
    """
    try:
        file = (await client.files_info(file=file_id))["file"]
    except SLACK_ERRORS:
        raise AppError("sheets.lost") from None
    name, size = str(file.get("name") or ""), int(file.get("size") or 0)
    if not name.lower().endswith(endings):
        raise AppError("sheets.kind")
    if size > most:
        raise AppError("sheets.large", most=most // 1024 // 1024)
    url = URL(str(file.get("url_private_download") or file.get("url_private") or ""))
    if not _is_slacks(url, URL(client.base_url)):
        raise AppError("sheets.lost")
    content = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session,
            session.get(
                url,
                headers={"Authorization": f"Bearer {client.token}"},
                allow_redirects=False,
                ssl=tls_context(),
                proxy=proxy_for(str(url)),
            ) as answer,
        ):
            if answer.status != 200:
                raise AppError("sheets.lost")
            if answer.content_type == "text/html" and not str(file.get("mimetype") or "").startswith("text/html"):
                raise AppError("sheets.sign_in")
            async for chunk in answer.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > most:
                    raise AppError("sheets.large", most=most // 1024 // 1024)
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise AppError("sheets.lost") from None
    return name, bytes(content)


async def csv_file(rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV file that Excel opens as it is: UTF-8 with a mark; what would be a formula stays text.

    `rows` are made and written in a thread: tens of thousands take a second, in which nobody would get an answer.
    """

    def written() -> bytes:
        text = io.StringIO()
        csv.writer(text).writerows([_as_text(cell) for cell in row] for row in rows)
        return text.getvalue().encode("utf-8-sig")

    return await asyncio.to_thread(written)


def _as_text(cell: str) -> str:
    """Return a cell that Excel does not calculate. `="00123"` is only how a text is written, and stays."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _LITERAL.fullmatch(cell) else cell


async def send(client: AsyncWebClient, user_id: str, text: str, name: str, content: bytes) -> None:
    """Send a file to a person as a direct message: first `text`, then the file. Raises AppError if Slack does not take it.

    Slack takes files for a conversation only, not for a person: the message before opens it.
    """
    try:
        channel = (await client.chat_postMessage(channel=user_id, text=text))["channel"]
        await client.files_upload_v2(channel=str(channel), filename=name, content=content)
    except SLACK_ERRORS as error:
        raise _not_sent(error) from None


async def send_large(client: AsyncWebClient, user_id: str, text: str, name: str, path: Path) -> None:
    """Send a file from the disk to a person, as `send` does, without reading all of it into memory. Raises AppError."""
    try:
        channel = (await client.chat_postMessage(channel=user_id, text=text))["channel"]
    except SLACK_ERRORS as error:
        raise _not_sent(error) from None
    with await asyncio.to_thread(path.open, "rb") as content:
        file_id, address = await announce(client, name, content.seek(0, io.SEEK_END))
        content.seek(0)
        await transmit(address, content)
    await share(client, file_id, name, str(channel))


async def announce(client: AsyncWebClient, name: str, size: int) -> tuple[str, str]:
    """Announce a file: return its id, and the address that takes its content. Raises AppError if Slack does not take it."""
    try:
        answer = await client.files_getUploadURLExternal(filename=name, length=size)
    except SLACK_ERRORS as error:
        raise _not_sent(error) from None
    if not _is_slacks(URL(str(answer["upload_url"])), URL(client.base_url)):
        raise AppError("common.file_not_sent")
    return str(answer["file_id"]), str(answer["upload_url"])


async def transmit(address: str, content: bytes | BinaryIO) -> None:
    """Send the content of an announced file. Raises AppError if Slack does not take it."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session,
            session.post(
                address, data=content, allow_redirects=False, ssl=tls_context(), proxy=proxy_for(address)
            ) as answer,
        ):
            if answer.status != 200:
                raise AppError("common.file_not_sent")
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise AppError("common.file_not_sent") from None


async def share(client: AsyncWebClient, file_id: str, name: str, channel: str) -> None:
    """Show a file, whose content was sent, in a conversation. Raises AppError if Slack does not do it."""
    try:
        await client.files_completeUploadExternal(files=[{"id": file_id, "title": name}], channel_id=channel)
    except SLACK_ERRORS as error:
        raise _not_sent(error) from None


def _not_sent(error: Exception) -> AppError:
    missing = isinstance(error, SlackApiError) and error.response.get("error") == "missing_scope"
    return AppError("common.file_scope" if missing else "common.file_not_sent")


def _is_slacks(url: URL, api: URL) -> bool:
    """Whether `url` is on Slack's file host, or on the host of the Web API if `SLACK_API_URL` names another Slack."""
    if url.scheme == "https" and url.host == FILE_HOST and url.port == 443:
        return True
    return api.host != "slack.com" and url.origin() == api.origin() if url.host else False
