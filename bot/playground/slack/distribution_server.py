"""HTTP server of an app with public distribution: Slack's page, `oauth.v2.access`, and the Web API of all workspaces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from html import escape

from aiohttp import BasicAuth, web
from yarl import URL

from bot.playground.slack.distribution import Distribution, PageError
from bot.playground.slack.errors import WebApiError
from bot.playground.slack.model import SlackCall, SlackCallPhase
from bot.playground.slack.server import SHUTDOWN_SECONDS, workspace_routes
from bot.playground.slack.web_api.arguments import read_arguments
from bot.playground.slack.web_api.dispatch import serve_call
from tmon.clock_check import http_date


@dataclass(frozen=True)
class DistributionServer:
    """A running server."""

    distribution: Distribution
    url: str
    _runner: web.AppRunner

    @property
    def api_url(self) -> str:
        """Base URL of the Web API."""
        return f"{self.url}/api/"

    async def stop(self) -> None:
        """Close all connections and free the port."""
        await self.distribution.close()
        await self._runner.cleanup()


async def serve_distribution(distribution: Distribution, host: str = "127.0.0.1", port: int = 0) -> DistributionServer:
    """Serve an app and its workspaces on this address; port 0 picks a free one."""
    app = web.Application(client_max_size=2_000_000)
    app.router.add_get("/oauth/v2/authorize", partial(_ask, distribution))
    app.router.add_post("/oauth/v2/authorize", partial(_decide, distribution))
    app.router.add_route("*", "/api/oauth.v2.access", partial(_access, distribution))
    app.router.add_route("*", "/api/{method}", partial(_call, distribution))
    for team_id, workspace in distribution.workspaces.items():
        below = web.Application(client_max_size=2_000_000)
        workspace_routes(below, workspace)
        app.add_subapp(f"/w/{team_id}", below)
    app.on_response_prepare.append(partial(_date, distribution))
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=SHUTDOWN_SECONDS, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    distribution.url = f"http://{host}:{runner.addresses[0][1]}"
    for team_id, workspace in distribution.workspaces.items():
        workspace.base_url = f"{distribution.url}/w/{team_id}"
    return DistributionServer(distribution, distribution.url, runner)


async def _date(distribution: Distribution, _: web.Request, response: web.StreamResponse) -> None:
    response.headers["Date"] = http_date(distribution.clock())


async def _ask(distribution: Distribution, request: web.Request) -> web.Response:
    """Serve the page that asks in which workspace the app may be installed."""
    try:
        distribution.check_request(request.query)
    except PageError as error:
        return web.Response(status=400, text=f"{error}")
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in request.query.items()
    )
    forms = "".join(
        f'<form method="post"><h2>{escape(workspace.team_name)}</h2>{fields}'
        f'<input type="hidden" name="team" value="{team_id}">'
        f'<input type="hidden" name="user" value="{next(p.id for p in workspace.people.values() if p.is_owner)}">'
        '<button name="allow" value="1">허용</button><button name="allow" value="0">취소</button></form>'
        for team_id, workspace in distribution.workspaces.items()
    )
    return web.Response(text=f'<!DOCTYPE html><meta charset="utf-8">{forms}', content_type="text/html")


async def _decide(distribution: Distribution, request: web.Request) -> web.Response:
    """Serve the decision: a redirect to the app, with a code or an error."""
    form = {name: str(value) for name, value in (await request.post()).items()}
    try:
        if form.get("allow") == "1":
            given: Mapping[str, str] = distribution.allow(
                form, form["team"], form["user"], org_wide=form.get("org") == "1"
            )
        else:
            distribution.check_request(form)
            given = {"error": "access_denied", "state": form.get("state", "")}
    except PageError as error:
        return web.Response(status=400, text=f"{error}")
    target = URL(form.get("redirect_uri") or distribution.redirect_urls[0]).update_query(given)
    return web.Response(status=302, headers={"Location": str(target)})


async def _access(distribution: Distribution, request: web.Request) -> web.StreamResponse:
    call = SlackCall("oauth.v2.access", {}, distribution.clock())
    distribution.calls.append(call)
    try:
        call.args, _ = await read_arguments(request)
        await _notify(distribution, call, SlackCallPhase.RECEIVED)
        call.answer = {"ok": True, **distribution.access(call.args, _credentials(request))}
    except WebApiError as error:
        call.answer = {"ok": False, "error": error.error, **error.more}
    call.status = 200
    response = web.Response(text=json.dumps(call.answer, ensure_ascii=False), content_type="application/json")
    await response.prepare(request)
    await response.write_eof()
    await _notify(distribution, call, SlackCallPhase.ANSWERED)
    return response


def _credentials(request: web.Request) -> tuple[str, str] | None:
    try:
        basic = BasicAuth.decode(request.headers.get("Authorization", ""))
    except ValueError:
        return None
    return basic.login, basic.password


async def _notify(distribution: Distribution, call: SlackCall, phase: SlackCallPhase) -> None:
    if distribution.on_call is not None:
        await distribution.on_call(call, phase)


async def _call(distribution: Distribution, request: web.Request) -> web.StreamResponse:
    """Serve a call in the workspace that its token belongs to; one that belongs to none is refused by any of them."""
    try:
        _, token = await read_arguments(request)
    except WebApiError:
        token = ""  # told by the workspace
    workspaces = list(distribution.workspaces.values())
    workspace = next((one for one in workspaces if one.knows_token(token)), workspaces[0])
    return await serve_call(workspace, request)
