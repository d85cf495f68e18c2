"""``files.*``: uploaded files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.errors import WebApiError
from bot.playground.slack.model import File, Upload, new_id
from bot.playground.slack.state.workspace import WorkspaceState
from bot.playground.slack.web_api.arguments import required, string, structure
from bot.playground.slack.web_api.chat import channel_of_app


def info(workspace: WorkspaceState, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """files.info: a file object with its download URLs."""
    return {"file": payloads.file(workspace.base_url, workspace.team_id, _existing(workspace, arguments))}


def delete(workspace: WorkspaceState, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """files.delete: only the app's own files, at once and everywhere. A file whose upload was never completed is unknown."""
    file = _existing(workspace, arguments)
    if file.user != workspace.bot_user_id:
        raise WebApiError("cant_delete_file")
    file.deleted, file.content = True, b""
    if file.channel is not None:
        workspace.conversations.notify_changed(file.channel)
    return {}


def _existing(workspace: WorkspaceState, arguments: Mapping[str, Any]) -> File:
    file = workspace.files.get(required(arguments, "file"))
    if file is None:
        raise WebApiError("file_not_found")
    if file.deleted:
        raise WebApiError("file_deleted")
    return file


def begin_upload(workspace: WorkspaceState, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """files.getUploadURLExternal: a URL that takes the content of one file."""
    name, length = required(arguments, "filename"), required(arguments, "length")
    if not length.isdecimal() or int(length) == 0:
        raise WebApiError("invalid_arguments")
    file_id = new_id("F")
    workspace.uploads[file_id] = Upload(name, int(length))
    return {"upload_url": f"{workspace.base_url}/upload/v1/{file_id}", "file_id": file_id}


def complete_upload(workspace: WorkspaceState, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """files.completeUploadExternal: shares uploaded files in a conversation, by its id and not a person's."""
    entries = structure(arguments, "files", "invalid_arguments")
    if not isinstance(entries, list) or not entries:
        raise WebApiError("invalid_arguments")
    channel_id = string(arguments, "channel_id")
    channel = channel_of_app(workspace, channel_id) if channel_id else None
    files = []
    for entry in entries:
        upload = workspace.uploads.get(entry.get("id", "")) if isinstance(entry, dict) else None
        if upload is None or upload.content is None:
            raise WebApiError("file_not_found")
        if len(upload.content) != upload.length:
            raise WebApiError("file_update_failed")
        shared_in = channel.id if channel else None
        file = File(
            entry["id"], upload.name, workspace.bot_user_id, workspace.clock(), upload.content, channel=shared_in
        )
        workspace.files[file.id] = file
        del workspace.uploads[file.id]
        files.append(file)
    if channel is not None:
        workspace.conversations.add_message(
            channel.id,
            workspace.bot_user_id,
            string(arguments, "initial_comment"),
            files=files,
            thread_ts=string(arguments, "thread_ts") or None,
        )
    return {"files": [payloads.file(workspace.base_url, workspace.team_id, file) for file in files]}
