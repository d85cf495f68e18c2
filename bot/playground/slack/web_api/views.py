"""``views.*``: modals and home tabs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.slack import payloads
from bot.playground.slack.errors import WebApiError, violations_error
from bot.playground.slack.model import FILES_SCOPE, View
from bot.playground.slack.rules.blocks import takes_file
from bot.playground.slack.rules.pictures import check_pictures
from bot.playground.slack.rules.views import check_view, too_large
from bot.playground.slack.state.triggers import Trigger
from bot.playground.slack.state.workspace import WorkspaceState
from bot.playground.slack.web_api.arguments import required, string, structure
from bot.playground.slack.web_api.scopes import check_scopes

Arguments = Mapping[str, Any]


def open_view(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """views.open: a new modal for the user of the trigger."""
    content = _content(workspace, arguments, "modal")
    trigger = _exchange(workspace, arguments)
    return _answer(workspace, workspace.views.open(trigger.user, content, trigger.channel))


def push(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """views.push: onto the modal stack of the trigger's user."""
    content = _content(workspace, arguments, "modal")
    trigger = _exchange(workspace, arguments)
    if not workspace.views.stack(trigger.user):
        raise WebApiError("invalid_trigger_id")
    view = workspace.views.push(trigger.user, content)
    if view is None:
        raise WebApiError("push_limit_reached")
    return _answer(workspace, view)


def update(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """views.update: an open view, by id or ``external_id``; with ``hash`` only if it did not change since."""
    found = (
        workspace.views.find(string(arguments, "view_id"))
        if string(arguments, "view_id")
        else workspace.views.find_external(required(arguments, "external_id"))
    )
    content = _content(workspace, arguments, found.type if found is not None else "modal", replacing=found)
    if found is None:
        raise WebApiError("not_found")
    _check_hash(arguments, found)
    workspace.views.replace(found, content)
    return _answer(workspace, found)


def publish(workspace: WorkspaceState, arguments: Arguments) -> dict[str, Any]:
    """views.publish: a user's home tab."""
    user = required(arguments, "user_id")
    if user not in workspace.people or workspace.people[user].team_id != workspace.team_id:
        raise WebApiError("user_not_found")
    if not workspace.home_tab:
        raise WebApiError("not_enabled")
    before = workspace.views.home(user)
    content = _content(workspace, arguments, "home", replacing=before)
    if before is not None:
        _check_hash(arguments, before)
    return _answer(workspace, workspace.views.publish(user, content))


def _content(
    workspace: WorkspaceState, arguments: Arguments, kind: str, *, replacing: View | None = None
) -> Mapping[str, Any]:
    view = structure(arguments, "view", "invalid_arguments")
    if view is None:
        required(arguments, "view")
    if too_large(view):
        raise WebApiError("view_too_large")
    violations = check_view(view, kind) or check_pictures(
        view["blocks"], "/view/blocks", workspace.faults.silent_image_hosts
    )
    if violations:
        raise violations_error("invalid_arguments", violations)
    if any(map(takes_file, view["blocks"])):
        check_scopes(workspace, FILES_SCOPE)
    namesake = workspace.views.find_external(view.get("external_id", ""))
    if namesake is not None and namesake is not replacing:
        raise WebApiError("duplicate_external_id")
    checked: Mapping[str, Any] = view
    return checked


def _exchange(workspace: WorkspaceState, arguments: Arguments) -> Trigger:
    trigger = workspace.triggers.exchange(required(arguments, "trigger_id"))
    if isinstance(trigger, str):
        raise WebApiError(trigger)
    return trigger


def _check_hash(arguments: Arguments, view: View) -> None:
    if string(arguments, "hash") not in ("", view.hash):
        raise WebApiError("hash_conflict")


def _answer(workspace: WorkspaceState, view: View) -> dict[str, Any]:
    return {"view": payloads.view(view, workspace.identity)}
