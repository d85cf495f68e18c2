"""Web API dispatch: supported methods, their scopes and rate limits."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.playground.slack.errors import RateLimited, WebApiError
from bot.playground.slack.model import SlackCall, SlackCallPhase
from bot.playground.slack.state.faults import Fault
from bot.playground.slack.state.workspace import WorkspaceState
from bot.playground.slack.web_api import chat, files, people, views
from bot.playground.slack.web_api.arguments import read_arguments
from bot.playground.slack.web_api.scopes import check_scopes

Run = Callable[[WorkspaceState, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Method:
    """A method; the token needs one of ``scopes``."""

    run: Run
    scopes: tuple[str, ...] = ()


METHODS: dict[str, Method] = {
    "apps.connections.open": Method(people.open_connection),
    "auth.revoke": Method(people.auth_revoke),
    "auth.test": Method(people.auth_test),
    "blocks.validate": Method(people.validate_blocks),
    "bots.info": Method(people.bots_info, ("users:read",)),
    "chat.getPermalink": Method(chat.permalink),
    "chat.delete": Method(chat.delete, ("chat:write",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",)),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",)),
    "files.delete": Method(files.delete, ("files:write",)),
    "files.getUploadURLExternal": Method(files.begin_upload, ("files:write",)),
    "files.info": Method(files.info, ("files:read",)),
    "users.list": Method(people.users_list, ("users:read",)),
    "users.info": Method(people.users_info, ("users:read",)),
    "users.lookupByEmail": Method(people.lookup_by_email, ("users:read.email",)),
    "views.open": Method(views.open_view),
    "views.publish": Method(views.publish),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
}

WITHOUT_SCOPE: dict[str, tuple[str, ...]] = {
    "conversations.history": ("channels:history", "groups:history", "im:history", "mpim:history"),
    "conversations.info": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.join": ("channels:join",),
    "conversations.list": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.members": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.open": ("channels:manage", "groups:write", "im:write", "mpim:write"),
    "conversations.replies": ("channels:history", "groups:history", "im:history", "mpim:history"),
    "reactions.add": ("reactions:write",),
    "team.info": ("team:read",),
}
"""Unsupported methods of Slack. Without one of their scopes the response is ``missing_scope``, otherwise ``unknown_method``."""


async def serve_call(workspace: WorkspaceState, request: web.Request) -> web.StreamResponse:
    """Serve one HTTP request for a method."""
    call = SlackCall(request.match_info["method"], {}, workspace.clock(), host=request.host)
    workspace.calls.append(call)
    fault = None
    try:
        call.args, token = await read_arguments(request)
        fault = workspace.faults.next_for(call.method, call.args.get("channel") or call.args.get("user"))
        await _notify(workspace, call, SlackCallPhase.RECEIVED)
        if fault is None or fault.after_effect:
            call.status, call.answer = 200, {"ok": True, **_run(workspace, call, token)}
    except WebApiError as error:
        call.status, call.answer = 200, {"ok": False, "error": error.error, **error.more}
    except RateLimited as limited:
        fault = fault or Fault("throttle", retry_after=limited.seconds)
    response = await _respond(workspace, call, fault, request)
    await response.prepare(request)
    await response.write_eof()
    await _notify(workspace, call, SlackCallPhase.ANSWERED)
    workspace.notify_waiters()
    return response


def _run(workspace: WorkspaceState, call: SlackCall, token: str) -> dict[str, Any]:
    """Check token, rate limit and scope, then run the method."""
    if call.method == "api.test":  # which anybody may call
        return {"args": call.args}
    if not token:
        raise WebApiError("not_authed")
    if (ended := workspace.token_error(token)) is not None:
        raise WebApiError(ended)
    method = METHODS.get(call.method)
    if method is None:
        check_scopes(workspace, *WITHOUT_SCOPE.get(call.method, ()))
        raise WebApiError("unknown_method")
    if (token == workspace.app_token) != (call.method == "apps.connections.open"):
        raise WebApiError("not_allowed_token_type")
    wait = workspace.rates.wait(call.method)
    if wait:
        raise RateLimited(wait)
    check_scopes(workspace, *method.scopes)
    answer = copy.deepcopy(method.run(workspace, call.args))
    if call.method == "auth.revoke" and answer["revoked"]:
        workspace.end_tokens("token_revoked")
        if workspace.on_revoked is not None:
            workspace.on_revoked(workspace.team_id)
    return answer


async def _respond(
    workspace: WorkspaceState, call: SlackCall, fault: Fault | None, request: web.Request
) -> web.Response:
    headers = {"X-OAuth-Scopes": ",".join(sorted(workspace.scopes)), "X-Slack-Req-Id": f"{len(workspace.calls):032x}"}
    if fault is not None:
        match fault.kind:
            case "error":
                call.status, call.answer = 200, {"ok": False, "error": fault.error, **fault.more}
            case "throttle":
                call.status, call.answer = 429, {"ok": False, "error": "ratelimited"}
                headers["Retry-After"] = str(fault.retry_after)
            case "status":
                call.status, call.answer = fault.status, {"ok": False, "error": "internal_error"}
                if fault.html:
                    page = "<!DOCTYPE html><html><body><h1>Server Error</h1></body></html>"
                    return web.Response(status=fault.status, text=page, content_type="text/html", headers=headers)
            case "hang":
                await asyncio.Event().wait()
            case "drop":
                if request.transport is not None:
                    request.transport.abort()
                raise asyncio.CancelledError
    text = json.dumps(call.answer, ensure_ascii=False)
    return web.Response(status=call.status, text=text, content_type="application/json", headers=headers)


async def _notify(workspace: WorkspaceState, call: SlackCall, phase: SlackCallPhase) -> None:
    if workspace.on_call is not None:
        await workspace.on_call(call, phase)
