"""Envelope payloads for user actions (docs.slack.dev, reference, "Interaction payloads")."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.model import Channel, Message, SlackUser, State, View
from bot.playground.slack.state.workspace import WorkspaceState

Json = dict[str, Any]


def slash_command(workspace: WorkspaceState, person: SlackUser, channel: Channel, command: str, text: str) -> Json:
    """Payload of a slash command."""
    return {
        "token": workspace.verification_token,
        "team_id": person.team_id,
        "team_domain": workspace.identity.team_domain,
        "channel_id": channel.id,
        "channel_name": payloads.channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": workspace.response_url(person.id, channel.id),
        "trigger_id": workspace.triggers.issue(person.id, channel=channel.id),
    }


def message_actions(
    workspace: WorkspaceState,
    person: SlackUser,
    channel: Channel,
    message: Message,
    state: State,
    action: Mapping[str, Any],
) -> Json:
    """``block_actions`` payload for an element of a message."""
    ephemeral = message.ephemeral_for is not None
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    payload = {
        **_interaction(workspace, person, "block_actions"),
        "container": container,
        "trigger_id": workspace.triggers.issue(person.id, channel=channel.id),
        "channel": {"id": channel.id, "name": payloads.channel_name(channel)},
        "state": {"values": state},
        "response_url": workspace.response_url(person.id, channel.id, message.ts),
        "actions": [action],
    }
    if not ephemeral:
        payload["message"] = payloads.message(message, workspace.identity)
    return payload


def view_actions(workspace: WorkspaceState, person: SlackUser, view: View, action: Mapping[str, Any]) -> Json:
    """``block_actions`` payload for an element of a view."""
    return {
        **_interaction(workspace, person, "block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": workspace.triggers.issue(person.id, view.id),
        "view": payloads.view(view, workspace.identity),
        "actions": [action],
    }


def suggestion(
    workspace: WorkspaceState, person: SlackUser, view: View, block_id: str, action_id: str, value: str
) -> Json:
    """``block_suggestion`` payload for an external select of a view. What was typed in other inputs is not in it."""
    interaction = _interaction(workspace, person, "block_suggestion")
    drawn = {**payloads.view(view, workspace.identity), "state": {"values": {}}}
    return {
        **interaction,
        "container": {"type": "view", "view_id": view.id},
        "action_id": action_id,
        "block_id": block_id,
        "value": value,
        "view": drawn,
    }


def view_submission(workspace: WorkspaceState, person: SlackUser, view: View) -> Json:
    """``view_submission`` payload."""
    return {
        **_interaction(workspace, person, "view_submission"),
        "trigger_id": workspace.triggers.issue(person.id, view.id),
        "view": payloads.view(view, workspace.identity),
        "response_urls": [],
    }


def view_closed(workspace: WorkspaceState, person: SlackUser, view: View, *, cleared: bool) -> Json:
    """``view_closed`` payload; with ``cleared`` for the whole stack."""
    return {
        **_interaction(workspace, person, "view_closed"),
        "view": payloads.view(view, workspace.identity),
        "is_cleared": cleared,
    }


def home_opened(workspace: WorkspaceState, person: SlackUser, channel: Channel, tab: str) -> Json:
    """``app_home_opened`` event for the home or messages tab."""
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": channel.id,
        "tab": tab,
        "event_ts": workspace.conversations.next_ts(),
    }
    home = workspace.views.home(person.id)
    if tab == "home" and home is not None:
        drawn = payloads.view(home, workspace.identity)
        del drawn["blocks"]
        event["view"] = drawn
    return _event(workspace, event)


def installation_ended(workspace: WorkspaceState, name: str) -> Json:
    """``app_uninstalled`` or ``tokens_revoked`` event: there is no authorization any more."""
    event: Json = {"type": name}
    if name == "tokens_revoked":
        event["tokens"] = {"oauth": [], "bot": [workspace.bot_user_id]}
    payload = _event(workspace, event)
    del payload["authorizations"], payload["is_ext_shared_channel"]
    return payload


def _event(workspace: WorkspaceState, event: Json) -> Json:
    return {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(4).upper(),
        "event_time": int(workspace.clock().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def _interaction(workspace: WorkspaceState, person: SlackUser, kind: str) -> Json:
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": workspace.app_id,
        "token": workspace.verification_token,
        "team": {"id": workspace.team_id, "domain": workspace.identity.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }
