"""``auth.*``, ``apps.*``, ``bots.*``, ``users.*`` and ``blocks.validate``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.errors import WebApiError
from bot.playground.slack.rules.blocks import check_message_blocks
from bot.playground.slack.rules.views import check_view
from bot.playground.slack.state.workspace import WorkspaceState
from bot.playground.slack.web_api.arguments import flag, required, string, structure

Arguments = Mapping[str, Any]


def auth_test(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """auth.test: the identity behind the token."""
    identity = workspace.identity
    return {
        "url": f"https://{identity.team_domain}.slack.com/",
        "team": identity.team_name,
        "user": identity.app_name,
        "team_id": identity.team_id,
        "user_id": identity.bot_user_id,
        "bot_id": identity.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """auth.revoke: ends the token of the call, unless it is a test."""
    return {"revoked": not flag(arguments, "test")}


def open_connection(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """apps.connections.open: a WebSocket URL for one connection."""
    address = workspace.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={workspace.sockets.issue_ticket()}&app_id={workspace.app_id}"}


def bots_info(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """bots.info: knows only the app's own bot."""
    identity = workspace.identity
    if string(arguments, "bot") not in ("", identity.bot_id):
        raise WebApiError("bot_not_found")
    profile = payloads.bot_profile(identity)
    del profile["team_id"]
    return {"bot": {**profile, "user_id": identity.bot_user_id}}


def users_info(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """users.info: any user, also of other workspaces; the e-mail address only with ``users:read.email``."""
    person = workspace.people.get(required(arguments, "user"))
    if person is None:
        raise WebApiError("user_not_found")
    email = "users:read.email" in workspace.scopes and person.team_id == workspace.team_id
    return {"user": payloads.person(person, email=email, locale=flag(arguments, "include_locale"))}


def users_list(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """users.list: everybody, also those who left, in pages; the cursor of the last page is empty."""
    limit = int(string(arguments, "limit") or 0) or len(workspace.people)
    cursor = string(arguments, "cursor")
    begin = int(cursor) if cursor.isdecimal() else 0
    if cursor and not cursor.isdecimal():
        raise WebApiError("invalid_cursor")
    people = list(workspace.people.values())
    end = begin + limit
    email = "users:read.email" in workspace.scopes
    return {
        "members": [payloads.person(one, email=email, locale=False) for one in people[begin:end]],
        "response_metadata": {"next_cursor": str(end) if end < len(people) else ""},
    }


def lookup_by_email(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """users.lookupByEmail: active members of this workspace."""
    wanted = required(arguments, "email").lower()
    for person in workspace.people.values():
        if person.email.lower() == wanted and not person.deleted and person.team_id == workspace.team_id:
            return {"user": payloads.person(person, email=True, locale=False)}
    raise WebApiError("users_not_found")


def validate_blocks(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """blocks.validate: exactly one of blocks, message or view."""
    given = [name for name in ("blocks", "message", "view") if arguments.get(name)]
    if len(given) != 1:
        raise WebApiError("invalid_arguments")
    name = given[0]
    value = structure(arguments, name, f"invalid_{name}")
    root = f"/{name}"
    if name == "view":
        violations = check_view(value, "home" if isinstance(value, dict) and value.get("type") == "home" else "modal")
    elif name == "message":
        root = ""
        violations = check_message_blocks(value.get("blocks", []) if isinstance(value, dict) else None)
    else:
        violations = check_message_blocks(value)
    if not violations:
        return {}
    raise WebApiError(
        f"invalid_{name}",
        errors=[
            {"pointer": c.pointer.removeprefix(root), "code": "failed_constraint", "message": c.message}
            for c in violations
        ],
        response_metadata={"messages": [f"[ERROR] {violation}" for violation in violations]},
    )
