"""``chat.*``: messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.errors import RateLimited, WebApiError, violations_error
from bot.playground.slack.model import Channel, Message
from bot.playground.slack.rules.blocks import check_message_blocks, completed
from bot.playground.slack.rules.pictures import check_pictures
from bot.playground.slack.state.workspace import WorkspaceState
from bot.playground.slack.web_api.arguments import required, string, structure

Arguments = Mapping[str, Any]
TEXT_LIMIT = 40_000
METADATA_LIMIT = 16_000


def post_message(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """chat.postMessage: to a channel, or to a user id, which opens the direct message channel."""
    channel = _channel_or_person(workspace, string(arguments, "channel"))
    content = _content(workspace, arguments, errors=True)
    thread_ts = string(arguments, "thread_ts") or None
    if thread_ts is not None and workspace.conversations.find(channel.id, thread_ts) is None:
        raise WebApiError("thread_not_found")
    wait = workspace.rates.wait_to_post(channel.id)
    if wait:
        raise RateLimited(wait)
    content = {"text": "", **content}
    message = workspace.conversations.add_message(channel.id, workspace.bot_user_id, thread_ts=thread_ts, **content)
    return {"channel": channel.id, "ts": message.ts, "message": payloads.message(message, workspace.identity)}


def update(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """chat.update: only the bot's own messages, and never by user id."""
    message = _own_message(workspace, arguments, "cant_update_message")
    workspace.conversations.edit(message, **_content(workspace, arguments, errors=False))
    drawn = payloads.message(message, workspace.identity)
    del drawn["ts"]
    drawn.pop("thread_ts", None)
    drawn.pop("attachments", None)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": drawn}


def delete(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """chat.delete: only the bot's own messages."""
    message = _own_message(workspace, arguments, "cant_delete_message")
    workspace.conversations.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """chat.postEphemeral: to a member of the channel. ``invalid_blocks`` comes without details."""
    channel = channel_of_app(workspace, string(arguments, "channel"))
    user = string(arguments, "user")
    if user not in channel.members:
        raise WebApiError("user_not_in_channel")
    try:
        content = _content(workspace, arguments, errors=False)
    except WebApiError as error:
        raise WebApiError(error.error) from None
    content = {"text": "", **content, "metadata": None}
    thread_ts = string(arguments, "thread_ts") or None
    message = workspace.conversations.add_message(
        channel.id, workspace.bot_user_id, thread_ts=thread_ts, ephemeral_for=user, **content
    )
    return {"message_ts": message.ts}


def permalink(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """chat.getPermalink: the address of a message in Slack's clients."""
    channel = workspace.channels.get(required(arguments, "channel"))
    if channel is None:
        raise WebApiError("channel_not_found")
    ts = required(arguments, "message_ts")
    if workspace.conversations.find(channel.id, ts) is None:
        raise WebApiError("message_not_found")
    return {"channel": channel.id, "permalink": f"{workspace.client_url}archives/{channel.id}/p{ts.replace('.', '')}"}


def _channel_or_person(workspace: WorkspaceState, name: str) -> Channel:
    """The conversation of a channel id, or with a person. Slack takes messages to people who left, too."""
    if name.startswith(("U", "W")):
        person = workspace.people.get(name)
        if person is None or person.team_id != workspace.team_id:
            raise WebApiError("channel_not_found")
        if person.is_bot:
            raise WebApiError("cannot_dm_bot")
        name = workspace.conversations.direct(person).id
    return channel_of_app(workspace, name)


def channel_of_app(workspace: WorkspaceState, channel_id: str) -> Channel:
    """The conversation in which the app may post. Raises WebApiError."""
    channel = workspace.channels.get(channel_id)
    if channel is None or (channel.is_private and not channel.bot_is_member):
        raise WebApiError("channel_not_found")
    if channel.archived:
        raise WebApiError("is_archived")
    if channel.is_im and not workspace.messages_tab:
        raise WebApiError("messages_tab_disabled")
    if not channel.bot_is_member and "chat:write.public" not in workspace.scopes:
        raise WebApiError("not_in_channel")
    if channel.restricted:
        raise WebApiError("restricted_action")
    return channel


def _own_message(workspace: WorkspaceState, arguments: Arguments, not_own: str) -> Message:
    channel = channel_of_app(workspace, string(arguments, "channel"))
    message = workspace.conversations.find(channel.id, required(arguments, "ts"))
    if message is None or message.ephemeral_for is not None:
        raise WebApiError("message_not_found")
    if message.user != workspace.bot_user_id:
        raise WebApiError(not_own)
    return message


def _content(workspace: WorkspaceState, arguments: Arguments, *, errors: bool) -> dict[str, Any]:
    """Validated text, blocks, attachments and metadata of the call; missing arguments are left out."""
    content: dict[str, Any] = {}
    text = string(arguments, "text")
    if len(text) > TEXT_LIMIT:
        raise WebApiError("msg_too_long")
    blocks = structure(arguments, "blocks", "invalid_blocks_format")
    attachments = structure(arguments, "attachments", "invalid_attachments")
    if not text and not blocks and not attachments:
        raise WebApiError("no_text")
    if "text" in arguments:
        content["text"] = text
    if blocks is not None:
        content["blocks"] = checked_blocks(workspace, blocks, errors=errors)
    if attachments is not None:
        content["attachments"] = attachments
    metadata = structure(arguments, "metadata", "invalid_metadata_format")
    if metadata is not None:
        content["metadata"] = _metadata(metadata)
    return content


def checked_blocks(workspace: WorkspaceState, blocks: Any, *, errors: bool) -> list[dict[str, Any]]:
    """Validate a message's blocks and complete their ids. Raises WebApiError (``invalid_blocks``)."""
    violations = check_message_blocks(blocks) or check_pictures(blocks, "/blocks", workspace.faults.silent_image_hosts)
    if violations:
        raise violations_error("invalid_blocks", violations, errors=errors)
    return completed(blocks)


def _metadata(metadata: Any) -> Mapping[str, Any] | None:
    if metadata == {}:
        return None
    if (
        not isinstance(metadata, dict)
        or metadata.keys() != {"event_type", "event_payload"}
        or not isinstance(metadata["event_type"], str)
        or not isinstance(metadata["event_payload"], dict)
    ):
        raise WebApiError("invalid_metadata_format")
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_LIMIT:
        raise WebApiError("metadata_too_large")
    return metadata
