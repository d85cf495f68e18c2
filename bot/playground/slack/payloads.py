"""JSON of users, messages, views and files. Only keys that Slack was observed to send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote

from bot.playground.slack.model import Block, Channel, File, Message, SlackUser, View

Json = dict[str, Any]


@dataclass(frozen=True)
class Identity:
    """Ids and names of the workspace and the app."""

    team_id: str
    team_name: str
    team_domain: str
    app_id: str
    app_name: str
    bot_user_id: str
    bot_id: str


def person(one: SlackUser, *, email: bool, locale: bool) -> Json:
    """A user object: ``email`` only with its scope, ``locale`` only on request."""
    profile: Json = {
        "title": one.title,
        "real_name": one.real_name,
        "real_name_normalized": one.real_name,
        "display_name": one.real_name,
        "display_name_normalized": one.real_name,
        "team": one.team_id,
    }
    if email and not one.is_bot:
        profile["email"] = one.email
    found: Json = {
        "id": one.id,
        "team_id": one.team_id,
        "name": one.name,
        "deleted": one.deleted,
        "real_name": one.real_name,
        "tz": "Asia/Seoul",
        "tz_label": "Korea Standard Time",
        "tz_offset": 32400,
        "profile": profile,
        "is_admin": one.is_admin,
        "is_owner": one.is_owner,
        "is_primary_owner": one.is_owner,
        "is_restricted": one.is_restricted,
        "is_ultra_restricted": one.is_ultra_restricted,
        "is_bot": one.is_bot,
        "is_app_user": False,
        "updated": 1700000000,
    }
    if locale:
        found["locale"] = one.locale
    return found


def channel_name(channel: Channel) -> str:
    """The channel name in payloads; private conversations have a generic one."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def bot_profile(identity: Identity) -> Json:
    """``bot_profile``: the app as a message's author."""
    return {
        "id": identity.bot_id,
        "app_id": identity.app_id,
        "name": identity.app_name,
        "team_id": identity.team_id,
        "deleted": False,
        "updated": 1700000000,
    }


def message(one: Message, identity: Identity) -> Json:
    """A message object."""
    found: Json = {"type": "message", "user": one.user, "team": identity.team_id, "text": one.text, "ts": one.ts}
    if one.user == identity.bot_user_id:
        found |= {"bot_id": identity.bot_id, "app_id": identity.app_id, "bot_profile": bot_profile(identity)}
    if one.blocks:
        found["blocks"] = one.blocks
    if one.attachments:
        found["attachments"] = one.attachments
    if one.metadata:
        found["metadata"] = one.metadata
    if one.files:
        found["files"] = [
            {"id": file.id, "mode": "tombstone"} if file.deleted else {"id": file.id, "name": file.name}
            for file in one.files
        ]
    if one.thread_ts is not None:
        found["thread_ts"] = one.thread_ts
    if one.edited_ts is not None:
        found["edited"] = {"user": identity.bot_id, "ts": one.edited_ts}
    return found


def view(one: View, identity: Identity) -> Json:
    """A view object, as in Web API responses and interaction payloads."""
    return {
        "id": one.id,
        "team_id": identity.team_id,
        "type": one.type,
        "blocks": one.blocks,
        "private_metadata": one.private_metadata,
        "callback_id": one.callback_id,
        "state": {"values": one.state},
        "hash": one.hash,
        "title": one.title,
        "clear_on_close": one.clear_on_close,
        "notify_on_close": one.notify_on_close,
        "close": one.close,
        "submit": one.submit,
        "previous_view_id": one.previous_view_id,
        "root_view_id": one.root_view_id,
        "app_id": identity.app_id,
        "external_id": one.external_id,
        "app_installed_team_id": identity.team_id,
        "bot_id": identity.bot_id,
    }


def file(base_url: str, team_id: str, one: File) -> Json:
    """A file object, as in files.info and in a view's state."""
    address = f"{base_url}/files-pri/{team_id}-{one.id}"
    at = int(one.uploaded_at.timestamp())
    return {
        "id": one.id,
        "created": at,
        "timestamp": at,
        "name": one.name,
        "title": one.name,
        "mimetype": guess_type(one.name)[0] or "application/octet-stream",
        "filetype": one.kind,
        "pretty_type": one.kind.upper(),
        "user": one.user,
        "user_team": team_id,
        "editable": False,
        "size": len(one.content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{address}/{quote(one.name, safe='')}",
        "url_private_download": f"{address}/download/{quote(one.name, safe='')}",
        "has_rich_preview": False,
        "file_access": "visible",
        "channels": [],
        "groups": [],
        "ims": [],
    }


_FROM_ELEMENT = (
    "type",
    "action_id",
    "text",
    "value",
    "style",
    "url",
    "confirm",
    "placeholder",
    "initial_option",
    "initial_user",
    "initial_channel",
    "initial_conversation",
    "initial_date",
    "initial_time",
)


def action(block: Block, element: Block, chosen: Mapping[str, Any], ts: str) -> Json:
    """One entry of ``actions``. Multi-select values appear only in the payload's state, as in Slack's recorded samples."""
    made: Json = {name: element[name] for name in _FROM_ELEMENT if name in element}
    if "confirm" in made:
        made["confirm"] = {**made["confirm"], "text": _without_verbatim(made["confirm"]["text"])}
    for key, value in chosen.items():
        if key == "selected_option" and value is not None:
            made[key] = {"text": value["text"], "value": value["value"]}
        elif not isinstance(value, list):
            made[key] = value
    return {**made, "block_id": block["block_id"], "action_ts": ts}


def _without_verbatim(text: Json) -> Json:
    return {name: value for name, value in text.items() if name != "verbatim"}
